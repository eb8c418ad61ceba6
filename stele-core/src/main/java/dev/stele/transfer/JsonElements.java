package dev.stele.transfer;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splitter of a JSON document into the texts of its elements: the elements of its list, or the values that follow each
 * other if the document is no list. The elements are found by their brackets and quotation marks only, so that one
 * malformed element leaves the others readable. An element that is too long is skipped without being held in memory.
 * Not thread-safe.
 */
final class JsonElements {

    private static final int BUFFER_CHARS = 1 << 16;

    private static final Pattern FIRST_FIELD = Pattern.compile("\\{\\s*(\"[^\"\\\\\\r\\n]{1,64}\")\\s*:");

    private final Reader in;
    private final int maxChars;
    private final char[] buffer = new char[BUFFER_CHARS];
    private int position;
    private int end;
    private long line = 1;
    private boolean begun;
    private boolean list;

    /**
     * Element of a document.
     *
     * @param line number of the line at which the element begins, from 1
     * @param text text of the element; empty if it is too long
     * @param tooLong whether the element has more than the maximum number of characters
     */
    record Element(long line, String text, boolean tooLong) {}

    /**
     * Creates a splitter.
     *
     * @param in source
     * @param maxChars maximum length of an element in UTF-16 chars
     */
    JsonElements(Reader in, int maxChars) {
        this.in = in;
        this.maxChars = maxChars;
    }

    /** Returns whether the document is a list; known after the first element. */
    boolean isList() {
        return list;
    }

    /** Returns the next element; one without text and not too long at the end of the document. */
    Element next() throws IOException {
        skipBlanks();
        if (!begun) {
            begun = true;
            list = peek() == '[';
            if (list) {
                read();
                skipBlanks();
            }
        }
        long begin = line;
        var text = new StringBuilder();
        boolean tooLong = false;
        int depth = 0;
        boolean quoted = false;
        boolean escaped = false;
        for (int c = peek(); c >= 0; c = peek()) {
            if (!quoted && depth == 0 && (c == ',' || (list && c == ']'))) {
                break;
            }
            read();
            if (!tooLong) {
                text.append((char) c);
                tooLong = text.length() > maxChars;
                if (tooLong) {
                    text = new StringBuilder();
                }
            }
            if (quoted) {
                if (escaped) {
                    escaped = false;
                } else if (c == '\\') {
                    escaped = true;
                } else if (c == '"' || c == '\n') {
                    quoted = false; // text of JSON contains no line break, so that an unclosed text ends here at the
                    // latest
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth = Math.max(0, depth - 1);
                if (depth == 0 && !list) {
                    break; // the next value may follow without a separator
                }
            }
        }
        return new Element(begin, text.toString().strip(), tooLong);
    }

    private void skipBlanks() throws IOException {
        for (int c = peek(); c == ',' || (c >= 0 && Character.isWhitespace(c)) || (list && c == ']'); c = peek()) {
            read();
        }
    }

    private int peek() throws IOException {
        if (position == end) {
            int count = in.read(buffer, 0, buffer.length);
            position = 0;
            end = Math.max(0, count);
            if (count <= 0) {
                return -1;
            }
        }
        return buffer[position];
    }

    private void read() {
        if (buffer[position++] == '\n') {
            line++;
        }
    }

    /**
     * Splits an element that swallowed the elements after it, because of a missing quotation mark or bracket. The
     * pieces begin where an object begins with the same field as the element.
     *
     * @param text text of the element, which is not valid JSON
     * @return pieces in their order; the element alone if there is no such place
     */
    static List<String> pieces(String text) {
        Matcher first = FIRST_FIELD.matcher(text);
        if (!first.lookingAt()) {
            return List.of(text);
        }
        var pieces = new ArrayList<String>();
        Matcher next = Pattern.compile("(?<=[,\\]}])\\s*(?=\\{\\s*" + Pattern.quote(first.group(1)) + "\\s*:)")
                .matcher(text);
        int start = 0;
        while (next.find()) {
            pieces.add(withoutEnd(text.substring(start, next.end())));
            start = next.end();
        }
        pieces.add(withoutEnd(text.substring(start)));
        return pieces;
    }

    /** Removes the comma after an element, and the end of the list if an object is closed before it. */
    private static String withoutEnd(String piece) {
        String text = piece.strip();
        while (text.endsWith(",") || text.endsWith("}]")) {
            text = text.substring(0, text.length() - 1).strip();
        }
        return text;
    }
}
