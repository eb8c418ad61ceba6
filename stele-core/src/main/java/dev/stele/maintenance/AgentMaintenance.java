package dev.stele.maintenance;

import dev.stele.config.SteleConfig;
import dev.stele.engine.Engine;
import dev.stele.engine.NoteUsage;
import dev.stele.index.Indexer;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.RetentionPreview;
import dev.stele.reflect.NoteDecay;
import dev.stele.store.AgentStore;
import dev.stele.store.IndexEntry;
import dev.stele.store.MessageBound;
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

/**
 * Maintenance of one agent: retention, expired idempotency keys, expiry of unused notes, re-analysis, missing
 * embeddings, residue of erased data.
 */
public record AgentMaintenance(Engine engine) {

    /** Maximum number of items that are passed to the embedding model at once. */
    static final int BATCH = 32;

    private static final int MAX_SETTLED_PER_WRITE = 500;

    /** Runs all maintenance of an agent. */
    public void run(AgentStore store) {
        run(store, () -> true);
    }

    /** @param time whether there is time for more embeddings; the remaining ones are computed by a later run */
    void run(AgentStore store, BooleanSupplier time) {
        SteleConfig config = engine.config();
        int maxMessages = store.read(view -> MessageBound.of(view, config.maxMessages()));
        if (maxMessages > 0) {
            store.retain(maxMessages, config.archive());
        }
        Instant expiry = Engine.now().minus(config.idempotencyTtl());
        if (store.read(view -> view.hasReplaysBefore(expiry))) {
            store.write(edit -> edit.dropReplays(expiry));
        }
        new NoteDecay(engine).run(store);
        reindex(store);
        boolean embedded = engine.embedder().isEmpty() || embedMissing(store, time, _ -> {});
        boolean scrubbed = store.scrub();
        if (!embedded || !scrubbed) {
            engine.writtenAgents().add(store.agent()); // the next round goes on, whether or not something is written
        }
        engine.retriever().save(store);
    }

    /**
     * Returns what {@link #run} would remove and retire now. Changes nothing.
     *
     * @param limit maximum number of messages, and of notes, that the preview names
     */
    public RetentionPreview preview(AgentStore store, int limit) {
        SteleConfig config = engine.config();
        Instant now = Engine.now();
        Map<String, NoteUsage.Count> pending = engine.noteUsage().pending(store.agent());
        return store.read(view -> {
            long live = view.liveMessages();
            int maxMessages = MessageBound.of(view, config.maxMessages());
            long excess = maxMessages == 0 ? 0 : Math.max(0, live - maxMessages);
            var decay = new NoteDecay(engine);
            var notes = new ArrayList<Note>();
            var expired = new AtomicLong();
            decay.forEachFaded(view, now, pending, note -> {
                if (expired.getAndIncrement() < limit) {
                    notes.add(note);
                }
                return true;
            });
            return new RetentionPreview(
                    live,
                    maxMessages,
                    excess,
                    config.archive(),
                    excess == 0 ? List.of() : view.oldestMessages(0, (int) Math.min(excess, limit)),
                    excess == 0
                            ? Optional.empty()
                            : view.oldestMessages(excess - 1, 1).stream()
                                    .map(Message::at)
                                    .findFirst(),
                    expired.get(),
                    notes,
                    decay.dueAt(view, now));
        });
    }

    /** Computes the embeddings of some items; if the model fails, a later maintenance run does. */
    void embed(AgentStore store, List<Long> numbers) {
        addVectors(store, seen(store, _ -> numbers));
    }

