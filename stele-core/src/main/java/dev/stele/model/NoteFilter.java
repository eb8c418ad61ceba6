package dev.stele.model;

import java.util.Optional;

/**
 * Which notes to list. Immutable.
 *
 * @param category only this category
 * @param tag only with this tag
 * @param user only about this user
 * @param session only from this session
 * @param minImportance at least this important
 * @param pinned only pinned, or only unpinned
 * @param superseded whether superseded notes are listed too
 */
public record NoteFilter(
        Optional<String> category,
        Optional<String> tag,
        Optional<String> user,
        Optional<String> session,
        Optional<Double> minImportance,
        Optional<Boolean> pinned,
        boolean superseded) {

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

    /** Notes about a user; of nobody in particular, all. */
    public static NoteFilter ofUser(Optional<String> user) {
        return new NoteFilter(
                Optional.empty(), Optional.empty(), user, Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    /** The same of a category, and if wanted with those that others took the place of. */
    public NoteFilter with(Optional<String> newCategory, boolean withSuperseded) {
        return new NoteFilter(newCategory, tag, user, session, minImportance, pinned, withSuperseded);
    }

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
