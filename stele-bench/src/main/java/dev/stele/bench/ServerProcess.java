package dev.stele.bench;

import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A server in a process of its own, as users run it. Closing it stops it and waits. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern PORT = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final int port;

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts {@code stele serve} on these data with these settings, each {@code key=value}. */
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

    /** Starts a command that prints the address it listens on. */
    static ServerProcess start(List<String> command, Path directory) throws IOException {
        // Into a file: nobody reads a pipe for as long as a server lives, and a full one would stop it.
        Path said = Files.createTempFile("stele-bench", ".log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            while (true) {
                boolean ended = process.waitFor(20, TimeUnit.MILLISECONDS);
                var address = PORT.matcher(Files.readString(said));
                if (address.find()) {
                    return new ServerProcess(process, Integer.parseInt(address.group(1)));
                }
                if (ended) {
                    throw new StelePersistenceException(
                            "The server " + command.getFirst() + " does not start: " + Files.readString(said), null);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new StelePersistenceException("Interrupted.", e);
        } finally {
            Files.delete(said);
        }
    }

    int port() {
        return port;
    }

    /** Bytes of memory that the system holds for it, or -1 where that cannot be read. */
    long resident() throws IOException {
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
