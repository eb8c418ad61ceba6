package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Interaction with its processing state: pending, processed or failed. Immutable.
 *
 * @param number number of the change that recorded the interaction; the interactions of a user are processed in this
 *     order
 * @param draft recorded interaction; its {@code id} is always present
 * @param state processing state
 * @param attempts number of failed attempts to process the interaction
 * @param createdAt time at which the interaction was recorded
 * @param notBefore earliest time at which the interaction may be processed, or processed again after a failure
 * @param endedAt time at which the interaction was processed or failed for good
 * @param error error of the latest failed attempt
 * @param outcome result of the reflection; empty until the interaction is processed
 */
public record Interaction(
        long number,
        InteractionDraft draft,
        InteractionState state,
        int attempts,
        Instant createdAt,
        Instant notBefore,
        Optional<Instant> endedAt,
        Optional<String> error,
        Optional<Outcome> outcome) {

    /**
     * Returns the key of the interaction's user queue. Interactions of one queue are processed in order, those of
     * different queues in parallel. Interactions without a user share a queue.
     */
    public String userQueue() {
        return draft.user().map(user -> "u" + user).orElse("");
    }

    /**
     * Result of the reflection on an interaction. Immutable.
     *
     * @param engine name of the extractor or model
     * @param reasoning explanation in prose
     * @param added ids of new notes
     * @param reinforced ids of existing notes that gained evidence
     * @param superseded ids of notes that no longer hold
     * @param review ids of new notes that may contradict older ones and should be reviewed by a person
     * @param duplicates statements that were not noted because they were known
     * @param entities names of entities that were added to the graph
     */
    public record Outcome(
            String engine,
            String reasoning,
            List<String> added,
            List<String> reinforced,
            List<String> superseded,
            List<String> review,
            List<Duplicate> duplicates,
            List<String> entities) {

        public Outcome {
            added = List.copyOf(added);
            reinforced = List.copyOf(reinforced);
            superseded = List.copyOf(superseded);
            review = List.copyOf(review);
            duplicates = List.copyOf(duplicates);
            entities = List.copyOf(entities);
        }

        /** Returns a copy with another explanation and other duplicates. */
        public Outcome with(String newReasoning, List<Duplicate> newDuplicates) {
            return new Outcome(engine, newReasoning, added, reinforced, superseded, review, newDuplicates, entities);
        }

        /** Returns the result as JSON fields. */
        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("engine", engine)
                    .put("reasoning", reasoning)
                    .put("added", added)
                    .put("reinforced", reinforced)
                    .put("superseded", superseded)
                    .put("review", review)
                    .put(
                            "duplicates",
                            duplicates.stream().map(Duplicate::toJson).toList())
                    .put("entities", entities)
                    .map();
        }

        /** Parses the result of {@link #toJson()}. */
        public static Outcome fromJson(JsonObject json) {
            return new Outcome(
                    json.string("engine"),
                    json.optionalString("reasoning").orElse(""),
                    json.strings("added"),
                    json.strings("reinforced"),
                    json.strings("superseded"),
                    json.strings("review"),
                    json.objects("duplicates").stream().map(Duplicate::fromJson).toList(),
                    json.strings("entities"));
        }
    }

    /**
     * Statement that was not noted again. Immutable.
     *
     * @param content text of the statement
     * @param note id of the existing note with the same content
     * @param similarity cosine similarity of the two; 1 for the same words
     */
    public record Duplicate(String content, String note, double similarity) {

        Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("content", content)
                    .put("note", note)
                    .put("similarity", similarity)
                    .map();
        }

        static Duplicate fromJson(JsonObject json) {
            return new Duplicate(
                    json.string("content"),
                    json.string("note"),
                    json.optionalDouble("similarity").orElse(1.0));
        }
    }

    /**
     * Creates a pending interaction.
     *
     * @param number number of the change that records the interaction
     * @param draft interaction with its id
     * @param at time of recording
     */
    public static Interaction recorded(long number, InteractionDraft draft, Instant at) {
        return new Interaction(
                number,
                draft,
                InteractionState.PENDING,
                0,
                at,
                at,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Returns the id. */
    public String id() {
        return draft.id().orElseThrow();
    }

    /**
     * Returns a copy that is processed.
     *
     * @param result result of the reflection
     * @param at end of the processing
     */
    public Interaction processed(Outcome result, Instant at) {
        return new Interaction(
                number,
                draft,
                InteractionState.PROCESSED,
                attempts,
                createdAt,
                notBefore,
                Optional.of(at),
                Optional.empty(),
                Optional.of(result));
    }

    /**
     * Returns a pending copy after a failed attempt that will be repeated.
     *
     * @param reason error of the attempt
     * @param notBeforeThen earliest time of the next attempt
     */
    public Interaction again(String reason, Instant notBeforeThen) {
        return new Interaction(
                number,
                draft,
                InteractionState.PENDING,
                attempts + 1,
                createdAt,
                notBeforeThen,
                Optional.empty(),
                Optional.of(reason),
                Optional.empty());
    }

    /**
     * Returns a copy that failed for good.
     *
     * @param reason error of the last attempt
     * @param at time of the failure
     */
    public Interaction failed(String reason, Instant at) {
        return new Interaction(
                number,
                draft,
                InteractionState.FAILED,
                attempts + 1,
                createdAt,
                notBefore,
                Optional.of(at),
                Optional.of(reason),
                Optional.empty());
    }

    /**
     * Returns a pending copy of a failed interaction, with its attempts reset.
     *
     * @param at earliest time of the next attempt
     */
    public Interaction retried(Instant at) {
        return new Interaction(
                number, draft, InteractionState.PENDING, 0, createdAt, at, Optional.empty(), error, Optional.empty());
    }

    /** Returns a copy of a processed interaction with another outcome. */
    public Interaction withOutcome(Outcome other) {
        return new Interaction(
                number, draft, state, attempts, createdAt, notBefore, endedAt, error, Optional.of(other));
    }

    /** Returns a copy with another draft. */
    public Interaction withDraft(InteractionDraft other) {
        return new Interaction(number, other, state, attempts, createdAt, notBefore, endedAt, error, outcome);
    }

    /**
     * Returns a pending copy of a processed interaction, because something that was made from it was erased.
     *
     * @param at earliest time of the next attempt
     */
    public Interaction pendingAgain(Instant at) {
        return new Interaction(
                number,
                draft,
                InteractionState.PENDING,
                0,
                createdAt,
                at,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Returns the interaction as JSON fields, without its number. */
    public Map<String, @Nullable Object> toJson() {
        var json = Json.fields();
        draft.toJson().forEach(json::put);
        return json.put("state", state.label())
                .put("attempts", (long) attempts)
                .put("created_at", createdAt)
                .put("not_before", notBefore)
                .put("ended_at", endedAt)
                .put("error", error)
                .put("outcome", outcome.map(Outcome::toJson))
                .map();
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the change that recorded the interaction, which the JSON does not contain
     * @param json fields of the interaction
     */
    public static Interaction fromJson(long number, JsonObject json) {
        InteractionDraft draft = InteractionDraft.fromJson(json);
        return new Interaction(
                number,
                draft.withId(json.string("id")),
                InteractionState.of(json.string("state")),
                json.optionalInt("attempts").orElse(0),
                json.instant("created_at"),
                json.instant("not_before"),
                json.optionalInstant("ended_at"),
                json.optionalString("error"),
                json.object("outcome").map(Outcome::fromJson));
    }
}
