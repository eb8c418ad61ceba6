package dev.stele;

import dev.stele.arena.BudgetedCache;
import dev.stele.arena.TypedArena;
import dev.stele.model.Json;
import dev.stele.model.UserContext;
import dev.stele.store.AgentStore;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * User contexts read lately. A context is given from here only while nothing was committed to its agent by any process
 * since it was read, so an answer is never stale. Thread-safe.
 */
final class UserContexts {

    private final BudgetedCache<Key, Known> known;

    private record Key(AgentStore store, String user) {}

    private record Known(long stamp, UserContext context) {}

    /**
     * @param mostBytes heap that they may take together, about
     * @param arena where that is booked
     */
    UserContexts(long mostBytes, TypedArena arena) {
        this.known = new BudgetedCache<>(
                mostBytes,
                arena,
                (key, value) -> 200
                        + 2 * key.user().length()
                        + 3 * Json.write(value.context().toJson()).length());
    }

    Optional<UserContext> get(AgentStore store, String user) {
        var key = new Key(store, user);
        // Taken before the read: what is committed in between makes the number wrong, never the context.
        OptionalLong stamp = store.stamp();
        Optional<Known> entry = known.get(key);
        if (entry.isPresent() && stamp.isPresent() && entry.get().stamp() == stamp.getAsLong()) {
            return Optional.of(entry.get().context());
        }
        Optional<UserContext> read = store.read(view -> view.user(user));
        if (read.isPresent() && stamp.isPresent()) {
            known.put(key, new Known(stamp.getAsLong(), read.get()));
        }
        return read;
    }

    /** Lets go of what belongs to a store that is closed. */
    void drop(AgentStore store) {
        known.drop(key -> key.store().equals(store));
    }
}
