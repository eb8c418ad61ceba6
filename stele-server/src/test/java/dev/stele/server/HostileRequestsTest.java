package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.GraphLimits;
import dev.stele.model.Json;
import dev.stele.model.Limits;
import dev.stele.server.support.Http;
import dev.stele.server.support.McpMessages;
import dev.stele.server.support.RawHttpClient;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that attack the server. Each is answered or aborted, and its permits and memory are released. */
@Timeout(120)
class HostileRequestsTest {

    private static final String KIRA = "/v1/agents/kira";
    private static final String MESSAGES = KIRA + "/messages";
    private static final Pattern RUNNING = Pattern.compile("stele_http_requests_running (\\d+)");

    /** Longer than the other requests of a test take, so that these come while queries compute. */
    private static final Duration QUERY_TIME = Duration.ofMillis(1_200);

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private Http http;

    /** Resource of the test route; replaced by tests that need another one. */
    private Router.Resource resource = _ -> Reply.noContent();

    @BeforeEach
    void start() throws Exception {
        GraphLimits graph = GraphLimits.DEFAULT;
        stele = Stele.open(
                SteleConfig.at(data)
                        .withLimits(Limits.DEFAULT.withGraph(new GraphLimits(
                                graph.entities(),
                                graph.relations(),
                                graph.batch(),
                                graph.depth(),
                                graph.visited(),
                                graph.rows(),
                                graph.values(),
                                QUERY_TIME,
                                graph.editTime()))),
                Optional.of(new WordEmbedder()));
        server = new SteleServer(
                stele,
                TestOptions.small()
                        .maxRequests(4)
                        .maxBodyBytes(2 << 20)
                        .requestBytes(16 << 20)
                        .bodyGrace(Duration.ofSeconds(1))
                        .maxMcpBatch(10)
                        .build(),
                List.of(new Router.Route("POST", "/v1/test", "test", "", exchange -> resource.answer(exchange))));
        http = new Http(server.port());
        assertThat(http.post(MESSAGES, "{\"content\":\"I drink tea\"}").status())
                .isEqualTo(201);
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
        stele.close();
    }

