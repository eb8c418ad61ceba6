package dev.stele.model;

/** Beginning of a text. Stateless. */
public final class TextPrefix {

    private TextPrefix() {}

    /**
     * Returns the first characters of a text, without a half of a surrogate pair at the end.
     *
     * @param maxChars maximum length in UTF-16 chars, 0 or more
     */
    public static String of(String text, int maxChars) {
        if (text.length() <= maxChars) {
            return text;
        }
        boolean splitsPair = maxChars > 0 && Character.isHighSurrogate(text.charAt(maxChars - 1));
        return text.substring(0, splitsPair ? maxChars - 1 : maxChars);
    }
}
