package dev.stele.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Interning dictionary that maps each distinct value to a small int id, so that columns store ids instead of values.
 * Ids are assigned consecutively from 0 in the order in which values are added, and are never reused. Thread-safe.
 *
 * @param <T> type of the values; it defines {@code equals} and {@code hashCode}
 */
final class Dictionary<T> {

    /** Returned in place of an id for a value that has none. */
    static final int UNKNOWN = -1;

    private final ConcurrentHashMap<T, Integer> ids = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** Values by id. A value is written under the lock and before its id is published. */
    private volatile Object[] values = new Object[16];

    @GuardedBy("lock")
    private int count;

    /**
     * Returns the id of a value, and assigns a new one if the value has none.
     *
     * @param value value
     * @return id, from 0
     */
    int of(T value) {
        Integer existing = ids.get(value);
        return existing == null ? add(value) : existing;
    }

    private int add(T value) {
        lock.lock();
        try {
            Integer existing = ids.get(value);
            if (existing != null) {
                return existing;
            }
            Object[] target = values;
            if (count == target.length) {
                target = Arrays.copyOf(target, 2 * count);
            }
            target[count] = value;
            values = target;
            ids.put(value, count);
            return count++;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the id of a value without assigning one.
     *
     * @param value value, may be null
     * @return id, or {@link #UNKNOWN} if the value is null or has no id
     */
    int find(@Nullable T value) {
        return value == null ? UNKNOWN : ids.getOrDefault(value, UNKNOWN);
    }

    /**
     * Returns the value of an id.
     *
     * @param id id that this dictionary assigned
     */
    @SuppressWarnings("unchecked") // the array contains only values of this type
    T get(int id) {
        return (T) values[id];
    }

    /** Returns a copy of all values so far, in no particular order. */
    List<T> all() {
        return new ArrayList<>(ids.keySet());
    }
}