    /**
     * Computes missing embeddings.
     *
     * @param again whether existing embeddings are computed again, too
     * @param progress receives the number of embedded items
     * @throws IllegalStateException if the model failed
     */
    public void embed(AgentStore store, boolean again, LongConsumer progress) {
        if (again) {
            var done = new AtomicLong();
            forEachBatch(store, batch -> {
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
                        .formatted(engine.indexer().model()));
    }

    /**
     * Computes the embeddings of items that were written without a model, with another model, or while the model
     * failed; returns whether all items have embeddings now.
     */
    boolean embedMissing(AgentStore store, BooleanSupplier hasTime, LongConsumer progress) {
        String model = engine.indexer().model();
        long done = 0;
        long after = 0;
        while (hasTime.getAsBoolean()) {
            long from = after;
            Seen seen = seen(store, view -> view.unembedded(model, from, BATCH));
            if (seen.drafts().isEmpty() && from == 0) {
                settle(store, model);
                return true;
            }
            if (!addVectors(store, seen)) {
                return false; // the model fails; a later run retries
            }
            // All items before have embeddings. The end is followed by one more scan from the start, for items that
            // were written meanwhile.
            after = seen.last();
            done += seen.drafts().size();
            progress.accept(done);
        }
        return false;
    }

    /** Computes and stores the embeddings of a batch; returns false if the model does not answer. */
    private boolean addVectors(AgentStore store, Seen seen) {
        if (seen.drafts().isEmpty()) {
            return true;
        }
        engine.yieldToForeground();
        List<IndexEntry> entries =
                engine.indexer().index(new ArrayList<>(seen.drafts().values()));
        if (entries.stream().map(IndexEntry::embedding).anyMatch(Optional::isEmpty)) {
            return addEach(store, seen);
        }
        engine.yieldToForeground();
        var numbers = List.copyOf(seen.drafts().keySet());
        store.write(edit -> {
            for (int i = 0; i < numbers.size(); i++) {
                add(edit, numbers.get(i), seen, entries.get(i));
            }
            return numbers.size();
        });
        return true;
    }

    /**
     * Embeds the items of a batch one by one and stores each at once: an item that the model rejects must not keep the
     * other items of its batch from being embedded.
     */
    private boolean addEach(AgentStore store, Seen seen) {
        for (var item : seen.drafts().entrySet()) {
            engine.yieldToForeground();
            Optional<IndexEntry> entry = engine.indexer().indexWhatIsTaken(item.getValue());
            if (entry.isEmpty()) {
                return false;
            }
            store.write(edit -> {
                add(edit, item.getKey(), seen, entry.get());
                return 1;
            });
        }
        return true;
    }

    private static void add(StoreEdit edit, long number, Seen seen, IndexEntry entry) {
        edit.addEmbedding(number, seen.change(), entry.embedding().orElseThrow());
    }

    /** Makes the model the serving model, once all items have embeddings of it. */
    private static void settle(AgentStore store, String model) {
        String serving = store.read(StoreView::servingModel);
        if (!serving.isEmpty() && !serving.equals(model)) {
            store.write(edit -> {
                edit.serve(model);
                return model;
            });
        }
        while (store.read(StoreView::unsettled)) {
            store.write(
                    edit -> edit.settle(MAX_SETTLED_PER_WRITE)); // in small writes: other writers get the write lock
        }
    }

    /** Analyzes the text of all items again if other analysis rules or another language apply. */
    void reindex(AgentStore store) {
        String rules = engine.indexer().rules(store.agent());
        if (store.read(
                view -> view.rules().equals(rules) || view.itemNumbers(0, 1).isEmpty())) {
            return; // an empty memory gets its rules with its first item
        }
        forEachBatch(
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

    private void forEachBatch(AgentStore store, Consumer<Seen> to) {
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

    /** Index texts of items by item number, as of a change. */
    private record Seen(long change, Map<Long, Indexer.Draft> drafts) {
        /** Returns the greatest item number; 0 if there are no items. */
        long last() {
            return drafts.isEmpty() ? 0 : Collections.max(drafts.keySet());
        }
    }

    private Seen seen(AgentStore store, Function<StoreView, List<Long>> which) {
        return store.read(view ->
                new Seen(view.lastChange(), engine.indexer().drafts(store.agent(), view, which.apply(view), true)));
    }
}
