package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Bounded traversal of relations with a direction, types and a time scope. It counts the relations it reads and fails
 * beyond the limit, so that no query runs without bound. Not thread-safe; valid only inside the view it was created
 * for.
 *
 * @param graph view of the graph
 * @param limits limits of the graph
 * @param direction direction in which relations are followed
 * @param types types of the relations; empty for all
 * @param scope validity and record times of the relations
 */
public record Traversal(GraphView graph, GraphLimits limits, Direction direction, Set<String> types, GraphScope scope) {

    public Traversal {
        types = Set.copyOf(types);
    }

    /**
     * Checks and returns a depth.
     *
     * @throws InvalidInputException if the depth is negative
     * @throws LimitExceededException if the depth exceeds {@code limits.graph-depth}
     */
    public int checkDepth(int depth) {
        if (depth < 0) {
            throw new InvalidInputException("The depth is %d; it cannot be negative.".formatted(depth));
        }
        if (depth > limits.depth()) {
            throw new LimitExceededException(
                    "The depth is %d; at most %d are followed (limits.graph-depth).".formatted(depth, limits.depth()));
        }
        return depth;
    }

    /** Returns a traversal in both directions along relations of all types that are valid at a time. */
    public static Traversal ofCurrent(GraphView graph, GraphLimits limits, Instant now) {
        return new Traversal(graph, limits, Direction.BOTH, Set.of(), GraphScope.validAt(now));
    }

    Traversal towards(Direction other) {
        return new Traversal(graph, limits, other, types, scope);
    }

    /**
     * Returns the relations of some entities.
     *
     * @param entities numbers of the entities
     * @param seen number of relations that this query has read before
     * @throws LimitExceededException if more relations were read than {@code limits.graph-visited}
     */
    List<Edge> edges(Collection<Long> entities, int seen) {
        WorkBudget.checkpoint();
        List<Edge> edges = graph.edges(entities, direction, types, scope, limits.visited() - seen);
        if (seen + edges.size() > limits.visited()) {
            throw new LimitExceededException(
                    "The question would look at more than %d relations (limits.graph-visited); ask for fewer types or steps."
                            .formatted(limits.visited()));
        }
        return edges;
    }

    /**
     * Returns the neighborhood of some entities.
     *
     * @param from numbers of the start entities
     * @param depth maximum distance in relations; 0 for the start entities alone
     * @param limit maximum number of entities
     * @return entities and the relations between them
     */
    public Subgraph neighborhood(Collection<Long> from, int depth, int limit) {
        Map<Long, Integer> distances = new LinkedHashMap<>();
        from.forEach(number -> distances.put(number, 0));
        Map<Long, Edge> met = new LinkedHashMap<>();
        Collection<Long> frontier = List.copyOf(distances.keySet());
        boolean truncated = false;
        for (int step = 1; step <= checkDepth(depth) && !frontier.isEmpty(); step++) {
            var next = new ArrayList<Long>();
            for (Edge edge : edges(frontier, met.size())) {
                met.put(edge.number(), edge);
                for (long end : List.of(edge.from(), edge.to())) {
                    if (!distances.containsKey(end)) {
                        if (distances.size() >= limit) {
                            truncated = true;
                        } else {
                            distances.put(end, step);
                            next.add(end);
                        }
                    }
                }
            }
            frontier = next;
        }
        Map<Long, EntityRef> refs = graph.refs(distances.keySet(), scope.known());
        var entities = new ArrayList<Subgraph.Near>(distances.size());
        distances.forEach((number, distance) -> {
            EntityRef ref = refs.get(number);
            if (ref != null) {
                entities.add(new Subgraph.Near(ref, distance));
            }
        });
        List<Edge> relations = met.values().stream()
                .filter(edge -> refs.containsKey(edge.from()) && refs.containsKey(edge.to()))
                .toList();
        return new Subgraph(entities, relations, truncated);
    }
}
