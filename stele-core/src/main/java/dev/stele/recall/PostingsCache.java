package dev.stele.recall;

import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.Indexer;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Cache of postings by agent and term, kept from one query to the next. After a write, only the terms of new items are
 * read and added to the cached postings. Thread-safe.
 */
final class PostingsCache {

    /** Estimated heap overhead of a cache entry, in bytes. */
    private static final int ENTRY_BYTES = 200;

    private final BudgetedCache<Key, Postings> postings;
    private final RecentTerms recentTerms;

    private record Key(AgentStore store, String term) {}

    /**
     * Creates a cache.
     *
     * @param indexer analyzer of the items that were added since postings were cached
     * @param maxBytes maximum heap, in bytes; seven eighths are for postings, one eighth is for the terms of recent
     *     items
     * @param arena arena whose budget the cache is counted in
     */
    PostingsCache(Indexer indexer, long maxBytes, TypedArena arena) {
        this.postings = new BudgetedCache<>(
                maxBytes / 8 * 7,
                arena,
                (key, found) -> ENTRY_BYTES + 2 * key.term().length() + found.bytes());
        this.recentTerms = new RecentTerms(indexer, maxBytes / 8, arena);
    }

    /**
     * Returns a function from the terms of a query to their postings. For one thread.
     *
     * @param store store of the agent
     * @param view read transaction
     * @param items snapshot at the point in time of the view
     */
    Function<String, Postings> at(AgentStore store, StoreView view, IndexSnapshot items) {
        RecentTerms.OfQuestion words = recentTerms.with(store, view, items);
        return term -> of(new Key(store, term), view, items, words);
    }

    /**
     * Reads postings into the cache that a query will need soon, possibly at a slightly later point in time.
     *
     * @param terms terms of the query
     */
    void prepare(AgentStore store, StoreView view, IndexSnapshot items, List<String> terms) {
        RecentTerms.OfQuestion words = recentTerms.with(store, view, items);
        for (String term : terms) {
            Postings _ = of(new Key(store, term), view, items, words);
        }
    }

    /** Returns the postings of a term: cached, carried over from an earlier snapshot, or read from the store. */
    private Postings of(Key key, StoreView view, IndexSnapshot items, RecentTerms.OfQuestion words) {
        Optional<Postings> cached = postings.get(key);
        if (cached.isPresent() && cached.get().in(items)) {
            return cached.get();
        }
        if (cached.isPresent() && cached.get().lineage().change() > items.change()) {
            // Postings of a later snapshot may lack items that this view still sees.
            return Postings.of(items, view.postings(key.term(), 0));
        }
        // An edited item has other terms under its old number.
        Optional<Postings> carried = cached.filter(
                        found -> items.lastReworded() <= found.lineage().change())
                .flatMap(found -> found.with(items, () -> since(found.lineage().change(), key.term(), view, words)));
        Postings result = carried.orElseGet(() -> Postings.of(items, view.postings(key.term(), 0)));
        // Postings of a snapshot on a side branch cannot be carried over to later snapshots, so they are not cached.
        if (carried.isEmpty() || items.lineage().isOfLine(cached.get().lineage())) {
            postings.put(key, result);
        }
        return result;
    }

    /** Returns the numbers of the items that contain a term and were added after a change, in ascending order. */
    private static long[] since(long change, String term, StoreView view, RecentTerms.OfQuestion words) {
        return words.after(change, term).orElseGet(() -> view.postings(term, change));
    }

    /** Removes the cached data of a store that is closed. */
    void drop(AgentStore store) {
        postings.drop(key -> key.store().equals(store));
        recentTerms.drop(store);
    }
}
