package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An interaction as it stands: to be learnt from, learnt from, or given up. Immutable.
 *
 * @param number the change that recorded it; interactions of a user are learnt from in this order
 * @param draft what happened; its {@code id} is always present
 * @param state where it stands
 * @param attempts how often learning from it was begun and failed
 * @param createdAt when it was recorded
 * @param notBefore when it may be learnt from, or again after a failure
 * @param endedAt when it was processed or given up
 * @param error what went wrong the last time, if anything did
 * @param outcome what was learnt; empty until it is processed
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
     * What became of an interaction.
     *
     * @param engine what thought about it
     * @param reasoning why it learnt what it did, in words
     * @param added ids of notes that are new
     * @param reinforced ids of notes that were known and have more evidence now
     * @param superseded ids of notes that are no longer so
     * @param review ids of new notes that may contradict older ones, for people to look at
     * @param duplicates what was not noted since it was known
     * @param entities names of entities that it brought into the graph
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
     * A statement that was not noted again.
     *
     * @param content what it said
     * @param note the id of the note that says so already
     * @param similarity cosine of the two, 1 for the same words
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

    public String id() {
        return draft.id().orElseThrow();
    }

    public Interaction processed(Outcome what, Instant at) {
        return new Interaction(
                number,
                draft,
                InteractionState.PROCESSED,
                attempts,
                createdAt,
                notBefore,
                Optional.of(at),
                Optional.empty(),
                Optional.of(what));
    }

    /** After a failure, to be tried again. */
    public Interaction again(String why, Instant notBeforeThen) {
        return new Interaction(
                number,
                draft,
                InteractionState.PENDING,
                attempts + 1,
                createdAt,
                notBeforeThen,
                Optional.empty(),
                Optional.of(why),
                Optional.empty());
    }

    public Interaction failed(String why, Instant at) {
        return new Interaction(
                number,
                draft,
                InteractionState.FAILED,
                attempts + 1,
                createdAt,
                notBefore,
                Optional.of(at),
                Optional.of(why),
                Optional.empty());
    }

    /** Given up before, to be tried anew. */
    public Interaction retried(Instant at) {
        return new Interaction(
                number, draft, InteractionState.PENDING, 0, createdAt, at, Optional.empty(), error, Optional.empty());
    }

    public Map<String, @Nullable Object> toJson() {
        var json = Json.fields();
        draft.toJson().forEach(json::put);
        return json.put("state", state.word())
                .put("attempts", (long) attempts)
                .put("createdAt", createdAt)
                .put("notBefore", notBefore)
                .put("endedAt", endedAt)
                .put("error", error)
                .put("outcome", outcome.map(Outcome::toJson))
                .map();
    }

    /** Reads {@link #toJson()}; the number is the caller's to give. */
    public static Interaction fromJson(long number, JsonObject json) {
        InteractionDraft draft = InteractionDraft.fromJson(json);
        return new Interaction(
                number,
                draft.withId(json.string("id")),
                InteractionState.of(json.string("state")),
                json.optionalInt("attempts").orElse(0),
                json.instant("createdAt"),
                json.instant("notBefore"),
                json.optionalInstant("endedAt"),
                json.optionalString("error"),
                json.object("outcome").map(Outcome::fromJson));
    }
}
