package dev.stele.model;

import java.util.Optional;

/**
 * Filter for listing notes. Empty conditions match all notes. Immutable.
 *
 * @param category required category
 * @param tag required tag
 * @param user user whom the notes are about
 * @param withoutUser whether only notes about no user match; {@code user} is then empty
 * @param session session from which the notes come
 * @param minImportance minimum importance, 0 to 1
 * @param pinned true for pinned notes only, false for unpinned notes only
 * @param superseded whether superseded notes are included
 * @param source who said it, as the metadata field {@code source} of a note of the memory agent: {@code user} for what
 *     the user says of the user, {@code reported} for words of others, {@code model} for what a language model
 *     inferred, {@code data} for structured data; notes without the field match no source
 */
public record NoteFilter(
        Optional<String> category,
        Optional<String> tag,
        Optional<String> user,
        boolean withoutUser,
        Optional<String> session,
        Optional<Double> minImportance,
        Optional<Boolean> pinned,
        boolean superseded,
        Optional<String> source) {

    /** Filter that matches all notes except superseded ones. */
    public static final NoteFilter ALL = builder().build();

    public NoteFilter {
        tag = tag.map(Ids::normal);
        user = user.map(Ids::normal);
        if (withoutUser && user.isPresent()) {
            throw new InvalidInputException("A filter for notes about no user names a user.");
        }
        session = session.map(Ids::normal);
        category = category.map(NoteDraft::checkCategory);
        minImportance.ifPresent(value -> NoteDraft.checkUnit("least importance", value));
    }

    /** Returns a builder that starts with {@link #ALL}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts with this filter. */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.category = category;
        builder.tag = tag;
        builder.user = user;
        builder.withoutUser = withoutUser;
        builder.session = session;
        builder.minImportance = minImportance;
        builder.pinned = pinned;
        builder.superseded = superseded;
        builder.source = source;
        return builder;
    }

    /** Returns a filter for the notes about a user; without a user, it matches the notes about no user. */
    public static NoteFilter ofUser(Optional<String> user) {
        Builder builder = builder();
        builder.user = user;
        builder.withoutUser = user.isEmpty();
        return builder.build();
    }

    /**
     * Returns a copy with another category.
     *
     * @param newCategory required category; empty for all
     * @param withSuperseded whether superseded notes are included
     */
    public NoteFilter with(Optional<String> newCategory, boolean withSuperseded) {
        Builder builder = toBuilder();
        builder.category = newCategory;
        return builder.superseded(withSuperseded).build();
    }

    /** Returns a filter for a category. */
    public static NoteFilter category(String category) {
        return builder().category(category).build();
    }

    /** Builder that sets some components and leaves the others at their defaults. Not thread-safe. */
    public static final class Builder {
        private Optional<String> category = Optional.empty();
        private Optional<String> tag = Optional.empty();
        private Optional<String> user = Optional.empty();
        private boolean withoutUser = false;
        private Optional<String> session = Optional.empty();
        private Optional<Double> minImportance = Optional.empty();
        private Optional<Boolean> pinned = Optional.empty();
        private boolean superseded = false;
        private Optional<String> source = Optional.empty();

        private Builder() {}

        /** See {@link NoteFilter#category()}. */
        public Builder category(String value) {
            category = Optional.of(value);
            return this;
        }

        /** See {@link NoteFilter#tag()}. */
        public Builder tag(String value) {
            tag = Optional.of(value);
            return this;
        }

        /** See {@link NoteFilter#user()}. */
        public Builder user(String value) {
            user = Optional.of(value);
            return this;
        }

        /** See {@link NoteFilter#withoutUser()}. */
        public Builder withoutUser(boolean value) {
            withoutUser = value;
            return this;
        }

        /** See {@link NoteFilter#session()}. */
        public Builder session(String value) {
            session = Optional.of(value);
            return this;
        }

        /** See {@link NoteFilter#minImportance()}. */
        public Builder minImportance(Double value) {
            minImportance = Optional.of(value);
            return this;
        }

        /** See {@link NoteFilter#pinned()}. */
        public Builder pinned(Boolean value) {
            pinned = Optional.of(value);
            return this;
        }

        /** See {@link NoteFilter#superseded()}. */
        public Builder superseded(boolean value) {
            superseded = value;
            return this;
        }

        /** See {@link NoteFilter#source()}. */
        public Builder source(String value) {
            source = Optional.of(value);
            return this;
        }

        /**
         * Returns the filter.
         *
         * @throws InvalidInputException if the category or the minimum importance is invalid, or the filter names a user
         *     and matches notes about no user only
         */
        public NoteFilter build() {
            return new NoteFilter(category, tag, user, withoutUser, session, minImportance, pinned, superseded, source);
        }
    }
}
