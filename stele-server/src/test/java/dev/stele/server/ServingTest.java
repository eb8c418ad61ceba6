package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.JsonObject;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.Threads;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Behavior of the server under load: concurrent, slow, oversized and malformed requests. */
class ServingTest extends ServerTestBase {

    @Test
    void buffersAndBodiesAreAllocatedFromArenasAndReleased() throws Exception {
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
        // The request that reads the statistics holds one or two buffers itself.
        assertThat(request.optionalLong("allocated").orElseThrow()).isLessThan(100_000);
        assertThat(http.send("POST", "/v1/arenas/optimize", null).json().map("released"))
                .containsKey("request");
        assertThat(http.send("POST", "/v1/arenas/task/purge", null).json().optionalLong("released"))
                .isPresent();
        assertThat(http.post("/v1/arenas/profiling", "{\"on\":true}").status()).isEqualTo(200);
        try {
            for (int i = 0; i < 200; i++) {
                http.post(KIRA + "/messages", "{\"content\":\"x\"}");
            }
        } finally {
            http.post("/v1/arenas/profiling", "{\"on\":false}");
        }
        assertThat(http.get("/v1/arenas").json().objects("sites"))
                .isNotEmpty()
                .allSatisfy(
                        site -> assertThat(site.string("site")).contains(":").doesNotContain("dev.stele.arena."));
        assertThat(http.post("/v1/arenas/profiling", "{}").status()).isEqualTo(400);
        assertThat(http.send("POST", "/v1/arenas/reset", null).status()).isEqualTo(204);
        assertThat(http.get("/v1/arenas").json().objects("sites")).isEmpty();
        var wrong = http.send("POST", "/v1/arenas/attic/purge", null);
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().string("detail")).contains("attic").contains("request");
    }

    @Test
    void overloadIsRefusedQuicklyAndServiceRecovers() throws Exception {
        var tight = TestOptions.small().maxRequests(2).build();
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
            long stored =
                    statuses.stream().filter(answer -> answer.status() == 201).count();
            assertThat(stored).isPositive();
            assertThat(client.get("/health").status()).isEqualTo(200);
            assertThat(client.get(KIRA + "/stats").json().optionalLong("messages"))
                    .contains(stored);
        }
    }

    @Test
    void bodiesOverTheBudgetAreRefusedAndReleaseTheirMemory() throws Exception {
        var tight = TestOptions.small()
                .maxBodyBytes(1 << 20)
                .requestBytes(256 << 10)
                .build();
        try (var small = new SteleServer(stele, tight);
                var client = new Http(small.port())) {
            var refused = client.post(KIRA + "/messages", "{\"content\":\"" + "x".repeat(500_000) + "\"}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().string("detail"))
                    .contains("bytes of bodies")
                    .contains("arena.request-bytes");
            assertThat(client.post(KIRA + "/messages", "{\"content\":\"short\"}")
                            .status())
                    .isEqualTo(201);
        }
    }

    @Test
    void requestThatWasExecutedIsNotRefusedForTheSizeOfItsResponse() throws Exception {
        var tight = TestOptions.small().responseBytes(20_000).build();
        try (var small = new SteleServer(stele, tight);
                var client = new Http(small.port())) {
            String message = "{\"id\":\"m\",\"content\":\"" + "x".repeat(30_000) + "\"}";
            assertThat(client.post(KIRA + "/messages", message).status()).isEqualTo(201);
            var refused = client.get(KIRA + "/messages/m");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().string("detail")).contains("arena.response-bytes");
            assertThat(client.get(KIRA + "/changes").status()).isEqualTo(200);
        }
    }

    @Test
    void headSentByteByByteAndBodyThatIsNotUtf8AreHandled() throws Exception {
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
    void slowAndIdleClientsAreDisconnectedWithoutDelayingOthers() throws Exception {
        var impatient = TestOptions.small().idleTimeout(Duration.ofMillis(500)).build();
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
                assertThat(socket.getInputStream().readAllBytes().length)
                        .isLessThan(1_000); // a short response, then the end of the connection
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
    void requestsOfOneAgentAndRateOfOneCallerAreBounded() throws Exception {
        var tight = TestOptions.small()
                .maxRequestsPerAgent(1)
                .maxRequests(32)
                .queueTime(Duration.ofSeconds(5))
                .build();
        try (var small = new SteleServer(stele, tight);
                var client = new Http(small.port())) {
            var answers = Threads.atOnce(
                    16,
                    i -> () -> client.post(KIRA + "/messages", "{\"content\":\"" + "word ".repeat(2_000) + i + "\"}"));
            assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isIn(201, 503));
            assertThat(answers)
                    .filteredOn(answer -> answer.status() == 503)
                    .allSatisfy(answer -> assertThat(answer.json().string("detail"))
                            .contains("kira")
                            .contains("server.max-requests-per-agent"));
            assertThat(client.get(KIRA + "/stats").status()).isEqualTo(200); // the permit was released
        }
        try (var slow = new SteleServer(
                        stele, TestOptions.small().maxRequestsPerSecond(5).build());
                var client = new Http(slow.port())) {
            var statuses = new java.util.ArrayList<Integer>();
            for (int i = 0; i < 50; i++) {
                var answer = client.get("/v1/agents");
                statuses.add(answer.status());
                if (answer.status() == 429) {
                    assertThat(answer.headers().firstValueAsLong("Retry-After").orElseThrow())
                            .isPositive();
                    assertThat(answer.json().string("detail")).contains("server.max-requests-per-second");
                }
            }
            assertThat(statuses).startsWith(200, 200, 200, 200, 200).contains(429);
            assertThat(client.get("/health").status()).isEqualTo(200);
            Awaitility.await().until(() -> client.get("/v1/agents").status() == 200);
        }
    }

    @Test
    void queuedRequestRunsWhenAPermitIsReleased() throws Exception {
        var patient = TestOptions.small()
                .maxRequests(1)
                .queueTime(Duration.ofSeconds(20))
                .build();
        try (var small = new SteleServer(stele, patient);
                var client = new Http(small.port())) {
            var answers =
                    Threads.atOnce(16, i -> () -> client.post(KIRA + "/messages", "{\"content\":\"m" + i + "\"}"));
            assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(201));
        }
    }

    @Test
    void chunkedBodyIsPreservedWhenTheClientOffersHttp2() throws Exception {
        // Jetty would upgrade such a request and lose its body; an import would report success without any line.
        String body = "{\"role\":\"user\",\"content\":\"hello\"}\n";
        try (var socket = new Socket(java.net.InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write(("POST /v1/agents/kira/import HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
                                    + "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
                                    + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(stele.agent("kira").stats().messages()).isEqualTo(1);
        var second = HttpRequest.newBuilder(http.uri("/health"))
                .version(java.net.http.HttpClient.Version.HTTP_2)
                .build();
        assertThat(http.client()
                        .send(second, HttpResponse.BodyHandlers.ofString())
                        .version())
                .isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
    }

    @Test
    void largeResponsesAreCompressedOnRequestAndFeedsAreNot() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"" + "tea ".repeat(5_000) + "\"}");
        var export = HttpRequest.newBuilder(http.uri(KIRA + "/export"))
                .header("Accept-Encoding", "gzip")
                .build();
        var answer = http.client().send(export, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
        String lines = new String(
                new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(answer.body())).readAllBytes(),
                StandardCharsets.UTF_8);
        assertThat(lines).contains("tea tea");
        assertThat(answer.body().length).isLessThan(lines.length() / 4);
        var feed = HttpRequest.newBuilder(http.uri(KIRA + "/changes"))
                .header("Accept", "text/event-stream")
                .header("Accept-Encoding", "gzip")
                .build();
        var events = http.client().send(feed, HttpResponse.BodyHandlers.ofLines());
        assertThat(events.headers().firstValue("Content-Encoding")).isEmpty();
        try (Stream<String> all = events.body()) {
            assertThat(all.filter(line -> line.startsWith("event: ")).findFirst())
                    .isPresent();
        }
    }

    @Test
    void oversizedAndMalformedHeadsResultInProblemDocuments() throws Exception {
        var long1 = http.get("/v1/" + "a".repeat(9_000));
        assertThat(long1.status()).isEqualTo(414);
        assertThat(long1.json().string("type")).isEqualTo("urn:stele:uri-too-long");
        assertThat(http.get("/v1/agents", "X-Long", "a".repeat(9_000)).status()).isEqualTo(431);
        var wrong = http.send("PUT", "/v1/agents", "{}");
        assertThat(wrong.status()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("Allow")).contains("GET, HEAD");
        try (var socket = new Socket(java.net.InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write("this is no request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 400").contains("urn:stele:bad-request");
        }
        // A line break in a value that the server returns in a header would allow response splitting.
        var injected = http.post(KIRA + "/messages", "{\"id\":\"a\\r\\nX-Evil: 1\",\"content\":\"x\"}");
        assertThat(injected.status()).isEqualTo(400);
        assertThat(injected.headers().firstValue("X-Evil")).isEmpty();
        assertThat(http.get("/v1/agents").status()).isEqualTo(200);
    }

    @Test
    void backgroundJobsAreStartedObservedAndCancelled() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"x\"}");
        var later = http.post("/v1/tasks", "{\"kind\":\"verify\",\"agent\":\"kira\",\"delay_seconds\":3600}");
        assertThat(later.status()).isEqualTo(201);
        String place = later.headers().firstValue("Location").orElseThrow();
        assertThat(http.get(place).json().string("state")).isEqualTo("queued");
        assertThat(http.send("POST", place + "/cancel", null).json().string("state"))
                .isEqualTo("cancelled");
        stele.tasks().start(1);
        var now = http.post("/v1/tasks", "{\"kind\":\"verify\",\"agent\":\"kira\",\"priority\":\"high\"}");
        String id = now.json().string("id");
        Awaitility.await()
                .until(() -> http.get("/v1/tasks/" + id).json().string("state").equals("done"));
        assertThat(http.get("/v1/tasks?state=done").json().objects("items")).hasSize(1);
        assertThat(http.get("/v1/tasks?state=lost").status()).isEqualTo(400);
        assertThat(http.get("/v1/tasks/nothing").status()).isEqualTo(404);
        assertThat(http.post("/v1/tasks", "{\"kind\":\"dance\"}").json().string("detail"))
                .contains("backup");
        assertThat(http.post("/v1/tasks", "{\"kind\":\"verify\",\"when\":1}").status())
                .isEqualTo(400);
        for (String kind : List.of("backup", "verify", "maintenance")) {
            var without = http.post("/v1/tasks", "{\"kind\":\"" + kind + "\"}");
            assertThat(without.status()).isEqualTo(400);
            assertThat(without.json().string("detail")).contains(kind, "needs an agent");
        }
        assertThat(http.post("/v1/tasks", "{\"kind\":\"optimize\"}").status()).isEqualTo(201);
    }

    @Test
    void fiveConcurrentRequestsReturnTheResultOfASingleRequest() throws Exception {
        for (int round = 0; round < 3; round++) {
            var statuses = Threads.atOnce(
                    5,
                    i -> () -> http.post(KIRA + "/messages", "{\"content\":\"m" + i + "\"}")
                            .status());
            assertThat(statuses).containsOnly(201);
        }
    }

    @Test
    void numberOfFeedsIsBounded() throws Exception {
        http.post(KIRA + "/messages", "{\"content\":\"a\"}");
        var open = new java.util.ArrayList<Stream<String>>();
        for (int i = 0; i < 4; i++) {
            open.add(feed());
        }
        assertThat(http.get(KIRA + "/changes", "Accept", "text/event-stream").status())
                .isEqualTo(503);
        open.forEach(Stream::close);
    }

    private Stream<String> feed() throws Exception {
        return http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(KIRA + "/changes"))
                                .header("Accept", "text/event-stream")
                                .build(),
                        HttpResponse.BodyHandlers.ofLines())
                .body();
    }
}