    /** Checks that all permits are released, that no request runs, and that the server responds. */
    private void assertWhole() throws Exception {
        assertThat(http.get("/health").status()).isEqualTo(200);
        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> {
            var running = RUNNING.matcher(http.get("/metrics").body());
            return running.find() && running.group(1).equals("1"); // the request for the metrics itself
        });
        for (int i = 0; i < 8; i++) {
            assertThat(http.post(KIRA + "/recall", "{\"query\":\"tea\"}").status())
                    .isEqualTo(200);
        }
    }

    // ---- compressed bodies

    static List<String> routes() {
        return List.of(
                MESSAGES, KIRA + "/import", "/mcp", KIRA + "/documents?collection=c", "/v1/nothing", KIRA + "/recall");
    }

    @ParameterizedTest
    @MethodSource("routes")
    void truncatedCompressedBodyFailsOnlyItsRequest(String route) throws Exception {
        byte[] whole =
                RawHttpClient.gzip(("{\"content\":\"" + "tea ".repeat(2_000) + "\"}").getBytes(StandardCharsets.UTF_8));
        for (int length : new int[] {0, 1, 9, 10, 11, 20, whole.length / 2, whole.length - 8, whole.length - 1}) {
            byte[] part = Arrays.copyOf(whole, length);
            for (int i = 0; i < 6; i++) {
                try (var raw = new RawHttpClient(server.port())) { // the client goes away in the middle
                    raw.send(RawHttpClient.head(
                                    "POST",
                                    route,
                                    "Content-Type: application/json",
                                    "Content-Encoding: gzip",
                                    "Content-Length: " + whole.length))
                            .send(part);
                }
                // The data itself ends early. The transfer of a client that went away may hold its permit for a moment.
                await().untilAsserted(() -> {
                    try (var raw = new RawHttpClient(server.port())) {
                        raw.send(RawHttpClient.head(
                                        "POST",
                                        route,
                                        "Content-Type: application/json",
                                        "Content-Encoding: gzip",
                                        "Content-Length: " + part.length))
                                .send(part);
                        assertThat(raw.status()).as(route + " " + part.length).isBetween(400, 415);
                    }
                });
                try (var raw = new RawHttpClient(server.port())) { // in chunks, without their end
                    raw.send(RawHttpClient.head(
                                    "POST",
                                    route,
                                    "Content-Type: application/json",
                                    "Content-Encoding: gzip",
                                    "Transfer-Encoding: chunked"))
                            .send(Integer.toHexString(Math.max(1, part.length)) + "\r\n")
                            .send(part);
                }
            }
        }
        assertWhole();
        assertThat(stele.agent("kira").stats().messages()).isEqualTo(1);
    }

    @Test
    void decompressionBombIsRefusedBeforeItFillsMemory() throws Exception {
        byte[] bomb = RawHttpClient.gzip("{\"content\":\"", 'x', 500_000_000, "\"}");
        byte[] line = RawHttpClient.gzip("{\"role\":\"user\",\"content\":\"", 'x', 1_000_000_000, "\"}\n");
        byte[] lines = RawHttpClient.gzip("{\"role\":\"user\",\"content\":\"hello\"}\n", '\n', 1_000_000_000, "");
        byte[] twice = RawHttpClient.gzip(bomb);
        for (Map.Entry<String, byte[]> one : Map.of(
                        MESSAGES, bomb, KIRA + "/import", line, "/v1/agents/b/import", lines, KIRA + "/recall", bomb)
                .entrySet()) {
            assertThat(compressed(one.getKey(), one.getValue()).statusCode())
                    .as(one.getKey())
                    .isEqualTo(413);
        }
        assertThat(compressed(MESSAGES, twice).statusCode()).isEqualTo(400);
        // A body that compresses well, but within the limits, is accepted.
        byte[] good = RawHttpClient.gzip("{\"content\":\"", 'x', 200_000, "\"}");
        assertThat(compressed(MESSAGES, good).statusCode()).isEqualTo(201);
        assertWhole();
    }

    private HttpResponse<String> compressed(String path, byte[] body) throws IOException, InterruptedException {
        return http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(path))
                                .header("Content-Type", "application/json")
                                .header("Content-Encoding", "gzip")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void unsupportedEncodingsAreRefusedByName() throws Exception {
        for (String encoding : List.of("br", "deflate", "zstd", "gzip, gzip", "nonsense")) {
            var answer = http.post(MESSAGES, "{\"content\":\"x\"}", "Content-Encoding", encoding);
            assertThat(answer.status()).as(encoding).isEqualTo(415);
            assertThat(answer.headers().firstValue("Accept-Encoding")).contains("gzip");
        }
        assertThat(http.post(MESSAGES, "{\"content\":\"x\"}", "Content-Encoding", "identity")
                        .status())
                .isEqualTo(201);
    }

    // ---- slow bodies

    @Test
    void slowBodiesAreAbortedWithoutDelayingOthers() throws Exception {
        var slow = new ArrayList<RawHttpClient>();
        try {
            for (int i = 0; i < 256; i++) {
                slow.add(new RawHttpClient(server.port())
                        .send(RawHttpClient.head(
                                "POST",
                                "/v1/agents/slow" + i % 2 + "/messages",
                                "Content-Type: application/json",
                                "Content-Length: 2000000"))
                        .send("{"));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(http.post("/v1/agents/third/messages", "{\"content\":\"m\"}")
                                .status())
                        .isEqualTo(201);
                assertThat(http.post("/v1/agents/slow0/messages", "{\"content\":\"m\"}")
                                .status())
                        .isEqualTo(201);
            }
            for (RawHttpClient one : slow) {
                assertThat(one.status()).isEqualTo(408);
            }
        } finally {
            slow.forEach(RawHttpClient::close);
        }
        assertWhole();
    }

    @Test
    void stalledImportIsAbortedAndKeepsTheReceivedLines() throws Exception {
        try (var raw = new RawHttpClient(server.port())) {
            raw.send(RawHttpClient.head(
                            "POST",
                            "/v1/agents/imp/import",
                            "Content-Type: application/x-ndjson",
                            "Content-Length: 1000000"))
                    .send("{\"role\":\"user\",\"content\":\"hello\"}\n");
            assertThat(raw.status()).isIn(0, 400, 408, 500);
        }
        assertWhole();
    }

    // ---- errors

    static Stream<Supplier<Throwable>> failures() {
        return Stream.of(
                StackOverflowError::new,
                () -> new OutOfMemoryError("a test"),
                () -> new AssertionError("a test"),
                () -> new NoClassDefFoundError("a test"),
                () -> new ExceptionInInitializerError("a test"),
                () -> new IllegalStateException("a test"),
                () -> new IOException("a test"),
                () -> new Throwable("neither"));
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable e) throws E {
        throw (E) e;
    }

    @ParameterizedTest
    @MethodSource("failures")
    void everyThrowableIsAnsweredAndReleasesThePermit(Supplier<Throwable> failure) throws Exception {
        resource = _ -> {
            HostileRequestsTest.<RuntimeException>sneak(failure.get());
            return Reply.noContent();
        };
        assertAllAnswered(500, 503);
        resource = _ -> new Reply.Deferred(
                () -> {
                    HostileRequestsTest.<RuntimeException>sneak(failure.get());
                    return Reply.noContent();
                },
                Permit.NONE);
        assertAllAnswered(500, 503);
        resource = _ -> new Reply.Stream(
                "text/plain", _ -> HostileRequestsTest.<RuntimeException>sneak(failure.get()), Permit.NONE);
        for (int i = 0; i < 12; i++) {
            try {
                assertThat(http.post("/v1/test", "{}").body()).isEmpty();
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("(?s).*(EOF|closed|reset|header parser|chunked).*");
            }
        }
        resource = _ -> new Reply.WebSocket(
                () -> {
                    HostileRequestsTest.<RuntimeException>sneak(failure.get());
                    return "";
                },
                Permit.NONE);
        assertThat(http.post("/v1/test", "{}").status()).isEqualTo(400);
        assertWhole();
    }

    private void assertAllAnswered(Integer... statuses) throws Exception {
        for (int i = 0; i < 12; i++) {
            var answer = http.post("/v1/test", "{}");
            assertThat(answer.status()).isIn((Object[]) statuses);
            assertThat(answer.json().string("request")).isNotBlank();
            assertThat(answer.json().string("detail")).doesNotContain("Error", "Exception");
        }
    }

    @Test
    void deepAndWideJsonIsRefused() throws Exception {
        for (String json : List.of(
                "[".repeat(50_000),
                "{\"a\":".repeat(50_000),
                "{\"content\":" + "[".repeat(70) + "]".repeat(70) + "}",
                "[" + "[],".repeat(600_000) + "[]]",
                "{"
                        + IntStream.range(0, 100_000)
                                .mapToObj(i -> "\"k" + i + "\":0,")
                                .reduce("", (a, b) -> b) + "\"a\":1}",
                "{\"content\":1e999999999}",
                "{\"content\":" + "9".repeat(5_000) + "}")) {
            var answer = http.post(MESSAGES, json);
            assertThat(answer.status()).as("%.20s", json).isIn(400, 413);
        }
        assertWhole();
    }

    // ---- work whose duration the input decides

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RETURN 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' =~ '(x+x+)+y' AS a",
                "RETURN 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' =~ '(x*)*y' AS a",
                "RETURN 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' =~ '(a|aa)+b' AS a",
                "RETURN 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' =~ '(.*)(.*)(.*)(.*)(.*)(.*)(.*)b' AS a",
                "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b WITH a, b WHERE a * b < 0 RETURN count(*) AS n",
                "RETURN reduce(s = 0, x IN range(1, 4000000) | s + x * x) AS n"
            })
    void longComputationsDoNotDelayOtherRequests(String query) throws Exception {
        stele.agent("kira").graph().put(dev.stele.model.EntityDraft.of("person", "Ana"));
        int count = 2 * Runtime.getRuntime().availableProcessors() + 2;
        var hogs = new ArrayList<CompletableFuture<Http.Answer>>();
        var ended = Collections.synchronizedList(new ArrayList<Integer>());
        try (var others = new Http(server.port())) {
            for (int i = 0; i < count; i++) {
                hogs.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                var answer = others.post(KIRA + "/graph/query", Json.write(Map.of("query", query)));
                                ended.add(answer.status());
                                return answer;
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> Thread.ofPlatform().start(task)));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(http.get("/health").status()).isEqualTo(200);
                var recalled = http.post(KIRA + "/recall", "{\"query\":\"tea\"}");
                // The other requests are computing and hold all permits.
                assertThat(recalled.status()).isIn(200, 503);
            }
            hogs.forEach(
                    hog -> assertThat(hog.orTimeout(60, TimeUnit.SECONDS).join().status())
                            .isIn(200, 400, 413, 503));
        }
        assertWhole();
    }

    /** Each of these expressions needs more time for five thousand letters than a query has. */
    @ParameterizedTest
    @ValueSource(strings = {"(x+x+)+y", "(.*)(.*)(.*)(.*)(.*)y", "x+?x+?x+?x+?x+?y"})
    void healthIsAnsweredWhileRegularExpressionsCompute(String expression) throws Exception {
        String query = "RETURN '" + "x".repeat(5_000) + "' =~ '" + expression + "' AS a";
        int count = 2 * Runtime.getRuntime().availableProcessors();
        var hogs = new ArrayList<CompletableFuture<Http.Answer>>();
        try (var others = new Http(server.port())) {
            for (int i = 0; i < count; i++) {
                hogs.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return others.post(KIRA + "/graph/query", Json.write(Map.of("query", query)));
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> Thread.ofPlatform().start(task)));
            }
            Awaitility.await().pollDelay(300, TimeUnit.MILLISECONDS).until(() -> true); // until they compute
            for (int i = 0; i < 5; i++) {
                assertThat(http.get("/health").status()).isEqualTo(200);
            }
            // A query whose place is taken may be refused early; none has computed to its end.
            assertThat(hogs).allMatch(hog -> !hog.isDone() || hog.join().status() == 503);
            assertThat(hogs).anyMatch(hog -> !hog.isDone());
            hogs.forEach(
                    hog -> assertThat(hog.orTimeout(60, TimeUnit.SECONDS).join().status())
                            .isIn(400, 413, 503));
        }
        assertWhole();
    }

    @Test
    void oversizedEntityNameIsRefusedImmediately() throws Exception {
        stele.agent("kira").graph().put(dev.stele.model.EntityDraft.of("person", "Ana"));
        String name = "x y ".repeat(17_500);
        assertThat(http.post(KIRA + "/entities/Ana/merge", Json.write(Map.of("with", name)))
                        .status())
                .isEqualTo(400);
        assertThat(http.post(KIRA + "/relations", Json.write(Map.of("from", "Ana", "to", name, "type", "knows")))
                        .status())
                .isEqualTo(400);
        for (String tool : List.of("neighbors", "path", "search_nodes", "open_nodes", "delete_entities", "get_user")) {
            Map<String, ?> arguments = switch (tool) {
                case "neighbors" -> Map.of("entity", name);
                case "path" -> Map.of("from", name, "to", "Ana");
                case "search_nodes" -> Map.of("query", name);
                case "open_nodes" -> Map.of("names", List.of(name));
                case "delete_entities" -> Map.of("entityNames", List.of(name));
                default -> Map.of("user", name);
            };
            assertThat(http.post(
                                    "/mcp?agent=kira&tools=all",
                                    McpMessages.call(tool, arguments),
                                    McpMessages.headers(tool))
                            .status())
                    .as(tool)
                    .isEqualTo(200);
        }
        assertWhole();
    }

    // ---- streams

    @Test
    void headRequestDoesNotStartAStream() throws Exception {
        for (String path : List.of(KIRA + "/changes", "/mcp", KIRA + "/export", KIRA + "/chat")) {
            for (int i = 0; i < 10; i++) {
                assertThat(http.send("HEAD", path, null).status()).as(path).isEqualTo(405);
            }
        }
        for (String path : List.of("/health", "/ready", "/v1/agents", KIRA, "/", "/openapi.json", KIRA + "/sessions")) {
            assertThat(http.send("HEAD", path, null).status()).as(path).isEqualTo(200);
        }
        // The maximum is four feeds, and none is open.
        var feed = http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(KIRA + "/changes"))
                                .header("Accept", "text/event-stream")
                                .build(),
                        HttpResponse.BodyHandlers.ofLines());
        assertThat(feed.statusCode()).isEqualTo(200);
        feed.body().close();
        assertWhole();
    }

    @Test
    void mcpBatchIsBoundedAndAnsweredMessageByMessage() throws Exception {
        List<Map<String, ?>> batch = Collections.nCopies(
                3_000,
                Map.of(
                        "jsonrpc",
                        "2.0",
                        "id",
                        1L,
                        "method",
                        "tools/call",
                        "params",
                        Map.of("name", "read_graph", "arguments", Map.of())));
        String session = startSession();
        assertThat(http.post("/mcp?agent=kira&tools=all", Json.write(batch), "Mcp-Session-Id", session)
                        .status())
                .isEqualTo(413);
        var answer =
                http.post("/mcp?agent=kira&tools=all", Json.write(batch.subList(0, 10)), "Mcp-Session-Id", session);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().split("data: ", -1)).hasSize(11);
        assertWhole();
    }

    private String startSession() throws Exception {
        return http.post("/mcp?agent=kira&tools=all", McpMessages.INITIALIZE)
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
    }

    @Test
    void startingManySessionsDoesNotEndSessionsOfOthers() throws Exception {
        String used = startSession();
        String list = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}";
        assertThat(http.post("/mcp?agent=kira&tools=all", list, "Mcp-Session-Id", used)
                        .status())
                .isEqualTo(200);
        String session = startSession();
        for (int i = 0; i < 600; i++) {
            startSession();
        }
        assertThat(http.post("/mcp?agent=kira&tools=all", list, "Mcp-Session-Id", used)
                        .status())
                .isEqualTo(200);
        assertThat(http.post("/mcp?agent=kira&tools=all", list, "Mcp-Session-Id", session)
                        .status())
                .isEqualTo(200);
    }

    // ---- values

    static List<List<String>> badValues() {
        return List.of(
                List.of("POST", MESSAGES, "{\"content\":\"x\",\"at\":\"+999999999-12-31T23:59:59Z\"}"),
                List.of("POST", MESSAGES, "{\"content\":\"x\",\"at\":\"-999999999-01-01T00:00:00Z\"}"),
                List.of("POST", MESSAGES, "{\"content\":\"x\",\"at\":\"+10000-01-01T00:00:00Z\"}"),
                List.of("POST", MESSAGES, "{\"content\":\"x\",\"at\":\"" + "T".repeat(90_000) + "\"}"),
                List.of("POST", KIRA + "/recall", "{\"query\":\"tea\",\"as_of\":\"+999999999-01-01T00:00:00Z\"}"),
                List.of(
                        "POST",
                        KIRA + "/notes",
                        "{\"content\":\"x\",\"category\":\"fact\",\"valid_from\":\"-999999999-01-01T00:00:00Z\"}"),
                List.of("POST", KIRA + "/conversations", "{\"with\":\"kira\",\"opening\":\"x\",\"turns\":99999999999}"),
                List.of("POST", "/v1/tasks", "{\"kind\":\"verify\",\"attempts\":99999999999}"),
                List.of("POST", "/v1/tasks", "{\"kind\":\"verify\",\"delay_seconds\":1e300}"),
                List.of(
                        "POST",
                        KIRA + "/documents/search",
                        "{\"collection\":\"c\",\"query\":\"x\",\"limit\":99999999999}"),
                List.of("GET", KIRA + "/changes?after=%ff%fe", ""),
                List.of("GET", KIRA + "/changes?after=1e9", ""),
                List.of("GET", KIRA + "/users/%ff%fe", ""),
                List.of("GET", KIRA + "/users/%f", ""),
                List.of("GET", KIRA + "/sessions?limit=%ff", ""),
                List.of("GET", KIRA + "/sessions?limit=99999999999999999999", ""),
                List.of("GET", KIRA + "/users/ana?as_of=%2B999999999-01-01T00:00:00Z", ""),
                List.of("GET", KIRA + "/graph/changes?since=-999999999-01-01T00:00:00Z", ""));
    }

    @ParameterizedTest
    @MethodSource("badValues")
    void valuesOutOfRangeResultInClientErrors(List<String> request) throws Exception {
        try (var raw = new RawHttpClient(server.port())) { // clients would not let some of them out
            String body = request.get(2);
            raw.send(RawHttpClient.head(
                            request.getFirst(),
                            request.get(1),
                            "Content-Type: application/json",
                            "Accept: application/json",
                            "Content-Length: " + body.length())
                    + body);
            assertThat(raw.status()).isBetween(400, 415);
        }
        assertThat(stele.agent("kira").stats().messages()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"timestamp\":\"+999999999-12-31T23:59:59Z\"",
                "\"timestamp\":\"-999999999-01-01T00:00:00Z\"",
                "\"at\":\"+1000000000-12-31T23:59:59.999999999Z\"",
                "\"date\":\"+292278995-01-01T00:00:00Z\"",
                "\"created_at\":\"-292275056-01-01T00:00:00Z\"",
                "\"timestamp\":\"+123456789-06-01T00:00:00+01:00\"",
                "\"timestamp\":9223372036854775807"
            })
    void importLineOfADistantYearIsReportedAndTheOthersAreKept(String time) throws Exception {
        String lines = "{\"role\":\"user\",\"content\":\"one\"}\n{\"role\":\"user\",\"content\":\"far\"," + time
                + "}\n{\"role\":\"user\",\"content\":\"two\"}\n";
        var report = http.post("/v1/agents/far/import", lines, "Content-Type", "application/x-ndjson");
        assertThat(report.status()).as(report.body()).isEqualTo(200);
        // The time costs only itself: the message is kept, and the repair is counted.
        assertThat(report.json().optionalLong("messages")).contains(3L);
        assertThat(report.json().optionalLong("repaired")).contains(1L);
        assertThat(report.json().optionalLong("bad")).contains(0L);
        assertWhole();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/agents HTTP/1.1\nHost: localhost\n\n",
                "GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nX-A: b\nX-C: d\r\n\r\n",
                "GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n folded\r\n\r\n",
                "GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
                "POST /v1/agents/kira/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /v1/agents/kira/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
                "GET /v1/agents HTTP/1.1\r\nHost : localhost\r\n\r\n",
                "GET  /v1/agents HTTP/9.9\r\nHost: localhost\r\n\r\n"
            })
    void ambiguousHeadsAreRefused(String head) throws Exception {
        try (var raw = new RawHttpClient(server.port())) {
            assertThat(raw.send(head).status()).isIn(0, 400, 505);
        }
        assertWhole();
    }

    @Test
    void idleConnectionsOverTheBoundAreClosedForNewOnes() throws Exception {
        try (var small = new SteleServer(
                        stele, TestOptions.small().maxConnections(50).build());
                var client = new Http(small.port())) {
            var silent = new ArrayList<RawHttpClient>();
            try {
                for (int i = 0; i < 400; i++) {
                    silent.add(new RawHttpClient(small.port()).send(i % 2 == 0 ? "GET /v1/ag" : ""));
                    if (i % 50 == 49) {
                        new CountDownLatch(1).await(250, TimeUnit.MILLISECONDS); // until the connections count as idle
                        assertThat(client.get("/health").status()).isEqualTo(200);
                    }
                }
            } finally {
                silent.forEach(RawHttpClient::close);
            }
            assertThat(client.post(MESSAGES, "{\"content\":\"x\"}").status()).isEqualTo(201);
        }
    }
}
