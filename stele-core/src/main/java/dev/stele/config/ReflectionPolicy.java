package dev.stele.config;

import dev.stele.model.InvalidInputException;
import java.time.Duration;
import java.util.Map;

/**
 * Settings of the reflection worker: limits of its queue, similarity thresholds that decide whether a statement is new,
 * and retention periods of notes. Immutable.
 *
 * @param workers number of interactions that this process reflects on at once ({@code reflect.workers}); 0 for none
 * @param attempts maximum number of attempts to process an interaction ({@code reflect.attempts})
 * @param waiting maximum number of pending interactions of an agent ({@code reflect.max-waiting})
 * @param similarity minimum cosine, 0 to 1, at which a statement may duplicate a note of its category ({@code
 *     reflect.similarity})
 * @param similarities values of {@code similarity} for individual categories ({@code reflect.similarities})
 * @param similarityAcross minimum cosine, 0 to 1, at which a statement may duplicate a note of another category ({@code
 *     reflect.similarity-across})
 * @param leastConfidence minimum confidence, 0 to 1, of a statement that is stored as a note ({@code
 *     reflect.min-confidence})
 * @param sureToReplace minimum confidence, 0 to 1, at which a statement replaces a note that it contradicts; below it
 *     both are kept for review by a person ({@code reflect.replace-confidence})
 * @param knownShown maximum number of existing notes that the model receives ({@code reflect.max-known-notes})
 * @param notes number of notes of a user above which they are consolidated ({@code reflect.consolidate-notes})
 * @param notesOfCategory number of notes of a user in one category above which they are consolidated ({@code
 *     reflect.consolidate-category})
 * @param weeklyNotes number of notes of a user above which they are consolidated weekly ({@code
 *     reflect.consolidate-weekly})
 * @param keep retention period of unused notes ({@code retention.notes})
 * @param keepUnimportant retention period of unused notes of low importance ({@code retention.unimportant-notes})
 * @param keepEphemeral retention period of unused notes of the category ephemeral ({@code retention.ephemeral-notes})
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

    /** Default settings. */
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
                    "reflect.workers and reflect.max-known-notes cannot be negative, reflect.attempts and reflect.max-waiting must be at least 1.");
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

    /**
     * Returns the minimum cosine at which a statement may duplicate a note, for statements and notes of one category.
     */
    public double similarityWithin(String category) {
        return similarities.getOrDefault(category, similarity);
    }

    /**
     * Returns these settings with another number of workers.
     *
     * @param count number of interactions processed at once; 0 for none
     */
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

    /**
     * Returns these settings with other limits of the queue.
     *
     * @param maxWaiting maximum number of pending interactions of an agent, at least 1
     * @param maxAttempts maximum number of attempts to process an interaction, at least 1
     */
    public ReflectionPolicy withQueue(int maxWaiting, int maxAttempts) {
        return new ReflectionPolicy(
                workers,
                maxAttempts,
                maxWaiting,
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
