package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Outcomes of all commands for what is missing, wrong or empty. */
class CommandOutcomesTest {

    /** Commands that name nothing that could be missing. */
    private static final Set<String> NAMELESS = Set.of(
            "serve",
            "mcp",
            "mcp config",
            "hook",
            "memory-tool",
            "remember",
            "chat",
            "graph add",
            "agents",
            "tasks list",
            "keys create",
            "keys list",
            "completion",
            "complete",
            "help");

    /** Command lines that name something that does not exist, by command. */
    private static final Map<String, List<String>> MISSING = missing(
            "recall --agent nobody x",
            "context --agent nobody x",
            "reflect --agent nobody",
            "consolidate --undo absent",
            "insights --agent nobody ana",
            "documents add c absent.md",
            "documents list --agent nobody",
            "documents search absent x",
            "documents delete c absent",
            "persona --persona absent.json",
            "sessions absent",
            "notes absent",
            "graph show absent",
            "graph near absent",
            "graph path Ana absent",
            "graph query --agent nobody RETURN_1",
            "graph important --agent nobody",
            "graph history absent",
            "graph observe absent x",
            "graph relate absent knows Ana",
            "graph update absent --patch {}",
            "graph merge Ana absent",
            "graph retire --entity absent",
            "user absent",
            "import absent.json",
            "export --agent nobody",
            "backup --agent nobody kira.stele",
            "restore absent.stele",
            "migrate absent elsewhere",
            "verify --agent nobody",
            "stats --agent nobody",
            "forget --note absent",
            "tasks add verify --agent nobody",
            "tasks cancel absent",
            "embed status --agent nobody",
            "embed rebuild --agent nobody",
            "keys revoke absent",
            "config --config absent.yaml");

    private static final Set<String> COMMON = Set.of("--data", "--store", "--config", "--set");

    private static Map<String, List<String>> missing(String... lines) {
        var byCommand = new LinkedHashMap<String, List<String>>();
        List<String> commands =
                CommandTree.leaves().stream().map(CommandTree.Node::path).toList();
        for (String line : lines) {
            String command = commands.stream()
                    .filter(path -> line.startsWith(path + " "))
                    .max(java.util.Comparator.comparingInt(String::length))
                    .orElseThrow(() -> new AssertionError("no command: " + line));
            byCommand.put(
                    command,
                    Arrays.stream(line.split(" ", -1))
                            .map(word -> word.replace("RETURN_1", "RETURN 1"))
                            .toList());
        }
        return byCommand;
    }

    @TempDir
    Path directory;

    /** Commands that fill the memory before those of a test. */
    private static final List<List<String>> FILL = List.of(
            List.of("remember", "--user", "ana", "--session", "monday", "I moved to Lisbon"),
            List.of("graph", "add", "Ana", "--type", "person"),
            List.of("remember", "--agent", "kira", "--user", "ana", "hello"));

    private List<CommandBatch.Outcome> run(List<List<String>> commands) throws Exception {
        List<CommandBatch.Outcome> outcomes = CommandBatch.run(
                directory,
                directory.resolve("data"),
                Stream.concat(FILL.stream(), commands.stream()).toList());
        assertThat(outcomes.subList(0, FILL.size())).allMatch(outcome -> outcome.code() == 0);
        return outcomes.subList(FILL.size(), outcomes.size());
    }

    private static void requireReport(SoftAssertions softly, CommandBatch.Outcome outcome) {
        softly.assertThat(outcome.err())
                .as(outcome.toString())
                .doesNotContain("Exception")
                .doesNotContain("\tat ")
                .doesNotContain("java.");
        softly.assertThat(outcome.code()).as(outcome.toString()).isNotEqualTo(70);
        if (outcome.code() > 1) {
            softly.assertThat(outcome.err().lines().findFirst().orElse(""))
                    .as(outcome.toString())
                    .startsWith("stele: ");
        }
    }

