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
        id = id.map(given -> Ids.check("note id", given));
        if (content.isBlank()) {
            throw new InvalidInputException("The content of a note is blank; give it text.");
        }
        Ids.checkText("content of a note", content);
        category = checkCategory(category);
        checkUnit("confidence", confidence);
        checkUnit("importance", importance);
        tags = List.copyOf(tags);
        tags = tags.stream().map(tag -> Ids.check("tag", tag)).toList();
        evidence = List.copyOf(evidence);
        evidence.forEach(piece -> Ids.checkText("evidence of a note", piece));
        provenance = List.copyOf(provenance);
        provenance = provenance.stream()
                .map(source -> Ids.check("message id in provenance", source))
                .toList();
        user = user.map(given -> Ids.check("user", given));
        session = session.map(given -> Ids.check("session", given));
        validFrom = validFrom.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        validTo = validTo.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
        if (validFrom.isPresent() && validTo.isPresent() && !validFrom.get().isBefore(validTo.get())) {
            throw new InvalidInputException("The note would be valid from %s to %s, which is no time at all."
                    .formatted(validFrom.get(), validTo.get()));
        }
        metadata = Json.copyMap(metadata);
    }

    /**
     * Returns a builder of a draft with defaults for everything except category and content.
     *
     * @param category category of the note
     * @param content statement, not blank
     */
    public static Builder builder(String category, String content) {
        return new Builder(category, content);
    }

    /** Returns a builder that starts with this draft. */
    public Builder toBuilder() {
        var builder = new Builder(category, content);
        builder.id = id;
        builder.confidence = confidence;
        builder.importance = importance;
        builder.tags = tags;
        builder.evidence = evidence;
        builder.provenance = provenance;
        builder.user = user;
        builder.session = session;
        builder.validFrom = validFrom;
        builder.validTo = validTo;
        builder.pinned = pinned;
        builder.metadata = metadata;
        return builder;
    }

    /** Returns a draft with defaults for everything except category and content; see {@link #builder}. */
    public static NoteDraft of(String category, String content) {
        return builder(category, content).build();
    }

    /** Returns a copy with a caller-defined id. */
    public NoteDraft withId(String newId) {
        return toBuilder().id(newId).build();
    }

    /** Returns a copy with a user. */
    public NoteDraft withUser(String newUser) {
        return toBuilder().user(newUser).build();
    }

    /** Returns a copy with other tags. */
    public NoteDraft withTags(List<String> newTags) {
        return toBuilder().tags(newTags).build();
    }

    /** Returns a copy with a session. */
    public NoteDraft withSession(String newSession) {
        return toBuilder().session(newSession).build();
    }

    /** Returns a copy with other provenance. */
    public NoteDraft withProvenance(List<String> messageIds) {
        return toBuilder().provenance(messageIds).build();
    }

    /**
     * Returns a copy with another validity interval.
     *
     * @param from start of validity (inclusive); empty if unknown
     * @param to end of validity (exclusive); empty if unknown
     */
    public NoteDraft withValidity(Optional<Instant> from, Optional<Instant> to) {
        Builder builder = toBuilder();
        builder.validFrom = from;
        builder.validTo = to;
        return builder.build();
    }

    /** Returns a copy with other metadata. */
    public NoteDraft withMetadata(Map<String, ? extends @Nullable Object> values) {
        return toBuilder().metadata(Json.copyMap(values)).build();
    }

    /**
     * Returns a copy with more evidence and a correspondingly higher confidence.
     *
     * @param pieces all texts that support the statement
     * @param messageIds ids of all messages from which the note was distilled
     * @param newConfidence certainty of the statement, 0 to 1
     */
    public NoteDraft withEvidence(List<String> pieces, List<String> messageIds, double newConfidence) {
        return toBuilder()
                .evidence(pieces)
                .provenance(messageIds)
                .confidence(newConfidence)
                .build();
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

    static String checkCategory(String given) {
        String category = Ids.normal(given);
        if (!CATEGORY.matcher(category).matches()) {
            throw new InvalidInputException("The category " + Json.write(category)
                    + " is no category; use learning, knowledge, interest, behavior, preference, fact, or a word of up to"
                    + " 64 lower-case letters, digits, '-' and '_'.");
        }
        return category;
    }

    /** Builder that sets some components and leaves the others at their defaults. Not thread-safe. */
    public static final class Builder {
        private Optional<String> id = Optional.empty();
        private String content;
        private String category;
        private double confidence = DEFAULT_CONFIDENCE;
        private double importance = DEFAULT_IMPORTANCE;
        private List<String> tags = List.of();
        private List<String> evidence = List.of();
        private List<String> provenance = List.of();
        private Optional<String> user = Optional.empty();
        private Optional<String> session = Optional.empty();
        private Optional<Instant> validFrom = Optional.empty();
        private Optional<Instant> validTo = Optional.empty();
        private boolean pinned = false;
        private Map<String, @Nullable Object> metadata = Map.of();

        private Builder(String category, String content) {
            this.category = category;
            this.content = content;
        }

        /** See {@link NoteDraft#id()}. */
        public Builder id(String value) {
            id = Optional.of(value);
            return this;
        }

        /** See {@link NoteDraft#content()}. */
        public Builder content(String value) {
            content = value;
            return this;
        }

        /** See {@link NoteDraft#category()}. */
        public Builder category(String value) {
            category = value;
            return this;
        }

        /** See {@link NoteDraft#confidence()}. */
        public Builder confidence(double value) {
            confidence = value;
            return this;
        }

        /** See {@link NoteDraft#importance()}. */
        public Builder importance(double value) {
            importance = value;
            return this;
        }

        /** See {@link NoteDraft#tags()}. */
        public Builder tags(List<String> value) {
            tags = value;
            return this;
        }

        /** See {@link NoteDraft#evidence()}. */
        public Builder evidence(List<String> value) {
            evidence = value;
            return this;
        }

        /** See {@link NoteDraft#provenance()}. */
        public Builder provenance(List<String> value) {
            provenance = value;
            return this;
        }

        /** See {@link NoteDraft#user()}. */
        public Builder user(String value) {
            user = Optional.of(value);
            return this;
        }

        /** See {@link NoteDraft#session()}. */
        public Builder session(String value) {
            session = Optional.of(value);
            return this;
        }

        /** See {@link NoteDraft#validFrom()}. */
        public Builder validFrom(Instant value) {
            validFrom = Optional.of(value);
            return this;
        }

        /** See {@link NoteDraft#validTo()}. */
        public Builder validTo(Instant value) {
            validTo = Optional.of(value);
            return this;
        }

        /** See {@link NoteDraft#pinned()}. */
        public Builder pinned(boolean value) {
            pinned = value;
            return this;
        }

        /** See {@link NoteDraft#metadata()}. */
        public Builder metadata(Map<String, @Nullable Object> value) {
            metadata = value;
            return this;
        }

        /**
         * Returns the draft.
         *
         * @throws InvalidInputException if a component is invalid
         */
        public NoteDraft build() {
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
                    metadata);
        }
    }
}
