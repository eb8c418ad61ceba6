package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image of the command with its own Java runtime, which {@code ./build package -Pimage} makes. */
@Tag("proof")
class ImageTest {

    private static final Path TARGET = Path.of(System.getProperty("stele.root"), "stele-cli/target/image");

    @TempDir
    Path directory;

    private Path program;

    @BeforeEach
    void find() {
        program = List.of(TARGET.resolve("stele/bin/stele"), TARGET.resolve("stele.app/Contents/MacOS/stele")).stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(TARGET);
        assumeTrue(
                Files.isRegularFile(program),
                "there is no image; run ./build package -DskipTests -Pimage -pl stele-cli -am");
    }

    /** Runs the command in an environment without Java, and returns what it prints. */
    private String run(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path printed = Files.createTempFile(directory, "out", ".txt");
        Path messages = Files.createTempFile(directory, "err", ".txt");
        var builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(printed.toFile())
                .redirectError(messages.toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("HOME", directory.toString(), "PATH", directory.toString()));
        Process process = builder.start();
        process.getOutputStream().close();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        process.destroyForcibly();
        String text = Files.readString(printed);
        assertThat(ended).as(text).isTrue();
        assertThat(process.exitValue()).as(text + Files.readString(messages)).isZero();
        return text;
    }

    @Test
    void imageRunsWithoutAnInstalledJava() throws Exception {
        assertThat(run("--version").strip()).endsWith("0.1.0");
        run("remember", "--agent", "kira", "--user", "ana", "I moved to Lisbon last week.");
        assertThat(run("recall", "--agent", "kira", "--limit", "1", "Which city did Ana move to?"))
                .as("found by its meaning")
                .contains("I moved to Lisbon last week.");
        assertThat(run("serve", "--check", "--port", "0")).contains("The server works.");
    }

    @Test
    void imageParsesDocumentsInProcessesOfItsOwn() throws Exception {
        Path document = Files.writeString(
                directory.resolve("harbour.html"), "<html><body><p>The harbour opens at nine.</p></body></html>");
        run("documents", "add", "--agent", "kira", "manuals", document.toString());
        assertThat(run("documents", "search", "--agent", "kira", "manuals", "When does the harbour open?"))
                .contains("The harbour opens at nine.");
    }
}
