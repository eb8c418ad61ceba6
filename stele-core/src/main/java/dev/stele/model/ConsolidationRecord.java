package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A consolidation of notes that was done, with what it takes to undo it. Immutable.
 *
 * @param number the change that recorded it
 * @param id its identifier
 * @param user whose notes were consolidated; empty for those about nobody
 * @param trigger why it was done: {@code manual}, {@code too-many}, {@code category} or {@code weekly}
 * @param engine what thought of it
 * @param before notes of the user before
 * @param after notes of the user after
 * @param steps what was done, with reasons
 * @param at when
 * @param undoneAt when it was undone, if it was
 */
public record ConsolidationRecord(
        long number,
        String id,
        Optional<String> user,
        String trigger,
        String engine,
        int before,
        int after,
        List<Step> steps,
        Instant at,
        Optional<Instant> undoneAt) {

    /**
     * One thing that was done.
     *
     * @param action {@code merge}, {@code rewrite} or {@code retire}
     * @param notes ids of the notes it was done to, as {@code versions} says which version they have since
     * @param made the id of the note that came of it, for a merge
     * @param reason in words
     * @param versions of the notes after it, in their order: undoing leaves alone what was changed since
     */
    public record Step(String action, List<String> notes, Optional<String> made, String reason, List<Long> versions) {

        public Step {
            notes = List.copyOf(notes);
            versions = List.copyOf(versions);
        }

        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("action", action)
                    .put("notes", notes)
                    .put("made", made)
                    .put("reason", reason)
                    .put("versions", versions)
                    .map();
        }

        static Step fromJson(JsonObject json) {
            return new Step(
                    json.string("action"),
                    json.strings("notes"),
                    json.optionalString("made"),
                    json.optionalString("reason").orElse(""),
                    json.list("versions").stream()
                            .map(version -> version instanceof Number number ? number.longValue() : 0L)
                            .toList());
        }
    }

    public ConsolidationRecord {
        steps = List.copyOf(steps);
    }

    public ConsolidationRecord undone(Instant when) {
        return new ConsolidationRecord(number, id, user, trigger, engine, before, after, steps, at, Optional.of(when));
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("user", user)
                .put("trigger", trigger)
                .put("engine", engine)
                .put("before", (long) before)
                .put("after", (long) after)
                .keep("steps", steps.stream().map(Step::toJson).toList())
                .put("at", at)
                .put("undoneAt", undoneAt)
                .map();
    }

    /** Reads {@link #toJson()}; the number is the caller's to give. */
    public static ConsolidationRecord fromJson(long number, JsonObject json) {
        return new ConsolidationRecord(
                number,
                json.string("id"),
                json.optionalString("user"),
                json.string("trigger"),
                json.string("engine"),
                json.optionalInt("before").orElse(0),
                json.optionalInt("after").orElse(0),
                json.objects("steps").stream().map(Step::fromJson).toList(),
                json.instant("at"),
                json.optionalInstant("undoneAt"));
    }
}
