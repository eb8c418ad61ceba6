package dev.stele.bench;

import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Process of an HTTP server. {@link #close} stops the process and waits for its end. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern PORT = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final int port;

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts {@code stele serve} and waits until it listens.
     *
     * @param data data directory
     * @param jvmOptions options of the JVM
     * @param settings settings, each {@code key=value}
     */
    static ServerProcess stele(Path data, List<String> jvmOptions, String... settings) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.stele.cli.Start",
                "serve",
                "--port",
                "0",
                "--data",
                data.toString(),
                "--set",
                "memory.embedder=none"));
        for (String setting : settings) {
            command.add("--set");
            command.add(setting);
        }
        return start(command, Path.of("."));
    }

    /**
     * Starts a command and waits until it prints its address.
     *
     * @param command program with arguments; it prints {@code http://127.0.0.1:PORT} when it listens
     * @param directory working directory
     * @throws StelePersistenceException if the process ends before it listens
     */
    static ServerProcess start(List<String> command, Path directory) throws IOException {
        // The output goes to a file, because a full pipe without a reader would block the server.
        Path log = Files.createTempFile("stele-bench", ".log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            while (true) {
                boolean ended = process.waitFor(20, TimeUnit.MILLISECONDS);
                var address = PORT.matcher(Files.readString(log));
                if (address.find()) {
                    return new ServerProcess(process, Integer.parseInt(address.group(1)));
                }
                if (ended) {
                    throw new StelePersistenceException(
                            "The server " + command.getFirst() + " does not start. Its output: "
                                    + Files.readString(log),
                            null);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new StelePersistenceException("Interrupted.", e);
        } finally {
            Files.delete(log);
        }
    }

    int port() {
        return port;
    }

    /** Returns the resident memory of the process in bytes; -1 if the system does not report it. */
    long residentBytes() throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        return Files.exists(status)
                ? Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmRSS"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                        .findFirst()
                        .orElse(-1)
                : -1;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
