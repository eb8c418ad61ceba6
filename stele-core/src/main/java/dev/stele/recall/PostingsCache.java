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
 * Where words occur, kept in memory from one question to the next. After a write only what is new is read. Thread-safe.
 */
final class PostingsCache {

    private static final int ENTRY_BYTES = 200;

    private final BudgetedCache<Key, Postings> known;
    private final RecentTerms fresh;

    private record Key(AgentStore store, String term) {}

    /** @param indexer analyses what came since */
    PostingsCache(Indexer indexer, long mostBytes, TypedArena arena) {
        this.known = new BudgetedCache<>(
                mostBytes / 8 * 7,
                arena,
                (key, found) -> ENTRY_BYTES + 2 * key.term().length() + found.bytes());
        this.fresh = new RecentTerms(indexer, mostBytes / 8, arena);
    }

    /**
     * Tells where a question's terms occur. For one thread.
     *
     * @param items the picture of the view
     */
    Function<String, Postings> at(AgentStore store, StoreView view, IndexSnapshot items) {
        RecentTerms.OfQuestion words = fresh.with(store, view, items);
        return term -> of(new Key(store, term), view, items, words);
    }

    /** Looks terms up that will soon be asked for, perhaps a little later. */
    void prepare(AgentStore store, StoreView view, IndexSnapshot items, List<String> terms) {
        RecentTerms.OfQuestion words = fresh.with(store, view, items);
        for (String term : terms) {
            Postings _ = of(new Key(store, term), view, items, words);
        }
    }

    private Postings of(Key key, StoreView view, IndexSnapshot items, RecentTerms.OfQuestion words) {
        Optional<Postings> before = known.get(key);
        if (before.isPresent() && before.get().in(items)) {
            return before.get();
        }
        if (before.isPresent() && before.get().moment().change() > items.change()) {
            // What another saw since may lack what is there for this view.
            return Postings.of(items, view.postings(key.term(), 0));
        }
        // An item that was edited has other words under an old number.
        Optional<Postings> later = before.filter(
                        found -> items.lastReworded() <= found.moment().change())
                .flatMap(found -> found.with(items, () -> since(found.moment().change(), key.term(), view, words)));
        Postings now = later.orElseGet(() -> Postings.of(items, view.postings(key.term(), 0)));
        // From a picture beside the others of its line nothing can be carried on.
        if (later.isEmpty() || items.moment().isOfLine(before.get().moment())) {
            known.put(key, now);
        }
        return now;
    }

    private static long[] since(long change, String term, StoreView view, RecentTerms.OfQuestion words) {
        return words.after(change, term).orElseGet(() -> view.postings(term, change));
    }

    /** Lets go of what belongs to a store that is closed. */
    void drop(AgentStore store) {
        known.drop(key -> key.store().equals(store));
        fresh.drop(store);
    }
}
