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
 * Terms of the most recent items, analyzed again from their texts. Looking up a term in the index of the store costs as
 * much as all of its occurrences, however few are new; this class costs as much as there are new items. Thread-safe.
 */
final class RecentTerms {

    /** Maximum number of new items that are analyzed; for more, the index of the store is read. */
    private static final int MAX_ITEMS = 128;

    /** Estimated heap size of a cached term, in bytes. */
    private static final int TERM_BYTES = 60;

    private static final String[] NONE = {};

    private final Indexer indexer;
    private final BudgetedCache<Key, Words> cache;

    private record Key(AgentStore store, long number) {}

    /**
     * Terms of an item.
     *
     * @param change number of a change at which the item had these terms
     * @param all terms, one for each occurrence
     */
    private record Words(long change, String[] all) {}

    /**
     * Creates a cache of terms.
     *
     * @param indexer analyzer of the items
     * @param maxBytes maximum heap of the cached terms, in bytes
     * @param arena arena whose budget the cache is counted in
     */
    RecentTerms(Indexer indexer, long maxBytes, TypedArena arena) {
        this.indexer = indexer;
        this.cache = new BudgetedCache<>(maxBytes, arena, (_, words) -> 200 + TERM_BYTES * words.all().length);
    }

    /**
     * Returns the recent terms as seen by one query.
     *
     * @param store store of the agent
     * @param view read transaction
     * @param items snapshot at the point in time of the view
     */
    OfQuestion with(AgentStore store, StoreView view, IndexSnapshot items) {
        return new OfQuestion(store, view, items);
    }

    /** Removes the cached terms of a store that is closed. */
    void drop(AgentStore store) {
        cache.drop(key -> key.store().equals(store));
    }

    /** Recent terms as seen by one query. For one thread. */
    final class OfQuestion {
        private final AgentStore store;
        private final StoreView view;
        private final IndexSnapshot items;
        /** Terms by item number. */
        private final Map<Long, String[]> termsByItem = new HashMap<>();
        /** Whether the current analysis rules are those of the store; null until it is checked. */
        private @Nullable Boolean sameRules;

        private OfQuestion(AgentStore store, StoreView view, IndexSnapshot items) {
            this.store = store;
            this.view = view;
            this.items = items;
        }

        /**
         * Returns the numbers of the items that contain a term and were added after a change. The caller makes sure
         * that no existing item has changed its terms since.
         *
         * @param change number of the change
         * @param term term of the keyword index
         * @return item numbers in ascending order, one for each occurrence; empty if the index of the store has to be
         *     read
         */
        Optional<long[]> after(long change, String term) {
            return items.after(change, MAX_ITEMS).filter(_ -> sameRules()).map(ordinals -> {
                long[] numbers = Arrays.stream(ordinals)
                        .mapToLong(items::number)
                        .sorted()
                        .toArray();
                read(numbers);
                return Arrays.stream(numbers)
                        .flatMap(number -> Arrays.stream(termsByItem.getOrDefault(number, NONE))
                                .filter(term::equals)
                                .mapToLong(_ -> number))
                        .toArray();
            });
        }

        /** Returns whether the current analysis rules are those by which the items in the store were analyzed. */
        private boolean sameRules() {
            Boolean same = sameRules;
            if (same == null) {
                same = view.rules().equals(indexer.rules(store.agent()));
                sameRules = same;
            }
            return same;
        }

        /**
         * Reads the terms of items, from the cache or from their texts.
         *
         * @param numbers item numbers
         */
        private void read(long[] numbers) {
            List<Long> missing = new ArrayList<>();
            for (long number : numbers) {
                if (!termsByItem.containsKey(number)) {
                    cache.get(new Key(store, number))
                            .filter(found -> found.change() >= items.lastReworded() && found.change() <= items.change())
                            .ifPresentOrElse(found -> termsByItem.put(number, found.all()), () -> missing.add(number));
                }
            }
            if (missing.isEmpty()) {
                return;
            }
            indexer.drafts(store.agent(), view, missing, false).forEach((number, draft) -> {
                String[] terms = (draft.body() + " " + draft.context()).split(" ", -1);
                termsByItem.put(number, terms);
                cache.put(new Key(store, number), new Words(items.change(), terms));
            });
        }
    }
}
