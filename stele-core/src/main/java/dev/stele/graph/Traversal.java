package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.store.Direction;
import dev.stele.store.Edge;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Walks along relations: which way, of which types, at which time. It counts what it looks at and stops with an error past the
 * limit, so no question takes for ever. For one thread, inside the view it was made for.
 *
 * @param types only these types; empty for all
 */
public record Traversal(GraphView graph, GraphLimits limits, Direction direction, Set<String> types, GraphScope scope) {

    public Traversal {
        types = Set.copyOf(types);
    }

    /** How far a walk may go, checked. */
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

    Traversal towards(Direction other) {
        return new Traversal(graph, limits, other, types, scope);
    }

    /** Relations at these entities, of which no more than the limit may have been looked at. */
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
     * What is around some entities.
     *
     * @param depth most relations away, 0 for these alone
     * @param most most entities in the answer
     */
    public Subgraph around(Collection<Long> from, int depth, int most) {
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
                        if (distances.size() >= most) {
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
