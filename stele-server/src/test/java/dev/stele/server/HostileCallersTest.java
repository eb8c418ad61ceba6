package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.io.DurableFiles;
import dev.stele.language.ExtractiveModel;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.models.ChatService;
import dev.stele.models.ModelChain;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Http;
import dev.stele.server.support.McpMessages;
import dev.stele.server.support.RawHttpClient;
import dev.stele.server.support.TestOptions;
import dev.stele.support.ModelServer;
import dev.stele.support.ModelServer.Script;
import dev.stele.support.Threads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Callers that exceed their rights: keys that take more than their share, revoked and limited keys, and foreign web
 * pages. The server refuses them and other callers are not affected.
 */
@Timeout(180)
class HostileCallersTest {

    private static final String KIRA = "/v1/agents/kira";
    private static final String MESSAGES = KIRA + "/messages";
    private static final String CHAT = KIRA + "/chat";
    private static final String SLOW = "/v1/agents/%s/slow";
    private static final String MCP = "/mcp?agent=kira&tools=all";
    private static final String HELLO = "{\"content\":\"hello\"}";
    private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}";
    /** Number of attempts of a greedy caller after it holds its share. */
    private static final int EXTRA_ATTEMPTS = 5;

    private static final int POLICY_VIOLATION = 1008;

    @TempDir
    Path data;

    private final ModelServer models = new ModelServer();
    /** Releases the requests that wait at {@link #SLOW}. */
    private final CountDownLatch slow = new CountDownLatch(1);

    private final AtomicInteger slowRunning = new AtomicInteger();
    private Stele stele;
    private ApiKeys keys;

    @BeforeEach
    void open() {
        var chain = new ModelChain(
                List.of(new ChatService(new ChatService.Settings(
                        "local",
                        "openai",
                        models.openAiUrl(),
                        "test",
                        "",
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        0,
                        2))),
                new ExtractiveModel(),
                1);
        stele = Stele.open(
                SteleConfig.at(data).withRetention(0, false),
                SteleModels.offline(Optional.empty()).withLanguage(chain));
        keys = new ApiKeys(data);
        // An answer that takes longer than any of these tests.
        models.answering(_ -> new Script(200, Collections.nCopies(5_000, "word "), 50, -1, false));
    }

    @AfterEach
    void close() {
        slow.countDown();
        stele.close();
        models.close();
    }

    /** Starts a server that other machines can reach. */
    private SteleServer serve() {
        return serve(options -> options);
    }

    private SteleServer serve(UnaryOperator<ServerOptions.Builder> change) {
        ServerOptions options =
                change.apply(TestOptions.small().host("0.0.0.0")).build();
        return new SteleServer(
                stele, options, List.of(new Router.Route("POST", SLOW.formatted("{agent}"), "slow", "", _ -> {
                    slowRunning.incrementAndGet();
                    try {
                        slow.await();
                    } finally {
                        slowRunning.decrementAndGet();
                    }
                    return Reply.noContent();
                })));
    }

    private ApiKeys.Created key(String label, Scope scope, String... agents) {
        return keys.create(label, scope, List.of(agents));
    }

    private static MessageDraft draft(String content) {
        return MessageDraft.of("s", Role.USER, content);
    }

    private static String[] authorization(ApiKeys.Created key, String... more) {
        return Stream.concat(Stream.of("Authorization", "Bearer " + key.text()), Stream.of(more))
                .toArray(String[]::new);
    }

    private static String authorizationLine(ApiKeys.Created key) {
        return "Authorization: Bearer " + key.text();
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    /** Returns the share of one caller as documented: a percentage, rounded up. */
    private static int share(int max, int percent) {
        return Math.max(1, Math.ceilDiv(max * percent, 100));
    }

    /** Client that reads a streamed response line by line in the background. */
    private static final class StreamClient implements AutoCloseable {
        private final Socket socket;
        private final int status;
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

        StreamClient(int port, String request) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(120_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String first = in.readLine();
            status = first == null ? 0 : Integer.parseInt(first.substring(9, 12));
            Thread.ofVirtual().start(() -> {
                try {
                    for (String line = in.readLine(); line != null; line = in.readLine()) {
                        lines.add(line);
                    }
                    ended.complete(true);
                } catch (IOException e) {
                    ended.complete(false); // a reset also ends the stream
                }
            });
        }

        static StreamClient feed(int port, ApiKeys.Created key) throws IOException {
            return new StreamClient(
                    port,
                    RawHttpClient.head(
                            "GET",
                            KIRA + "/changes",
                            authorizationLine(key),
                            "Accept: text/event-stream",
                            "Connection: close"));
        }

        static StreamClient mcp(int port, ApiKeys.Created key, String session) throws IOException {
            return new StreamClient(
                    port,
                    RawHttpClient.head(
                            "GET",
                            MCP,
                            authorizationLine(key),
                            "Accept: text/event-stream",
                            "Mcp-Session-Id: " + session,
                            "Connection: close"));
        }

        static StreamClient chat(int port, ApiKeys.Created key, String session) throws IOException {
            String body = Json.write(Map.of("session", session, "user", "ana", "message", "hello"));
            return new StreamClient(
                    port,
                    RawHttpClient.head(
                                    "POST",
                                    CHAT,
                                    authorizationLine(key),
                                    "Accept: text/event-stream",
                                    "Content-Type: application/json",
                                    "Content-Length: " + body.length(),
                                    "Connection: close")
                            + body);
        }

        boolean isEnded() {
            return ended.isDone();
        }

        int countLines(String text) {
            return (int) lines.stream().filter(line -> line.contains(text)).count();
        }

        /** Resets the connection, so that the server notices at its next write. */
        @Override
        public void close() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private static void closeAll(List<? extends AutoCloseable> all) throws Exception {
        for (AutoCloseable closeable : all) {
            closeable.close();
        }
        all.clear();
    }

    /** Client of a chat WebSocket. */
    private static final class Tab implements WebSocket.Listener, AutoCloseable {
        private final HttpClient client = HttpClient.newHttpClient();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final AtomicInteger pongs = new AtomicInteger();
        private final WebSocket socket;

        /**
         * @throws CompletionException with a {@link WebSocketHandshakeException} if the server refuses the handshake
         */
        Tab(int port, ApiKeys.Created key) {
            boolean opened = false;
            try {
                socket = client.newWebSocketBuilder()
                        .header("Authorization", "Bearer " + key.text())
                        .buildAsync(URI.create("ws://127.0.0.1:" + port + CHAT), this)
                        .join();
                opened = true;
            } finally {
                if (!opened) {
                    client.close();
                }
            }
        }

        static int refusal(int port, ApiKeys.Created key) {
            try (var tab = new Tab(port, key)) {
                return tab.isClosed() ? 0 : 101;
            } catch (CompletionException e) {
                return e.getCause() instanceof WebSocketHandshakeException refused
                        ? refused.getResponse().statusCode()
                        : 0;
            }
        }

        void ping() {
            socket.sendText("{\"type\":\"ping\"}", true).join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            if (text.toString().contains("pong")) {
                pongs.incrementAndGet();
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable why) {
            closed.complete(-1);
        }

        boolean isClosed() {
            return closed.isDone();
        }

        @Override
        public void close() {
            socket.abort();
            client.close();
        }
    }

    private static String startSession(Http http, ApiKeys.Created key) throws Exception {
        var initialized = http.post(MCP, McpMessages.INITIALIZE, authorization(key));
        assertThat(initialized.status()).isEqualTo(200);
        return initialized.headers().firstValue("Mcp-Session-Id").orElseThrow();
    }

    private static int listTools(Http http, ApiKeys.Created key, String session) throws Exception {
        return http.post(MCP, LIST, authorization(key, "Mcp-Session-Id", session))
                .status();
    }

    // ---- quotas

    @ParameterizedTest
    @CsvSource({"4,50", "6,50", "10,20", "3,34", "2,50", "8,1"})
    void oneKeyCannotUseUpTheFeedsOfOthers(int max, int percent) throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        int maxShare = share(max, percent);
        var open = new ArrayList<StreamClient>();
        try (var server = serve(options -> options.maxStreams(max).callerShare(percent));
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(modest)).status())
                    .isEqualTo(201);
            for (int i = 0; i < maxShare; i++) {
                open.add(StreamClient.feed(server.port(), greedy));
            }
            assertThat(open).allMatch(feed -> feed.status == 200);
            for (int i = 0; i < EXTRA_ATTEMPTS; i++) {
                try (var refused = StreamClient.feed(server.port(), greedy)) {
                    assertThat(refused.status).isEqualTo(503);
                }
            }
            try (var other = StreamClient.feed(server.port(), modest)) {
                assertThat(other.status).isEqualTo(200);
                closeAll(open);
                // The server notices a closed feed at its next event.
                await().until(() -> {
                    http.post(MESSAGES, HELLO, authorization(modest));
                    while (open.size() < maxShare) {
                        var again = StreamClient.feed(server.port(), greedy);
                        if (again.status != 200) {
                            again.close();
                            return false;
                        }
                        open.add(again);
                    }
                    return true;
                });
                int before = other.countLines("event: ");
                assertThat(http.post(MESSAGES, HELLO, authorization(modest)).status())
                        .isEqualTo(201);
                await().until(() -> other.countLines("event: ") > before);
            }
        } finally {
            closeAll(open);
        }
    }

    @Test
    void changeFeedsAndMcpListenersShareOneQuota() throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        var open = new ArrayList<StreamClient>();
        try (var server = serve(options -> options.maxStreams(6));
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(modest)).status())
                    .isEqualTo(201);
            String session = startSession(http, greedy);
            String others = startSession(http, modest);
            open.add(StreamClient.mcp(server.port(), greedy, session));
            open.add(StreamClient.feed(server.port(), greedy));
            open.add(StreamClient.mcp(server.port(), greedy, session));
            assertThat(open).allMatch(stream -> stream.status == 200);
            for (int i = 0; i < EXTRA_ATTEMPTS; i++) {
                try (var refused = i % 2 == 0
                        ? StreamClient.mcp(server.port(), greedy, session)
                        : StreamClient.feed(server.port(), greedy)) {
                    assertThat(refused.status).isEqualTo(503);
                }
            }
            try (var feed = StreamClient.feed(server.port(), modest);
                    var listener = StreamClient.mcp(server.port(), modest, others)) {
                assertThat(feed.status).isEqualTo(200);
                assertThat(listener.status).isEqualTo(200);
            }
            assertThat(http.send("DELETE", MCP, null, authorization(greedy, "Mcp-Session-Id", session))
                            .status())
                    .isEqualTo(204);
            await().until(() -> open.get(0).isEnded() && open.get(2).isEnded());
            await().until(() -> {
                try (var again = StreamClient.feed(server.port(), greedy)) {
                    return again.status == 200;
                }
            });
        } finally {
            closeAll(open);
        }
    }

    @ParameterizedTest
    @CsvSource({"4,50", "6,50", "10,20", "3,34", "2,50", "8,1"})
    void oneKeyCannotUseUpTheSessionsOfOthers(int max, int percent) throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        int maxShare = share(max, percent);
        try (var server = serve(options -> options.maxMcpSessions(max).callerShare(percent));
                var http = new Http(server.port())) {
            String others = startSession(http, modest);
            assertThat(listTools(http, modest, others)).isEqualTo(200);
            var sessions = new ArrayList<String>();
            for (int i = 0; i < maxShare; i++) {
                sessions.add(startSession(http, greedy));
                assertThat(listTools(http, greedy, sessions.getLast())).isEqualTo(200);
            }
            for (int i = 0; i < EXTRA_ATTEMPTS; i++) {
                assertThat(listTools(http, greedy, startSession(http, greedy))).isEqualTo(503);
            }
            assertThat(listTools(http, modest, others)).isEqualTo(200);
            if (maxShare + 1 < max) {
                assertThat(listTools(http, modest, startSession(http, modest))).isIn(maxShare > 1 ? 200 : 503);
            }
            for (String session : sessions) {
                assertThat(listTools(http, greedy, session)).isEqualTo(200);
                assertThat(listTools(http, modest, session))
                        .as("a session is the key's that began it")
                        .isEqualTo(404);
                assertThat(http.send("DELETE", MCP, null, authorization(greedy, "Mcp-Session-Id", session))
                                .status())
                        .isEqualTo(204);
            }
            for (int i = 0; i < maxShare; i++) {
                assertThat(listTools(http, greedy, startSession(http, greedy))).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 6, 8, 10})
    void concurrentlyUsedSessionsOfOneKeyDoNotExceedItsShare(int max) throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        try (var server = serve(options -> options.maxMcpSessions(max));
                var http = new Http(server.port())) {
            var sessions = new ArrayList<String>();
            for (int i = 0; i < 16; i++) {
                sessions.add(startSession(http, greedy));
            }
            List<Integer> statuses =
                    Threads.atOnce(sessions.size(), i -> () -> listTools(http, greedy, sessions.get(i)));
            assertThat(statuses).filteredOn(status -> status == 200).hasSize(max / 2);
            assertThat(listTools(http, modest, startSession(http, modest))).isEqualTo(200);
        }
    }

    /**
     * @param ofAgent maximum number of requests of one agent
     */
    @ParameterizedTest
    @CsvSource({"8,8,50", "8,4,50", "12,6,50", "10,10,20", "6,4,34", "2,2,50", "16,8,25"})
    void oneKeyCannotUseUpTheRequestsOfOthers(int max, int ofAgent, int percent) throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        int maxShare = share(max, percent);
        try (var server = serve(options ->
                        options.maxRequests(max).maxRequestsPerAgent(ofAgent).callerShare(percent));
                var http = new Http(server.port())) {
            int own = share(ofAgent, percent);
            var answers = new ArrayList<CompletableFuture<Integer>>();
            for (int i = 0; i < maxShare + EXTRA_ATTEMPTS; i++) {
                answers.add(postSlow(http, greedy, "kira"));
            }
            await().until(() -> count(answers) == maxShare + EXTRA_ATTEMPTS - Math.min(own, maxShare));
            assertThat(slowRunning).hasValue(Math.min(own, maxShare));
            // Both the agent that the greedy key uses and other agents remain available.
            assertThat(http.post(MESSAGES, HELLO, authorization(modest)).status())
                    .isEqualTo(201);
            for (int i = 0; i < maxShare + EXTRA_ATTEMPTS; i++) {
                answers.add(postSlow(http, greedy, "agent" + i));
            }
            await().until(() -> count(answers) == 2 * (maxShare + EXTRA_ATTEMPTS) - maxShare);
            assertThat(slowRunning).hasValue(maxShare);
            for (String agent : List.of("kira", "agent0", "third")) {
                assertThat(http.post("/v1/agents/" + agent + "/messages", HELLO, authorization(modest))
                                .status())
                        .as(agent)
                        .isEqualTo(201);
            }
            assertThat(http.post(MESSAGES, HELLO, authorization(greedy)).status())
                    .isEqualTo(503);
            slow.countDown();
            for (var answer : answers) {
                assertThat(answer.join()).isIn(204, 503);
            }
            assertThat(answers).filteredOn(answer -> answer.join() == 204).hasSize(maxShare);
            await().until(() ->
                    http.post(MESSAGES, HELLO, authorization(greedy)).status() == 201);
        } finally {
            slow.countDown();
        }
    }

    private static CompletableFuture<Integer> postSlow(Http http, ApiKeys.Created key, String agent) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return http.post(SLOW.formatted(agent), "{}", authorization(key))
                                .status();
                    } catch (IOException | InterruptedException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private static long count(List<CompletableFuture<Integer>> answers) {
        return answers.stream().filter(CompletableFuture::isDone).count();
    }

    @ParameterizedTest
    @CsvSource({"4,50", "6,50", "10,20", "3,34", "2,50"})
    void oneKeyCannotUseUpTheChatsOfOthers(int max, int percent) throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        int maxShare = share(max, percent);
        var open = new ArrayList<StreamClient>();
        try (var server = serve(options -> options.maxReplies(max).callerShare(percent))) {
            for (int i = 0; i < maxShare; i++) {
                open.add(StreamClient.chat(server.port(), greedy, "s" + i));
            }
            assertThat(open).allMatch(chat -> chat.status == 200);
            for (int i = 0; i < EXTRA_ATTEMPTS; i++) {
                try (var refused = StreamClient.chat(server.port(), greedy, "refused" + i)) {
                    assertThat(refused.status).isEqualTo(503);
                }
            }
            try (var other = StreamClient.chat(server.port(), modest, "t")) {
                assertThat(other.status).isEqualTo(200);
                closeAll(open);
                await().until(() -> {
                    while (open.size() < maxShare) {
                        var again = StreamClient.chat(server.port(), greedy, "again" + open.size());
                        if (again.status != 200) {
                            again.close();
                            return false;
                        }
                        open.add(again);
                    }
                    return true;
                });
                int before = other.countLines("event: delta");
                await().until(() -> other.countLines("event: delta") > before);
            }
            assertThat(stele.agent("kira")
                            .sessions()
                            .list(Optional.empty(), 100, Optional.empty())
                            .items())
                    .as("refused messages are not stored")
                    .noneMatch(session -> session.id().startsWith("refused"));
            closeAll(open); // before the server closes, because it waits for them
        } finally {
            closeAll(open);
        }
    }

    @ParameterizedTest
    @CsvSource({"4,50", "6,50", "10,20", "3,34", "2,50"})
    void oneKeyCannotUseUpTheWebSocketsOfOthers(int max, int percent) throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        var modest = key("modest", Scope.WRITE);
        int maxShare = share(max, percent);
        var open = new ArrayList<Tab>();
        try (var server = serve(options -> options.maxSockets(max).callerShare(percent))) {
            for (int i = 0; i < maxShare; i++) {
                open.add(new Tab(server.port(), greedy));
            }
            for (int i = 0; i < EXTRA_ATTEMPTS; i++) {
                assertThat(Tab.refusal(server.port(), greedy)).isEqualTo(503);
            }
            try (var other = new Tab(server.port(), modest)) {
                closeAll(open);
                await().until(() -> server.openSockets() == 1);
                for (int i = 0; i < maxShare; i++) {
                    open.add(new Tab(server.port(), greedy));
                }
                other.ping();
                await().until(() -> other.pongs.get() == 1);
            }
            closeAll(open);
            await().until(() -> server.openSockets() == 0);
        } finally {
            closeAll(open);
        }
    }

    @Test
    void webSocketsWhoseClientLeavesBeforeTheyOpenReleaseTheirPermits() throws Exception {
        var greedy = key("greedy", Scope.WRITE);
        try (var server = serve(options -> options.maxSockets(8))) {
            String handshake = RawHttpClient.head(
                    "GET",
                    CHAT,
                    authorizationLine(greedy),
                    "Connection: Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            String broken = RawHttpClient.head(
                    "GET", CHAT, authorizationLine(greedy), "Connection: Upgrade", "Upgrade: websocket");
            for (int i = 0; i < 100; i++) {
                try (var raw = new RawHttpClient(server.port())) {
                    raw.send(i % 2 == 0 ? handshake : broken);
                }
            }
            await().ignoreExceptions()
                    .until(
                            () -> { // some of the handshakes may still be read
                                var open = new ArrayList<Tab>();
                                try {
                                    for (int i = 0; i < 4; i++) {
                                        open.add(new Tab(server.port(), greedy));
                                    }
                                } finally {
                                    closeAll(open);
                                }
                                return true;
                            });
        }
    }

    @ParameterizedTest
    @CsvSource({"4,50", "6,50", "10,20", "3,34", "2,50"})
    void oneKeyCannotUseUpTheExportsOfOthers(int max, int percent) throws Exception {
        var greedy = key("greedy", Scope.READ);
        var modest = key("modest", Scope.READ);
        int maxShare = share(max, percent);
        for (int i = 0; i <= maxShare; i++) { // one agent for each export, because exports of an agent are bounded, too
            fill("kira" + i);
        }
        var open = new ArrayList<RawHttpClient>();
        try (var server = serve(options -> options.maxTransfers(max).callerShare(percent))) {
            for (int i = 0; i < maxShare; i++) {
                open.add(new RawHttpClient(server.port())
                        .send(RawHttpClient.head("GET", exportOf(i), authorizationLine(greedy))));
                assertThat(open.getLast().status()).isEqualTo(200); // the rest is not read
            }
            for (int i = 0; i < EXTRA_ATTEMPTS; i++) {
                try (var refused = new RawHttpClient(server.port())
                        .send(RawHttpClient.head("GET", exportOf(maxShare), authorizationLine(greedy)))) {
                    assertThat(refused.status()).isEqualTo(503);
                }
            }
            try (var other = new RawHttpClient(server.port())
                    .send(RawHttpClient.head("GET", exportOf(0), authorizationLine(modest)))) {
                assertThat(other.status()).isEqualTo(200);
            }
            closeAll(open);
            await().until(() -> {
                try (var again = new RawHttpClient(server.port())
                        .send(RawHttpClient.head("GET", exportOf(maxShare), authorizationLine(greedy)))) {
                    return again.status() == 200;
                }
            });
        } finally {
            closeAll(open);
        }
    }

    private static String exportOf(int number) {
        return "/v1/agents/kira" + number + "/export";
    }

    /** Fills an agent with more data than the buffers of a connection hold. */
    private void fill(String agent) {
        var memory = stele.agent(agent);
        for (int i = 0; i < 50; i++) {
            memory.remember(draft("x".repeat(250_000)));
        }
    }

    // ---- revocation

    /** Ways to revoke a key. */
    private enum Revocation {
        HERE,
        BY_ANOTHER_PROCESS,
        BY_REPLACING_THE_FILE,
        BY_EDITING_THE_FILE,
        BY_A_FILE_OF_THE_SAME_SIZE_AND_TIME;

        void revoke(Path data, ApiKeys keys, ApiKeys.Created key) throws IOException {
            Path file = data.resolve("keys.json");
            switch (this) {
                case HERE -> keys.revoke(key.key().id());
                case BY_ANOTHER_PROCESS -> new ApiKeys(data).revoke(key.key().id());
                case BY_REPLACING_THE_FILE -> write(file, without(file, key));
                case BY_EDITING_THE_FILE -> Files.writeString(file, without(file, key));
                case BY_A_FILE_OF_THE_SAME_SIZE_AND_TIME -> {
                    // Like a copy that preserves times, after the key was replaced by a new one.
                    FileTime time = Files.getLastModifiedTime(file);
                    String id = key.key().id();
                    Path copy = data.resolve("keys.copy");
                    Files.writeString(copy, Files.readString(file).replace(id, new StringBuilder(id).reverse() + ""));
                    Files.setLastModifiedTime(copy, time);
                    Files.move(copy, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }

        private static void write(Path file, String text) throws IOException {
            DurableFiles.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        }

        private static String without(Path file, ApiKeys.Created key) throws IOException {
            List<Object> rest = new ArrayList<>();
            for (JsonObject stored :
                    JsonObject.of("keys", Json.read(Files.readString(file))).objects("keys")) {
                if (!stored.string("id").equals(key.key().id())) {
                    rest.add(Json.fields()
                            .put("id", stored.string("id"))
                            .put("label", stored.string("label"))
                            .put("scope", stored.string("scope"))
                            .put("agents", stored.strings("agents"))
                            .put("created_at", stored.string("created_at"))
                            .put("hash", stored.string("hash"))
                            .map());
                }
            }
            return Json.write(Json.fields().keep("keys", rest).map());
        }
    }

    /** One of each resource that a key can hold open. */
    private static final class OpenResources implements AutoCloseable {
        private final ApiKeys.Created key;
        private final String session;
        private final List<StreamClient> streams = new ArrayList<>();
        private final Tab tab;

        OpenResources(int port, Http http, ApiKeys.Created key) throws Exception {
            this.key = key;
            session = startSession(http, key);
            assertThat(listTools(http, key, session)).isEqualTo(200);
            streams.add(StreamClient.feed(port, key));
            streams.add(StreamClient.mcp(port, key, session));
            streams.add(StreamClient.chat(port, key, "s-" + key.key().id()));
            tab = new Tab(port, key);
            assertThat(streams).allMatch(stream -> stream.status == 200);
        }

        boolean isEnded() {
            return streams.stream().allMatch(StreamClient::isEnded) && tab.isClosed();
        }

        void assertAllRespond(Http http) throws Exception {
            assertThat(listTools(http, key, session)).isEqualTo(200);
            int events = streams.getFirst().countLines("event: message");
            int words = streams.getLast().countLines("event: delta");
            int pongs = tab.pongs.get();
            assertThat(http.post(MESSAGES, HELLO, authorization(key)).status()).isEqualTo(201);
            tab.ping();
            await().until(() -> streams.getFirst().countLines("event: message") > events
                    && streams.getLast().countLines("event: delta") > words
                    && tab.pongs.get() > pongs);
            assertThat(streams).noneMatch(StreamClient::isEnded);
            assertThat(tab.isClosed()).isFalse();
        }

        @Override
        public void close() throws Exception {
            tab.close();
            closeAll(streams);
        }
    }

    @ParameterizedTest
    @EnumSource
    void revokedKeyLosesItsOpenStreamsAndOtherKeysKeepTheirs(Revocation revocation) throws Exception {
        var first = key("first", Scope.WRITE);
        var second = key("second", Scope.WRITE);
        try (var server = serve(options -> options.maxStreams(20));
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                    .isEqualTo(201);
            try (var ending = new OpenResources(server.port(), http, first);
                    var staying = new OpenResources(server.port(), http, second)) {
                ending.assertAllRespond(http);
                staying.assertAllRespond(http);
                revocation.revoke(data, keys, first);
                // Takes about a second; the rest is a reserve for busy machines.
                Awaitility.await().atMost(Duration.ofSeconds(10)).until(ending::isEnded);
                assertThat(ending.tab.closed.join()).isEqualTo(POLICY_VIOLATION);
                staying.assertAllRespond(http);
                assertThat(listTools(http, first, ending.session)).isEqualTo(401);
                assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                        .isEqualTo(401);
                assertThat(http.get(KIRA, authorization(first)).status()).isEqualTo(401);
                assertThat(Tab.refusal(server.port(), first)).isEqualTo(401);
                try (var feed = StreamClient.feed(server.port(), first);
                        var listener = StreamClient.mcp(server.port(), first, ending.session);
                        var chat = StreamClient.chat(server.port(), first, "after")) {
                    assertThat(List.of(feed.status, listener.status, chat.status))
                            .containsOnly(401);
                }
                staying.assertAllRespond(http);
            }
        }
    }

    @Test
    void newKeyIsNotTreatedAsRevoked() throws Exception {
        var first = key("first", Scope.WRITE);
        try (var server = serve(options -> options.maxStreams(20));
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                    .isEqualTo(201);
            var feeds = new ArrayList<>(List.of(StreamClient.feed(server.port(), first)));
            try {
                for (int i = 0; i < 8; i++) {
                    // Creates the keys at different times relative to the interval at which the server reads its keys.
                    new CountDownLatch(1).await(40L * i, TimeUnit.MILLISECONDS);
                    feeds.add(StreamClient.feed(server.port(), key("key " + i, Scope.READ)));
                }
                keys.revoke(first.key().id());
                // By then the server has read its keys again.
                await().until(feeds.getFirst()::isEnded);
                assertThat(http.post(MESSAGES, HELLO, authorization(key("last", Scope.WRITE)))
                                .status())
                        .isEqualTo(201);
                for (StreamClient feed : feeds.subList(1, feeds.size())) {
                    await().until(() -> feed.countLines("event: message") == 2 || feed.isEnded());
                    assertThat(feed.isEnded()).isFalse();
                }
            } finally {
                closeAll(feeds);
            }
        }
    }

    @Test
    void noKeyIsValidWithoutTheKeyFile() throws Exception {
        var first = key("first", Scope.WRITE);
        try (var server = serve(options -> options.maxStreams(20));
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                    .isEqualTo(201);
            try (var ending = new OpenResources(server.port(), http, first)) {
                Files.delete(data.resolve("keys.json"));
                await().until(ending::isEnded);
                assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                        .isEqualTo(401);
                assertThat(http.post(MESSAGES, HELLO).status()).isEqualTo(401);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "{\"keys\":1}", "{\"keys\":[{}]}", "\u0000\u0000\u0000"})
    void damagedKeyFileResultsInAServerErrorAndNoAccess(String broken) throws Exception {
        var first = key("first", Scope.WRITE);
        try (var server = serve();
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                    .isEqualTo(201);
            String whole = Files.readString(data.resolve("keys.json"));
            Files.writeString(data.resolve("keys.json"), broken);
            var refused = http.post(MESSAGES, HELLO, authorization(first));
            assertThat(refused.status()).isEqualTo(500);
            assertThat(http.post(MESSAGES, HELLO).status()).isEqualTo(401);
            assertThat(http.get("/health").status()).isEqualTo(200);
            Files.writeString(data.resolve("keys.json"), whole);
            assertThat(http.post(MESSAGES, HELLO, authorization(first)).status())
                    .isEqualTo(201);
            assertThat(stele.agent("kira").stats().messages()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {KIRA + "/changes", KIRA + "/export"})
    void unreadStreamEndsWhenItsKeyIsRevoked(String path) throws Exception {
        var first = key("first", Scope.READ);
        var second = key("second", Scope.READ);
        fill("kira");
        for (int i = 0; i < 40; i++) { // for the feed, whose events are short
            stele.agent("kira").remember(Collections.nCopies(1_000, draft("hello")));
        }
        try (var server = serve(options -> options.maxTransfers(2).maxStreams(2).bodyGrace(Duration.ofSeconds(100)))) {
            try (var raw = new RawHttpClient(server.port())
                    .send(RawHttpClient.head("GET", path, authorizationLine(first), "Accept: text/event-stream"))) {
                assertThat(raw.status()).isEqualTo(200);
                try (var refused = new RawHttpClient(server.port())
                        .send(RawHttpClient.head("GET", path, authorizationLine(first), "Accept: text/event-stream"))) {
                    assertThat(refused.status()).isEqualTo(503);
                }
                keys.revoke(first.key().id());
                // The permit is released although the connection is still open, because the client has not read the
                // end.
                await().until(() -> {
                    var both = List.of(
                            new RawHttpClient(server.port())
                                    .send(RawHttpClient.head(
                                            "GET", path, authorizationLine(second), "Accept: text/event-stream")),
                            new RawHttpClient(server.port())
                                    .send(RawHttpClient.head(
                                            "GET", path, authorizationLine(second), "Accept: text/event-stream")));
                    try {
                        return both.getFirst().status() == 200;
                    } finally {
                        both.forEach(RawHttpClient::close);
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MESSAGES, KIRA + "/import", KIRA + "/notes", KIRA + "/documents", CHAT})
    void requestWhoseKeyIsRevokedWhileItsBodyArrivesIsNotExecuted(String path) throws Exception {
        var first = key("first", Scope.WRITE);
        var second = key("second", Scope.WRITE);
        try (var server = serve();
                var http = new Http(server.port())) {
            assertThat(http.post(MESSAGES, HELLO, authorization(second)).status())
                    .isEqualTo(201);
            String body = path.equals(CHAT)
                    ? "{\"session\":\"s\",\"user\":\"ana\",\"message\":\"hi\"}"
                    : path.endsWith("documents")
                            ? "{\"collection\":\"c\",\"text\":\"hello\"}"
                            : path.endsWith("import") ? "{\"role\":\"user\",\"content\":\"hi\"}\n" : HELLO;
            try (var raw = new RawHttpClient(server.port())) {
                raw.send(RawHttpClient.head(
                                "POST",
                                path,
                                authorizationLine(first),
                                "Content-Type: application/json",
                                "Content-Length: " + body.length())
                        + body.substring(0, 5));
                // The request has started when the server counts it as running.
                await().until(() -> http.get("/metrics", authorization(second))
                        .body()
                        .matches("(?s).*stele_http_requests_running 2\\b.*"));
                keys.revoke(first.key().id());
                assertThat(http.get(KIRA, authorization(first)).status()).isEqualTo(401);
                if (path.endsWith("import")) { // an import reads its body itself and is aborted
                    assertThat(raw.status()).isIn(0, 400, 401, 500);
                } else {
                    raw.send(body.substring(5));
                    assertThat(raw.status()).isEqualTo(401);
                }
            }
            assertThat(stele.agent("kira").stats().messages()).isEqualTo(1);
            assertThat(stele.agent("kira").stats().notes()).isZero();
            assertThat(http.get(KIRA + "/documents", authorization(second))
                            .json()
                            .objects("items"))
                    .isEmpty();
        }
    }

    // ---- limited keys

    static List<String> ofTheServer() {
        return List.of(
                "GET /v1/arenas",
                "POST /v1/arenas/profiling {\"on\":false}",
                "POST /v1/arenas/reset",
                "POST /v1/arenas/optimize",
                "POST /v1/arenas/request/purge",
                "POST /v1/arenas/nothing/purge",
                "GET /v1/%61renas",
                "POST /v1/tasks {\"kind\":\"optimize\"}",
                "POST /v1/tasks {\"kind\":\"verify\"}",
                "POST /v1/tasks {\"kind\":\"optimize\",\"agent\":\"kira\"}",
                "POST /v1/tasks {\"kind\":\"backup\",\"agent\":\"other\"}",
                "POST /v1/tasks {\"kind\":\"verify\",\"agent\":\"other\"}",
                "POST /v1/agents/kira/conversations {\"with\":\"other\",\"opening\":\"hi\"}",
                "GET /v1/agents/other",
                "GET /v1/agents/other/export",
                "GET /v1/agents/othe%72/changes",
                "DELETE /v1/agents/other",
                "POST /v1/agents/other/messages {\"content\":\"x\"}",
                "POST /v1/agents/other/recall {\"query\":\"x\"}",
                "POST /mcp?agent=other " + McpMessages.INITIALIZE,
                "POST /mcp " + McpMessages.INITIALIZE);
    }

    @ParameterizedTest
    @MethodSource("ofTheServer")
    void adminKeyOfSomeAgentsCannotAdministerTheServer(String request) throws Exception {
        var limited = key("limited", Scope.ADMIN, "kira", "third");
        stele.agent("kira").remember(draft("hello"));
        stele.agent("other").remember(draft("a secret"));
        String[] parts = request.split(" ", 3);
        try (var server = serve();
                var raw = new RawHttpClient(server.port())) {
            String body = parts.length == 3 ? parts[2] : "";
            raw.send(RawHttpClient.head(
                            parts[0],
                            parts[1],
                            authorizationLine(limited),
                            "Content-Type: application/json",
                            "Content-Length: " + body.length())
                    + body);
            assertThat(raw.status()).isEqualTo(403);
            assertThat(stele.tasks()
                            .list(Optional.empty(), Optional.empty(), 10, Optional.empty())
                            .items())
                    .isEmpty();
            assertThat(stele.agent("other").stats().messages()).isEqualTo(1);
        }
    }

    @Test
    void adminKeyOfSomeAgentsCanAdministerThoseAgents() throws Exception {
        var limited = key("limited", Scope.ADMIN, "kira", "third");
        var all = key("all", Scope.ADMIN);
        stele.agent("kira").remember(draft("hello"));
        stele.agent("otheragent").remember(draft("a secret"));
        try (var server = serve();
                var http = new Http(server.port())) {
            assertThat(http.get("/v1/agents", authorization(limited)).json().strings("items"))
                    .containsExactly("kira");
            var task = http.post("/v1/tasks", "{\"kind\":\"verify\",\"agent\":\"kira\"}", authorization(limited));
            assertThat(task.status()).isEqualTo(201);
            String location = task.headers().firstValue("Location").orElseThrow();
            assertThat(http.get(location, authorization(limited)).status()).isEqualTo(200);
            assertThat(http.send("POST", location + "/cancel", null, authorization(limited))
                            .json()
                            .string("state"))
                    .isEqualTo("cancelled");
            assertThat(http.post("/v1/agents/third/messages", HELLO, authorization(limited))
                            .status())
                    .isEqualTo(201);
            assertThat(http.post(MCP, McpMessages.INITIALIZE, authorization(limited))
                            .status())
                    .isEqualTo(200);
            // Metrics concern the whole process and name no agent.
            for (String path : List.of("/metrics", "/v1/models", "/openapi.json", "/ready")) {
                var answer = http.get(path, authorization(limited));
                assertThat(answer.status()).as(path).isEqualTo(200);
                assertThat(answer.body()).as(path).doesNotContain("otheragent");
            }
            assertThat(http.send("DELETE", KIRA, null, authorization(limited)).status())
                    .isEqualTo(204);
            assertThat(stele.exists(new AgentName("kira"))).isFalse();
            assertThat(http.get("/v1/arenas", authorization(all)).status()).isEqualTo(200);
            assertThat(http.post("/v1/tasks", "{\"kind\":\"optimize\"}", authorization(all))
                            .status())
                    .isEqualTo(201);
            assertThat(http.post("/v1/tasks", "{\"kind\":\"optimize\",\"agent\":\"third\"}", authorization(all))
                            .status())
                    .isEqualTo(201);
        }
    }

    @Test
    void auditLogNamesTheKeyOfARefusedRequest() throws Exception {
        var reader = key("reader", Scope.READ);
        var limited = key("limited", Scope.ADMIN, "third");
        var log = Logger.getLogger(AccessFilter.class.getName());
        var lines = new CopyOnWriteArrayList<String>();
        var handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                lines.add(entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        var level = log.getLevel();
        log.setLevel(Level.ALL); // another test may have configured the level
        log.addHandler(handler);
        try (var server = serve();
                var http = new Http(server.port())) {
            assertThat(http.post("/v1/arenas/optimize", "", authorization(reader))
                            .status())
                    .isEqualTo(403);
            assertThat(http.send("DELETE", KIRA, null, authorization(limited)).status())
                    .isEqualTo(403);
            assertThat(http.send("DELETE", KIRA, null).status()).isEqualTo(401);
            assertThat(http.send("DELETE", KIRA, null, "Authorization", "Bearer stele_a_b")
                            .status())
                    .isEqualTo(401);
        } finally {
            log.removeHandler(handler);
            log.setLevel(level);
        }
        assertThat(lines)
                .filteredOn(line -> line.startsWith("audit "))
                .satisfiesExactly(
                        line -> assertThat(line).contains("key=" + reader.key().id(), "status=403"),
                        line -> assertThat(line).contains("key=" + limited.key().id(), "status=403"),
                        line -> assertThat(line).contains("unknown", "status=401"),
                        line -> assertThat(line).contains("unknown", "status=401"));
    }

    // ---- labels

    static List<String> badLabels() {
        return List.of(
                "",
                " ",
                "a\nb",
                "a\rb",
                "a\r\nb",
                "a\tb",
                "a\u001b[31mb",
                "a\0b",
                "a\bb",
                "a\u007fb",
                "a\u0085b",
                "a\u2028b",
                "a\u2029b",
                "line\n",
                "\u2028line",
                "x".repeat(101),
                "x".repeat(300),
                "x".repeat(1_000_000));
    }

    @ParameterizedTest
    @MethodSource("badLabels")
    void labelWithControlCharactersIsRefused(String label) {
        assertThatThrownBy(() -> key(label, Scope.READ)).isInstanceOf(InvalidInputException.class);
        assertThat(keys.list()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"laptop", "Büro 2", "机器", "a \"quoted\" \\ label", "\uD83D\uDC69\u200D\uD83D\uDCBB"})
    void labelInAnyScriptIsAccepted(String label) {
        var created = key(label, Scope.READ);
        assertThat(new ApiKeys(data).check(created.text()).orElseThrow().label())
                .isEqualTo(label);
        assertThat(key("x".repeat(100), Scope.READ).key().label()).hasSize(100);
    }

    // ---- jobs

    /**
     * @param order owners of the jobs in the order of submission: o for the agent of the key, f for a foreign agent, s
     *     for the server
     */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "o", "f", "s", "fo", "of", "ofo", "ffffff", "ofsofsofs", "offfffffffo", "sssoooss", "oooo"})
    void limitedKeySeesOnlyTheJobsOfItsAgents(String order) throws Exception {
        var limited = List.of(key("admin", Scope.ADMIN, "kira"), key("reader", Scope.READ, "kira"));
        var all = key("all", Scope.ADMIN);
        List<String> own = new ArrayList<>();
        List<String> foreign = new ArrayList<>();
        for (char whose : order.toCharArray()) {
            TaskDraft draft = TaskDraft.of("verify");
            Task task = stele.tasks()
                    .submit(
                            switch (whose) {
                                case 'o' -> draft.withAgent(new AgentName("kira"));
                                case 'f' -> draft.withAgent(new AgentName("other"));
                                default -> TaskDraft.of("optimize");
                            });
            (whose == 'o' ? own : foreign).addFirst(task.id());
        }
        try (var server = serve();
                var http = new Http(server.port())) {
            for (ApiKeys.Created key : limited) {
                for (int limit : new int[] {1, 2, 3, 50}) {
                    for (String filter : List.of("", "&agent=kira", "&state=queued")) {
                        assertThat(pages(http, key, limit, filter)).isEqualTo(own);
                    }
                    assertThat(pages(http, key, limit, "&agent=other")).isEmpty();
                }
                // Cursors that point to jobs of others return only jobs of the own agent.
                for (String next : cursors(http, all)) {
                    assertThat(ids(http.get("/v1/tasks?limit=1000&after=" + next, authorization(key))
                                    .json()))
                            .isSubsetOf(own);
                }
                for (String id : foreign) {
                    assertThat(http.get("/v1/tasks/" + id, authorization(key)).status())
                            .isEqualTo(404);
                    assertThat(http.send("POST", "/v1/tasks/" + id + "/cancel", null, authorization(key))
                                    .status())
                            .isIn(403, 404);
                    assertThat(stele.tasks().get(id).state()).isEqualTo(TaskState.QUEUED);
                }
            }
            assertThat(pages(http, all, 1, "")).hasSize(order.length());
        }
    }

    private static List<String> ids(JsonObject page) {
        return page.objects("items").stream().map(item -> item.string("id")).toList();
    }

    /** Returns all items, page by page. Checks that only the first page may be empty and only the last may be short. */
    private static List<String> pages(Http http, ApiKeys.Created key, int limit, String filter) throws Exception {
        List<String> all = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            JsonObject page = http.get(
                            "/v1/tasks?limit=" + limit + filter
                                    + next.map(after -> "&after=" + after).orElse(""),
                            authorization(key))
                    .json();
            List<String> ids = ids(page);
            assertThat(ids.isEmpty() && next.isPresent())
                    .as("an empty page after the first")
                    .isFalse();
            all.addAll(ids);
            next = page.optionalString("next");
            assertThat(next.isPresent() && ids.size() < limit)
                    .as("a short page before the last reveals hidden items")
                    .isFalse();
        } while (next.isPresent());
        return all;
    }

    private static List<String> cursors(Http http, ApiKeys.Created key) throws Exception {
        List<String> cursors = new ArrayList<>();
        Optional<String> next =
                http.get("/v1/tasks?limit=1", authorization(key)).json().optionalString("next");
        while (next.isPresent()) {
            cursors.add(next.get());
            next = http.get("/v1/tasks?limit=1&after=" + next.get(), authorization(key))
                    .json()
                    .optionalString("next");
        }
        return cursors;
    }

    // ---- web pages

    /** Headers of requests of foreign pages. PORT stands for the port of the server, OTHER for another port. */
    static List<String> foreignOrigins() {
        return List.of(
                "Origin: http://localhost:OTHER",
                "Origin: http://127.0.0.1:OTHER",
                "Origin: http://[::1]:OTHER",
                "Origin: http://localhost",
                "Origin: http://127.0.0.1",
                "Origin: http://localhost.evil.example",
                "Origin: http://localhost.evil.example:PORT",
                "Origin: http://127.0.0.1.evil.example:PORT",
                "Origin: http://evil.example:PORT",
                "Origin: http://127.0.0.2:PORT",
                "Origin: http://0.0.0.0:PORT",
                "Origin: null",
                "Origin: https://localhost:PORT",
                "Origin: https://127.0.0.1:PORT",
                "Origin: file://",
                "Origin: chrome-extension://abcdef",
                "Origin: http://localhost:PORT@evil.example",
                "Origin: http://127.0.0.1:PORT.evil.example",
                "Origin: http://127.0.0.1:PORT http://evil.example",
                "Origin: ",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site",
                "Origin: http://127.0.0.1:PORT|Sec-Fetch-Site: cross-site",
                "Origin: http://localhost:OTHER|X-Stele-Client: page");
    }

    /** Content types that a page may send without a preflight request, and others. */
    private static final List<String> TYPES = List.of(
            "Content-Type: text/plain",
            "Content-Type: Text/Plain;charset=UTF-8",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Type: multipart/form-data; boundary=x",
            "Content-Type: application/json",
            "X-No-Type: yes");

    private static final List<String> CHANGING = List.of(
            "POST " + MESSAGES + " " + HELLO,
            "POST " + KIRA + "/notes " + HELLO,
            "POST " + KIRA + "/documents?collection=c&id=d some text",
            "POST " + KIRA + "/import {\"role\":\"user\",\"content\":\"hi\"}",
            "POST " + CHAT + " {\"session\":\"s\",\"user\":\"ana\",\"message\":\"hi\"}",
            "PUT " + KIRA + "/access {\"chat\":[\"public\"]}",
            "DELETE " + KIRA,
            "POST /v1/tasks {\"kind\":\"verify\",\"agent\":\"kira\"}",
            "POST /v1/arenas/optimize",
            "POST " + MCP + " " + McpMessages.INITIALIZE);

    private int send(SteleServer server, String request, List<String> headers) throws IOException {
        String[] parts = request.split(" ", 3);
        String body = parts.length == 3 ? parts[2] : "";
        var all = new ArrayList<>(headers);
        all.add("Content-Length: " + body.length());
        all.replaceAll(header ->
                header.replace("PORT", "" + server.port()).replace("OTHER", "" + (server.port() == 80 ? 81 : 80)));
        try (var raw = new RawHttpClient(server.port())) {
            return raw.send(RawHttpClient.head(parts[0], parts[1], all.toArray(String[]::new)) + body)
                    .status();
        }
    }

    private void assertUntouched() {
        var stats = stele.agent("kira").stats();
        assertThat(stats.messages()).isEqualTo(1);
        assertThat(stats.notes()).isZero();
        assertThat(stele.agents()).containsExactly(new AgentName("kira"));
        assertThat(stele.agent("kira").documents().collections()).isEmpty();
        assertThat(stele.tasks()
                        .list(Optional.empty(), Optional.empty(), 10, Optional.empty())
                        .items())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("foreignOrigins")
    void requestsOfAForeignOriginChangeNothing(String page) throws Exception {
        stele.agent("kira").remember(draft("hello"));
        try (var server = new SteleServer(stele, TestOptions.small().build())) {
            for (String request : CHANGING) {
                for (String type : TYPES) {
                    var headers = new ArrayList<>(List.of(page.split("\\|", -1)));
                    headers.add(type);
                    assertThat(send(server, request, headers))
                            .as(request + ", " + headers)
                            .isEqualTo(403);
                }
            }
            if (page.startsWith("Origin")) { // browsers always send the origin with a WebSocket handshake
                var handshake = new ArrayList<>(List.of(page.split("\\|", -1)));
                handshake.addAll(List.of(
                        "Connection: Upgrade",
                        "Upgrade: websocket",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
                assertThat(send(server, "GET " + CHAT, handshake)).isEqualTo(403);
            }
            assertUntouched();
        }
    }

    @Test
    void bodyOfASimpleContentTypeNeedsTheClientHeader() throws Exception {
        stele.agent("kira").remember(draft("hello"));
        String upload = "POST " + KIRA + "/documents?collection=c&id=d some text";
        try (var server = new SteleServer(stele, TestOptions.small().build())) {
            for (String request : CHANGING) {
                for (String type : TYPES.subList(0, 4)) {
                    assertThat(send(server, request, List.of(type)))
                            .as(request + ", " + type)
                            .isEqualTo(415);
                }
            }
            assertUntouched();
            assertThat(send(server, upload, List.of("Content-Type: text/plain", "X-Stele-Client: curl")))
                    .isEqualTo(201);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-None: of it",
                "Origin: http://127.0.0.1:PORT",
                "Origin: http://localhost:PORT",
                "Origin: http://127.0.0.1:PORT|Sec-Fetch-Site: same-origin",
                "Sec-Fetch-Site: none",
                "User-Agent: curl/8"
            })
    void ownDashboardAndCommandLineToolsAreServed(String caller) throws Exception {
        try (var server = new SteleServer(stele, TestOptions.small().build())) {
            var headers = new ArrayList<>(List.of(caller.split("\\|", -1)));
            headers.add("Content-Type: application/json");
            assertThat(send(server, "POST " + MESSAGES + " " + HELLO, headers)).isEqualTo(201);
            assertThat(send(server, "GET " + KIRA, headers)).isEqualTo(200);
            assertThat(send(server, "POST /v1/arenas/optimize", headers)).isEqualTo(200);
            assertThat(send(server, "POST " + MCP + " " + McpMessages.INITIALIZE, headers))
                    .isEqualTo(200);
            assertThat(stele.agent("kira").stats().messages()).isEqualTo(1);
            assertThat(send(server, "DELETE " + KIRA, headers)).isEqualTo(204);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:PORT",
                "localhost.evil.example:PORT",
                "127.0.0.1.evil.example",
                "0.0.0.0:PORT",
                "127.0.0.2:PORT",
                "localhost.:PORT"
            })
    void foreignHostNameOfThisMachineIsRefused(String host) throws Exception {
        try (var server = new SteleServer(stele, TestOptions.small().build());
                var raw = new RawHttpClient(server.port())) {
            String own = host.replace("PORT", "" + server.port());
            raw.send("POST " + MESSAGES + " HTTP/1.1\r\nHost: " + own + "\r\nOrigin: http://" + own
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + HELLO.length() + "\r\n\r\n" + HELLO);
            assertThat(raw.status()).isEqualTo(421);
            assertThat(stele.agents()).isEmpty();
        }
    }
}
