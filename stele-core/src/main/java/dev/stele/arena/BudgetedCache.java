package dev.stele.arena;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Weigher;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A cache on the heap, bounded by bytes, whose entries are booked on an arena: its figures show what is cached, and an entry
 * that its budget has no room for is not kept. Thread-safe.
 */
public final class BudgetedCache<K, V> {

    private static final System.Logger LOG = System.getLogger(BudgetedCache.class.getName());

    private final Cache<K, Entry<V>> entries;
    private final Weigher<K, V> weigher;
    private final TypedArena arena;

    private record Entry<V>(V value, Reservation charge) {}

    /** @param weigher about how many bytes of heap an entry takes, at least 1 */
    public BudgetedCache(long mostBytes, TypedArena arena, Weigher<K, V> weigher) {
        this.arena = arena;
        this.weigher = weigher;
        this.entries = Caffeine.newBuilder()
                .maximumWeight(mostBytes)
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

    public Optional<V> get(K key) {
        return Optional.ofNullable(entries.getIfPresent(key)).map(Entry::value);
    }

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

    /** Lets go of the entries with certain keys. */
    public void drop(Predicate<K> which) {
        for (K key : entries.asMap().keySet()) {
            if (which.test(key)) {
                release(entries.asMap().remove(key));
            }
        }
    }
}
