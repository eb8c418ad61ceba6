package dev.stele.transfer;

/** Finder of the ends of quoted texts in JSON, which may be malformed. */
final class JsonQuotes {

    private JsonQuotes() {}

    /**
     * Returns the offset of the quotation mark that closes a text.
     *
     * @param json text of JSON
     * @param open offset of the quotation mark that opens the text
     * @param to end of the search
     * @return the offset; {@code to} if the text is not closed before
     */
    static int closing(String json, int open, int to) {
        return closing(json, open, to, false);
    }

    /**
     * Returns the offset of the quotation mark or line break that ends a text. A text of JSON contains no line break,
     * so an unclosed text ends there at the latest. The parameters and the result are those of {@link #closing}.
     */
    static int closingInLine(String json, int open, int to) {
        return closing(json, open, to, true);
    }

    private static int closing(String json, int open, int to, boolean lineBreakCloses) {
        for (int i = open + 1; i < to; i++) {
            char c = json.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"' || (lineBreakCloses && c == '\n')) {
                return i;
            }
        }
        return to;
    }
}
