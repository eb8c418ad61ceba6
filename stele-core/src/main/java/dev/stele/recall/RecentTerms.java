package dev.stele.recall;

import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.Indexer;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The words of the items that came last, analysed again from their texts. To look a word up in the store's index costs as much as it
 * occurs there, however little of that is new; this costs what is new. Thread-safe.
 */
final class RecentTerms {

    /** Of more items than these the index is asked. */
    private static final int MOST = 128;

    private static final int WORD_BYTES = 60;
    private static final String[] NONE = {};

    private final Indexer indexer;
    private final BudgetedCache<Key, Words> known;

    private record Key(AgentStore store, long number) {}

    /** What an item said at a change. */
    private record Words(long change, String[] all) {}

    RecentTerms(Indexer indexer, long mostBytes, TypedArena arena) {
        this.indexer = indexer;
        this.known = new BudgetedCache<>(mostBytes, arena, (_, words) -> 200 + WORD_BYTES * words.all().length);
    }

    /** For one question. */
    OfQuestion with(AgentStore store, StoreView view, IndexSnapshot items) {
        return new OfQuestion(store, view, items);
    }

    void drop(AgentStore store) {
        known.drop(key -> key.store().equals(store));
    }

    /** For one thread. */
    final class OfQuestion {
        private final AgentStore store;
        private final StoreView view;
        private final IndexSnapshot items;
        /** By numbers. */
        private final Map<Long, String[]> words = new HashMap<>();
        /** Whether words are analysed now as those in the store were; null until it is asked. */
        private @Nullable Boolean sameRules;

        private OfQuestion(AgentStore store, StoreView view, IndexSnapshot items) {
            this.store = store;
            this.view = view;
            this.items = items;
        }

        /**
         * Numbers of the items that hold a term and came after a change, since which none that was there got other words.
         *
         * @return rising, once for each occurrence; empty if the index is to be asked
         */
        Optional<long[]> after(long change, String term) {
            return items.after(change, MOST).filter(_ -> sameRules()).map(slots -> {
                long[] numbers =
                        Arrays.stream(slots).mapToLong(items::number).sorted().toArray();
                read(numbers);
                return Arrays.stream(numbers)
                        .flatMap(number -> Arrays.stream(words.getOrDefault(number, NONE))
                                .filter(term::equals)
                                .mapToLong(_ -> number))
                        .toArray();
            });
        }

        private boolean sameRules() {
            Boolean same = sameRules;
            if (same == null) {
                same = view.rules().equals(indexer.rules(store.agent()));
                sameRules = same;
            }
            return same;
        }

        private void read(long[] numbers) {
            List<Long> missing = new ArrayList<>();
            for (long number : numbers) {
                if (!words.containsKey(number)) {
                    known.get(new Key(store, number))
                            .filter(found -> found.change() >= items.lastReworded() && found.change() <= items.change())
                            .ifPresentOrElse(found -> words.put(number, found.all()), () -> missing.add(number));
                }
            }
            if (missing.isEmpty()) {
                return;
            }
            indexer.drafts(store.agent(), view, missing, false).forEach((number, draft) -> {
                String[] found = (draft.body() + " " + draft.context()).split(" ", -1);
                words.put(number, found);
                known.put(new Key(store, number), new Words(items.change(), found));
            });
        }
    }
}
