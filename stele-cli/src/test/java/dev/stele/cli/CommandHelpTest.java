package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Rules for the help and the options of all commands. */
class CommandHelpTest {

    private static final CommandLine PARSER = SteleCommand.commandLine();
    private static final int WIDTH_CHARS = 80;
    private static final Pattern LABEL = Pattern.compile("[A-Z][A-Z_]*([=/][A-Z]+)?");

    private static List<CommandTree.Node> commands() {
        return CommandTree.all();
    }

    private static List<ArgSpec> arguments(CommandSpec spec) {
        return spec.args().stream().filter(argument -> !argument.hidden()).toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasExamplesThatItsParserTakes(CommandTree.Node node) {
        List<String> examples = Arrays.stream(
                        node.command().getCommandSpec().usageMessage().footer())
                .filter(line -> line.startsWith(HelpTexts.EXAMPLE_PREFIX))
                .map(line -> line.formatted().strip())
                .toList();
        assertThat(examples).isNotEmpty();
        for (String example : examples) {
            assertThat(example).startsWith(("stele " + node.path()).strip());
            String[] words = ShellWords.of(example + " ").complete().stream()
                    .skip(1)
                    .takeWhile(word -> !List.of("<", ">", "|").contains(word))
                    .toArray(String[]::new);
            assertThatCode(() -> PARSER.parseArgs(words)).as(example).doesNotThrowAnyException();
            assertThat(node.command().getUsageMessage()).contains(example);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpHasWholeSentencesAndNamedValues(CommandTree.Node node) {
        CommandSpec spec = node.command().getCommandSpec();
        assertThat(String.join(" ", spec.usageMessage().description())).matches("[A-Z].*\\.");
        assertThat(HelpTexts.summary(spec)).endsWith(".").hasSizeLessThan(110);
        for (ArgSpec argument : arguments(spec)) {
            assertThat(String.join(" ", argument.description()))
                    .as(argument.toString())
                    .endsWith(".")
                    .isNotBlank();
            if (argument.arity().max() > 0) {
                assertThat(argument.paramLabel()).as(argument.toString()).matches(LABEL);
            }
        }
        String help = node.command().getUsageMessage();
        assertThat(help).contains("Examples:").doesNotContain("${");
        assertThat(help.lines().filter(line -> !line.startsWith(HelpTexts.EXAMPLE_PREFIX)))
                .noneMatch(line -> line.contains("<"));
        if (node.isLeaf()) {
            return;
        }
        node.command().getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(part -> !part.usageMessage().hidden())
                .forEach(part -> assertThat(help.replaceAll("\\s+", " "))
                        .contains(" " + part.name() + " " + HelpTexts.summary(part)));
        assertThat(help.lines().filter(line -> line.startsWith("  ") && !line.startsWith(HelpTexts.EXAMPLE_PREFIX)))
                .allMatch(line -> line.length() <= WIDTH_CHARS);
    }

    @Test
    void overviewListsEveryCommandInOneOfTheGroups() {
        String help = SteleCommand.commandLine().getUsageMessage();
        for (SteleCommand.Section section : SteleCommand.Section.values()) {
            assertThat(help).contains("\n" + section.title() + ":\n");
        }
        assertThat(help.indexOf("remember")).isLessThan(help.indexOf("Knowledge graph:"));
    }

    @Test
    void optionMeansTheSameInAllCommands() {
        Map<String, TreeSet<String>> meanings = new LinkedHashMap<>();
        for (CommandTree.Node node : CommandTree.all()) {
            for (OptionSpec option : node.command().getCommandSpec().options()) {
                Class<?> element = option.typeInfo().isMultiValue()
                        ? option.typeInfo()
                                .getAuxiliaryTypes()[option.typeInfo().getAuxiliaryTypes().length - 1]
                        : option.type();
                String type = element == Integer.class ? "int" : element.getSimpleName();
                meanings.computeIfAbsent(option.longestName(), _ -> new TreeSet<>())
                        .add((option.arity().max() == 0 ? "" : option.paramLabel()) + " " + type);
            }
        }
        assertThat(meanings)
                .allSatisfy((name, meaning) -> assertThat(meaning).as(name).hasSize(1));
    }

    @Test
    void mistypedCommandGetsTheNearestOne() {
        for (CommandTree.Node node : CommandTree.all()) {
            boolean isNameable = !node.path().isEmpty()
                    && !node.command().getCommandSpec().usageMessage().hidden();
            if (isNameable) {
                String name = node.command().getCommandName();
                String mistyped = name.substring(0, name.length() - 2)
                        + name.charAt(name.length() - 1)
                        + name.charAt(name.length() - 2);
                String[] words =
                        (node.path().substring(0, node.path().length() - name.length()) + mistyped).split(" ", -1);
                if (!mistyped.equals(name)) {
                    var failure = catchThrowableOfType(ParameterException.class, () -> PARSER.parseArgs(words));
                    assertThat(UsageErrors.message(failure)).as(node.path()).contains("; did you mean ");
                }
            }
        }
    }
}
