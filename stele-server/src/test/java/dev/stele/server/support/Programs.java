package dev.stele.server.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Programs of other projects that proofs fetch from package registries and run in a directory of their own. Used by one
 * thread.
 */
public final class Programs {

    private static final Duration INSTALLATION = Duration.ofMinutes(5);
    private static final Duration RUN = Duration.ofMinutes(4);

    private final Path directory;
    private final Map<String, String> environment = new HashMap<>();

    /**
     * @param directory directory in which the programs are installed and run
     */
    public Programs(Path directory) {
        this.directory = directory;
    }

    /** Sets a variable of the environment of all programs. */
    public Programs with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /**
     * Installs packages of npm, together with the Node that they need; skips the test without npm or its registry.
     *
     * @return the path of Node
     */
    public Path npm(String... packages) throws IOException, InterruptedException {
        assumeTrue(execute(Duration.ofSeconds(20), List.of("npm", "--version")).isPresent(), "npm is not installed");
        var command = new ArrayList<>(List.of("npm", "install", "--prefix", directory.toString(), "node@22"));
        command.addAll(List.of(packages));
        assumeTrue(
                execute(INSTALLATION, command).filter(Result::succeeded).isPresent(),
                "npm does not install the packages");
        try (var found = Files.walk(directory.resolve("node_modules"), 5)) {
            return found.filter(file -> file.endsWith("bin/node") && Files.isExecutable(file))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /**
     * Returns a Python that has a module: an installed one, or one with the package in an environment of its own; skips
     * the test without any.
     */
    public Path python(String module) throws InterruptedException {
        for (String installed : List.of("python3", "/usr/bin/python3")) {
            if (execute(Duration.ofSeconds(20), List.of(installed, "-c", "import " + module))
                    .filter(Result::succeeded)
                    .isPresent()) {
                return Path.of(installed);
            }
        }
        Path python = directory.resolve("python/bin/python");
        boolean hasModule = execute(
                                INSTALLATION,
                                List.of(
                                        "python3",
                                        "-m",
                                        "venv",
                                        directory.resolve("python").toString()))
                        .filter(Result::succeeded)
                        .isPresent()
                && execute(INSTALLATION, List.of(python.toString(), "-m", "pip", "install", "--quiet", module))
                        .filter(Result::succeeded)
                        .isPresent();
        assumeTrue(hasModule, "Python has no module " + module + ", and pip does not install it");
        return python;
    }

    /** Runs a program, asserts that it succeeds, and returns its output. */
    public String run(Object... command) throws InterruptedException {
        List<String> words = new ArrayList<>();
        for (Object word : command) {
            words.add(String.valueOf(word));
        }
        Result result = execute(RUN, words).orElseThrow(() -> new AssertionError("cannot be started: " + words));
        assertThat(result.succeeded()).as("%s: %s", words, result.output()).isTrue();
        return result.output();
    }

    private record Result(int status, String output) {
        boolean succeeded() {
            return status == 0;
        }
    }

    /** Runs a program to its end; empty if it cannot be started or does not end in time. */
    private Optional<Result> execute(Duration timeout, List<String> command) throws InterruptedException {
        try {
            Path output = Files.createTempFile(directory, "output", ".txt");
            var builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(output, StandardCharsets.UTF_8);
            return ended ? Optional.of(new Result(process.exitValue(), text)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
