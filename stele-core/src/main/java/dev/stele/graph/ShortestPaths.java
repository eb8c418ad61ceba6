package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.EntityRef;
import dev.stele.model.InvalidInputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Search for the k shortest simple paths between two entities, by number of relations. A bidirectional breadth-first
 * search expands the smaller frontier first, so only a small part of a large graph is read. It finds all paths of the
 * minimum length at once; longer paths follow by the algorithm of J. Y. Yen, "Finding the k shortest loopless paths in
 * a network" (1971). Relations that were read are cached, because each further path is searched in much the same
 * region. Not thread-safe.
 */
public final class ShortestPaths {

    /**
     * Maximum number of paths of the minimum length from which those with the earliest recorded relations are chosen.
     */
    private static final int MAX_SHORTEST = 1_000;

    /** Path: the numbers of its entities, and the relations between them. */
    private record Way(List<Long> nodes, List<Edge> edges) {}

    private final Traversal out;
    private final Map<Long, List<Edge>> onward = new HashMap<>();
    private final Map<Long, List<Edge>> backward = new HashMap<>();
    private int seen;

    /**
     * Creates a search.
     *
     * @param walk relations that may be used, and their direction as seen from the first entity
     */
    public ShortestPaths(Traversal walk) {
        this.out = walk;
    }

    /**
     * Finds the shortest paths. Paths of equal length are ordered by the record order of their relations.
     *
     * @param from number of the first entity
     * @param to number of the last entity
     * @param depth maximum number of relations of a path
     * @param count maximum number of paths, at least 1
     * @return paths, shortest first
     * @throws InvalidInputException if the count or depth is out of range
     */
    public List<GraphPath> find(long from, long to, int depth, int count) {
        if (count < 1) {
            throw new InvalidInputException("The number of paths is %d; it must be at least 1.".formatted(count));
        }
        int maxDepth = out.checkDepth(depth);
        var found = new ArrayList<Way>();
        var candidates = new PriorityQueue<>(
                Comparator.<Way>comparingInt(way -> way.edges().size()).thenComparing(ShortestPaths::numbers));
        Set<List<Long>> known = new HashSet<>();
        List<Way> equal = shortest(from, to, maxDepth, Set.of(), Set.of(), count == 1 ? 1 : MAX_SHORTEST);
        candidates.addAll(equal);
        while (found.size() < count && !candidates.isEmpty()) {
            Way way = candidates.poll();
            if (!known.add(numbersOf(way))) {
                continue;
            }
            found.add(way);
            // Longer paths are needed only if there are fewer shortest paths than requested.
            if (found.size() < count && equal.size() < count) {
                branches(way, to, maxDepth, found, candidates);
            }
        }
        return found.stream().map(this::path).toList();
    }

    /**
     * Adds the deviations of a path: for each of its entities, the shortest path that shares the beginning up to that
     * entity and continues with a relation that no found path with the same beginning uses.
     */
    private void branches(Way way, long to, int maxDepth, List<Way> found, Collection<Way> into) {
        for (int at = 0; at < way.edges().size(); at++) {
            List<Edge> root = way.edges().subList(0, at);
            Set<Long> closed = new HashSet<>(way.nodes().subList(0, at));
            Set<Long> taken = new HashSet<>();
            for (Way other : found) {
                if (other.edges().size() > at && other.edges().subList(0, at).equals(root)) {
                    taken.add(other.edges().get(at).number());
                }
            }
            int split = at;
            shortest(way.nodes().get(at), to, maxDepth - at, closed, taken, 1).forEach(rest -> {
                var nodes = new ArrayList<>(way.nodes().subList(0, split));
                nodes.addAll(rest.nodes());
                var edges = new ArrayList<>(root);
                edges.addAll(rest.edges());
                into.add(new Way(nodes, edges));
            });
        }
    }

    /** Returns the shortest paths, at most {@code count} of them. */
    private List<Way> shortest(long from, long to, int maxDepth, Set<Long> closed, Set<Long> taken, int count) {
        if (from == to) {
            return List.of(new Way(List.of(from), List.of()));
        }
        var forward = new Side(from, true);
        var backward = new Side(to, false);
        WorkBudget.checkpoint();
        for (int steps = 0; steps < maxDepth && !forward.frontier.isEmpty() && !backward.frontier.isEmpty(); steps++) {
            Side side = forward.frontier.size() <= backward.frontier.size() ? forward : backward;
            List<Long> meetings = side.step(side == forward ? backward : forward, from, closed, taken);
            if (!meetings.isEmpty()) {
                var ways = new ArrayList<Way>();
                for (long meeting : meetings) {
                    for (Way begin : forward.ways(meeting, count)) {
                        for (Way end : backward.ways(meeting, count)) {
                            if (ways.size() < count) {
                                ways.add(join(begin, end));
                            }
                        }
                    }
                }
                return ways;
            }
        }
        return List.of();
    }

