package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Record of a completed consolidation of notes, with everything that is needed to undo it. Immutable.
 *
 * @param number number of the change that recorded the consolidation
 * @param id identifier of the consolidation
 * @param user user whose notes were consolidated; empty for notes without a user
 * @param trigger reason of the run: {@code manual}, {@code too-many}, {@code category} or {@code weekly}
 * @param engine name of the planner or model that proposed the operations
 * @param before number of notes of the user before
 * @param after number of notes of the user after
 * @param steps executed operations with their reasons
 * @param at time of the consolidation
 * @param undoneAt time at which the consolidation was undone, if it was
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
     * Executed operation of a consolidation.
     *
     * @param action {@code merge}, {@code rewrite} or {@code retire}
     * @param notes ids of the changed notes
     * @param made id of the new note, for a merge
     * @param reason reason in prose
     * @param versions versions of {@code notes} after the operation, in the same order; undoing skips a note that has
     *     changed since
     */
    public record Step(String action, List<String> notes, Optional<String> made, String reason, List<Long> versions) {

        public Step {
            notes = List.copyOf(notes);
            versions = List.copyOf(versions);
        }

        /** Returns the operation as JSON fields. */
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

    /**
     * Returns a copy that is marked as undone.
     *
     * @param when time at which the consolidation was undone
     */
    public ConsolidationRecord undone(Instant when) {
        return new ConsolidationRecord(number, id, user, trigger, engine, before, after, steps, at, Optional.of(when));
    }

    /** Returns the record as JSON fields, without its number. */
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
                .put("undone_at", undoneAt)
                .map();
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the change that recorded the consolidation, which the JSON does not contain
     * @param json fields of the record
     */
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
                json.optionalInstant("undone_at"));
    }
}
