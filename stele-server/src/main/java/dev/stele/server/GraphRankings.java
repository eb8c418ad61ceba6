package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.AgentMemory;
import dev.stele.graph.EntityRanking;
import dev.stele.model.AgentName;
import dev.stele.store.GraphScope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Cache of the importance of the entities of the graphs that people look at. Thread-safe.
 *
 * <p>A ranking reads all relations of a graph, so it is kept for as long as the memory of the agent does not change,
 * and otherwise for {@link #MAX_AGE}. Then one request computes it again, while others use the old one.
 */
final class GraphRankings {

    /** Time for which a ranking is used although the memory has changed. */
    private static final Duration MAX_AGE = Duration.ofSeconds(10);

    private final int maxRankings;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Key, Cached> rankings = new LinkedHashMap<>(8, 0.75f, true);

    /**
     * @param maxRankings maximum number of rankings that are kept ({@code server.graph-rankings}). One takes about 24
     *     bytes for each entity
     */
    GraphRankings(int maxRankings) {
        this.maxRankings = maxRankings;
    }

    private record Key(AgentName agent, Optional<Instant> asOf) {}

    /**
     * Ranking in the cache.
     *
     * @param change number of the latest change when the ranking was computed
     * @param nanos {@link System#nanoTime} of the computation, or of the start of the next one
     */
    private record Cached(long change, long nanos, EntityRanking ranking) {}

    /**
     * Returns the ranking of the graph of an agent.
     *
     * @param asOf time of the graph; empty for now
     */
    EntityRanking of(AgentMemory memory, Optional<Instant> asOf) {
        long change = memory.lastChange();
        var key = new Key(memory.name(), asOf);
        long now = System.nanoTime();
        lock.lock();
        try {
            Cached cached = rankings.get(key);
            if (cached != null && (cached.change() == change || now - cached.nanos() < MAX_AGE.toNanos())) {
                return cached.ranking();
            }
            if (cached != null) {
                rankings.put(key, new Cached(cached.change(), now, cached.ranking()));
            }
        } finally {
            lock.unlock();
        }
        EntityRanking computed = memory.graph()
                .read(graph -> memory.graph().analyze(graph, scope(asOf)).ranking());
        lock.lock();
        try {
            rankings.put(key, new Cached(change, now, computed));
            List<Key> keys = new ArrayList<>(rankings.keySet());
            keys.subList(0, Math.max(0, keys.size() - maxRankings)).forEach(rankings::remove);
        } finally {
            lock.unlock();
        }
        return computed;
    }

    /** Returns the relations that were recorded and valid at a time, or are now. */
    static GraphScope scope(Optional<Instant> asOf) {
        return asOf.map(GraphScope::asOf).orElseGet(() -> GraphScope.validAt(Instant.now()));
    }
}
