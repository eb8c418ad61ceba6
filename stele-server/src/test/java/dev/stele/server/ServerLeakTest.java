package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaStats;
import dev.stele.arena.Arenas;
import dev.stele.config.SteleConfig;
import dev.stele.server.support.TestOptions;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that are started and stopped repeatedly in one process leak nothing. */
class ServerLeakTest {

    private static final int CYCLES = 50;
    private static final int ROUTES = 500;
    /** Number of cycles after which every pool has its final size and every class is loaded. */
    private static final int WARM_UP_CYCLES = 10;

    @TempDir
    Path data;

    /** Resources that the process holds. */
    private record Footprint(long descriptors, long threads, long classes, long heap, long resident) {
        static Footprint now() throws IOException {
            System.gc();
            long descriptors = -1;
            long resident = -1;
            if (Files.isDirectory(Path.of("/proc/self/fd"))) {
                try (var files = Files.list(Path.of("/proc/self/fd"))) {
                    descriptors = files.count();
                }
                resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                        .findFirst()
                        .orElse(-1);
            }
            return new Footprint(
                    descriptors,
                    Thread.getAllStackTraces().size(),
                    ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    resident);
        }

        @Override
        public String toString() {
            return "%d descriptors, %d threads, %d classes, %.1f MiB heap, %.1f MiB resident"
                    .formatted(descriptors, threads, classes, heap / 1048576.0, resident / 1048576.0);
        }
    }

    private static List<Router.Route> extraRoutes() {
        var routes = new ArrayList<Router.Route>();
        for (int i = 0; i < ROUTES; i++) {
            String answer = "route " + i;
            routes.add(new Router.Route(
                    "GET", "/extra/" + i + "/{id}", "extra" + i, "One of many", _ -> Reply.text("text/plain", answer)));
        }
        return routes;
    }

    private static String ask(int port, String request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    }

    private static void serve(SteleServer server, int cycle) throws IOException {
        for (int i = 0; i < 20; i++) {
            int route = (cycle * 20 + i) % ROUTES;
            assertThat(ask(server.port(), get("/extra/" + route + "/x"))).endsWith("route " + route);
        }
        String body = "{\"content\":\"cycle " + cycle + " " + "x".repeat(20_000) + "\"}";
        assertThat(ask(
                        server.port(),
                        "POST /v1/agents/kira/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body))
                .startsWith("HTTP/1.1 201");
        assertThat(ask(server.port(), get("/assets/app.js"))).contains("dashboard");
    }

    private static Map<ArenaKind, Long> resident() {
        var bytes = new EnumMap<ArenaKind, Long>(ArenaKind.class);
        for (ArenaKind kind : ArenaKind.values()) {
            bytes.put(kind, Arenas.shared().stats(kind).resident());
        }
        return bytes;
    }

    @Test
    void fiftyServersWithFiveHundredRoutesLeakNothing() throws Exception {
        Footprint settled = null;
        Map<ArenaKind, Long> arenas = Map.of();
        var closedServers = new ArrayList<WeakReference<SteleServer>>();
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()))) {
            int accounts = Arenas.shared().accounts().size();
            for (int cycle = 1; cycle <= CYCLES; cycle++) {
                int port;
                try (var server = new SteleServer(stele, TestOptions.small().build(), extraRoutes())) {
                    serve(server, cycle);
                    port = server.port();
                    closedServers.add(new WeakReference<>(server));
                }
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    assertThat(socket.isConnected())
                            .as("the port is open after the server was closed")
                            .isFalse();
                } catch (ConnectException e) {
                    assertThat(e).hasMessageContaining("refused");
                }
                assertThat(Arenas.shared().accounts()).hasSize(accounts);
                if (cycle == WARM_UP_CYCLES) {
                    settled = Footprint.now();
                    arenas = resident();
                    System.out.println("after " + cycle + " servers: " + settled);
                }
            }
            Footprint before = settled;
            // Threads end and the collector releases memory with a delay.
            Awaitility.await().until(() -> {
                Footprint now = Footprint.now();
                return now.threads() <= before.threads() + 2 && now.resident() < before.resident() + (64L << 20);
            });
            Footprint after = Footprint.now();
            System.out.println("after " + CYCLES + " servers: " + after);
            assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 2);
            assertThat(after.classes()).isLessThan(before.classes() + 300); // the JDK may load a few; none per server
            assertThat(after.heap()).isLessThan(before.heap() + (8L << 20));
            assertThat(after.resident()).isLessThan(before.resident() + (64L << 20));
            assertThat(resident()).isEqualTo(arenas);
            ArenaStats total = Arenas.shared().total();
            assertThat(Arenas.shared().stats(ArenaKind.REQUEST).active()).isZero();
            assertThat(Arenas.shared().stats(ArenaKind.RESPONSE).active()).isZero();
            assertThat(Arenas.shared().stats(ArenaKind.STATIC).active()).isZero();
            assertThat(total.leaks()).isZero();
        }
        Awaitility.await().until(() -> {
            System.gc();
            return closedServers.stream().allMatch(reference -> reference.refersTo(null));
        });
    }

    @Test
    void eightConcurrentServersServeAndStopWithSeparateMetrics() throws Exception {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()))) {
            Threads.atOnce(8, i -> () -> {
                try (var server = new SteleServer(stele, TestOptions.small().build(), extraRoutes())) {
                    serve(server, i);
                    return ask(server.port(), get("/v1/arenas"));
                }
            });
            assertThat(stele.agent("kira").stats().messages()).isEqualTo(8);
        }
        assertThat(Arenas.shared().stats(ArenaKind.STATIC).active()).isZero();
    }
}
