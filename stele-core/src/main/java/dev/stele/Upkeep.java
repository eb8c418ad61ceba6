package dev.stele;

import dev.stele.index.Indexer;
import dev.stele.store.AgentStore;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/** The work that keeps one agent's memory in shape: retention, missing vectors, old keys, unreadable leftovers. */
record Upkeep(Memory memory) {

    /** So many items go to the model at once. */
    static final int BATCH = 32;

    private static final int SETTLED_AT_ONCE = 500;

    void run(AgentStore store) {
        run(store, () -> true);
    }

    /** @param time whether there is time for more vectors; what is left is done another time */
    void run(AgentStore store, BooleanSupplier time) {
        SteleConfig config = memory.config();
        if (config.maxMessages() > 0) {
            store.retain(config.maxMessages(), config.archive());
        }
        Instant old = Memory.now().minus(config.replayTime());
        if (store.read(view -> view.hasReplaysBefore(old))) {
            store.write(edit -> edit.dropReplays(old));
        }
        new Forgetting(memory).run(store);
        reindex(store);
        if (memory.embedder().isPresent()) {
            embedMissing(store, time, _ -> {});
        }
        if (!store.scrub()) {
            memory.written().add(store.agent());
        }
        memory.recall().save(store);
    }

    /** Makes the vectors of some items, if the model does not fail; housekeeping tries again. */
    void embed(AgentStore store, List<Long> numbers) {
        addVectors(store, seen(store, _ -> numbers));
    }

    /**
     * Makes vectors that are missing, and if wanted those that are there, too.
     *
     * @param progress is told how many are done
     * @throws IllegalStateException if the model failed
     */
    void embed(AgentStore store, boolean again, LongConsumer progress) {
        if (again) {
            var done = new AtomicLong();
            eachBatch(store, batch -> {
                if (!addVectors(store, batch)) {
                    throw failed();
                }
                progress.accept(done.addAndGet(batch.drafts().size()));
            });
        }
        if (!embedMissing(store, () -> true, progress)) {
            throw failed();
        }
    }

    private IllegalStateException failed() {
        return new IllegalStateException(
                "the embedding model %s failed; what was made stays, and the rest is made by and by"
                        .formatted(memory.indexer().model()));
    }

    /** Makes the vectors of items that were written while there was no model, or another one, or it failed; returns whether all were made. */
    private boolean embedMissing(AgentStore store, BooleanSupplier time, LongConsumer progress) {
        String model = memory.indexer().model();
        long done = 0;
        long after = 0;
        while (time.getAsBoolean()) {
            long from = after;
            Seen seen = seen(store, view -> view.unembedded(model, from, BATCH));
            if (seen.drafts().isEmpty() && from == 0) {
                settle(store, model);
                return true;
            }
            if (!addVectors(store, seen)) {
                return false; // the model fails; another time
            }
            // Those before have theirs; from the start again for what was written meanwhile.
            after = seen.last();
            done += seen.drafts().size();
            progress.accept(done);
        }
        return false;
    }

    /** Returns whether all have theirs now; if not, the model does not answer. */
    private boolean addVectors(AgentStore store, Seen seen) {
        if (seen.drafts().isEmpty()) {
            return true;
        }
        memory.giveWay();
        List<IndexEntry> made =
                memory.indexer().index(new ArrayList<>(seen.drafts().values()));
        if (made.stream().map(IndexEntry::embedding).anyMatch(Optional::isEmpty)) {
            return addEach(store, seen);
        }
        memory.giveWay();
        var numbers = List.copyOf(seen.drafts().keySet());
        store.write(edit -> {
            for (int i = 0; i < numbers.size(); i++) {
                add(edit, numbers.get(i), seen, made.get(i));
            }
            return numbers.size();
        });
        return true;
    }

    /** One by one, and kept at once: a single item that the model refuses must not keep the others of its batch from their vectors. */
    private boolean addEach(AgentStore store, Seen seen) {
        for (var item : seen.drafts().entrySet()) {
            memory.giveWay();
            Optional<IndexEntry> made = memory.indexer().indexWhatIsTaken(item.getValue());
            if (made.isEmpty()) {
                return false;
            }
            store.write(edit -> {
                add(edit, item.getKey(), seen, made.get());
                return 1;
            });
        }
        return true;
    }

    private static void add(StoreEdit edit, long number, Seen seen, IndexEntry made) {
        edit.addEmbedding(number, seen.change(), made.embedding().orElseThrow());
    }

    /** All items have vectors of the model: from now on it serves. */
    private static void settle(AgentStore store, String model) {
        String serving = store.read(StoreView::servingModel);
        if (!serving.isEmpty() && !serving.equals(model)) {
            store.write(edit -> {
                edit.serve(model);
                return model;
            });
        }
        while (store.read(StoreView::unsettled)) {
            store.write(edit -> edit.settle(SETTLED_AT_ONCE)); // by and by, so that other writers get their turn
        }
    }

    /** Analyses the words of all items anew if that was done by other rules, or for another language. */
    void reindex(AgentStore store) {
        String rules = memory.indexer().rules(store.agent());
        if (store.read(
                view -> view.rules().equals(rules) || view.itemNumbers(0, 1).isEmpty())) {
            return; // the first item will say
        }
        eachBatch(
                store,
                batch -> store.<Long>write(edit -> {
                    batch.drafts()
                            .forEach((number, draft) ->
                                    edit.reindex(number, batch.change(), Indexer.words(draft, Optional.empty())));
                    return batch.change();
                }));
        store.write(edit -> {
            edit.setRules(rules);
            return rules;
        });
    }

    private void eachBatch(AgentStore store, Consumer<Seen> to) {
        long after = 0;
        while (true) {
            long from = after;
            Seen seen = seen(store, view -> view.itemNumbers(from, BATCH));
            if (seen.drafts().isEmpty()) {
                return;
            }
            to.accept(seen);
            after = seen.last();
        }
    }

    /** Items as they were at a change, by their numbers. */
    private record Seen(long change, Map<Long, Indexer.Draft> drafts) {
        /** The greatest number, 0 if there are none. */
        long last() {
            return drafts.isEmpty() ? 0 : Collections.max(drafts.keySet());
        }
    }

    private Seen seen(AgentStore store, Function<StoreView, List<Long>> which) {
        return store.read(view ->
                new Seen(view.lastChange(), memory.indexer().drafts(store.agent(), view, which.apply(view), true)));
    }
}
