package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.SteleServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that runs the HTTP server until the process is told to stop. */
@Command(
        name = "serve",
        description = "Run the HTTP server.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele serve",
            "  stele serve --port 0 --check",
            "  stele serve --host 0.0.0.0 --set limits.results=50"
        })
final class ServeCommand implements Callable<Integer> {

    /** Time that a stop may take in addition to {@code server.shutdown-timeout}. */
    private static final Duration SHUTDOWN_MARGIN = Duration.ofSeconds(15);

    /** Exit code of a stop that exceeded its time; the code of a process that SIGTERM ended. */
    private static final int LATE_STOP_EXIT_CODE = 143;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--host", paramLabel = "HOST", description = "Address to listen on (server.host).")
    @Nullable
    String host;

    @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on, 0 for any free one (server.port).")
    @Nullable
    String port;

    @Option(
            names = "--check",
            description = "Start, send one request to the server, stop, and report whether the server works.")
    boolean check;

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> flags = new LinkedHashMap<>();
        if (host != null) {
            flags.put(Setting.SERVER_HOST.key(), host);
        }
        if (port != null) {
            flags.put(Setting.SERVER_PORT.key(), port);
        }
        Settings settings = common.settings(flags);
        Stele stele = SteleOpener.open(settings);
        SteleServer server;
        try {
            server = new SteleServer(stele, settings.serverOptionsWithSettings());
        } catch (RuntimeException e) {
            stele.close();
            throw e;
        }
        if (check) {
            return checkServer(stele, server);
        }
        Duration maxStopTime = settings.time(Setting.SERVER_SHUTDOWN).plus(SHUTDOWN_MARGIN);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stele, server, maxStopTime), "stele-shutdown"));
        stele.warmUp();
        stele.startLearning();
        stele.tasks().start(settings.number(Setting.TASK_WORKERS));
        // One write, for printf writes the parts of a line one by one, and scripts wait for this line.
        System.err.print("Stele listens on %s, data in %s. Stop with Ctrl-C.%n"
                .formatted(RunningServer.address(settings.text(Setting.SERVER_HOST), server.port()), settings.place()));
        server.join();
        return 0;
    }

    /** Stops within a bounded time, even if work is still running; acknowledged writes are already durable. */
    private static void stop(Stele stele, SteleServer server, Duration maxStopTime) {
        System.err.println("Stopping: finishing accepted requests.");
        PlatformThreads.start("stele-halt", () -> {
            try {
                Thread.sleep(maxStopTime);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            System.err.println("Some work did not end within " + maxStopTime.toSeconds() + " s; stopping anyway.");
            Runtime.getRuntime().halt(LATE_STOP_EXIT_CODE);
        });
        try {
            server.close();
        } finally {
            stele.close();
        }
    }

    private int checkServer(Stele stele, SteleServer server) {
        try (stele;
                server;
                var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean isOk = answer.startsWith("HTTP/1.1 200");
            Output output = common.output();
            output.print(
                    Map.of("works", isOk),
                    () -> output.line(
                            isOk ? "The server works." : "The server did not answer as expected: %s", answer));
            return isOk ? 0 : 1;
        } catch (IOException e) {
            throw new StelePersistenceException("The server does not answer: " + e.getMessage(), e);
        }
    }
}