    @Test
    void missingThingIsExitCode3OfEveryCommandThatNamesOne() throws Exception {
        Set<String> commands = CommandTree.leaves().stream()
                .map(CommandTree.Node::path)
                .filter(path -> !NAMELESS.contains(path) && !path.startsWith("bench"))
                .collect(Collectors.toSet());
        assertThat(MISSING.keySet()).containsExactlyInAnyOrderElementsOf(commands);
        var softly = new SoftAssertions();
        for (CommandBatch.Outcome outcome : run(List.copyOf(MISSING.values()))) {
            softly.assertThat(outcome.code()).as(outcome.toString()).isEqualTo(3);
            requireReport(softly, outcome);
        }
        softly.assertAll();
    }

    /** Returns a valid command line of a command: its first example. */
    private static List<String> example(CommandTree.Node node) {
        if (node.path().equals("serve")) {
            return List.of("serve", "--check", "--port", "0");
        }
        String line = Arrays.stream(
                        node.command().getCommandSpec().usageMessage().footer())
                .filter(example -> example.startsWith(HelpTexts.EXAMPLE_PREFIX))
                .findFirst()
                .orElseThrow()
                .formatted();
        return ShellWords.of(line + " ").complete().stream()
                .skip(1)
                .takeWhile(word -> !List.of("<", ">", "|").contains(word))
                .toList();
    }

    /** Returns the example of a command with another value of an option. */
    private static List<String> withOption(CommandTree.Node node, OptionSpec option, String value) {
        var words = new ArrayList<>(example(node));
        int at = words.indexOf(option.longestName());
        if (at >= 0) {
            words.subList(at, at + 2).clear();
        }
        words.add(option.longestName() + "=" + value);
        return words;
    }

    private static List<List<String>> wrongValues(CommandTree.Node node, boolean withCommon) {
        var lines = new ArrayList<List<String>>();
        for (OptionSpec option : node.command().getCommandSpec().options()) {
            if (option.arity().max() == 0 || (COMMON.contains(option.longestName()) && !withCommon)) {
                continue;
            }
            for (String value : option.paramLabel().equals("NUMBER") ? List.of("-7", "") : List.of("%x{")) {
                lines.add(withOption(node, option, value));
            }
        }
        return lines;
    }

    @Test
    void wrongValueOfAnyOptionIsReportedWithoutTheNameOfAJavaException() throws Exception {
        var lines = new ArrayList<List<String>>();
        for (CommandTree.Node node : CommandTree.leaves()) {
            if (!node.path().startsWith("bench")) {
                lines.addAll(wrongValues(node, node.path().equals("agents")));
            }
        }
        assertThat(lines).hasSizeGreaterThan(120);
        var softly = new SoftAssertions();
        run(lines).forEach(outcome -> requireReport(softly, outcome));
        softly.assertAll();
    }

    @Test
    void wrongFileOfAnyCommandIsReportedWithoutTheNameOfAJavaException() throws Exception {
        Path malformed = Files.writeString(directory.resolve("malformed.json"), "{\"name\": [1, }");
        Path bytes = Files.write(directory.resolve("bytes.json"), new byte[] {0, (byte) 0xff, (byte) 0xfe, 'x'});
        Path empty = Files.createFile(directory.resolve("empty.json"));
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Path below = empty.resolve("below.json");
        var lines = new ArrayList<List<String>>();
        for (CommandTree.Node node : CommandTree.leaves()) {
            for (ArgSpec argument : node.command().getCommandSpec().args()) {
                Set<String> labels = argument.isOption() ? Set.of("FILE", "DIR") : Set.of("FILE", "SOURCE", "TARGET");
                boolean isFile = labels.contains(argument.paramLabel());
                boolean isCommon = argument instanceof OptionSpec option && COMMON.contains(option.longestName());
                // The common options are read in one place; the files of keys are an exception.
                boolean isTested = !isCommon || Set.of("agents", "keys list").contains(node.path());
                if (!isFile || !isTested || node.path().startsWith("bench")) {
                    continue;
                }
                for (Path file : List.of(malformed, bytes, empty, folder, below)) {
                    lines.add(
                            argument instanceof OptionSpec option
                                    ? withOption(node, option, file.toString())
                                    : example(node).stream()
                                            .map(word -> word.endsWith(".md")
                                                            || word.endsWith(".stele")
                                                            || word.endsWith(".zip")
                                                            || word.endsWith(".jsonl")
                                                            || word.startsWith("~")
                                                    ? file.toString()
                                                    : word)
                                            .toList());
                }
            }
        }
        assertThat(lines).hasSizeGreaterThan(40);
        var softly = new SoftAssertions();
        run(lines).forEach(outcome -> requireReport(softly, outcome));
        softly.assertAll();
    }

