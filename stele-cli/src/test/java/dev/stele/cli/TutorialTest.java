package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.postgres.TestDatabases;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Executes the documents that a reader follows line by line, and compares what is printed. Ids, times, measured figures
 * and the numbers of changes may differ, nothing else.
 *
 * <p>With {@code -Dstele.write-docs=true} it writes what is printed into the documents where that differs.
 *
 * <p>A block of the language {@code console} has commands after {@code $}, each with its output. Any other block after
 * the words "Save this as" and a name in code font is the content of that file.
 */
class TutorialTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));

    private static final boolean WRITING = Boolean.getBoolean("stele.write-docs");

    private static final Pattern SAVED = Pattern.compile("Save this as `([^`]+)`");

    @TempDir
    Path home;

    private static final Pattern PORT = Pattern.compile("(localhost:|127\\.0\\.0\\.1:|--port )(70\\d\\d)\\b");
    private static final Pattern LISTENING_LINE = Pattern.compile("listens on .*\\R");

    /** Address of the database in the documents. */
    private static final String DATABASE = "jdbc:postgresql://localhost:5432/stele?user=stele";

    private final List<Process> servers = new ArrayList<>();

    /** Free ports in place of those of the documents. */
    private final Map<String, Integer> ports = new HashMap<>();

    private String database = "";

    /** A command and the lines that it prints. */
    private record Command(String text, List<String> output) {}

    @BeforeEach
    void prepare() throws IOException {
        String start = SecondJvm.command(
                        List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:disable"),
                        Start.class)
                .stream()
                .map(TutorialTest::quoted)
                .collect(Collectors.joining(" "));
        Path script = Files.writeString(home.resolve("stele"), "#!/bin/sh\nexec " + start + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void stopServers() throws InterruptedException {
        for (Process server : servers) {
            server.destroy();
            if (!server.waitFor(30, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs/tutorial.md", "docs/recipes.md"})
    void everyCommandPrintsWhatTheDocumentShows(String document) throws Exception {
        String file = "";
        List<String> block = null;
        String language = "";
        int commands = 0;
        var written = new ArrayList<String>();
        for (String line : Files.readAllLines(ROOT.resolve(document))) {
            if (block == null && line.startsWith("```")) {
                block = new ArrayList<>();
                language = line.substring(3);
            } else if (line.equals("```")) {
                if (language.equals("console")) {
                    for (Command command : commands(block)) {
                        commands++;
                        written.addAll(("$ " + command.text()).lines().toList());
                        written.addAll(run(command));
                    }
                } else if (!file.isEmpty()) {
                    Path saved = home.resolve(file);
                    Files.createDirectories(saved.getParent());
                    Files.writeString(saved, String.join("\n", block) + "\n");
                }
                if (!language.equals("console")) {
                    written.addAll(block);
                }
                file = "";
                block = null;
            } else if (block != null) {
                block.add(line);
                continue;
            } else {
                Matcher saved = SAVED.matcher(line);
                file = saved.find() ? saved.group(1) : file;
            }
            written.add(line);
        }
        assertThat(commands).isPositive();
        if (WRITING) {
            Files.write(ROOT.resolve(document), written);
        }
    }

    private static List<Command> commands(List<String> block) {
        var commands = new ArrayList<Command>();
        boolean continued = false;
        for (String line : block) {
            if (continued) {
                Command last = commands.removeLast();
                commands.add(new Command(last.text() + "\n" + line, last.output()));
            } else if (line.startsWith("$ ")) {
                commands.add(new Command(line.substring(2), new ArrayList<>()));
            } else {
                commands.getLast().output().add(line);
                continue;
            }
            continued = line.endsWith("\\");
        }
        return commands;
    }

    /** Runs a command and returns the lines that the document has to show. */
    private List<String> run(Command command) throws Exception {
        boolean server = command.text().startsWith("./stele serve");
        String text = ofTheTest(command.text())
                .replace("'stele-bench/target/lib/*'", quoted(System.getProperty("surefire.test.class.path")));
        Path printed = Files.createTempFile(home, "out", ".txt");
        var builder = new ProcessBuilder("sh", "-c", server ? "exec " + text : text)
                .directory(home.toFile())
                .redirectOutput(printed.toFile());
        builder.redirectErrorStream(server); // the line that it listens is a message
        if (!server) {
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        }
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment().put("HOME", home.toString());
        builder.environment().put("PATH", System.getProperty("java.home") + "/bin:" + System.getenv("PATH"));
        Process process = builder.start();
        if (server) {
            servers.add(process);
            awaitLine(printed, LISTENING_LINE);
        } else {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as(command.text())
                    .isTrue();
        }
        List<String> lines = Files.readAllLines(printed, StandardCharsets.UTF_8);
        if (WRITING) {
            return normal(lines).equals(normal(command.output()))
                    ? command.output()
                    : lines.stream().map(this::ofTheReader).toList();
        }
        assertThat(normal(lines)).as(command.text()).containsExactlyElementsOf(normal(command.output()));
        return command.output();
    }

    /** Returns a command with free ports and a new database in place of those of the reader. */
    private String ofTheTest(String command) {
        String text = command.startsWith("./stele serve") && !command.contains("--port ")
                ? command.replace("./stele serve", "./stele serve --port 7077")
                : command;
        text = PORT.matcher(text)
                .replaceAll(found -> found.group(1) + ports.computeIfAbsent(found.group(2), _ -> freePort()));
        if (text.contains(DATABASE)) {
            database = database.isEmpty() ? new TestDatabases().create() : database;
            text = text.replace(DATABASE, database);
        }
        return text;
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a line as it is in the home directory of the reader, with the ports and the database of the reader. */
    private String ofTheReader(String line) {
        String text = line.replace(home.toString(), "/home/you");
        if (!database.isEmpty()) {
            text = text.replace(database, DATABASE);
        }
        for (var port : ports.entrySet()) {
            text = text.replace(":" + port.getValue(), ":" + port.getKey());
        }
        return text;
    }

    private static void awaitLine(Path printed, Pattern wholeLine) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!wholeLine.matcher(Files.readString(printed)).find()) {
            assertThat(System.nanoTime()).as("the server starts in time").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Returns the lines without what may differ: ids, times, decimal fractions, numbers of changes, places. */
    private List<String> normal(List<String> lines) {
        return lines.stream()
                .map(line -> ofTheReader(line)
                        .replaceAll("\\b[0-9a-hjkmnp-tv-z]{26}\\b", "ID")
                        .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME")
                        .replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d", "TIME")
                        .replaceAll("\\d{4}-\\d\\d-\\d\\d", "DATE")
                        .replaceAll("\"(number|change)\":\\d+", "\"$1\":N")
                        .replaceAll("\\b\\d\\.\\d{3,}|\"took_ms\":[0-9.]+", "N")
                        .strip()
                        .replaceAll(" +", " "))
                .toList();
    }
}
