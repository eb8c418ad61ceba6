package dev.stele.arena;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Weigher;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Heap cache bounded by bytes whose entries are reserved on an arena. The statistics of the arena therefore include the
 * cached data, and an entry that exceeds the budget of the arena is not cached. Thread-safe.
 */
public final class BudgetedCache<K, V> {

    private static final System.Logger LOG = System.getLogger(BudgetedCache.class.getName());

    private final Cache<K, Entry<V>> entries;
    private final Weigher<K, V> weigher;
    private final TypedArena arena;

    private record Entry<V>(V value, Reservation charge) {}

    /**
     * Creates an empty cache.
     *
     * @param maxBytes maximum total weight of the entries, in bytes
     * @param arena arena on which entries are reserved
     * @param weigher approximate heap size of an entry in bytes, at least 1
     */
    public BudgetedCache(long maxBytes, TypedArena arena, Weigher<K, V> weigher) {
        this.arena = arena;
        this.weigher = weigher;
        this.entries = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((K _, Entry<V> entry) -> (int) entry.charge().bytes())
                .evictionListener((@Nullable K _, @Nullable Entry<V> entry, RemovalCause _) -> release(entry))
                .executor(Runnable::run)
                .build();
    }

    private static void release(@Nullable Entry<?> entry) {
        if (entry != null) {
            entry.charge().release();
        }
    }

    /** Returns the cached value of a key, or empty if there is none. */
    public Optional<V> get(K key) {
        return Optional.ofNullable(entries.getIfPresent(key)).map(Entry::value);
    }

    /** Stores a value, unless the budget of the arena is exhausted; an existing value of the key then remains. */
    public void put(K key, V value) {
        Reservation charge;
        try {
            charge = arena.charge(weigher.weigh(key, value), OverBudgetPolicy.FAIL);
        } catch (ArenaExhaustedException e) {
            LOG.log(System.Logger.Level.DEBUG, "not cached for want of room", e);
            return;
        }
        release(entries.asMap().put(key, new Entry<>(value, charge)));
    }

    /**
     * Removes the entries whose keys match.
     *
     * @param filter selects the keys
     */
    public void drop(Predicate<K> filter) {
        for (K key : entries.asMap().keySet()) {
            if (filter.test(key)) {
                release(entries.asMap().remove(key));
            }
        }
    }
}
