package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Linters of Dockerfiles, fetched by npm: dockerlinter for good practice, which gives the commands of {@code RUN} to
 * ShellCheck if that is installed, and dockerfile-utils for syntax.
 */
@Tag("proof")
class DockerfileTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));

    /** The linter takes {@code --mount}, an option of {@code RUN}, for a command. */
    private static final String IGNORED = "SC2215";

    @TempDir
    Path work;

    private String shell;

    private record ProcessResult(int status, String output) {}

    /** Runs a program to its end. The status is -1 if it cannot be started or does not end in time. */
    private ProcessResult execute(Object... command) throws InterruptedException {
        try {
            Path output = Files.createTempFile(work, "output", ".txt");
            Process process = new ProcessBuilder(
                            Stream.of(command).map(String::valueOf).toList())
                    .directory(work.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(5, TimeUnit.MINUTES);
            process.destroyForcibly();
            return new ProcessResult(
                    ended ? process.exitValue() : -1, Files.readString(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new ProcessResult(-1, String.valueOf(e.getMessage()));
        }
    }

    @BeforeEach
    void install() throws InterruptedException {
        // Its script would fetch ShellCheck from elsewhere.
        ProcessResult installed = execute(
                "npm",
                "install",
                "--ignore-scripts",
                "--prefix",
                work,
                "dockerlinter@2.0.0",
                "dockerfile-utils@0.16.3");
        assumeTrue(installed.status() == 0, "npm does not install the linters: " + installed.output());
        shell = execute("shellcheck", "--version").status() == 0 ? "sh" : "none";
    }

    private ProcessResult practice(Path dockerfile) throws InterruptedException {
        return execute(
                work.resolve("node_modules/.bin/dockerlinter"),
                "--error",
                "--shellcheck",
                shell,
                "--ignore",
                IGNORED,
                "--file",
                dockerfile);
    }

    private ProcessResult syntax(Path dockerfile) throws InterruptedException {
        return execute(work.resolve("node_modules/.bin/dockerfile-utils"), "lint", dockerfile);
    }

    @Test
    void lintersReportNothing() throws Exception {
        List<Path> dockerfiles;
        try (Stream<Path> files = Files.list(ROOT.resolve("deploy"))) {
            dockerfiles = files.filter(file -> file.getFileName().toString().contains("Dockerfile"))
                    .toList();
        }
        assertThat(dockerfiles).isNotEmpty();
        for (Path dockerfile : dockerfiles) {
            assertThat(practice(dockerfile)).as("%s", dockerfile).isEqualTo(new ProcessResult(0, ""));
            assertThat(syntax(dockerfile)).as("%s", dockerfile).isEqualTo(new ProcessResult(0, ""));
        }
    }

    @Test
    void lintersReportFaults() throws Exception {
        Path dockerfile = Files.writeString(work.resolve("Dockerfile"), """
                FROM debian
                RUN apt-get install foo
                RUNN true
                """);
        assertThat(practice(dockerfile).output()).contains("EF0004", "ER0012");
        assertThat(practice(dockerfile).status()).isEqualTo(1);
        assertThat(syntax(dockerfile).output()).contains("Unknown instruction");
        assertThat(syntax(dockerfile).status()).isEqualTo(1);
    }
}
