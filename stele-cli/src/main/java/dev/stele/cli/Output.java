package dev.stele.cli;

import dev.stele.model.Json;
import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/** Answers on standard output: JSON for programs, lines and tables for people. For one thread. */
final class Output {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private final boolean json;
    private final PrintStream out =
            new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);

    Output(boolean json) {
        this.json = json;
    }

    boolean isJson() {
        return json;
    }

    /** Prints a tree for programs, or else runs what prints for people. */
    void print(@Nullable Object tree, Runnable forPeople) {
        if (json) {
            out.println(Json.write(tree));
        } else {
            forPeople.run();
        }
    }

    /** A line, with colours where the terminal shows them. Braces and markup of the text itself must be passed as arguments. */
    void line(String markup, Object... arguments) {
        String text = Ansi.AUTO.string(markup);
        out.println(arguments.length == 0 ? text : text.formatted(arguments));
    }

    /** A table whose columns are as wide as their widest cell. */
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

    static String time(Instant at) {
        return TIME.format(at);
    }

    /** Whether a person sits before standard error. */
    static boolean interactive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
