package dev.stele.model;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One remembered statement. Immutable.
 *
 * @param number the change that created it: unique and rising within the agent, across messages and notes
 * @param id its identifier, unique within the agent
 * @param version 1 when created, one more with every update
 * @param createdAt when it was first remembered
 * @param updatedAt when this version was written
 * @param supersededBy the note that replaced it, if any; a superseded note is kept, and out of recall unless asked for
 * @param body what it says; its {@code id} is always present
 */
public record Note(
        long number,
        String id,
        long version,
        Instant createdAt,
        Instant updatedAt,
        Optional<String> supersededBy,
        NoteDraft body) {

    private static final Set<String> FIXED = Set.of("id");

    public String content() {
        return body.content();
    }

    public String category() {
        return body.category();
    }

    /** Whether it holds at the given time by its validity interval. */
    public boolean validAt(Instant time) {
        return body.validFrom().map(from -> !time.isBefore(from)).orElse(true)
                && body.validTo().map(time::isBefore).orElse(true);
    }

    /** Whether another version of this note is found by the same words and the same vector. */
    public boolean isFoundAs(Note other) {
        return number == other.number
                && content().equals(other.content())
                && category().equals(other.category())
                && body.user().equals(other.body.user())
                && body.tags().equals(other.body.tags());
    }

    public Note withBody(NoteDraft newBody, Instant when) {
        return new Note(number, id, version + 1, createdAt, when, supersededBy, newBody);
    }

    /** What was so until a time and is no more, for another note says otherwise. */
    public Note endedBy(String noteId, Instant end, Instant when) {
        boolean lasted = body.validFrom().map(end::isAfter).orElse(true);
        NoteDraft ended = lasted ? body.withValidity(body.validFrom(), Optional.of(end)) : body;
        return new Note(number, id, version + 1, createdAt, when, Optional.of(noteId), ended);
    }

    /** In force again, with a body that it had. */
    public Note restored(NoteDraft former, Instant when) {
        return new Note(number, id, version + 1, createdAt, when, Optional.empty(), former);
    }

    public Note withSupersededBy(String noteId, Instant when) {
        return new Note(number, id, version + 1, createdAt, when, Optional.of(noteId), body);
    }

    /**
     * The body after a JSON merge patch (RFC 7396): given fields replace, null returns a field to its default.
     *
     * @throws InvalidInputException for an unknown field or a value that no note can have
     */
    public NoteDraft patched(JsonObject patch) {
        patch.only(NoteDraft.FIELDS);
        if (patch.has("id") && !id.equals(patch.raw("id"))) {
            throw new InvalidInputException("The id of a note cannot change; leave it out of the patch.");
        }
        var merged = new LinkedHashMap<String, @Nullable Object>(body.withId(id).toJson());
        patch.raw().forEach((name, value) -> {
            if (!FIXED.contains(name)) {
                merged.put(name, MergePatch.apply(merged.get(name), value));
            }
        });
        return NoteDraft.fromJson(JsonObject.of("note", merged)).withId(id);
    }

    public Map<String, @Nullable Object> toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>(body.withId(id).toJson());
        json.putAll(Json.fields()
                .put("version", version)
                .put("createdAt", createdAt)
                .put("updatedAt", updatedAt)
                .put("supersededBy", supersededBy)
                .put("number", number)
                .map());
        return json;
    }

    /** Reads {@link #toJson()}; the number is the caller's to give. */
    public static Note fromJson(long number, JsonObject json) {
        String id = Ids.check("note id", json.string("id"));
        return new Note(
                number,
                id,
                json.optionalLong("version").orElse(1L),
                json.instant("createdAt"),
                json.instant("updatedAt"),
                json.optionalString("supersededBy"),
                NoteDraft.fromJson(json).withId(id));
    }
}
