package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.AgentMemory;
import dev.stele.graph.GraphAnalytics;
import dev.stele.model.AgentName;
import dev.stele.store.GraphScope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Cache of the importance and the community of the entities of the graphs that people look at. Thread-safe.
 *
 * <p>A ranking reads all relations of a graph, so it is kept for as long as the memory of the agent does not change,
 * and otherwise for {@link #MAX_AGE}. Two threads may compute the same ranking at the same time.
 */
final class GraphRankings {

    /** Maximum number of rankings that are kept. One takes about 100 bytes for each entity. */
    private static final int MAX_RANKINGS = 4;
    /** Time for which a ranking is used although the memory has changed. */
    private static final Duration MAX_AGE = Duration.ofSeconds(10);

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Key, Ranking> rankings = new LinkedHashMap<>(8, 0.75f, true);

    private record Key(AgentName agent, Optional<Instant> asOf) {}

    /**
     * Ranking of all entities of a graph, the most important first. Immutable.
     *
     * @param change number of the latest change when the ranking was computed
     * @param nanos {@link System#nanoTime} of the computation
     * @param order numbers of the entities, the most important first
     */
    record Ranking(long change, long nanos, long[] order, Map<Long, Place> places) {}

    /**
     * Place of an entity in its graph.
     *
     * @param importance share of the total importance, 0 to 1
     * @param degree number of relations
     * @param community lowest number of an entity of the community
     */
    record Place(float importance, int degree, long community) {
        static final Place NONE = new Place(0, 0, 0);
    }

    /**
     * Returns the ranking of the graph of an agent.
     *
     * @param asOf time of the graph; empty for now
     */
    Ranking of(AgentMemory memory, Optional<Instant> asOf) {
        long change = memory.lastChange();
        var key = new Key(memory.name(), asOf);
        long now = System.nanoTime();
        lock.lock();
        try {
            Ranking known = rankings.get(key);
            if (known != null && (known.change() == change || now - known.nanos() < MAX_AGE.toNanos())) {
                return known;
            }
        } finally {
            lock.unlock();
        }
        Ranking computed = compute(memory, asOf, change, now);
        lock.lock();
        try {
            rankings.put(key, computed);
            List<Key> keys = new ArrayList<>(rankings.keySet());
            keys.subList(0, Math.max(0, keys.size() - MAX_RANKINGS)).forEach(rankings::remove);
        } finally {
            lock.unlock();
        }
        return computed;
    }

    private static Ranking compute(AgentMemory memory, Optional<Instant> asOf, long change, long now) {
        return memory.graph().read(graph -> {
            GraphAnalytics analytics = memory.graph().analyze(graph, scope(asOf));
            Map<Long, Integer> degrees = analytics.degrees();
            Map<Long, Long> communities = analytics.communities();
            var places = new LinkedHashMap<Long, Place>();
            for (Map.Entry<Long, Double> entry : analytics.byImportance()) {
                long number = entry.getKey();
                places.put(
                        number,
                        new Place(
                                entry.getValue().floatValue(),
                                degrees.getOrDefault(number, 0),
                                communities.getOrDefault(number, number)));
            }
            long[] order = places.keySet().stream().mapToLong(Long::longValue).toArray();
            return new Ranking(change, now, order, Map.copyOf(places));
        });
    }

    /** Returns the relations that were recorded and valid at a time, or are now. */
    static GraphScope scope(Optional<Instant> asOf) {
        return asOf.map(GraphScope::asOf).orElseGet(() -> GraphScope.validAt(Instant.now()));
    }

    /** Returns the first entities of an order. */
    static List<Long> first(long[] order, int limit) {
        return Arrays.stream(order, 0, Math.min(limit, order.length)).boxed().toList();
    }
}
