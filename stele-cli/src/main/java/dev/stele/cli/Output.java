package dev.stele.cli;

import dev.stele.io.FileErrors;
import dev.stele.model.Json;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Results on standard output: JSON for programs, or lines and tables for people. Writes to the file descriptor, since
 * {@code System.out} may be redirected and hides failures. Not thread-safe.
 */
final class Output {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    /** Stands for a control character in a text that is printed to a terminal, which would obey the character. */
    private static final char REPLACEMENT = '\ufffd';

    private static final String RESET = "\u001b[0m";

    private final boolean json;
    private final boolean isTerminal = isInteractive();
    private final boolean isColored = isTerminal && permitsColors(System.getenv());
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    Output(boolean json) {
        this.json = json;
    }

    boolean isJson() {
        return json;
    }

    /**
     * Prints a result.
     *
     * @param tree the result as a JSON tree, printed with {@code --json}
     * @param forPeople prints the result in every other case
     * @throws OutputClosedException if the reader of standard output is gone
     * @throws dev.stele.model.StelePersistenceException if standard output cannot be written
     */
    void print(@Nullable Object tree, Runnable forPeople) {
        if (json) {
            text(Json.write(tree) + System.lineSeparator());
        } else {
            forPeople.run();
        }
    }

    /**
     * Prints a line, with colors if the terminal shows them.
     *
     * @param markup format string with markup, see {@link #styled}; text that may contain markup or % must be an argument
     * @param arguments values of the format string
     */
    void line(String markup, @Nullable Object... arguments) {
        String line = styled(markup, isColored);
        text((arguments.length == 0 ? line : line.formatted(shown(arguments))) + System.lineSeparator());
    }

    /**
     * Replaces markup of the form {@code @|style text|@}. Does so itself, because picocli has forty classes for it.
     *
     * @param isColored whether to replace it with the codes of a terminal, or to leave it out
     */
    static String styled(String markup, boolean isColored) {
        var line = new StringBuilder(markup.length());
        int at = 0;
        for (int begin = markup.indexOf("@|"); begin >= 0; begin = markup.indexOf("@|", at)) {
            int space = markup.indexOf(' ', begin);
            int end = markup.indexOf("|@", begin);
            line.append(markup, at, begin);
            String text = markup.substring(space + 1, end);
            line.append(isColored ? "\u001b[" + code(markup.substring(begin + 2, space)) + "m" + text + RESET : text);
            at = end + 2;
        }
        return line.append(markup, at, markup.length()).toString();
    }

    private static int code(String style) {
        return switch (style) {
            case "bold" -> 1;
            case "faint" -> 2;
            case "red" -> 31;
            case "green" -> 32;
            case "cyan" -> 36;
            default -> throw new IllegalArgumentException("there is no style " + style);
        };
    }

    /** Returns the values as they are shown: on a terminal without the characters that would control the terminal. */
    private @Nullable Object[] shown(@Nullable Object... values) {
        return isTerminal
                ? Arrays.stream(values)
                        .map(value -> value instanceof String text ? withoutControls(text) : value)
                        .toArray()
                : values;
    }

    /** Replaces control characters, other than the end of a line and the tabulator. */
    static String withoutControls(String text) {
        var shown = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            shown.append(Character.isISOControl(c) && c != '\n' && c != '\t' ? REPLACEMENT : c);
        }
        return shown.toString();
    }

    /**
     * Prints a table whose columns are as wide as their widest cell, with a line for the titles even if there is no
     * row.
     *
     * @param head titles of the columns
     * @param rows cells, as many in each row as in the head; line breaks in a cell become blanks
     */
    void table(List<String> head, List<List<String>> rows) {
        List<List<String>> cells = rows.stream()
                .map(row -> row.stream().map(Output::cell).toList())
                .toList();
        var widths = new int[head.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = head.get(i).length();
            for (List<String> row : cells) {
                widths[i] = Math.max(
                        widths[i], row.get(i).codePointCount(0, row.get(i).length()));
            }
        }
        line("@|bold %s|@", row(head, widths));
        var lines = new StringBuilder();
        cells.forEach(row -> lines.append(row(row, widths)).append(System.lineSeparator()));
        text(lines.toString());
    }

    private static String cell(String text) {
        return withoutControls(text.replace('\n', ' ').replace('\t', ' '));
    }

    private static String row(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            line.append(cell);
            if (i < widths.length - 1) {
                line.repeat(' ', 2 + widths[i] - cell.codePointCount(0, cell.length()));
            }
        }
        return line.toString();
    }

    /** Prints a text as it is. */
    void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }

    private void write(byte[] bytes, int from, int length) {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(IOException failure) {
        String reason = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return reason.contains("broken pipe")
                        || reason.contains("pipe is being closed")
                        || reason.contains("pipe has been")
                ? new OutputClosedException(failure)
                : FileErrors.of("Standard output cannot be written", failure);
    }

    /** Returns a stream to standard output, which throws the same exceptions as {@link #print} and is not closed. */
    OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int value) {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                Output.this.write(bytes, from, length);
            }
        };
    }

    /** Formats a time in UTC, to the minute. */
    static String time(Instant at) {
        return TIME.format(at);
    }

    /** Returns whether standard input and output are a terminal. */
    static boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** Returns whether the environment permits colors: NO_COLOR is not set, and the terminal is not a plain one. */
    static boolean permitsColors(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(environment.get("TERM"));
    }
}
