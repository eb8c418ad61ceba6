package dev.stele.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Completion of the word at the cursor of a command line, by the same descriptions of commands that the parser uses.
 * Not thread-safe.
 */
final class Completion {

    private final ShellWords words;
    private final CompletionValues values;
    private CommandSpec command;
    private @Nullable OptionSpec openOption;
    private boolean onlyParameters;
    private int parameters;

    Completion(ShellWords words) {
        this.words = words;
        List<String> given = words.complete().isEmpty()
                ? List.of()
                : words.complete().subList(1, words.complete().size());
        // The description of one command takes less time to build than those of all.
        boolean isHelp = !given.isEmpty() && given.getFirst().equals("help");
        CommandLine parser =
                given.isEmpty() || isHelp ? SteleCommand.commandLine() : SteleCommand.commandLineFor(given.getFirst());
        this.command = parser.getCommandSpec();
        (isHelp ? given.subList(1, given.size()) : given).forEach(this::read);
        this.values = new CompletionValues(CompletionValues.options(given));
    }

    /** Takes note of a word before the cursor. */
    private void read(String word) {
        if (openOption != null) {
            openOption = null;
            return;
        }
        CommandLine subcommand = command.subcommands().get(word);
        if (onlyParameters) {
            parameters++;
        } else if (word.equals("--")) {
            onlyParameters = true;
        } else if (word.startsWith("-") && word.length() > 1) {
            OptionSpec option = command.findOption(word.split("=", 2)[0]);
            openOption = option != null && takesValue(option) && !word.contains("=") ? option : null;
        } else if (subcommand != null && parameters == 0) {
            command = subcommand.getCommandSpec();
        } else {
            parameters++;
        }
    }

    private static boolean takesValue(OptionSpec option) {
        return option.arity().min() > 0;
    }

    /** Returns what can continue the word at the cursor, sorted; empty for the name of a file and for free text. */
    List<String> candidates() {
        String word = words.current();
        if (openOption != null) {
            return startingWith(word, "", values.of(command, openOption.paramLabel(), word));
        }
        if (!onlyParameters && word.startsWith("-")) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                return startingWith(word, "", options());
            }
            OptionSpec option = command.findOption(word.substring(0, equals));
            return option == null || !takesValue(option)
                    ? List.of()
                    : startingWith(
                            word,
                            word.substring(0, equals + 1),
                            values.of(command, option.paramLabel(), word.substring(equals + 1)));
        }
        List<String> all = new ArrayList<>();
        if (parameters == 0) {
            command.subcommands().forEach((name, subcommand) -> {
                if (!subcommand.getCommandSpec().usageMessage().hidden()) {
                    all.add(name);
                }
            });
        }
        parameter().ifPresent(parameter -> all.addAll(values.of(command, parameter.paramLabel(), word)));
        return startingWith(word, "", all);
    }

    private java.util.Optional<PositionalParamSpec> parameter() {
        return command.positionalParameters().stream()
                .filter(parameter -> parameter.index().contains(parameters))
                .findFirst();
    }

    private List<String> options() {
        return command.options().stream()
                .filter(option -> !option.hidden() && (option.isMultiValue() || !isGiven(option)))
                .flatMap(option -> Stream.of(option.longestName()))
                .toList();
    }

    private boolean isGiven(OptionSpec option) {
        return Stream.of(option.names())
                .anyMatch(name ->
                        words.complete().stream().anyMatch(word -> word.equals(name) || word.startsWith(name + "=")));
    }

    private static List<String> startingWith(String word, String prefix, List<String> candidates) {
        var matching = new TreeSet<String>();
        candidates.stream()
                .map(candidate -> prefix + candidate)
                .filter(candidate -> candidate.startsWith(word) && candidate.indexOf('\n') < 0)
                .forEach(matching::add);
        return List.copyOf(matching);
    }
}
