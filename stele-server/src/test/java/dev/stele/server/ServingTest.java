package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.SteleConfig;
import dev.stele.arena.Arenas;
import dev.stele.model.JsonObject;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the server holds up: many at once, slow ones, too much, many lives. */
class ServingTest {

    private static final String KIRA = "/v1/agents/kira";

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private Http http;

    @BeforeEach
    void start() {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        server = new SteleServer(stele, RestTest.settings());
        http = new Http(server.port());
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
        stele.close();
    }

    @Test
    void buffersAndBodiesComeFromTheArenasAndGoBack() throws Exception {
        for (int i = 0; i < 20; i++) {
            http.post(KIRA + "/messages", "{\"content\":\"" + "x".repeat(50_000) + "\"}");
        }
        JsonObject own = http.get("/v1/arenas").json().object("server").orElseThrow();
        JsonObject request = own.object("request").orElseThrow();
        assertThat(request.optionalLong("allocations").orElseThrow()).isGreaterThan(20);
        assertThat(request.optionalLong("hits").orElseThrow()).isPositive();
        assertThat(own.object("response")
                        .orElseThrow()
                        .optionalLong("allocations")
                        .orElseThrow())
                .isGreaterThanOrEqualTo(20);
        // What this very request holds is a buffer or two.
        assertThat(request.optionalLong("allocated").orElseThrow()).isLessThan(100_000);
        assertThat(http.send("POST", "/v1/arenas/optimize", null).json().map("released"))
                .containsKey("request");
        assertThat(http.send("POST", "/v1/arenas/task/purge", null).json().optionalLong("released"))
                .isPresent();
        var wrong = http.send("POST", "/v1/arenas/attic/purge", null);
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().string("detail")).contains("attic").contains("request");
    }

    @Test
    void overloadIsAFastRefusalAndServiceComesBack() throws Exception {
        var tight = RestTest.settings("server.max-requests", "2");
        try (var small = new SteleServer(stele, tight);
                var client = new Http(small.port())) {
            var statuses = Threads.atOnce(
                    64,
                    i -> () -> client.post(KIRA + "/messages", "{\"content\":\"" + "word ".repeat(2_000) + i + "\"}"));
            assertThat(statuses)
                    .allSatisfy(answer -> assertThat(answer.status()).isIn(201, 503));
            assertThat(statuses).filteredOn(answer -> answer.status() == 503).allSatisfy(answer -> {
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.json().string("detail")).contains("server.max-requests");
            });
            long kept =
                    statuses.stream().filter(answer -> answer.status() == 201).count();
            assertThat(kept).isPositive();
            assertThat(client.get("/health").status()).isEqualTo(200);
            assertThat(client.get(KIRA + "/stats").json().optionalLong("messages"))
                    .contains(kept);
        }
    }

    @Test
    void bodiesPastTheBudgetAreRefusedAndLeaveNothing() throws Exception {
        var tight = RestTest.settings("server.max-body-bytes", "1MiB", "arena.request-bytes", "256KiB");
        try (var small = new SteleServer(stele, tight);
                var client = new Http(small.port())) {
            var refused = client.post(KIRA + "/messages", "{\"content\":\"" + "x".repeat(500_000) + "\"}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().string("detail")).contains("request").contains("budget");
            assertThat(client.post(KIRA + "/messages", "{\"content\":\"short\"}")
                            .status())
                    .isEqualTo(201);
            assertThat(client.get("/v1/arenas")
                            .json()
                            .object("server")
                            .orElseThrow()
                            .object("request")
                            .orElseThrow()
                            .optionalLong("refusals"))
                    .contains(1L);
        }
    }

    @Test
    void aHeaderSplitByteByByteAndABodyThatIsNoTextHarmNobody() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"x\"}");
        try (var socket = new Socket(java.net.InetAddress.getLoopbackAddress(), server.port())) {
            byte[] request =
                    "GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: split\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII);
            socket.setTcpNoDelay(true);
            for (byte one : request) {
                socket.getOutputStream().write(one);
                socket.getOutputStream().flush();
            }
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).contains("200").contains("split").contains("kira");
        }
        var broken = HttpRequest.newBuilder(http.uri(KIRA + "/messages"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"'}))
                .build();
        var answer = http.client().send(broken, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("UTF-8");
        assertThat(http.get("/v1/agents").json().strings("items")).containsExactly("kira");
    }

    @Test
    void slowAndIdleClientsAreLetGoAndHoldNobodyUp() throws Exception {
        var impatient = RestTest.settings("server.idle-timeout", "500ms");
        try (var quick = new SteleServer(stele, impatient);
                var client = new Http(quick.port())) {
            var sockets = new java.util.ArrayList<Socket>();
            for (int i = 0; i < 500; i++) {
                var socket = new Socket(java.net.InetAddress.getLoopbackAddress(), quick.port());
                if (i % 2 == 0) {
                    socket.getOutputStream()
                            .write("POST /v1/agents/kira/messages HTTP/1.1\r\nHost: loc"
                                    .getBytes(StandardCharsets.US_ASCII));
                }
                sockets.add(socket);
            }
            for (int i = 0; i < 20; i++) {
                assertThat(client.post(KIRA + "/messages", "{\"content\":\"m" + i + "\"}")
                                .status())
                        .isEqualTo(201);
            }
            for (Socket socket : sockets) {
                socket.setSoTimeout(10_000);
                assertThat(socket.getInputStream().readAllBytes().length).isLessThan(1_000); // and then the end
                socket.close();
            }
            Awaitility.await()
                    .until(() -> client.get("/v1/arenas")
                                    .json()
                                    .object("server")
                                    .orElseThrow()
                                    .object("request")
                                    .orElseThrow()
                                    .optionalLong("outstanding")
                                    .orElseThrow()
                            <= 2);
        }
    }

    @Test
    void fiftyServersComeAndGoWithoutALeak() throws Exception {
        long threads = 0;
        int accounts = Arenas.shared().accounts().size();
        long resident = 0;
        for (int cycle = 0; cycle < 50; cycle++) {
            try (var one = new SteleServer(stele, RestTest.settings());
                    var client = new Socket(java.net.InetAddress.getLoopbackAddress(), one.port())) {
                client.getOutputStream()
                        .write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                String first = new BufferedReader(
                                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))
                        .readLine();
                assertThat(first).contains("200");
            }
            if (cycle == 5) {
                resident = Arenas.shared().total().resident();
                threads = Thread.getAllStackTraces().size();
            }
        }
        assertThat(Arenas.shared().accounts()).hasSize(accounts);
        assertThat(Arenas.shared().total().resident()).isEqualTo(resident);
        long limit = threads + 5;
        Awaitility.await().until(() -> Thread.getAllStackTraces().size() <= limit);
    }

    @Test
    void fiveRequestsAtOnceAreAsGoodAsTheFirst() throws Exception {
        for (int round = 0; round < 3; round++) {
            var statuses = Threads.atOnce(
                    5,
                    i -> () -> http.post(KIRA + "/messages", "{\"content\":\"m" + i + "\"}")
                            .status());
            assertThat(statuses).containsOnly(201);
        }
    }

    @Test
    void feedsAreBounded() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"a\"}");
        var open = new java.util.ArrayList<Stream<String>>();
        for (int i = 0; i < 4; i++) {
            open.add(feed());
        }
        assertThat(http.get(KIRA + "/changes").status()).isEqualTo(503);
        open.forEach(Stream::close);
    }

    private Stream<String> feed() throws Exception {
        return http.client()
                .send(HttpRequest.newBuilder(http.uri(KIRA + "/changes")).build(), HttpResponse.BodyHandlers.ofLines())
                .body();
    }
}
