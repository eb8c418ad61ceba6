package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.JsonObject;
import dev.stele.server.support.TestOptions;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The clients for Python and TypeScript: their types and routes are those of the server, and their tests pass. */
class ClientsTest extends ServerTestBase {

    private static final Path CLIENTS = Path.of(System.getProperty("stele.root"), "clients");
    private static final Path PYTHON = CLIENTS.resolve("python/stele_client");
    private static final Path JAVA =
            Path.of(System.getProperty("stele.root"), "stele-client/src/main/java/dev/stele/client");
    private static final Path TYPESCRIPT = CLIENTS.resolve("typescript");

    private static final Pattern ROUTE =
            Pattern.compile("\"(GET|POST|PUT|PATCH|DELETE)\",\\s*(?:template|\"(/[^\"]*)\")|template = \"(/[^\"]*)\"");

    /** Makes the test write the types in place of checking them. */
    private static final boolean WRITE = Boolean.getBoolean("stele.write-clients");

    private static void requireEqual(Path file, String expected) throws IOException {
        if (WRITE) {
            Files.writeString(file, expected);
        }
        assertThat(Files.readString(file))
                .as(
                        "%s; to write it anew, run ./build test -pl stele-server -Dtest=ClientsTest -Dstele.write-clients=true",
                        file)
                .isEqualTo(expected);
    }

    /** Compares without white space, because the formatter of the build sets it in Java. */
    private static void requireSameWords(Path file, String expected) throws IOException {
        if (WRITE && !words(Files.exists(file) ? Files.readString(file) : "").equals(words(expected))) {
            Files.writeString(file, expected);
        }
        assertThat(words(Files.readString(file)))
                .as(
                        "%s; to write it anew, run ./build test -pl stele-server -Dtest=ClientsTest -Dstele.write-clients=true, then ./build spotless:apply",
                        file)
                .isEqualTo(words(expected));
    }

    private static String words(String text) {
        return text.replaceAll("\\s*\\*?\\s+", "").replaceAll("\\s", "");
    }

    @Test
    void typesAreThoseOfTheOpenApiDocument() throws Exception {
        JsonObject document = http.get("/openapi.json").json();
        requireEqual(PYTHON.resolve("types.py"), ClientTypes.python(document));
        requireEqual(TYPESCRIPT.resolve("types.d.ts"), ClientTypes.typeScript(document));
        requireSameWords(JAVA.resolve("Types.java"), ClientTypes.java(document));
    }

    @Test
    void routesAndTypesThatTheClientsNameExist() throws Exception {
        JsonObject document = http.get("/openapi.json").json();
        JsonObject paths = document.object("paths").orElseThrow();
        for (Path source : List.of(
                PYTHON.resolve("client.py"), TYPESCRIPT.resolve("index.js"), JAVA.resolve("AgentClient.java"))) {
            String text = Files.readString(source);
            var named = new TreeSet<String>();
            ROUTE.matcher(text)
                    .results()
                    .filter(match -> match.group(2) != null)
                    .forEach(match -> {
                        named.add(match.group(1) + " " + match.group(2));
                        assertThat(paths.object(match.group(2))
                                        .map(path -> path.has(match.group(1).toLowerCase(Locale.ROOT))))
                                .as("%s: %s", source, match.group())
                                .contains(true);
                    });
            ROUTE.matcher(text)
                    .results()
                    .filter(match -> match.group(3) != null)
                    .forEach(match -> assertThat(paths.has(match.group(3)))
                            .as("%s: %s", source, match.group())
                            .isTrue());
            assertThat(named).as("routes in %s", source).hasSizeGreaterThan(20);
        }
        JsonObject schemas =
                document.object("components").orElseThrow().object("schemas").orElseThrow();
        for (Path source : List.of(PYTHON.resolve("client.py"), TYPESCRIPT.resolve("index.d.ts"))) {
            assertThat(Pattern.compile("\\btypes\\.([A-Z]\\w*)")
                            .matcher(Files.readString(source))
                            .results()
                            .map(match -> match.group(1)))
                    .as("types in %s", source)
                    .isNotEmpty()
                    .allMatch(schemas::has);
        }
    }

    @Test
    void testsOfThePythonClientPass() throws Exception {
        run("python3", "-B", CLIENTS.resolve("python/tests/test_client.py").toString());
    }

    @Test
    void testsOfTheTypeScriptClientPass() throws Exception {
        run("node", "--test", TYPESCRIPT.resolve("test/client.test.js").toString());
    }

    private void run(String... command) throws Exception {
        Assumptions.assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, command[0]))),
                command[0] + " is not installed, so that its client is not tested");
        Path unreadyData = data.resolve("unready");
        try (var slowMemory = Stele.open(SteleConfig.at(data.resolve("slow")), Optional.empty());
                var slow = new SteleServer(
                        slowMemory, TestOptions.small().maxRequestsPerSecond(4).build());
                var unreadyMemory = Stele.open(SteleConfig.at(unreadyData), Optional.empty());
                var unready = new SteleServer(unreadyMemory, TestOptions.small().build())) {
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("STELE_URL", address(server));
            builder.environment().put("STELE_SLOW_URL", address(slow));
            builder.environment().put("STELE_UNREADY_URL", address(unready));
            // A server whose store is gone is not ready.
            Path away = Files.move(unreadyData, data.resolve("away"));
            try {
                run(builder);
            } finally {
                Files.move(away, unreadyData);
            }
        }
    }

    private static String address(SteleServer server) {
        return "http://127.0.0.1:" + server.port();
    }

    private static void run(ProcessBuilder builder) throws Exception {
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output).as("tests that were skipped").doesNotContain("skipped=1", "# SKIP", "names no server");
    }
}
