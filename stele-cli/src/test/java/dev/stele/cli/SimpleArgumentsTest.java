package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The parser of command lines without mistakes sets what the full parser sets. */
class SimpleArgumentsTest {

    private static List<String> lines() {
        return Stream.concat(
                        CommandTree.leaves().stream()
                                .flatMap(node -> Arrays.stream(node.command()
                                        .getCommandSpec()
                                        .usageMessage()
                                        .footer()))
                                .filter(line -> line.startsWith(HelpTexts.EXAMPLE_PREFIX))
                                .map(line -> line.formatted().strip().substring("stele ".length())),
                        Stream.of(
                                "mcp --agent a --read-only --data=x --set limits.results=5 --set log.level=debug",
                                "serve --port 0 --host=127.0.0.1",
                                "recall --kind note --kind message --weight speaker=0.5 --weight bm25=1 a b --tag t c",
                                "recall --max-tokens 5 --diversity 0.5 --audience ana --audience ben x",
                                "remember -",
                                "remember @ana",
                                "notes --limit 3",
                                "user ana --trait patient=0.8 --preference drink=black=tea",
                                "export --format=mcp-memory x.jsonl",
                                "import a b --config c.yaml"))
                .toList();
    }

    private static String[] words(String line) {
        return ShellWords.of(line + " ").complete().stream()
                .takeWhile(word -> !List.of("<", ">", "|").contains(word))
                .toArray(String[]::new);
    }

    private static Map<String, String> fields(Object command) throws IllegalAccessException {
        var values = new TreeMap<String, String>();
        for (Field field : command.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                Object value = field.get(command);
                if (value instanceof CommonOptions common) {
                    fields(common).forEach((name, text) -> values.put("common." + name, text));
                } else {
                    values.put(field.getName(), String.valueOf(value));
                }
            }
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("lines")
    void fieldsAreThoseOfTheFullParser(String line) throws IllegalAccessException {
        Callable<Integer> command = Start.parseSimple(words(line));
        if (command == null) {
            return; // left to the full parser
        }
        CommandLine full = SteleCommand.commandLineFor(words(line)[0]);
        Object expected = full.parseArgs(words(line)).subcommand().commandSpec().userObject();
        assertThat(fields(command)).isEqualTo(fields(expected));
    }

    @Test
    void frequentCommandsBypassTheFullParser() {
        assertThat(lines().stream().filter(line -> Start.parseSimple(words(line)) != null))
                .hasSizeGreaterThan(50)
                .anyMatch(line -> line.startsWith("recall"))
                .anyMatch(line -> line.startsWith("agents"))
                .anyMatch(line -> line.startsWith("stats"))
                .anyMatch(line -> line.startsWith("remember"))
                .anyMatch(line -> line.startsWith("context"))
                .anyMatch(line -> line.startsWith("hook"))
                .anyMatch(line -> line.startsWith("mcp"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "frobnicate",
                "recall",
                "recall --help",
                "recall -h x",
                "recall --limit x y",
                "recall --limit -5 y",
                "recall --limit 5 --limit 6 y",
                "recall --limt 5 y",
                "recall --archived=true y",
                "recall --weight speaker y",
                "recall --weight =1 y",
                "recall x --user",
                "recall -- x",
                "agents extra",
                "agents --agent x",
                "user a b",
                "mcp config cursor",
                "forget --note x",
                "migrate a b",
                "keys list",
                "graph show x",
                "help"
            })
    void whatMayBeAMistakeIsLeftToTheFullParser(String line) {
        assertThat(Start.parseSimple(words(line))).isNull();
    }
}
