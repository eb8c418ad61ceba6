package dev.stele.chat;

/** Truncation of texts to a maximum number of code points. Stateless. */
final class Truncation {

    private Truncation() {}

    /** Returns at most the given number of code points from the start of a text. */
    static String of(String text, int maxCodePoints) {
        return text.codePointCount(0, text.length()) <= maxCodePoints
                ? text
                : text.substring(0, text.offsetByCodePoints(0, maxCodePoints));
    }

    /**
     * Returns the result of {@link #of} as a memory query, without quotation marks, which would request an exact
     * phrase.
     */
    static String question(String text, int maxCodePoints) {
        return of(text, maxCodePoints).replace('"', ' ');
    }
}
