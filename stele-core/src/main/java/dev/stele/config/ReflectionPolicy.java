package dev.stele.config;

import dev.stele.model.InvalidInputException;
import java.time.Duration;
import java.util.Map;

/**
 * What the memory agent holds for new, and its bounds. Immutable.
 *
 * @param workers interactions thought about at once in this process ({@code reflect.workers}); 0 for none
 * @param attempts how often an interaction is tried before it is given up ({@code reflect.attempts})
 * @param waiting most interactions of an agent waiting ({@code reflect.max-waiting})
 * @param similarity cosine from which a statement may be one that is noted already in its category ({@code reflect.similarity})
 * @param similarities other values for some categories ({@code reflect.similarities})
 * @param similarityAcross the same between categories ({@code reflect.similarity-across})
 * @param leastConfidence statements less sure are not noted ({@code reflect.min-confidence})
 * @param sureToReplace a statement less sure than this does not take the place of another one that it contradicts; both are kept for
 *     people to look at ({@code reflect.replace-confidence})
 * @param knownShown most notes a model is shown of what is known ({@code reflect.known-notes})
 * @param notes of a user beyond which they are consolidated ({@code reflect.consolidate-notes})
 * @param notesOfCategory the same of one category ({@code reflect.consolidate-category})
 * @param weeklyNotes beyond this many they are consolidated weekly ({@code reflect.consolidate-weekly})
 * @param keep how long notes are kept that nobody uses ({@code retention.notes})
 * @param keepUnimportant the same for those of little importance ({@code retention.unimportant-notes})
 * @param keepEphemeral the same for those of the category ephemeral ({@code retention.ephemeral-notes})
 */
public record ReflectionPolicy(
        int workers,
        int attempts,
        int waiting,
        double similarity,
        Map<String, Double> similarities,
        double similarityAcross,
        double leastConfidence,
        double sureToReplace,
        int knownShown,
        int notes,
        int notesOfCategory,
        int weeklyNotes,
        Duration keep,
        Duration keepUnimportant,
        Duration keepEphemeral) {

    public static final ReflectionPolicy DEFAULT = new ReflectionPolicy(
            4,
            5,
            10_000,
            0.65,
            Map.of(),
            0.8,
            0.3,
            0.6,
            30,
            50,
            15,
            20,
            Duration.ofDays(365),
            Duration.ofDays(30),
            Duration.ofHours(24));

    public ReflectionPolicy {
        similarities = Map.copyOf(similarities);
        if (workers < 0 || attempts < 1 || waiting < 1 || knownShown < 0) {
            throw new InvalidInputException(
                    "reflect.workers and reflect.known-notes cannot be negative, reflect.attempts and reflect.max-waiting must be at least 1.");
        }
        unit("reflect.similarity", similarity);
        unit("reflect.similarity-across", similarityAcross);
        unit("reflect.min-confidence", leastConfidence);
        unit("reflect.replace-confidence", sureToReplace);
        similarities.forEach((category, value) -> unit("reflect.similarities." + category, value));
    }

    private static void unit(String key, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new InvalidInputException("%s is %s; it must lie from 0 to 1.".formatted(key, value));
        }
    }

    public double similarityWithin(String category) {
        return similarities.getOrDefault(category, similarity);
    }

    public ReflectionPolicy withWorkers(int count) {
        return new ReflectionPolicy(
                count,
                attempts,
                waiting,
                similarity,
                similarities,
                similarityAcross,
                leastConfidence,
                sureToReplace,
                knownShown,
                notes,
                notesOfCategory,
                weeklyNotes,
                keep,
                keepUnimportant,
                keepEphemeral);
    }

    public ReflectionPolicy withQueue(int most, int tries) {
        return new ReflectionPolicy(
                workers,
                tries,
                most,
                similarity,
                similarities,
                similarityAcross,
                leastConfidence,
                sureToReplace,
                knownShown,
                notes,
                notesOfCategory,
                weeklyNotes,
                keep,
                keepUnimportant,
                keepEphemeral);
    }
}
