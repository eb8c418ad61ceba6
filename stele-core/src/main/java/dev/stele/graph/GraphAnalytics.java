package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the whole graph says of its entities: how important each is, and which belong together. Reads every relation once, so it is
 * for now and then and not for each question. Immutable; thread-safe.
 */
public final class GraphAnalytics {

    /** Page, Brin: with this chance a reader follows a relation, else begins anew anywhere. */
    private static final double FOLLOWED = 0.85;

    private static final int MAX_ROUNDS = 50;
    private static final double CLOSE_ENOUGH = 1e-9;

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

    /** Reads the relations in a scope. */
    public static GraphAnalytics read(GraphView graph, GraphScope scope) {
        long[] numbers = graph.entityNumbers(scope.known());
        var edges = new Object() {
            int[] from = new int[1024];
            int[] to = new int[1024];
            double[] weight = new double[1024];
            int size;
        };
        graph.eachEdge(scope, edge -> {
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

    /** How many relations begin or end at each entity. */
    public Map<Long, Integer> degrees() {
        var degrees = new HashMap<Long, Integer>();
        for (int i = 0; i < from.length; i++) {
            degrees.merge(numbers[from[i]], 1, Integer::sum);
            degrees.merge(numbers[to[i]], 1, Integer::sum);
        }
        return degrees;
    }

    /**
     * PageRank over weighted relations: how often one would be at each entity who follows relations at random. The values of all
     * entities sum to 1. (Page, Brin, Motwani, Winograd 1999; entities without relations out spread evenly.)
     */
    public Map<Long, Double> importance() {
        int count = numbers.length;
        var out = new double[count];
        for (int i = 0; i < from.length; i++) {
            out[from[i]] += weight[i];
        }
        var rank = new double[count];
        Arrays.fill(rank, 1.0 / Math.max(1, count));
        for (int round = 0; round < MAX_ROUNDS; round++) {
            WorkBudget.checkpoint();
            double loose = 0;
            for (int i = 0; i < count; i++) {
                loose += out[i] == 0 ? rank[i] : 0;
            }
            var next = new double[count];
            Arrays.fill(next, (1 - FOLLOWED + FOLLOWED * loose) / count);
            for (int i = 0; i < from.length; i++) {
                next[to[i]] += FOLLOWED * rank[from[i]] * weight[i] / out[from[i]];
            }
            double moved = 0;
            for (int i = 0; i < count; i++) {
                moved += Math.abs(next[i] - rank[i]);
            }
            rank = next;
            if (moved < CLOSE_ENOUGH) {
                break;
            }
        }
        var byNumber = new HashMap<Long, Double>();
        for (int i = 0; i < count; i++) {
            byNumber.put(numbers[i], rank[i]);
        }
        return byNumber;
    }

    /**
     * Which entities belong together: each joins the community with which its relations gain most modularity, until none moves
     * (the first phase of Blondel, Guillaume, Lambiotte, Lefebvre 2008), repeated on the communities. Directions do not matter.
     * The same graph always gives the same answer.
     *
     * @return for each entity the lowest number of its community
     */
    public Map<Long, Long> communities() {
        return Louvain.communities(numbers, from, to, weight);
    }
}
