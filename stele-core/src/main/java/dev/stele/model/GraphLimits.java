package dev.stele.model;

import java.time.Duration;

/**
 * Limits of the graph of an agent. An operation beyond a limit fails with a {@link LimitExceededException} that names
 * the key given here in parentheses. Immutable.
 *
 * @param entities maximum number of entities of one agent ({@code limits.entities-per-agent})
 * @param relations maximum number of relations of one agent ({@code limits.relations-per-agent})
 * @param batch maximum number of entities, observations or relations in one write ({@code limits.graph-batch})
 * @param depth maximum distance, in relations, from the start of a graph query ({@code limits.graph-depth})
 * @param visited maximum number of relations that one graph query reads ({@code limits.graph-visited})
 * @param rows maximum number of entities and relations, or rows, in one result ({@code limits.graph-rows})
 * @param values maximum number of elements of lists and maps that one query creates; sixteen characters of text count
 *     as one element ({@code limits.graph-values})
 * @param time maximum time of one graph query ({@code limits.graph-time})
 * @param editTime maximum time of a function that edits the graph while other writers wait ({@code
 *     limits.graph-edit-time})
 */
public record GraphLimits(
        int entities,
        int relations,
        int batch,
        int depth,
        int visited,
        int rows,
        int values,
        Duration time,
        Duration editTime) {

    /** Default limits. */
    public static final GraphLimits DEFAULT = new GraphLimits(
            1_000_000,
            5_000_000,
            10_000,
            16,
            1_000_000,
            100_000,
            5_000_000,
            Duration.ofSeconds(10),
            Duration.ofSeconds(2));

    public GraphLimits {
        positive("limits.entities-per-agent", entities);
        positive("limits.relations-per-agent", relations);
        positive("limits.graph-batch", batch);
        positive("limits.graph-depth", depth);
        positive("limits.graph-visited", visited);
        positive("limits.graph-rows", rows);
        positive("limits.graph-values", values);
        if (time.isNegative() || time.isZero()) {
            throw new InvalidInputException("limits.graph-time must be longer than nothing.");
        }
        if (editTime.isNegative() || editTime.isZero()) {
            throw new InvalidInputException("limits.graph-edit-time must be longer than nothing.");
        }
    }

    /**
     * Checks a limit. The method of {@link Limits} cannot be used: the defaults of that class contain the defaults of
     * this one, so whichever class is initialized first would find the other one uninitialized.
     */
    private static void positive(String key, int value) {
        if (value < 1) {
            throw new InvalidInputException("%s is %d; it must be at least 1.".formatted(key, value));
        }
    }
}
