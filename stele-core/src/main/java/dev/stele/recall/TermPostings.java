package dev.stele.recall;

import dev.stele.arena.TypedArena;
import dev.stele.index.Charged;
import dev.stele.index.Indexer;
import dev.stele.index.LiveItems;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where words occur, kept in memory from one question to the next. After a write only what is new is read; numbers of items
 * that went stay, and are nobody's. Thread-safe.
 */
final class TermPostings {

    private final Charged<Key, Known> known;
    private final FreshWords fresh;

    private record Key(AgentStore store, String term) {}

    /** All occurrences up to a change. */
    private record Known(long change, long[] numbers) {}

    /** @param indexer analyses what came since */
    TermPostings(Indexer indexer, long mostBytes, TypedArena arena) {
        this.known = new Charged<>(
                mostBytes / 4 * 3,
                arena,
                (key, found) -> 200 + 2 * key.term().length() + Long.BYTES * found.numbers().length);
        this.fresh = new FreshWords(indexer, mostBytes / 4, arena);
    }

    /**
     * Tells where a question's terms occur: numbers of items that hold a term, rising, once for each occurrence. For one thread.
     *
     * @param items the picture of the view
     */
    Function<String, long[]> at(AgentStore store, StoreView view, LiveItems items) {
        FreshWords.OfQuestion words = fresh.with(store, view, items);
        return term -> of(new Key(store, term), view, items, words);
    }

    /** Looks terms up that will soon be asked for, perhaps a little later. */
    void prepare(AgentStore store, StoreView view, LiveItems items, List<String> terms) {
        FreshWords.OfQuestion words = fresh.with(store, view, items);
        for (String term : terms) {
            long[] _ = of(new Key(store, term), view, items, words);
        }
    }

    private long[] of(Key key, StoreView view, LiveItems items, FreshWords.OfQuestion words) {
        Optional<Known> before = known.get(key);
        if (before.isPresent() && before.get().change() == items.change()) {
            return before.get().numbers();
        }
        if (before.isPresent() && before.get().change() > items.change()) {
            return view.postings(key.term(), 0); // what another saw since may lack what is there for this view
        }
        // An item that was edited has other words under an old number.
        boolean grown =
                before.isPresent() && items.lastReworded() <= before.get().change();
        long[] numbers = grown ? more(before.get(), key.term(), view, words) : view.postings(key.term(), 0);
        known.put(key, new Known(items.change(), numbers));
        return numbers;
    }

    private static long[] more(Known before, String term, StoreView view, FreshWords.OfQuestion words) {
        long[] fresh = words.after(before.change(), term).orElseGet(() -> view.postings(term, before.change()));
        if (fresh.length == 0) {
            return before.numbers();
        }
        int count = before.numbers().length;
        long[] all = Arrays.copyOf(before.numbers(), count + fresh.length);
        System.arraycopy(fresh, 0, all, count, fresh.length);
        return all;
    }

    /** Lets go of what belongs to a store that is closed. */
    void drop(AgentStore store) {
        known.drop(key -> key.store().equals(store));
        fresh.drop(store);
    }
}
