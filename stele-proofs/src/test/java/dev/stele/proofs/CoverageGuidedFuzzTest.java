package dev.stele.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.Jazzer;
import dev.stele.mcp.McpTarget;
import dev.stele.support.SecondJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Inputs that a fuzzer mutates until they reach new code. Each is used or refused with a documented exception, in
 * bounded time and memory. {@code -Dstele.fuzz.seconds} gives the time for each kind of input. A finding is printed with
 * the input, which is then added to the corpus of the fuzz test of its module.
 */
@Tag("proof")
class CoverageGuidedFuzzTest {

    private static final int MAX_SECONDS_OF_ONE_INPUT = 20;
    private static final int MAX_RESIDENT_MEGABYTES = 3_000;

    @TempDir
    Path directory;

    private static List<String> corpus(Class<?> target) {
        if (target.equals(CypherTarget.class)) {
            return List.of(
                    "MATCH (n:person)-[r:works_at*1..2]->(c {name: 'Hive'}) WHERE n.age > 3 RETURN n.name AS x, count(*) ORDER BY x LIMIT 3",
                    "UNWIND [1, 2.5, 'a', null, {a: $t}] AS x WITH x WHERE NOT x IS NULL RETURN CASE x WHEN 1 THEN [y IN [x] | y] ELSE toString(x) END",
                    "RETURN all(x IN range(0, $n) WHERE x % 2 = 0 OR x =~ 'a.*') AS a, [1, 2][0..1] AS b UNION RETURN 1 AS a, 2 AS b");
        }
        if (target.equals(SettingsTarget.class)) {
            return List.of(
                    "server:\n  port: 8001\n  host: localhost\nlimits.results: 77\nmemory:\n  idle-timeout: 5m\n",
                    "models:\n  chain: fast\n  fast: {kind: openai, url: \"http://a/v1\", model: m}\n",
                    "personas:\n  kira: &a\n    name: Kira\n    traits: {curious: 0.9}\n");
        }
        return List.of(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}\n",
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"remember\",\"arguments\":{\"content\":\"a\"}}}\n",
                "[{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"resources/read\",\"params\":{\"uri\":\"stele://agent/kira/notes/n\"}}]\n");
    }

    @ParameterizedTest
    @ValueSource(classes = {CypherTarget.class, SettingsTarget.class, McpTarget.class})
    void inputsThatReachNewCodeAreUsedOrRefused(Class<?> target) throws Exception {
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        int number = 0;
        for (String text : corpus(target)) {
            Files.writeString(corpus.resolve("seed-" + number++), text, StandardCharsets.UTF_8);
        }
        List<String> command = SecondJvm.command(
                List.of(
                        "-Xmx1g",
                        "-XX:+EnableDynamicAgentLoading",
                        "--add-modules=jdk.incubator.vector",
                        "-Djava.io.tmpdir=" + directory),
                Jazzer.class,
                "--target_class=" + target.getName(),
                "--instrumentation_includes=dev.stele.**",
                "-max_total_time=" + Long.getLong("stele.fuzz.seconds", 300),
                "-timeout=" + MAX_SECONDS_OF_ONE_INPUT,
                "-rss_limit_mb=" + MAX_RESIDENT_MEGABYTES,
                "-max_len=4096",
                "-artifact_prefix=" + directory + "/",
                corpus);
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        int exit = process.waitFor();
        List<String> output = Files.readAllLines(directory.resolve("output"), StandardCharsets.ISO_8859_1);
        output.stream().skip(Math.max(0, output.size() - 60L)).forEach(System.out::println);
        assertThat(exit).as("exit code of the fuzzer").isZero();
    }
}
