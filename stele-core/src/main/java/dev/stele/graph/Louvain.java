package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Community detection by the Louvain method (Blondel, Guillaume, Lambiotte, Lefebvre, "Fast unfolding of communities in
 * large networks", 2008). Nodes are visited in their order and ties go to the lower community, so the result is
 * deterministic. Stateless.
 */
final class Louvain {

    /** Maximum number of sweeps over the nodes of one level. */
    private static final int MAX_SWEEPS = 32;
    /** Maximum number of levels. */
    private static final int MAX_LEVELS = 16;
    /** Tolerance in the comparison of modularity gains. */
    private static final double GAIN_TOLERANCE = 1e-12;

    private Louvain() {}

    /**
     * Returns the lowest node number of each node's community.
     *
     * @param numbers node numbers, ascending
     * @param from index of the first node of each edge
     * @param to index of the second node of each edge
     * @param weight weight of each edge
     */
    static Map<Long, Long> communities(long[] numbers, int[] from, int[] to, double[] weight) {
        int count = numbers.length;
        var member = new int[count];
        Arrays.setAll(member, i -> i);
        Level level = Level.of(count, from, to, weight);
        for (int depth = 0; depth < MAX_LEVELS; depth++) {
            int[] joined = level.join();
            int[] dense = dense(joined);
            int communities = Arrays.stream(dense).max().orElse(-1) + 1;
            for (int i = 0; i < count; i++) {
                member[i] = dense[member[i]];
            }
            if (communities == level.count()) {
                break;
            }
            level = level.merged(dense, communities);
        }
        var lowest = new HashMap<Integer, Long>();
        var answer = new HashMap<Long, Long>();
        for (int i = 0; i < count; i++) {
            lowest.putIfAbsent(member[i], numbers[i]);
            answer.put(numbers[i], lowest.get(member[i]));
        }
        return answer;
    }

    /** Renumbers communities from 0 in the order of their first member. */
    private static int[] dense(int[] communities) {
        var names = new HashMap<Integer, Integer>();
        var dense = new int[communities.length];
        for (int i = 0; i < communities.length; i++) {
            Integer name = names.get(communities[i]);
            if (name == null) {
                name = names.size();
                names.put(communities[i], name);
            }
            dense[i] = name;
        }
        return dense;
    }

    /**
     * Undirected graph in compressed sparse row form: the neighbors of node i are at {@code start[i]} to {@code start[i
     * + 1]}, exclusive.
     *
     * @param count number of nodes
     * @param start index of each node's first neighbor
     * @param neighbor neighbors of all nodes
     * @param weight weights of the edges to the neighbors
     * @param own weight of each node's self-loops, counted from both ends
     * @param total weight of all edges, counted from both ends
     */
    private record Level(int count, int[] start, int[] neighbor, double[] weight, double[] own, double total) {

        static Level of(int count, int[] from, int[] to, double[] weight) {
            var start = new int[count + 1];
            var own = new double[count];
            double total = 0;
            for (int i = 0; i < from.length; i++) {
                total += 2 * weight[i];
                if (from[i] == to[i]) {
                    own[from[i]] += 2 * weight[i];
                } else {
                    start[from[i] + 1]++;
                    start[to[i] + 1]++;
                }
            }
            for (int i = 0; i < count; i++) {
                start[i + 1] += start[i];
            }
            int[] next = Arrays.copyOf(start, count);
            var neighbor = new int[start[count]];
            var weights = new double[start[count]];
            for (int i = 0; i < from.length; i++) {
                if (from[i] != to[i]) {
                    neighbor[next[from[i]]] = to[i];
                    weights[next[from[i]]++] = weight[i];
                    neighbor[next[to[i]]] = from[i];
                    weights[next[to[i]]++] = weight[i];
                }
            }
            return new Level(count, start, neighbor, weights, own, total);
        }

        /** Returns the community of each node after no move of a single node increases modularity. */
        int[] join() {
            var community = new int[count];
            Arrays.setAll(community, i -> i);
            var degree = new double[count];
            for (int i = 0; i < count; i++) {
                degree[i] = own[i];
                for (int k = start[i]; k < start[i + 1]; k++) {
                    degree[i] += weight[k];
                }
            }
            double[] sum = degree.clone();
            var towards = new double[count];
            var touched = new int[count];
            boolean moved = true;
            for (int sweep = 0; moved && sweep < MAX_SWEEPS; sweep++) {
                moved = false;
                WorkBudget.checkpoint();
                for (int i = 0; i < count; i++) {
                    int seen = 0;
                    for (int k = start[i]; k < start[i + 1]; k++) {
                        int other = community[neighbor[k]];
                        if (towards[other] == 0) {
                            touched[seen++] = other;
                        }
                        towards[other] += weight[k];
                    }
                    int current = community[i];
                    sum[current] -= degree[i];
                    int best = current;
                    double bestGain = towards[current] - sum[current] * degree[i] / total;
                    for (int k = 0; k < seen; k++) {
                        int other = touched[k];
                        double gain = towards[other] - sum[other] * degree[i] / total;
                        if (gain > bestGain + GAIN_TOLERANCE
                                || (gain > bestGain - GAIN_TOLERANCE && other < best && best != current)) {
                            best = other;
                            bestGain = gain;
                        }
                    }
                    for (int k = 0; k < seen; k++) {
                        towards[touched[k]] = 0;
                    }
                    sum[best] += degree[i];
                    moved |= best != current;
                    community[i] = best;
                }
            }
            return community;
        }

        /** Returns the graph whose nodes are the communities. */
        Level merged(int[] community, int communities) {
            var edges = new TreeMap<Long, Double>();
            for (int i = 0; i < count; i++) {
                if (own[i] > 0) {
                    edges.merge(key(community[i], community[i]), own[i] / 2, Double::sum);
                }
                for (int k = start[i]; k < start[i + 1]; k++) {
                    if (neighbor[k] > i) {
                        int a = community[i];
                        int b = community[neighbor[k]];
                        edges.merge(key(Math.min(a, b), Math.max(a, b)), weight[k], Double::sum);
                    }
                }
            }
            var from = new int[edges.size()];
            var to = new int[edges.size()];
            var weights = new double[edges.size()];
            int next = 0;
            for (Map.Entry<Long, Double> edge : edges.entrySet()) {
                from[next] = (int) (edge.getKey() >>> 32);
                to[next] = edge.getKey().intValue();
                weights[next++] = edge.getValue();
            }
            return of(communities, from, to, weights);
        }

        private static long key(int a, int b) {
            return ((long) a << 32) | b;
        }
    }
}
