package dev.stele.extract;

/**
 * Subject of a clause.
 *
 * @param kind what the subject refers to
 * @param holder key of the person whom statements of the clause are about; empty for the user
 * @param words words of the subject in the note
 */
record Subject(Kind kind, String holder, String words) {

    /** What a subject refers to. */
    enum Kind {
        USER,
        USER_AND_OTHERS,
        RELATED,
        NAMED,
        THING,
        EXISTENCE,
        NONE
    }
}
