package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CommandReferenceTest {

    /** Options of every command, listed once. */
    private static final Set<String> COMMON =
            Set.of("--data", "--store", "--config", "--set", "--json", "--help", "--version", "--agent");

    @Test
    void everyCommandHasARowWithItsOptions() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("stele.root"), "docs/reference/command.md"));
        var missing = new ArrayList<String>();
        SteleCommand.commandLine().getSubcommands().forEach((name, command) -> check(page, name, command, missing));
        assertThat(missing).isEmpty();
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
