package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completion of command lines in shells. */
class CompletionTest {

    @TempDir
    Path directory;

    private static List<String> complete(String line) {
        return CompleteCommand.candidates(line);
    }

    @Test
    void everyCommandAndOptionIsCompleted() {
        for (CommandTree.Node node : CommandTree.all()) {
            String line = ("stele " + node.path()).strip() + " ";
            node.command().getSubcommands().forEach((name, part) -> {
                if (!part.getCommandSpec().usageMessage().hidden()) {
                    assertThat(complete(line + name.charAt(0))).as(line).contains(name);
                }
            });
            for (OptionSpec option : node.command().getCommandSpec().options()) {
                String name = option.longestName();
                assertThat(complete(line + name.substring(0, 4))).as(line).contains(name);
            }
        }
        assertThat(complete("stele recall --limit 5 --li")).isEmpty();
        assertThat(complete("stele recall --archived --archi")).isEmpty();
        assertThat(complete("stele recall --kind note --ki")).containsExactly("--kind");
        assertThat(complete("stele help gra")).containsExactly("graph");
        assertThat(complete("stele help graph ob")).containsExactly("observe");
    }

    @Test
    void valuesOfTheMemoryAreCompletedForEveryOptionThatNamesThem() {
        Path data = directory.resolve("my data");
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("monday", "ana", "hello"));
            kira.users().update("ana", context -> context.withPreference("drink", "tea"));
            kira.notes().create(NoteDraft.of("fact", "tea is hot").withId("n1"));
            kira.graph().put(EntityDraft.of("person", "Ana Costa"));
        }
        String memory = "--data '" + data + "' --agent kira ";
        var labels = new TreeSet<String>();
        for (CommandTree.Node node : CommandTree.leaves()) {
            for (ArgSpec argument : node.command().getCommandSpec().args()) {
                String expected = switch (argument.paramLabel()) {
                    case "AGENT" -> "kira";
                    case "USER" -> "ana";
                    case "SESSION" -> "monday";
                    case "NOTE" -> "n1";
                    case "ENTITY" -> "Ana Costa";
                    default -> "";
                };
                if (!expected.isEmpty()) {
                    labels.add(argument.paramLabel());
                    String line = "stele " + node.path() + " " + memory;
                    if (argument instanceof OptionSpec option) {
                        assertThat(complete(line + option.longestName() + " "))
                                .as(line)
                                .contains(expected);
                    } else {
                        assertThat(complete(line)).as(line).contains(expected);
                    }
                }
            }
        }
        assertThat(labels).isEqualTo(Set.of("AGENT", "USER", "SESSION", "NOTE", "ENTITY"));
        assertThat(complete("stele recall " + memory + "--user=a")).containsExactly("--user=ana");
        assertThat(complete("stele recall --mode ")).contains("hybrid", "graph");
        assertThat(complete("stele import --format mem")).containsExactly("mem0", "memory-files");
        assertThat(complete("stele mcp config c")).contains("codex", "cursor").doesNotContain("zed");
        assertThat(complete("stele agents --set limits.res")).containsExactly("limits.results=");
    }

    @Test
    void completionCreatesNoMemoryAndFailsInSilence() {
        Path absent = directory.resolve("absent");
        assertThat(complete("stele recall --data " + absent + " --agent ")).isEmpty();
        assertThat(absent).doesNotExist();
        assertThat(complete("stele recall --config /nowhere --agent ")).isEmpty();
        assertThat(complete("stele frobnicate x ")).isEmpty();
        assertThat(complete("")).contains("recall");
        assertThat(complete("stele recall --agent \"")).isNotNull();
    }

    /** Runs the script in bash with a command that prints fixed candidates. */
    @Test
    void scriptOfBashPassesTheLineAndQuotesTheCandidates() throws Exception {
        Path command = directory.resolve("stele");
        Files.writeString(
                command, "#!/bin/sh\nshift 2\nprintf '%s\\n' \"$1\" >\"$0.line\"\nprintf 'a b\\n--agent=kira\\n'\n");
        assertThat(command.toFile().setExecutable(true)).isTrue();
        Path script = directory.resolve("test.bash");
        Files.writeString(script, """
                source "%s"
                COMP_LINE='%s recall --agent='
                COMP_POINT=${#COMP_LINE}
                COMP_WORDS=('%s' recall --agent =)
                COMP_CWORD=3
                _stele
                printf '[%%s]\\n' "${COMPREPLY[@]}"
                """.formatted(directory.resolve("completion.bash"), command, command));
        for (String shell : List.of("bash", "")) {
            Files.writeString(
                    directory.resolve("completion.bash"), CompletionCommand.script(shell.isEmpty() ? null : shell));
            Process process = new ProcessBuilder("bash", script.toString())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(out).isEqualTo("[a\\ b]\n[kira]\n");
            assertThat(Files.readString(directory.resolve("stele.line"))).isEqualTo(command + " recall --agent=\n");
        }
    }
}
