package dev.stele.recall;

import dev.stele.arena.TypedArena;
import dev.stele.index.Charged;
import dev.stele.index.LiveItems;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where words occur, kept in memory from one question to the next. After a write only what is new is read; numbers of items
 * that went stay, and are nobody's. Thread-safe.
 */
final class TermPostings {

    private final Charged<Key, Known> known;

    private record Key(AgentStore store, String term) {}

    /** All occurrences up to a change. */
    private record Known(long change, long[] numbers) {}

    TermPostings(long mostBytes, TypedArena arena) {
        this.known = new Charged<>(
                mostBytes, arena, (key, found) -> 200 + 2 * key.term().length() + Long.BYTES * found.numbers().length);
    }

    /**
     * Numbers of items that hold a term, rising, once for each occurrence.
     *
     * @param items the picture of the view
     */
    long[] of(AgentStore store, StoreView view, LiveItems items, String term) {
        var key = new Key(store, term);
        Optional<Known> before = known.get(key);
        if (before.isPresent() && before.get().change() == items.change()) {
            return before.get().numbers();
        }
        if (before.isPresent() && before.get().change() > items.change()) {
            return view.postings(term, 0); // what another saw since may lack what is there for this view
        }
        // An item that was edited has other words under an old number.
        boolean grown = before.isPresent() && items.lastMoved() <= before.get().change();
        long[] numbers = grown ? more(before.get(), view, term) : view.postings(term, 0);
        known.put(key, new Known(items.change(), numbers));
        return numbers;
    }

    private static long[] more(Known before, StoreView view, String term) {
        long[] fresh = view.postings(term, before.change());
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
    }
}
