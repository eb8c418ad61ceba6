package dev.stele.cli;

import dev.stele.model.Json;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/**
 * Results on standard output: JSON for programs, or lines and tables for people. Writes to the file descriptor, since
 * {@code System.out} may be redirected. Not thread-safe.
 */
final class Output {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private final boolean json;
    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

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
     */
    void print(@Nullable Object tree, Runnable forPeople) {
        if (json) {
            out.println(Json.write(tree));
        } else {
            forPeople.run();
        }
    }

    /**
     * Prints a line, with colors if the terminal shows them.
     *
     * @param markup format string with markup of picocli; text that may contain markup or % must be an argument
     * @param arguments values of the format string
     */
    void line(String markup, Object... arguments) {
        String text = Ansi.AUTO.string(markup);
        out.println(arguments.length == 0 ? text : text.formatted(arguments));
    }

    /**
     * Prints a table whose columns are as wide as their widest cell.
     *
     * @param head titles of the columns
     * @param rows cells, as many in each row as in the head
     */
    void table(List<String> head, List<List<String>> rows) {
        var widths = new int[head.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = head.get(i).length();
            for (List<String> row : rows) {
                widths[i] = Math.max(
                        widths[i], row.get(i).codePointCount(0, row.get(i).length()));
            }
        }
        line("@|bold %s|@", row(head, widths));
        rows.forEach(row -> out.println(row(row, widths)));
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

    /** Formats a time in UTC, to the minute. */
    static String time(Instant at) {
        return TIME.format(at);
    }

    /** Returns whether standard input and output are a terminal. */
    static boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
