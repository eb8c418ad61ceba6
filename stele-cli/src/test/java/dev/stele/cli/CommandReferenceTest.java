package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CommandReferenceTest {

    /** Options of every command, listed once. */
    private static final Set<String> COMMON =
            Set.of("--data", "--store", "--config", "--set", "--json", "--help", "--version", "--agent");

    private static final Pattern OPTION = Pattern.compile("`(--[a-z-]+)");

    @Test
    void everyCommandHasARowWithItsOptions() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("stele.root"), "docs/reference/command.md"));
        var missing = new ArrayList<String>();
        SteleCommand.commandLine().getSubcommands().forEach((name, command) -> check(page, name, command, missing));
        assertThat(missing).isEmpty();
    }

    @Test
    void everyOptionOfARowIsOneOfItsCommand() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("stele.root"), "docs/reference/command.md"));
        var unknown = new ArrayList<String>();
        for (CommandTree.Node node : CommandTree.all()) {
            page.lines()
                    .filter(line -> line.startsWith("| `" + node.path() + "` |"))
                    .forEach(row -> {
                        Matcher option = OPTION.matcher(row);
                        while (option.find()) {
                            if (node.command().getCommandSpec().findOption(option.group(1)) == null) {
                                unknown.add(node.path() + " " + option.group(1));
                            }
                        }
                    });
        }
        assertThat(unknown).isEmpty();
    }

    private static void check(String page, String name, CommandLine command, List<String> missing) {
        var parts = command.getSubcommands();
        List<String> rows = page.lines()
                .filter(line -> line.startsWith("| `" + name + "` |"))
                .toList();
        if (rows.isEmpty() && parts.isEmpty()) {
            missing.add(name);
        }
        for (String row : rows) {
            command.getCommandSpec().options().stream()
                    .map(option -> option.longestName())
                    .filter(option -> !COMMON.contains(option) && !row.contains("`" + option))
                    .forEach(option -> missing.add(name + " " + option));
        }
        parts.forEach((part, line) -> check(page, name + " " + part, line, missing));
    }
}
