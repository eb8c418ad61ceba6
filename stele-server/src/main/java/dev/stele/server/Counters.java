package dev.stele.server;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Bounded counters by name. A counter whose value is 0 occupies no memory. Thread-safe. */
final class Counters {

    /** Modified only by the atomic operations of the map. */
    private final Map<String, Long> values = new ConcurrentHashMap<>();

    /**
     * Adds an amount to a counter unless the counter would then exceed a maximum.
     *
     * @param amount amount to add, not negative
     * @return whether the amount was added
     */
    boolean tryAdd(String name, long amount, long max) {
        if (amount > max) {
            return false;
        }
        boolean[] added = new boolean[1];
        values.compute(name, (_, previous) -> {
            long value = previous == null ? 0 : previous;
            added[0] = value <= max - amount;
            return added[0] ? Long.valueOf(value + amount) : previous;
        });
        return added[0];
    }

    /** Adds an amount to a counter, whatever its value is then. */
    void add(String name, long amount) {
        values.merge(name, amount, Long::sum);
    }

    /** Subtracts an amount from a counter. The counter does not become negative. */
    void subtract(String name, long amount) {
        values.computeIfPresent(name, (_, previous) -> previous <= amount ? null : previous - amount);
    }

    /** Returns the number of counters that are not 0. */
    int size() {
        return values.size();
    }
}