    @Test
    void wrongArgumentsOfOneCommandAreNamed() throws Exception {
        Map<List<String>, String> messages = new LinkedHashMap<>();
        messages.put(List.of("serve", "--port", "99999"), "server.port (from the command line) is \"99999\"");
        messages.put(List.of("serve", "--port", "x"), "give a whole number");
        messages.put(List.of("user", "ana", "--patch", "{"), "--patch: ");
        messages.put(List.of("graph", "query", "RETURN 1", "--param", "a={"), "--param a: ");
        messages.put(List.of("graph", "query", "MATCH"), "Line 1, column 6 of the query");
        messages.put(List.of("export", directory.toString()), "is a directory; give a file");
        messages.put(List.of("backup", directory.toString()), "directory");
        messages.put(List.of("documents", "add", "c", directory.toString()), "is a directory; give a file");
        messages.put(List.of("recal", "x"), "did you mean recall?");
        messages.put(List.of("graph", "shew", "x"), "did you mean show?");
        messages.put(List.of("help", "frobnicate"), "There is no command \"frobnicate\"");
        messages.put(List.of("completion", "tcsh"), "bash, zsh, fish");
        messages.put(List.of("--frob"), "There is no option \"--frob\"");
        List<CommandBatch.Outcome> outcomes = run(List.copyOf(messages.keySet()));
        var softly = new SoftAssertions();
        for (CommandBatch.Outcome outcome : outcomes) {
            softly.assertThat(outcome.err())
                    .as(outcome.toString())
                    .contains(messages.getOrDefault(outcome.arguments(), "no such command line"));
            softly.assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
            requireReport(softly, outcome);
        }
        softly.assertAll();
    }

