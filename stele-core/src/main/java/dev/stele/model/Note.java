package dev.stele.model;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stored note: one distilled statement. Immutable.
 *
 * @param number number of the change that created the note; unique and ascending within the agent across messages and
 *     notes
 * @param id identifier, unique within the agent
 * @param version 1 when created, incremented by every update
 * @param createdAt time at which the note was first stored
 * @param updatedAt time at which this version was written
 * @param supersededBy id of the note that replaced this one, if any; a superseded note is kept but recalled only on
 *     request
 * @param body content; its {@code id} is always present
 */
public record Note(
        long number,
        String id,
        long version,
        Instant createdAt,
        Instant updatedAt,
        Optional<String> supersededBy,
        NoteDraft body) {

    /** Category of the rolling summary of a session, which reflection keeps. */
    public static final String SUMMARY = "summary";

    /** Category of a text file that the memory tool keeps; see {@link dev.stele.AgentMemory#files()}. */
    public static final String FILE = "file";

    private static final Set<String> FIXED = Set.of("id");

    /** Returns the statement. */
    public String content() {
        return body.content();
    }

    /** Returns the category. */
    public String category() {
        return body.category();
    }

    /**
     * Returns whether the note is a statement, which reflection compares with others, merges and lets expire; false for
     * the summary of a session and for a file.
     */
    public boolean isStatement() {
        return !category().equals(SUMMARY) && !category().equals(FILE);
    }

    /** Returns whether a time lies in the validity interval of the note. */
    public boolean validAt(Instant time) {
        return body.validFrom().map(from -> !time.isBefore(from)).orElse(true)
                && body.validTo().map(time::isBefore).orElse(true);
    }

    /** Returns whether this version and another version of the note are found by the same terms and the same vector. */
    public boolean isFoundAs(Note other) {
        return number == other.number
                && content().equals(other.content())
                && category().equals(other.category())
                && body.user().equals(other.body.user())
                && body.tags().equals(other.body.tags());
    }

    /**
     * Returns the next version with another body.
     *
     * @param newBody content of the version
     * @param when time at which the version is written
     */
    public Note withBody(NoteDraft newBody, Instant when) {
        return new Note(number, id, version + 1, createdAt, when, supersededBy, newBody);
    }

    /**
     * Returns the next version, which has another id.
     *
     * @param newId id that no other note has
     * @param when time at which the version is written
     */
    public Note renamed(String newId, Instant when) {
        return new Note(number, newId, version + 1, createdAt, when, supersededBy, body.withId(newId));
    }

    /** Returns this version with another body. */
    public Note withBodyInPlace(NoteDraft newBody) {
        return new Note(number, id, version, createdAt, updatedAt, supersededBy, newBody);
    }

    /**
     * Returns the next version, which is superseded by a contradicting note and valid until a time.
     *
     * @param noteId id of the superseding note
     * @param end end of validity; ignored if it is not after the start of validity
     * @param when time at which the version is written
     */
    public Note endedBy(String noteId, Instant end, Instant when) {
        boolean lasted = body.validFrom().map(end::isAfter).orElse(true);
        NoteDraft ended = lasted ? body.withValidity(body.validFrom(), Optional.of(end)) : body;
        return new Note(number, id, version + 1, createdAt, when, Optional.of(noteId), ended);
    }

    /**
     * Returns the next version, which is no longer superseded and has an earlier body again.
     *
     * @param former earlier body
     * @param when time at which the version is written
     */
    public Note restored(NoteDraft former, Instant when) {
        return new Note(number, id, version + 1, createdAt, when, Optional.empty(), former);
    }

    /**
     * Returns the next version, which is superseded by another note.
     *
     * @param noteId id of the superseding note
     * @param when time at which the version is written
     */
    public Note withSupersededBy(String noteId, Instant when) {
        return new Note(number, id, version + 1, createdAt, when, Optional.of(noteId), body);
    }

    /**
     * Applies a JSON merge patch (RFC 7396) to the body: given fields replace, null resets a field to its default.
     *
     * @param patch JSON merge patch
     * @return patched body
     * @throws InvalidInputException if the patch contains an unknown field or an invalid value
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

    /** Returns the note as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>(body.withId(id).toJson());
        json.putAll(Json.fields()
                .put("version", version)
                .put("created_at", createdAt)
                .put("updated_at", updatedAt)
                .put("superseded_by", supersededBy)
                .put("number", number)
                .map());
        return json;
    }

    /**
     * Parses the result of {@link #toJson()}.
     *
     * @param number number of the note; the number in the JSON is ignored
     * @param json fields of the note
     */
    public static Note fromJson(long number, JsonObject json) {
        String id = Ids.check("note id", json.string("id"));
        return new Note(
                number,
                id,
                json.optionalLong("version").orElse(1L),
                json.instant("created_at"),
                json.instant("updated_at"),
                json.optionalString("superseded_by"),
                NoteDraft.fromJson(json).withId(id));
    }
}
