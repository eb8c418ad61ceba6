package dev.stele.cli;

import dev.stele.support.SecondJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Process that runs the command {@code stele serve} on a free port. */
final class ServeProcess implements AutoCloseable {

    private static final Pattern LISTENING_LINE = Pattern.compile("listens on http://[0-9.]+:(\\d+)");

    private final Process process;
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final int port;

    /**
     * Starts the process and waits until it listens.
     *
     * @param options options of the JVM
     * @param arguments arguments of the command
     */
    ServeProcess(Path data, List<String> options, List<String> arguments) throws Exception {
        List<String> command = SecondJvm.command(options, Start.class, "serve", "--port", "0");
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment().put("STELE_DATA", data.toString());
        process = builder.start();
        var portFuture = new CompletableFuture<Integer>();
        Thread.ofPlatform().daemon().start(() -> readLog(portFuture));
        port = portFuture.get(60, TimeUnit.SECONDS);
    }

    private void readLog(CompletableFuture<Integer> portFuture) {
        try (var lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line);
                Matcher matcher = LISTENING_LINE.matcher(line);
                if (matcher.find()) {
                    portFuture.complete(Integer.parseInt(matcher.group(1)));
                }
            }
            portFuture.completeExceptionally(new IllegalStateException("the process ended: " + log()));
        } catch (IOException e) {
            portFuture.completeExceptionally(new UncheckedIOException(e));
        }
    }

    /** Returns the port that the server listens on. */
    int port() {
        return port;
    }

    /** Returns the lines of the log so far. */
    List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    /** Returns the resident memory of the process in bytes; 0 where the operating system does not report it. */
    long residentBytes() throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .sum();
    }

    /** Sends SIGTERM and waits. Returns whether the process ended within the time. */
    boolean terminate(long seconds) throws InterruptedException {
        process.destroy();
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    /** Sends SIGKILL and waits for the end of the process. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
