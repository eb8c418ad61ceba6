package dev.stele.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Small numbers for values, given in the order in which the values are first met and never again. Thread-safe. */
final class Dictionary<T> {

    static final int UNKNOWN = -1;

    private final ConcurrentHashMap<T, Integer> ids = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** Written under the lock, before the number of what was written is told to anybody. */
    private volatile Object[] values = new Object[16];

    @GuardedBy("lock")
    private int count;

    /** The number of a value, a new one if it has none yet. */
    int of(T value) {
        Integer known = ids.get(value);
        return known == null ? add(value) : known;
    }

    private int add(T value) {
        lock.lock();
        try {
            Integer known = ids.get(value);
            if (known != null) {
                return known;
            }
            Object[] all = values;
            if (count == all.length) {
                all = Arrays.copyOf(all, 2 * count);
            }
            all[count] = value;
            values = all;
            ids.put(value, count);
            return count++;
        } finally {
            lock.unlock();
        }
    }

    /** The number of a value, or {@link #UNKNOWN}. */
    int find(@Nullable T value) {
        return value == null ? UNKNOWN : ids.getOrDefault(value, UNKNOWN);
    }

    @SuppressWarnings("unchecked") // only values of the type are put there
    T get(int id) {
        return (T) values[id];
    }

    /** All values so far. */
    List<T> all() {
        return new ArrayList<>(ids.keySet());
    }
}
