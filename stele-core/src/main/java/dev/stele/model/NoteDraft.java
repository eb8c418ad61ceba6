package dev.stele.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Draft of a note: one distilled statement. Immutable.
 *
 * @param id caller-defined identifier, unique within the agent; empty to generate one
 * @param content statement, not blank
 * @param category {@code learning}, {@code knowledge}, {@code interest}, {@code behavior}, {@code preference},
 *     {@code fact} or any word of lower-case letters, digits, {@code -} and {@code _}
 * @param confidence certainty of the statement, 0 to 1
 * @param importance importance of the statement, 0 to 1
 * @param tags tags to filter by
 * @param evidence texts that support the statement
 * @param provenance ids of the messages from which the note was distilled
 * @param user user whom the note is about, if any
 * @param session session from which the note comes, if any
 * @param validFrom start of validity (inclusive), if known
 * @param validTo end of validity (exclusive), if known
 * @param pinned whether the note is excluded from automatic consolidation and deletion
 * @param metadata additional JSON values
 */
public record NoteDraft(
        Optional<String> id,
        String content,
        String category,
        double confidence,
        double importance,
        List<String> tags,
        List<String> evidence,
        List<String> provenance,
        Optional<String> user,
        Optional<String> session,
        Optional<Instant> validFrom,
        Optional<Instant> validTo,
        boolean pinned,
        Map<String, @Nullable Object> metadata) {

    /** Confidence of a draft that names none. */
    public static final double DEFAULT_CONFIDENCE = 1.0;
    /** Importance of a draft that names none. */
    public static final double DEFAULT_IMPORTANCE = 0.5;

    private static final Pattern CATEGORY = Pattern.compile("[\\p{Ll}\\p{Lo}][\\p{Ll}\\p{Lo}\\p{N}_-]{0,63}");

    public NoteDraft {
        id.ifPresent(given -> Ids.check("note id", given));
        if (content.isBlank()) {
            throw new InvalidInputException("The content of a note is blank; give it text.");
        }
        Ids.checkText("content of a note", content);
        checkCategory(category);
        checkUnit("confidence", confidence);
        checkUnit("importance", importance);
        tags = List.copyOf(tags);
        tags.forEach(tag -> Ids.check("tag", tag));
        evidence = List.copyOf(evidence);
        evidence.forEach(piece -> Ids.checkText("evidence of a note", piece));
        provenance = List.copyOf(provenance);
        provenance.forEach(source -> Ids.check("message id in provenance", source));
        user.ifPresent(given -> Ids.check("user", given));
        session.ifPresent(given -> Ids.check("session", given));
        validFrom = validFrom.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        validTo = validTo.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        if (validFrom.isPresent() && validTo.isPresent() && !validFrom.get().isBefore(validTo.get())) {
            throw new InvalidInputException("The note would be valid from %s to %s, which is no time at all."
                    .formatted(validFrom.get(), validTo.get()));
        }
        metadata = Json.copyMap(metadata);
    }

    /**
     * Creates a draft with defaults for everything except category and content.
     *
     * @param category category of the note
     * @param content statement, not blank
     */
    public static NoteDraft of(String category, String content) {
        return new NoteDraft(
                Optional.empty(),
                content,
                category,
                DEFAULT_CONFIDENCE,
                DEFAULT_IMPORTANCE,
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Map.of());
    }

    /** Returns a copy with a caller-defined id. */
    public NoteDraft withId(String newId) {
        return new NoteDraft(
                Optional.of(newId),
                content,
                category,
                confidence,
                importance,
                tags,
                evidence,
                provenance,
                user,
                session,
                validFrom,
                validTo,
                pinned,
                metadata);
    }

    /** Returns a copy with a user. */
    public NoteDraft withUser(String newUser) {
        return new NoteDraft(
                id,
                content,
                category,
                confidence,
                importance,
                tags,
                evidence,
                provenance,
                Optional.of(newUser),
                session,
                validFrom,
                validTo,
                pinned,
                metadata);
    }

    /** Returns a copy with other tags. */
    public NoteDraft withTags(List<String> newTags) {
        return new NoteDraft(
                id,
                content,
                category,
                confidence,
                importance,
                newTags,
                evidence,
                provenance,
                user,
                session,
                validFrom,
                validTo,
                pinned,
                metadata);
    }

    /** Returns a copy with a session. */
    public NoteDraft withSession(String newSession) {
        return new NoteDraft(
                id,
                content,
                category,
                confidence,
                importance,
                tags,
                evidence,
                provenance,
                user,
                Optional.of(newSession),
                validFrom,
                validTo,
                pinned,
                metadata);
    }

    /** Returns a copy with other provenance. */
    public NoteDraft withProvenance(List<String> messageIds) {
        return new NoteDraft(
                id,
                content,
                category,
                confidence,
                importance,
                tags,
                evidence,
                messageIds,
                user,
                session,
                validFrom,
                validTo,
                pinned,
                metadata);
    }

    /**
     * Returns a copy with another validity interval.
     *
     * @param from start of validity (inclusive); empty if unknown
     * @param to end of validity (exclusive); empty if unknown
     */
    public NoteDraft withValidity(Optional<Instant> from, Optional<Instant> to) {
        return new NoteDraft(
                id,
                content,
                category,
                confidence,
                importance,
                tags,
                evidence,
                provenance,
                user,
                session,
                from,
                to,
                pinned,
                metadata);
    }

    /** Returns a copy with other metadata. */
    public NoteDraft withMetadata(Map<String, ? extends @Nullable Object> values) {
        return new NoteDraft(
                id,
                content,
                category,
                confidence,
                importance,
                tags,
                evidence,
                provenance,
                user,
                session,
                validFrom,
                validTo,
                pinned,
                Json.copyMap(values));
    }

    /**
     * Returns a copy with more evidence and a correspondingly higher confidence.
     *
     * @param pieces all texts that support the statement
     * @param messageIds ids of all messages from which the note was distilled
     * @param newConfidence certainty of the statement, 0 to 1
     */
    public NoteDraft withEvidence(List<String> pieces, List<String> messageIds, double newConfidence) {
        return new NoteDraft(
                id,
                content,
                category,
                newConfidence,
                importance,
                tags,
                pieces,
                messageIds,
                user,
                session,
                validFrom,
                validTo,
                pinned,
                metadata);
    }

    /** Returns the draft as JSON fields without absent values, as {@link #fromJson} parses it. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("content", content)
                .put("category", category)
                .put("confidence", confidence)
                .put("importance", importance)
                .put("tags", tags)
                .put("evidence", evidence)
                .put("provenance", provenance)
                .put("user", user)
                .put("session", session)
                .put("valid_from", validFrom)
                .put("valid_to", validTo)
                .put("pinned", pinned ? true : null)
                .put("metadata", metadata)
                .map();
    }

    /** Names of the JSON fields. */
    public static final List<String> FIELDS = List.of(
            "id",
            "content",
            "category",
            "confidence",
            "importance",
            "tags",
            "evidence",
            "provenance",
            "user",
            "session",
            "valid_from",
            "valid_to",
            "pinned",
            "metadata");

    /**
     * Parses the format that REST, import and export share; only {@code content} is required.
     *
     * @throws InvalidInputException if a field is missing or invalid
     */
    public static NoteDraft fromJson(JsonObject json) {
        return new NoteDraft(
                json.optionalString("id"),
                json.string("content"),
                json.optionalString("category").orElse("fact"),
                json.optionalDouble("confidence").orElse(DEFAULT_CONFIDENCE),
                json.optionalDouble("importance").orElse(DEFAULT_IMPORTANCE),
                json.strings("tags"),
                json.strings("evidence"),
                json.strings("provenance"),
                json.optionalString("user"),
                json.optionalString("session"),
                json.optionalInstant("valid_from"),
                json.optionalInstant("valid_to"),
                json.optionalBoolean("pinned").orElse(false),
                json.map("metadata"));
    }

    static void checkUnit(String label, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new InvalidInputException("The %s is %s; it must lie from 0 to 1.".formatted(label, value));
        }
    }

    static void checkCategory(String category) {
        if (!CATEGORY.matcher(category).matches()) {
            throw new InvalidInputException("The category " + Json.write(category)
                    + " is no category; use learning, knowledge, interest, behavior, preference, fact, or a word of up to"
                    + " 64 lower-case letters, digits, '-' and '_'.");
        }
    }
}
