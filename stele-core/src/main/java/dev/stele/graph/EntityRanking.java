package dev.stele.graph;

import java.util.Arrays;
import java.util.List;

/**
 * Importance and degree of all entities of a graph, in arrays: about 24 bytes for each entity. Immutable and
 * thread-safe.
 */
public final class EntityRanking {

    private final long[] numbers;
    private final double[] importance;
    private final int[] degrees;
    private final int[] order;

    /**
     * @param numbers numbers of the entities, ascending
     * @param importance importance of each entity
     * @param degrees number of relations of each entity
     */
    EntityRanking(long[] numbers, double[] importance, int[] degrees) {
        this.numbers = numbers;
        this.importance = importance;
        this.degrees = degrees;
        // The bits of positive floats have the order of their values, so one sort of primitive keys orders the entities
        // by descending importance, and equal ones by number.
        var keys = new long[numbers.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (long) (Integer.MAX_VALUE - Float.floatToIntBits((float) importance[i])) << 32 | i;
        }
        Arrays.sort(keys);
        this.order = Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }

    /** Returns the number of entities. */
    public int size() {
        return numbers.length;
    }

    /**
     * Returns the numbers of the most important entities, the most important first; equal ones in order of number.
     *
     * @param limit maximum number of entities
     */
    public List<Long> first(int limit) {
        return Arrays.stream(order, 0, Math.min(limit, order.length))
                .mapToObj(i -> numbers[i])
                .toList();
    }

    /** Returns the {@link GraphAnalytics#importance importance} of an entity; 0 if it is not in the graph. */
    public double importance(long entity) {
        int index = Arrays.binarySearch(numbers, entity);
        return index < 0 ? 0 : importance[index];
    }

    /** Returns the number of relations that begin or end at an entity; 0 if it is not in the graph. */
    public int degree(long entity) {
        int index = Arrays.binarySearch(numbers, entity);
        return index < 0 ? 0 : degrees[index];
    }
}
