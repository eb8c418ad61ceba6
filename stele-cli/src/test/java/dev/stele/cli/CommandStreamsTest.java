package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.support.SecondJvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard output of commands: a pipe whose reader leaves, a device that is full, a terminal. */
class CommandStreamsTest {

    @TempDir
    Path data;

    private ProcessBuilder command(String... arguments) {
        return inEnvironment(new ProcessBuilder(SecondJvm.command(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Start.class, (Object[]) arguments)));
    }

    private ProcessBuilder inEnvironment(ProcessBuilder builder) {
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_") || name.equals("NO_COLOR"));
        builder.environment()
                .putAll(Map.of("STELE_DATA", data.toString(), "STELE_MEMORY_EMBEDDER", "none", "TERM", "xterm"));
        return builder;
    }

    private void fill(int messages) {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            stele.agent("default")
                    .remember(IntStream.range(0, messages)
                            .mapToObj(i -> MessageDraft.user("s", "ana", "turn " + i + " " + "x".repeat(1_000)))
                            .toList());
        }
    }

    @Test
    void commandEndsQuietlyWhenItsReaderLeaves() throws Exception {
        fill(500);
        for (List<String> line : List.of(List.of("export"), List.of("sessions", "s", "--limit", "500"))) {
            Process process = command(line.toArray(String[]::new)).start();
            process.getOutputStream().close();
            assertThat(process.getInputStream().readNBytes(20)).hasSize(20);
            process.getInputStream().close();
            String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(err).isEmpty();
            assertThat(process.exitValue()).isEqualTo(141);
        }
    }

    @Test
    void outputThatCannotBeWrittenIsAnError() throws Exception {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full));
        fill(1);
        for (String name : List.of("agents", "export")) {
            Process process = command(name).redirectOutput(full.toFile()).start();
            String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(err)
                    .startsWith("stele: Standard output cannot be written: ")
                    .doesNotContain("Exception");
            assertThat(process.exitValue()).isEqualTo(6);
        }
    }

    private String onTerminal(Map<String, String> environment, String... arguments) throws Exception {
        String line = SecondJvm.command(List.of("-XX:TieredStopAtLevel=1"), Start.class, (Object[]) arguments).stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
        ProcessBuilder builder = inEnvironment(new ProcessBuilder("script", "-qec", line, "/dev/null"));
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        var out = new ByteArrayOutputStream();
        process.getInputStream().transferTo(out);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        process.getOutputStream().close();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static boolean hasScript() {
        try {
            return new ProcessBuilder("script", "--version").start().waitFor() == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    @Test
    void terminalGetsColorsUnlessNoColorIsSetAndNoControlsOfTheContent() throws Exception {
        Assumptions.assumeTrue(hasScript());
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            stele.agent("default").remember(MessageDraft.user("s", "ana", "a\u001b[2Jb"));
        }
        String colored = onTerminal(Map.of(), "sessions", "s");
        assertThat(colored).contains("\u001b[36mana").contains("a\ufffd[2Jb");
        assertThat(onTerminal(Map.of("NO_COLOR", "1"), "sessions", "s"))
                .contains("ana")
                .doesNotContain("\u001b[");
        assertThat(onTerminal(Map.of("TERM", "dumb"), "help"))
                .contains("Memory:")
                .doesNotContain("\u001b[");
        assertThat(onTerminal(Map.of(), "help")).contains("\u001b[1mMemory:");
    }
}
