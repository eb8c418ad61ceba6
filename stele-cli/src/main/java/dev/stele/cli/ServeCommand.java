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

/** Runs the server until it is told to stop. */
@Command(name = "serve", description = "Run the HTTP server.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    /** How much longer than for running requests a stop may take. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(15);

    /** Exit code of a stop that left something behind; that of a process ended by SIGTERM. */
    private static final int STOPPED_LATE = 143;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--host", description = "Address to listen on (server.host).")
    @Nullable
    String host;

    @Option(names = "--port", description = "Port to listen on, 0 for any free one (server.port).")
    @Nullable
    String port;

    @Option(
            names = "--check",
            description = "Start, answer one request to itself, and stop; tells whether it would run.")
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
            server = new SteleServer(stele, settings.serverOptions());
        } catch (RuntimeException e) {
            stele.close();
            throw e;
        }
        if (check) {
            return answersItself(stele, server);
        }
        Duration longestStop = settings.time(Setting.SERVER_SHUTDOWN).plus(STOP_MARGIN);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stele, server, longestStop), "stele-shutdown"));
        stele.warmUp();
        stele.startLearning();
        stele.tasks().start(settings.number(Setting.TASK_WORKERS));
        System.err.printf(
                "Stele listens on http://%s:%d, data in %s. Stop with Ctrl-C.%n",
                settings.text(Setting.SERVER_HOST), server.port(), settings.place());
        server.join();
        return 0;
    }

    /** Stops within a bounded time, whatever still runs: what was acknowledged is on the disk. */
    private static void stop(Stele stele, SteleServer server, Duration longest) {
        System.err.println("Stopping: finishing what was accepted.");
        PlatformThreads.start("stele-halt", () -> {
            try {
                Thread.sleep(longest);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            System.err.println("Something did not end within " + longest.toSeconds() + " s; stopping without it.");
            Runtime.getRuntime().halt(STOPPED_LATE);
        });
        try {
            server.close();
        } finally {
            stele.close();
        }
    }

    private int answersItself(Stele stele, SteleServer server) {
        try (stele;
                server;
                var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean well = answer.startsWith("HTTP/1.1 200");
            common.output().line(well ? "It runs." : "It does not answer as it should: %s", answer);
            return well ? 0 : 1;
        } catch (IOException e) {
            throw new StelePersistenceException("The server does not answer: " + e.getMessage(), e);
        }
    }
}
