package dev.stele.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Operations on the lines of a text file, in the format that the memory tool prescribes. Stateless. */
final class TextLines {

    /** Maximum number of lines of a file that is shown: line numbers have six digits. */
    static final int MAX_LINES = 999_999;

    /** Number of lines that a snippet shows before and after the first changed line. */
    private static final int SNIPPET_CONTEXT = 2;

    private TextLines() {}

    /** Splits a text at its line breaks; a text that ends with a line break has an empty last line. */
    static List<String> split(String text) {
        return List.of(text.split("\n", -1));
    }

    /** Returns the number of lines, without the empty one after a final line break. */
    static int count(String text) {
        int breaks = breaks(text, text.length());
        return text.isEmpty() || text.endsWith("\n") ? breaks : breaks + 1;
    }

    /**
     * Returns lines with their numbers, right-aligned in six characters and followed by a tab.
     *
     * @param from number of the first line, from 1
     * @param to number of the last line
     */
    static String numbered(List<String> lines, int from, int to) {
        var out = new StringBuilder();
        for (int number = from; number <= to; number++) {
            out.append(number == from ? "" : "\n")
                    .append(String.format(Locale.ROOT, "%6d", number))
                    .append('\t')
                    .append(lines.get(number - 1));
        }
        return out.toString();
    }

    /** Returns the numbered lines around an offset in a text. */
    static String snippet(String text, int offset) {
        List<String> lines = split(text);
        int line = breaks(text, offset) + 1;
        return numbered(lines, Math.max(1, line - SNIPPET_CONTEXT), Math.min(lines.size(), line + SNIPPET_CONTEXT));
    }

    /** Returns the numbers of the lines in which the occurrences of a part begin. Occurrences may overlap. */
    static List<Integer> occurrences(String text, String part) {
        var lines = new ArrayList<Integer>();
        int line = 1;
        int counted = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
            line += breaks(text.substring(counted, at), at - counted);
            counted = at;
            lines.add(line);
        }
        return lines;
    }

    /**
     * Inserts text after a line. The result ends with a line break, as does the inserted text.
     *
     * @param line number of the line, from 0 for the beginning to {@link #count}
     */
    static String insert(String text, int line, String inserted) {
        int at = 0;
        for (int i = 0; i < line; i++) {
            int end = text.indexOf('\n', at);
            at = end < 0 ? text.length() : end + 1;
        }
        String before = text.substring(0, at);
        return closed(before) + (inserted.endsWith("\n") ? inserted : inserted + "\n") + closed(text.substring(at));
    }

    private static String closed(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    private static int breaks(String text, int end) {
        int breaks = 0;
        for (int at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
            breaks++;
        }
        return breaks;
    }
}
