package dev.stele.chat;

/** Beginnings of texts that are too long for what they are wanted for. */
final class Truncation {

    private Truncation() {}

    /** At most so many characters, none of them cut in two. */
    static String of(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most));
    }

    /** {@link #of} as a question to memory: nothing in it is a phrase to be found word for word. */
    static String question(String text, int most) {
        return of(text, most).replace('"', ' ');
    }
}
