package dev.stele.engine;

import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.model.Json;
import dev.stele.model.UserContext;
import dev.stele.store.AgentStore;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Cache of user contexts. An entry is used only while no process has committed to the agent since the entry was read,
 * so a result is never stale. Thread-safe.
 */
final class UserContextCache {

    private final BudgetedCache<Key, Known> cached;

    private record Key(AgentStore store, String user) {}

    private record Known(long stamp, UserContext context) {}

    /**
     * @param maxBytes maximum heap of all entries together, approximately
     * @param arena account in which that heap is reserved
     */
    UserContextCache(long maxBytes, TypedArena arena) {
        this.cached = new BudgetedCache<>(
                maxBytes,
                arena,
                (key, value) -> 200
                        + 2 * key.user().length()
                        + 3 * Json.write(value.context().toJson()).length());
    }

    Optional<UserContext> get(AgentStore store, String user) {
        var key = new Key(store, user);
        // The version counter is read before the context: a commit in between makes the counter outdated, never the
        // context.
        OptionalLong stamp = store.stamp();
        Optional<Known> entry = cached.get(key);
        if (entry.isPresent() && stamp.isPresent() && entry.get().stamp() == stamp.getAsLong()) {
            return Optional.of(entry.get().context());
        }
        Optional<UserContext> read = store.read(view -> view.user(user));
        if (read.isPresent() && stamp.isPresent()) {
            cached.put(key, new Known(stamp.getAsLong(), read.get()));
        }
        return read;
    }

    /** Removes the entries of a store that is closed. */
    void drop(AgentStore store) {
        cached.drop(key -> key.store().equals(store));
    }
}
