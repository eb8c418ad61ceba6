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

/** The command {@code stele serve} in a JVM of its own, on a free port. */
final class ServeProcess implements AutoCloseable {

    private static final Pattern LISTENS = Pattern.compile("listens on http://[0-9.]+:(\\d+)");

    private final Process process;
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final int port;

    /**
     * @param options of the JVM
     * @param arguments of the command
     */
    ServeProcess(Path data, List<String> options, List<String> arguments) throws Exception {
        List<String> command = SecondJvm.command(options, Start.class, "serve", "--port", "0");
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment().put("STELE_DATA", data.toString());
        process = builder.start();
        var heard = new CompletableFuture<Integer>();
        Thread.ofPlatform().daemon().start(() -> listen(heard));
        port = heard.get(60, TimeUnit.SECONDS);
    }

    private void listen(CompletableFuture<Integer> heard) {
        try (var lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line);
                Matcher matcher = LISTENS.matcher(line);
                if (matcher.find()) {
                    heard.complete(Integer.parseInt(matcher.group(1)));
                }
            }
            heard.completeExceptionally(new IllegalStateException("it ended: " + log()));
        } catch (IOException e) {
            heard.completeExceptionally(new UncheckedIOException(e));
        }
    }

    int port() {
        return port;
    }

    /** What it has written to its log. */
    List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    /** The memory that it takes from the machine, in bytes; 0 where the operating system does not tell. */
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

    /** Asks it to end as SIGTERM does, and waits. */
    boolean terminate(long seconds) throws InterruptedException {
        process.destroy();
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
