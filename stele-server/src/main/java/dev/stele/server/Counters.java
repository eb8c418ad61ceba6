package dev.stele.server;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How much each of many names holds of something. A name that holds nothing takes no memory. Thread-safe. */
final class Counters {

    /** Changed by the map's atomic operations alone. */
    private final Map<String, Long> held = new ConcurrentHashMap<>();

    /** Adds an amount unless the name would then hold more than a maximum. Returns whether it was added. */
    boolean tryAdd(String name, long amount, long max) {
        if (amount > max) {
            return false;
        }
        boolean[] added = new boolean[1];
        held.compute(name, (_, before) -> {
            long now = before == null ? 0 : before;
            added[0] = now <= max - amount;
            return added[0] ? Long.valueOf(now + amount) : before;
        });
        return added[0];
    }

    void subtract(String name, long amount) {
        held.computeIfPresent(name, (_, before) -> before <= amount ? null : before - amount);
    }

    /** Number of names that hold something. */
    int size() {
        return held.size();
    }
}
