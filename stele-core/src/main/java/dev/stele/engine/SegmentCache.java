package dev.stele.engine;

import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.index.SegmentSnapshot;
import dev.stele.store.AgentStore;

/**
 * Cache of snapshots of collections of segments. A snapshot is brought up to date before it is used, so a search sees
 * every write that was committed before. A collection that exceeds the budget is read anew for each search. Thread-safe.
 */
public final class SegmentCache {

    private final BudgetedCache<Key, SegmentSnapshot> cached;

    private record Key(AgentStore store, String collection) {}

    /**
     * @param maxBytes maximum heap of all snapshots together, approximately
     * @param arena account in which that heap is reserved
     */
    SegmentCache(long maxBytes, TypedArena arena) {
        this.cached = new BudgetedCache<>(
                maxBytes, arena, (_, snapshot) -> Math.clamp(snapshot.bytes(), 1, Integer.MAX_VALUE));
    }

    /**
     * Returns the present snapshot of a collection.
     *
     * @param store store of the agent
     * @param collection name of the collection; need not exist
     */
    public SegmentSnapshot get(AgentStore store, String collection) {
        var key = new Key(store, collection);
        SegmentSnapshot earlier = cached.get(key).orElse(null);
        SegmentSnapshot present = store.read(view -> SegmentSnapshot.read(view, collection, earlier));
        if (!present.equals(earlier)) {
            cached.put(key, present);
        }
        return present;
    }

    /** Removes the snapshots of a store that is closed. */
    void drop(AgentStore store) {
        cached.drop(key -> key.store().equals(store));
    }
}
