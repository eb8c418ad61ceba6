package dev.stele.model;

import java.util.Optional;

/**
 * Filter for listing notes. Empty conditions match all notes. Immutable.
 *
 * @param category required category
 * @param tag required tag
 * @param user user whom the notes are about
 * @param session session from which the notes come
 * @param minImportance minimum importance, 0 to 1
 * @param pinned true for pinned notes only, false for unpinned notes only
 * @param superseded whether superseded notes are included
 */
public record NoteFilter(
        Optional<String> category,
        Optional<String> tag,
        Optional<String> user,
        Optional<String> session,
        Optional<Double> minImportance,
        Optional<Boolean> pinned,
        boolean superseded) {

    /** Filter that matches all notes except superseded ones. */
    public static final NoteFilter ALL = new NoteFilter(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false);

    public NoteFilter {
        category.ifPresent(NoteDraft::checkCategory);
        minImportance.ifPresent(value -> NoteDraft.checkUnit("least importance", value));
    }

    /** Returns a filter for the notes about a user; without a user, it matches the notes about all users. */
    public static NoteFilter ofUser(Optional<String> user) {
        return new NoteFilter(
                Optional.empty(), Optional.empty(), user, Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    /**
     * Returns a copy with another category.
     *
     * @param newCategory required category; empty for all
     * @param withSuperseded whether superseded notes are included
     */
    public NoteFilter with(Optional<String> newCategory, boolean withSuperseded) {
        return new NoteFilter(newCategory, tag, user, session, minImportance, pinned, withSuperseded);
    }

    /** Returns a filter for a category. */
    public static NoteFilter category(String category) {
        return new NoteFilter(
                Optional.of(category),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }
}