    /** Joins two half paths at the entity where they meet. */
    private static Way join(Way begin, Way end) {
        var nodes = new ArrayList<>(begin.nodes().reversed());
        nodes.addAll(end.nodes().subList(1, end.nodes().size()));
        var edges = new ArrayList<>(begin.edges().reversed());
        edges.addAll(end.edges());
        return new Way(nodes, edges);
    }

    /**
     * One direction of the bidirectional search: the reached entities, their distances, and the relations by which they
     * were reached.
     */
    private final class Side {
        private final boolean begins;
        private final Map<Long, List<Edge>> by = new HashMap<>();
        private final Map<Long, Integer> steps = new HashMap<>();
        private List<Long> frontier;
        private int depth;

        Side(long start, boolean begins) {
            this.begins = begins;
            this.frontier = List.of(start);
            steps.put(start, 0);
        }

        /** Expands the frontier by one relation and returns the entities at which it meets the other side. */
        List<Long> step(Side other, long first, Set<Long> closed, Set<Long> taken) {
            var next = new ArrayList<Long>();
            var meetings = new ArrayList<Long>();
            Map<Long, List<Edge>> neighbors = neighbors(frontier, begins);
            depth++;
            WorkBudget.checkpoint();
            for (long node : frontier) {
                for (Edge edge : neighbors.getOrDefault(node, List.of())) {
                    long end = edge.other(node);
                    boolean closedHere = closed.contains(end)
                            // A relation used by a found path is excluded at the first entity only.
                            || (taken.contains(edge.number()) && (node == first || end == first));
                    if (closedHere || steps.getOrDefault(end, depth) < depth) {
                        continue;
                    }
                    if (steps.putIfAbsent(end, depth) == null) {
                        next.add(end);
                        if (other.steps.containsKey(end)) {
                            meetings.add(end);
                        }
                    }
                    by.computeIfAbsent(end, _ -> new ArrayList<>()).add(edge);
                }
            }
            frontier = next;
            return meetings;
        }

        /** Returns the paths from a node back to the start of this side. */
        private List<Way> ways(long node, int limit) {
            List<Edge> last = by.get(node);
            if (last == null) {
                return List.of(new Way(List.of(node), List.of()));
            }
            var ways = new ArrayList<Way>();
            for (Edge edge : last) {
                for (Way rest : ways(edge.other(node), limit)) {
                    if (ways.size() >= limit) {
                        return ways;
                    }
                    var nodes = new ArrayList<>(List.of(node));
                    nodes.addAll(rest.nodes());
                    var edges = new ArrayList<>(List.of(edge));
                    edges.addAll(rest.edges());
                    ways.add(new Way(nodes, edges));
                }
            }
            return ways;
        }
    }

    private Map<Long, List<Edge>> neighbors(List<Long> nodes, boolean forward) {
        Map<Long, List<Edge>> known = forward ? onward : backward;
        Map<Long, List<Edge>> coming = new HashMap<>();
        for (long node : nodes) {
            if (!known.containsKey(node)) {
                coming.put(node, new ArrayList<>());
            }
        }
        if (!coming.isEmpty()) {
            Direction direction = forward ? out.direction() : out.direction().reversed();
            for (Edge edge : out.towards(direction).edges(coming.keySet(), seen)) {
                seen++;
                if (direction != Direction.IN) {
                    add(coming, edge.from(), edge);
                }
                if (direction != Direction.OUT && edge.from() != edge.to()) {
                    add(coming, edge.to(), edge);
                }
            }
            known.putAll(coming);
        }
        return known;
    }

    private static void add(Map<Long, List<Edge>> coming, long node, Edge edge) {
        List<Edge> edges = coming.get(node);
        if (edges != null) {
            edges.add(edge);
        }
    }

    private static List<Long> numbersOf(Way way) {
        return way.edges().stream().map(Edge::number).toList();
    }

    private static String numbers(Way way) {
        var text = new StringBuilder();
        way.edges().forEach(edge -> text.append(String.format("%020d", edge.number())));
        return text.toString();
    }

    private GraphPath path(Way way) {
        Map<Long, EntityRef> refs = out.graph().refs(way.nodes(), out.scope().known());
        return new GraphPath(
                way.nodes().stream()
                        .map(node -> refs.getOrDefault(node, new EntityRef(node, "", "", "")))
                        .toList(),
                way.edges());
    }
}
