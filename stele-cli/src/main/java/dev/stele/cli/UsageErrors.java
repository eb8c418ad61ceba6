package dev.stele.cli;

import dev.stele.cli.config.NearestName;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Messages for wrong arguments of a command, in place of those of the parser. Stateless. */
final class UsageErrors {

    /** Message of the parser for a value that has no {@code =}, with the groups option, form and value. */
    private static final Pattern NO_KEY_AND_VALUE =
            Pattern.compile("Value for option option '([^']+)' \\((.+)\\) should be in KEY=VALUE format but was (.*)");

    /** Message of the parser for a group without an option, with the group of the options. */
    private static final Pattern NO_OPTION_OF_GROUP =
            Pattern.compile("Error: Missing required argument \\(specify one of these\\): \\((.+)\\)");

    /** Message of the parser for a group with several options, with the group of the options. */
    private static final Pattern SEVERAL_OPTIONS_OF_GROUP =
            Pattern.compile("Error: (.+) are mutually exclusive \\(specify only one\\)");

    /** Maximum number of commands that a message lists. */
    private static final int MAX_LISTED_COMMANDS = 12;

    private UsageErrors() {}

    /** Lets a parser with all of its subcommands name the expected kind of number. */
    static void registerConverters(CommandLine parser) {
        ITypeConverter<Integer> toInt = text -> convert(text, "a whole number", Integer::valueOf);
        ITypeConverter<Long> toLong = text -> convert(text, "a whole number", Long::valueOf);
        ITypeConverter<Double> toDouble = text -> convert(text, "a number", Double::valueOf);
        parser.registerConverter(int.class, toInt);
        parser.registerConverter(Integer.class, toInt);
        parser.registerConverter(long.class, toLong);
        parser.registerConverter(double.class, toDouble);
        parser.registerConverter(Double.class, toDouble);
        parser.registerConverter(Path.class, UsageErrors::path);
    }

    private static <T> T convert(String text, String expected, Function<String, T> conversion) {
        try {
            return conversion.apply(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not " + expected);
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + text + "' is not the path of a file");
        }
    }

    /** Returns the message for the user, as one sentence. */
    static String message(ParameterException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case UnmatchedArgumentException unmatched -> unmatched(unmatched);
            case MutuallyExclusiveArgsException _ ->
                SEVERAL_OPTIONS_OF_GROUP.matcher(message).replaceFirst("Give only one of $1.");
            case MissingParameterException _ ->
                NO_OPTION_OF_GROUP
                        .matcher(message)
                        .replaceFirst(match -> Matcher.quoteReplacement(
                                "Give one of " + match.group(1).replace(" | ", ", ") + "."));
            default ->
                message.equals("Missing required subcommand")
                        ? "Give a command."
                        : NO_KEY_AND_VALUE
                                .matcher(message)
                                .replaceFirst(
                                        match -> Matcher.quoteReplacement("%s is \"%s\"; it must have the form %s."
                                                .formatted(match.group(1), match.group(3), match.group(2))));
        };
    }

    private static String unmatched(UnmatchedArgumentException failure) {
        String argument = failure.getUnmatched().getFirst();
        CommandLine command = failure.getCommandLine();
        Map<String, CommandLine> subcommands = command.getSubcommands();
        if (failure.isUnknownOption()) {
            String name = argument.split("=", 2)[0];
            List<String> known = command.getCommandSpec().options().stream()
                    .map(OptionSpec::longestName)
                    .toList();
            return "There is no option \"" + argument + "\"" + end(suggestion(name, known));
        }
        return subcommands.isEmpty()
                ? "There is no place for the argument \"" + argument + "\"."
                : unknownCommand(command, argument);
    }

    /** Returns the message for a name that is not that of a subcommand. */
    static String unknownCommand(CommandLine command, String argument) {
        Map<String, CommandLine> subcommands = command.getSubcommands();
        String suggestion = suggestion(argument, List.copyOf(subcommands.keySet()));
        String list = suggestion.isEmpty() && subcommands.size() <= MAX_LISTED_COMMANDS
                ? "; use " + String.join(", ", subcommands.keySet())
                : suggestion;
        return "There is no command \"" + argument + "\"" + end(list);
    }

    /** Returns the message for an option of a command before its subcommand, which would not use it. */
    static String optionOfGroup(ParseResult group, CommandSpec subcommand) {
        String option = group.matchedOptions().getFirst().longestName();
        return "%s before \"%s\" has no effect%s."
                .formatted(
                        option,
                        subcommand.name(),
                        subcommand.findOption(option) == null ? "; leave it out" : "; give it behind the command");
    }

    private static String end(String sentence) {
        return sentence.endsWith("?") ? sentence : sentence + ".";
    }

    private static String suggestion(String name, List<String> known) {
        return NearestName.likely(name, known)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }
}
