package dev.stele.extract;

/**
 * Slot of a user model with its value: a question that has one answer at a time, such as where the user lives or
 * whether the user likes coffee. A note with a different value for the same slot replaces the earlier note. A fact that
 * may hold several times has its object in the name and {@code yes} or {@code no} as value. Immutable.
 *
 * @param name name of the slot: the family, an optional object after a colon, and an optional holder after an at sign,
 *     such as {@code lives_in}, {@code likes:coffee} or {@code lives_in@sister/wanda}
 * @param value value that fills the slot
 */
public record Slot(String name, String value) {

    /** What becomes of an earlier note with another value of the same slot. */
    public enum Conflict {
        /** The earlier note ends. */
        REPLACE,
        /** Both notes hold: the speaker said so, for instance by "also". */
        KEEP,
        /** It is unclear whether the earlier note still holds. Both are kept, and a person should review them. */
        REVIEW
    }

    /** Returns the kind of fact, such as {@code lives_in} or {@code likes}. */
    public String family() {
        int end = name.length();
        for (char mark : new char[] {':', '@'}) {
            int at = name.indexOf(mark);
            end = at >= 0 && at < end ? at : end;
        }
        return name.substring(0, end);
    }

    /** Returns the person or thing that the fact is about; empty for the user. */
    public String holder() {
        int at = name.indexOf('@');
        return at < 0 ? "" : name.substring(at + 1);
    }

    /** Returns whether the note denies that the fact holds. */
    public boolean isNegative() {
        return value.equals("no");
    }
}
