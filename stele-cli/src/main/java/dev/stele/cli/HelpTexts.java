package dev.stele.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Parts of the help of commands: the list of subcommands in groups, with whole sentences, and the examples. The parser
 * itself cuts each description after its first line. Stateless.
 */
final class HelpTexts {

    private static final int WIDTH_CHARS = 80;
    private static final int INDENT_CHARS = 2;

    /** Prefix of a line of the footer that is an example; the lines of a footer before the first other line are. */
    static final String EXAMPLE_PREFIX = "  stele ";

    private HelpTexts() {}

    /** Returns the list of subcommands, in groups if there is more than one. */
    static String commandList(Help help) {
        CommandSpec spec = help.commandSpec();
        Map<String, StringBuilder> groups = new LinkedHashMap<>();
        if (spec.parent() == null) {
            Arrays.stream(SteleCommand.Section.values())
                    .forEach(section -> groups.put(section.title(), new StringBuilder()));
        }
        int width = spec.subcommands().keySet().stream()
                .mapToInt(String::length)
                .max()
                .orElse(0);
        spec.subcommands().forEach((name, command) -> {
            if (!command.getCommandSpec().usageMessage().hidden()) {
                String title =
                        spec.parent() == null ? SteleCommand.section(name).title() : "Commands";
                groups.computeIfAbsent(title, _ -> new StringBuilder()).append(line(help, name, width, command));
            }
        });
        var text = new StringBuilder();
        groups.forEach(
                (title, lines) -> text.append(help.colorScheme().ansi().string("%n@|bold %s:|@%n".formatted(title)))
                        .append(lines));
        return text.toString();
    }

    private static String line(Help help, String name, int width, CommandLine command) {
        int column = INDENT_CHARS + width + 2;
        String padded =
                " ".repeat(INDENT_CHARS) + help.colorScheme().commandText(name) + " ".repeat(width + 2 - name.length());
        return padded
                + String.join(
                        System.lineSeparator() + " ".repeat(column),
                        wrapped(summary(command.getCommandSpec()), WIDTH_CHARS - column))
                + System.lineSeparator();
    }

    /** Returns the first sentence of the description of a command. */
    static String summary(CommandSpec spec) {
        String description = String.join(" ", spec.usageMessage().description()).formatted();
        int end = description.indexOf(". ");
        return end < 0 ? description : description.substring(0, end + 1);
    }

    private static List<String> wrapped(String text, int width) {
        var lines = new java.util.ArrayList<String>();
        var line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /** Returns the footer with a heading for its examples. */
    static String footer(Help help) {
        String[] lines = help.commandSpec().usageMessage().footer();
        if (lines.length == 0) {
            return "";
        }
        String heading = lines[0].startsWith(EXAMPLE_PREFIX) ? "%n@|bold Examples:|@%n".formatted() : "%n".formatted();
        var text = new StringBuilder(help.colorScheme().ansi().string(heading));
        for (String line : lines) {
            text.append(line.formatted()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
