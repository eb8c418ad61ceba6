package dev.stele.model;

import java.time.Duration;

/**
 * Bounds of an agent's graph. Past a bound comes a {@link LimitExceededException} that names the key given here in brackets.
 *
 * @param entities most entities of one agent ({@code limits.entities-per-agent})
 * @param relations most relations of one agent ({@code limits.relations-per-agent})
 * @param batch most entities, observations or relations in one write ({@code limits.graph-batch})
 * @param depth most steps away from where a question of the graph begins ({@code limits.graph-depth})
 * @param visited most relations that one question of the graph looks at ({@code limits.graph-visited})
 * @param rows most entities and relations, or rows, in one answer ({@code limits.graph-rows})
 * @param values most elements of lists and maps that one query makes, sixteen characters of a text counting as one ({@code limits.graph-values})
 * @param time longest time for one question of the graph ({@code limits.graph-time})
 */
public record GraphLimits(
        int entities, int relations, int batch, int depth, int visited, int rows, int values, Duration time) {

    public static final GraphLimits DEFAULT =
            new GraphLimits(1_000_000, 5_000_000, 10_000, 16, 1_000_000, 100_000, 5_000_000, Duration.ofSeconds(10));

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
    }

    /** Not that of {@link Limits}, whose defaults hold ours: whichever is read first would find the other unfinished. */
    private static void positive(String key, int value) {
        if (value < 1) {
            throw new InvalidInputException("%s is %d; it must be at least 1.".formatted(key, value));
        }
    }
}