    @Test
    void optionThatWouldHaveNoEffectIsRefused() throws Exception {
        Map<String, String> messages = new LinkedHashMap<>();
        messages.put("remember --tag a x", "--tag does not apply to a message");
        messages.put(
                "remember --category fact --role user --at 2026-05-08T13:56:00Z x",
                "--role and --at do not apply to a note");
        messages.put("sessions --title x", "--title does not apply without the id of a SESSION");
        messages.put("sessions --participant ana --end", "--participant and --end do not apply without the id");
        messages.put("sessions --archived", "--archived does not apply");
        messages.put("sessions monday --user ana", "--user does not apply to a single SESSION");
        messages.put("sessions monday --title x --limit 5", "--limit does not apply to a change");
        messages.put("sessions monday --end --after x --archived", "--after and --archived do not apply");
        for (String filter : List.of("user", "category", "tag", "session", "source", "after")) {
            messages.put("notes n --" + filter + " x", "--" + filter + " does not apply to a single NOTE");
        }
        messages.put("notes n --pinned --superseded --limit 5", "--pinned and --superseded and --limit do not apply");
        messages.put("user --patch {}", "needs the id of a USER");
        messages.put("user ana --after x", "--after does not apply to a single USER");
        messages.put("user ana --limit 5", "--limit does not apply to a USER without --history");
        messages.put("user ana --history --preference a=b", "--history does not apply to a change");
        messages.put("user ana --as-of 2026-05-08T13:56:00Z --trait a=1", "--as-of does not apply to a change");
        messages.put("user ana --as-of 2026-05-08T13:56:00Z --history", "--as-of does not apply to --history");
        messages.put(
                "user ana --preference a=b --patch {\"preferences\":{\"c\":\"d\"}}",
                "--patch has the field \"preferences\"");
        messages.put("stats --key x", "--key does not apply without --arenas");
        messages.put("stats --arenas --agent kira", "--agent does not apply to --arenas");
        messages.put("consolidate --undo x ana", "USER does not apply to --undo");
        messages.put("consolidate --undo x --apply --list", "--apply and --list do not apply to --undo");
        messages.put("consolidate --list --apply", "--apply does not apply to --list");
        messages.put("consolidate ana --limit 5", "--limit does not apply without --list");
        messages.put("insights ana --topic a --days 5", "--days does not apply to --topic");
        messages.put("insights ana --all --days 5", "--days does not apply to --all");
        messages.put("insights ana --primer a/b --topic x --all", "--all and --topic do not apply to --primer");
        messages.put("migrate a b --store jdbc:postgresql://localhost/x", "--store does not apply beside SOURCE");
        messages.put("migrate a b --data c", "--data does not apply to a SOURCE that is a data directory");
        messages.put("documents add c a.md b.md --id x", "--id names one document");
        messages.put("import - -", "Standard input can be read once");
        messages.put("tasks add backup", "needs an agent");
        var softly = new SoftAssertions();
        for (CommandBatch.Outcome outcome : run(messages.keySet().stream()
                .map(line -> List.of(line.split(" ", -1)))
                .toList())) {
            softly.assertThat(outcome.err())
                    .as(outcome.toString())
                    .contains(messages.getOrDefault(String.join(" ", outcome.arguments()), "no such command line"));
            softly.assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
            requireReport(softly, outcome);
        }
        softly.assertAll();
    }

    @Test
    void noFailureOfAHookIsExitCode2WhichWouldBlockThePrompt() throws Exception {
        List<CommandBatch.Outcome> outcomes = run(Stream.of(
                        "hook prompt --user --agent kira",
                        "hook prompt --usr ana",
                        "hook prompt --set server.port",
                        "hook prompt --set server.port=x",
                        "hook prompt --set no.such=1",
                        "hook prompt --set server.host=a,b{",
                        "hook prompt --config absent.yaml",
                        "hook prompt --user ana --user ben",
                        "hook prompt extra",
                        "hook",
                        "hook absent",
                        "--agent kira hook prompt",
                        "--agent=kira hook prompt")
                .map(line -> List.of(line.split(" ", -1)))
                .toList());
        assertThat(outcomes).allSatisfy(outcome -> {
            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(1);
            assertThat(outcome.err())
                    .as(outcome.toString())
                    .startsWith("stele: ")
                    .doesNotContain("Exception");
        });
        assertThat(run(List.of(List.of("hook", "prompt"), List.of("recall", "--limt", "hook"))))
                .extracting(CommandBatch.Outcome::code)
                .containsExactly(0, 2);
    }

    @Test
    void everyListIsATableWithTitlesEvenIfItIsEmpty() throws Exception {
        List<List<String>> lists = Stream.of(
                        "agents",
                        "stats",
                        "sessions",
                        "notes",
                        "user",
                        "documents list",
                        "graph near Ana",
                        "graph important",
                        "graph history Ana",
                        "consolidate --list",
                        "reflect",
                        "tasks list",
                        "keys list",
                        "embed status")
                .map(line -> List.of(line.split(" ", -1)))
                .toList();
        for (CommandBatch.Outcome outcome : run(lists)) {
            assertThat(outcome.code()).as(outcome.toString()).isZero();
            assertThat(outcome.out().lines().findFirst().orElse(""))
                    .as(outcome.toString())
                    .matches("[A-Z][A-Z ]+");
        }
    }

