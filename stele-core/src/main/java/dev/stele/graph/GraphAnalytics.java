package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.model.Edge;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Analytics over the whole graph: importance, degrees and communities of entities. It reads every relation once and is
 * therefore meant for occasional use, not for each query. Immutable and thread-safe.
 */
public final class GraphAnalytics {

    /**
     * Damping factor of PageRank: the probability that a random walk follows a relation instead of restarting at a
     * random entity.
     */
    private static final double DAMPING = 0.85;

    /** Maximum number of iterations of PageRank. */
    private static final int MAX_ROUNDS = 50;
    /** Sum of absolute changes below which PageRank has converged. */
    private static final double CONVERGENCE_THRESHOLD = 1e-9;

    private final long[] numbers;
    private final int[] from;
    private final int[] to;
    private final double[] weight;

    private GraphAnalytics(long[] numbers, int[] from, int[] to, double[] weight) {
        this.numbers = numbers;
        this.from = from;
        this.to = to;
        this.weight = weight;
    }

    /**
     * Reads the relations of a scope.
     *
     * @param graph view of the graph
     * @param scope validity and record times of the relations
     */
    public static GraphAnalytics read(GraphView graph, GraphScope scope) {
        long[] numbers = graph.entityNumbers(scope.known());
        var edges = new Object() {
            int[] from = new int[1024];
            int[] to = new int[1024];
            double[] weight = new double[1024];
            int size;
        };
        graph.forEachEdge(scope, edge -> {
            int a = Arrays.binarySearch(numbers, edge.from());
            int b = Arrays.binarySearch(numbers, edge.to());
            if (a < 0 || b < 0) {
                return;
            }
            if (edges.size == edges.from.length) {
                edges.from = Arrays.copyOf(edges.from, 2 * edges.size);
                edges.to = Arrays.copyOf(edges.to, 2 * edges.size);
                edges.weight = Arrays.copyOf(edges.weight, 2 * edges.size);
            }
            edges.from[edges.size] = a;
            edges.to[edges.size] = b;
            edges.weight[edges.size] = edge.weight();
            edges.size++;
        });
        return new GraphAnalytics(
                numbers,
                Arrays.copyOf(edges.from, edges.size),
                Arrays.copyOf(edges.to, edges.size),
                Arrays.copyOf(edges.weight, edges.size));
    }

    /**
     * Analyzes a part of a graph.
     *
     * @param entities numbers of the entities of the part
     * @param edges relations; those with an end outside the part are ignored
     */
    public static GraphAnalytics of(Collection<Long> entities, Collection<Edge> edges) {
        long[] numbers = entities.stream().mapToLong(Long::longValue).sorted().toArray();
        var from = new int[edges.size()];
        var to = new int[edges.size()];
        var weight = new double[edges.size()];
        int size = 0;
        for (Edge edge : edges) {
            int a = Arrays.binarySearch(numbers, edge.from());
            int b = Arrays.binarySearch(numbers, edge.to());
            if (a >= 0 && b >= 0) {
                from[size] = a;
                to[size] = b;
                weight[size++] = edge.weight();
            }
        }
        return new GraphAnalytics(
                numbers, Arrays.copyOf(from, size), Arrays.copyOf(to, size), Arrays.copyOf(weight, size));
    }

    /** Returns importance and degree of all entities, in the order of importance. */
    public EntityRanking ranking() {
        return new EntityRanking(numbers, ranks(), degreeCounts());
    }

    private int[] degreeCounts() {
        var counts = new int[numbers.length];
        for (int i = 0; i < from.length; i++) {
            counts[from[i]]++;
            counts[to[i]]++;
        }
        return counts;
    }

    /** Returns the number of relations that begin or end at each entity that has any, by entity number. */
    public Map<Long, Integer> degrees() {
        var degrees = new HashMap<Long, Integer>();
        int[] counts = degreeCounts();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                degrees.put(numbers[i], counts[i]);
            }
        }
        return degrees;
    }

    /** Returns the {@link #importance} of each entity, the most important first; equal ones in order of number. */
    public List<Map.Entry<Long, Double>> byImportance() {
        return importance().entrySet().stream()
                .sorted(Map.Entry.<Long, Double>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .toList();
    }

    /**
     * Returns the PageRank of each entity over weighted relations: the probability that a random walk is at the entity.
     * The values sum to 1. Entities without outgoing relations distribute their rank evenly. (Page, Brin, Motwani,
     * Winograd 1999.)
     *
     * @return PageRank by entity number
     */
    public Map<Long, Double> importance() {
        double[] ranks = ranks();
        var byNumber = new HashMap<Long, Double>();
        for (int i = 0; i < numbers.length; i++) {
            byNumber.put(numbers[i], ranks[i]);
        }
        return byNumber;
    }

    private double[] ranks() {
        int count = numbers.length;
        var out = new double[count];
        for (int i = 0; i < from.length; i++) {
            out[from[i]] += weight[i];
        }
        var rank = new double[count];
        Arrays.fill(rank, 1.0 / Math.max(1, count));
        for (int round = 0; round < MAX_ROUNDS; round++) {
            WorkBudget.checkpoint();
            double danglingRank = 0;
            for (int i = 0; i < count; i++) {
                danglingRank += out[i] == 0 ? rank[i] : 0;
            }
            var next = new double[count];
            Arrays.fill(next, (1 - DAMPING + DAMPING * danglingRank) / count);
            for (int i = 0; i < from.length; i++) {
                next[to[i]] += DAMPING * rank[from[i]] * weight[i] / out[from[i]];
            }
            double moved = 0;
            for (int i = 0; i < count; i++) {
                moved += Math.abs(next[i] - rank[i]);
            }
            rank = next;
            if (moved < CONVERGENCE_THRESHOLD) {
                break;
            }
        }
        return rank;
    }

    /**
     * Returns the community of each entity by the Louvain method (Blondel, Guillaume, Lambiotte, Lefebvre 2008): each
     * entity joins the community that increases modularity most, until none moves; the communities are then treated as
     * nodes and the step is repeated. Directions are ignored. The result is deterministic.
     *
     * @return lowest entity number of the community, by entity number
     */
    public Map<Long, Long> communities() {
        return Louvain.communities(numbers, from, to, weight);
    }
}