    @Test
    void overviewIsPrintedWithoutAnArgumentAndByHelp() throws Exception {
        List<CommandBatch.Outcome> outcomes = run(List.of(
                List.of(),
                List.of("help"),
                List.of("--help"),
                List.of("help", "recall"),
                List.of("recall", "--help"),
                List.of("help", "graph", "add"),
                List.of("--version")));
        assertThat(outcomes).allSatisfy(outcome -> {
            assertThat(outcome.code()).as(outcome.toString()).isZero();
            assertThat(outcome.err()).isEmpty();
        });
        assertThat(outcomes.get(0).out())
                .contains("Knowledge graph:")
                .isEqualTo(outcomes.get(1).out());
        assertThat(outcomes.get(2).out()).isEqualTo(outcomes.get(0).out());
        assertThat(outcomes.get(3).out())
                .contains("Usage: stele recall")
                .isEqualTo(outcomes.get(4).out());
        assertThat(outcomes.get(5).out()).contains("Usage: stele graph add").contains("Examples:");
        assertThat(outcomes.get(6).out()).isEqualTo("stele 0.1.0\n");
    }

    @Test
    void graphUserAndContextAreWrittenAndReadOnTheCommandLine() throws Exception {
        List<CommandBatch.Outcome> outcomes = run(List.of(
                List.of("graph", "add", "Ana", "--type", "person", "--observe", "likes @|red tea|@ 100%"),
                List.of("graph", "add", "Lisbon", "--type", "city", "--alias", "Lisboa", "--attribute", "hills=7"),
                List.of("graph", "observe", "Ana", "keeps bees", "keeps bees"),
                List.of("graph", "relate", "Ana", "lives_in", "Lisboa", "--valid-from", "2026-05-01T00:00:00Z"),
                List.of("graph", "update", "Lisbon", "--patch", "{\"attributes\":{\"river\":\"Tejo\"}}"),
                List.of("graph", "add", "Ana Costa", "--type", "person", "--observe", "works at a museum"),
                List.of("graph", "merge", "Ana", "Ana Costa"),
                List.of("graph", "show", "Ana"),
                List.of("graph", "show", "Lisbon"),
                List.of("graph", "history", "Lisbon"),
                List.of("user", "ana", "--preference", "drink=tea", "--trait", "patient=0.8"),
                List.of("user", "ana", "--json"),
                List.of("user"),
                List.of("context", "--user", "ana", "Lisbon"),
                List.of("graph", "retire", "--entity", "Lisbon"),
                List.of("graph", "show", "Lisbon"),
                List.of("user", "--preference", "drink=tea")));
        assertThat(outcomes.subList(0, 15))
                .allSatisfy(outcome ->
                        assertThat(outcome.code()).as(outcome.toString()).isZero());
        assertThat(outcomes.get(0).out()).isEqualTo("Ana exists; added 1 observations.\n");
        assertThat(outcomes.get(1).out()).isEqualTo("Added Lisbon with 0 observations.\n");
        assertThat(outcomes.get(2).out()).isEqualTo("Added 1 observations; 1 known already.\n");
        assertThat(outcomes.get(3).out()).startsWith("Ana -lives_in-> Lisbon");
        assertThat(outcomes.get(7).out())
                .contains("likes @|red tea|@ 100%", "keeps bees", "works at a museum", "-lives_in-> Lisbon");
        assertThat(outcomes.get(8).out()).contains("Lisboa", "hills: 7", "river: Tejo");
        assertThat(outcomes.get(9).out().lines()).hasSize(3);
        assertThat(outcomes.get(11).out()).contains("\"drink\":\"tea\"", "\"patient\":0.8");
        assertThat(outcomes.get(12).out()).isEqualTo("USER\nana\n");
        assertThat(outcomes.get(13).out()).contains("tea").contains("Lisbon");
        assertThat(outcomes.get(16).code()).isEqualTo(2);
    }
}
