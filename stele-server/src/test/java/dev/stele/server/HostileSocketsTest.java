package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.language.ExtractiveModel;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.models.ChatService;
import dev.stele.models.ModelChain;
import dev.stele.server.support.Http;
import dev.stele.server.support.RawHttpClient;
import dev.stele.server.support.TestOptions;
import dev.stele.support.ModelServer;
import dev.stele.support.ModelServer.Question;
import dev.stele.support.ModelServer.Script;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Chat WebSockets whose clients attack the server or exceed its limits. Each request is answered or its socket closed,
 * permits are released, and other clients are not affected. After each test the server responds, a new socket can chat,
 * and the log has no stack trace.
 */
@Timeout(240)
class HostileSocketsTest {

    private static final String KIRA = "/v1/agents/kira";
    private static final String CHAT = KIRA + "/chat";
    private static final int MAX_RUNNING = 4;
    private static final int MAX_JOINED = 64;

    /** Long timeout for busy machines; normally much less is needed. */
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir
    Path data;

    private final ModelServer models = new ModelServer();
    private final WebSocketClient client = new WebSocketClient();
    private final TraceCollector traces = new TraceCollector();
    private final AtomicInteger runningQuestions = new AtomicInteger();
    private final AtomicInteger maxRunningQuestions = new AtomicInteger();
    /** Gate at which questions wait inside the model server. */
    private final AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(0));

    private final AtomicInteger idCounter = new AtomicInteger();
    private Stele stele;
    private SteleServer server;
    private Http http;

    @BeforeEach
    void start() throws Exception {
        Logger.getLogger("").addHandler(traces);
        var chain = new ModelChain(
                List.of(new ChatService(new ChatService.Settings(
                        "local",
                        "openai",
                        models.openAiUrl(),
                        "test",
                        "",
                        Duration.ofMinutes(2),
                        Duration.ofSeconds(2),
                        0,
                        1))),
                new ExtractiveModel(),
                1);
        stele = Stele.open(
                SteleConfig.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(chain));
        server = new SteleServer(
                stele,
                TestOptions.small()
                        .maxReplies(MAX_RUNNING)
                        .requestBytes(16 << 20)
                        .build());
        http = new Http(server.port());
        client.setMaxTextMessageSize(16 << 20);
        client.setIdleTimeout(Duration.ofMinutes(5));
        client.start();
        answering(question -> Script.of("Heard ", "" + question.last().length()));
    }

    @AfterEach
    void stop() throws Exception {
        gate.get().countDown();
        try {
            assertServerIsUsable();
        } finally {
            client.stop();
            http.close();
            server.close();
            stele.close();
            models.close();
            Logger.getLogger("").removeHandler(traces);
        }
        assertThat(traces.found).isEmpty();
    }

    /** Log handler that collects records with a stack trace or of level SEVERE. */
    private static final class TraceCollector extends Handler {
        final List<String> found = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void publish(LogRecord record) {
            if (record.getThrown() != null || record.getLevel().intValue() >= Level.SEVERE.intValue()) {
                found.add(record.getLoggerName() + ": " + record.getMessage() + ": " + record.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(TIMEOUT);
    }

    /** Checks that the server responds, that a new socket can chat, and that all permits are released afterwards. */
    private void assertServerIsUsable() throws Exception {
        assertThat(http.get("/health").status()).isEqualTo(200);
        answering(question -> Script.of("Heard ", "" + question.last().length()));
        try (var tab = new Tab()) {
            String session = unique("whole");
            tab.join(session);
            await().until(() -> tab.say(session, "hello")
                    .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                    .equals("done"));
        }
        awaitNoAnswers();
        await().untilAsserted(() -> assertThat(server.openSockets()).isZero());
    }

    /** Waits for the release of all permits, which follows the delivery of an answer with a short delay. */
    private void awaitNoAnswers() {
        await().untilAsserted(() -> assertThat(server.runningAnswers()).isZero());
    }

    private String unique(String what) {
        return what + "-" + idCounter.incrementAndGet();
    }

    /** Sets the answers of the model. Questions wait at the gate and are counted while they run. */
    private void answering(Function<Question, Script> kinds) {
        models.answering(question -> {
            maxRunningQuestions.accumulateAndGet(runningQuestions.incrementAndGet(), Math::max);
            try {
                gate.get().await();
                return kinds.apply(question);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Script.error(503);
            } finally {
                runningQuestions.decrementAndGet();
            }
        });
    }

    private void closeGate() {
        gate.set(new CountDownLatch(1));
    }

    private void openGate() {
        gate.get().countDown();
    }

    /** Client of a chat WebSocket with Jetty's library, which supports extensions, unlike that of the JDK. */
    private final class Tab implements AutoCloseable {
        final TabListener received = new TabListener();
        final Session session;

        Tab(String... extensions) throws Exception {
            this(server, extensions);
        }

        Tab(SteleServer at, String... extensions) throws Exception {
            var request = new ClientUpgradeRequest(URI.create("ws://127.0.0.1:" + at.port() + CHAT));
            request.addExtensions(extensions);
            session = client.connect(received, request).get(30, TimeUnit.SECONDS);
            received.await("connected");
        }

        Tab send(Object... pairs) {
            var frame = Json.fields();
            for (int i = 0; i < pairs.length; i += 2) {
                frame.keep((String) pairs[i], pairs[i + 1]);
            }
            return sendText(Json.write(frame.map()));
        }

        Tab sendText(String text) {
            Callback.Completable.with(callback -> session.sendText(text, callback))
                    .join();
            return this;
        }

        JsonObject join(String sessionId) throws InterruptedException {
            send("type", "join", "session", sessionId, "user", "ana");
            return received.await(frame -> frame.string("type").equals("joined")
                    && frame.string("session").equals(sessionId));
        }

        /** Sends a message. The outcome is "done", or the code and the detail of an error. */
        CompletableFuture<String> say(String sessionId, String text) {
            String id = unique("m");
            CompletableFuture<String> outcome = received.outcomeOf(id);
            send("type", "message", "session", sessionId, "id", id, "text", text);
            return outcome;
        }

        void assertAlive() throws InterruptedException {
            send("type", "ping");
            received.await("pong");
        }

        @Override
        public void close() {
            session.disconnect();
        }
    }

    /** Listener that collects received frames; public, because Jetty calls it by reflection. */
    public static final class TabListener implements Session.Listener.AutoDemanding {
        final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final Map<String, CompletableFuture<String>> outcomes = new ConcurrentHashMap<>();

        CompletableFuture<String> outcomeOf(String id) {
            return outcomes.computeIfAbsent(id, _ -> new CompletableFuture<>());
        }

        @Override
        public void onWebSocketText(String text) {
            JsonObject frame = Json.readObject("frame", text);
            frames.add(frame);
            String type = frame.string("type");
            if (type.equals("complete") || type.equals("error")) {
                frame.optionalString("reply_to")
                        .ifPresent(id -> outcomeOf(id)
                                .complete(
                                        type.equals("complete")
                                                ? "done"
                                                : frame.string("code") + ": " + frame.string("detail")));
            }
        }

        @Override
        public void onWebSocketClose(int code, String reason, Callback callback) {
            closed.complete(code);
            callback.succeed();
        }

        @Override
        public void onWebSocketError(Throwable why) {
            closed.complete(0);
        }

        JsonObject await(String type) throws InterruptedException {
            return await(frame -> frame.string("type").equals(type));
        }

        JsonObject await(Predicate<JsonObject> predicate) throws InterruptedException {
            var passed = new ArrayList<String>();
            while (true) {
                JsonObject frame = frames.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                assertThat(frame).as("a frame, after " + passed).isNotNull();
                if (predicate.test(frame)) {
                    return frame;
                }
                passed.add(frame.string("type"));
            }
        }
    }

    // ---- compression

    /**
     * Offers without {@code client_no_context_takeover} alone, which Jetty's client confuses with that of the server;
     * {@link RawSocket} covers it.
     */
    static List<List<String>> extensions() {
        return List.of(
                List.of(),
                List.of("permessage-deflate"),
                List.of("permessage-deflate;server_no_context_takeover"),
                List.of("permessage-deflate;client_no_context_takeover;server_no_context_takeover"),
                List.of("permessage-deflate;client_max_window_bits=15"),
                List.of("permessage-deflate;client_max_window_bits=10", "permessage-deflate"));
    }

    /** Texts that compress badly, texts that compress well, and characters of several bytes. */
    static List<String> texts() {
        var random = new Random(11);
        String letters = random.ints(100_000, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return List.of("x", "tea ".repeat(2_500), letters, "y".repeat(100_000), "ä€𝄞".repeat(10_000));
    }

    @ParameterizedTest
    @MethodSource("extensions")
    void messagesOfAnySizeAreDeliveredWithAndWithoutCompression(List<String> offered) throws Exception {
        answering(question -> Script.of(
                "Long: ",
                question.last().substring(0, Math.min(12_000, question.last().length()))));
        try (var first = new Tab(offered.toArray(String[]::new));
                var second = new Tab(offered.toArray(String[]::new))) {
            assertThat(first.session.getUpgradeResponse().getExtensions())
                    .hasSize(offered.isEmpty() ? 0 : 1)
                    .allMatch(extension -> extension.getName().equals("permessage-deflate"));
            first.join("shared");
            second.join("shared");
            first.join("one");
            second.join("two");
            for (String text : texts()) {
                for (Tab tab : List.of(first, second)) {
                    CompletableFuture<String> outcome = tab.say("shared", text);
                    assertDelivered(first, "shared", text);
                    assertDelivered(second, "shared", text);
                    assertThat(outcome).succeedsWithin(TIMEOUT).isEqualTo("done");
                }
            }
            // Both sockets send at the same time.
            for (String text : texts()) {
                CompletableFuture<String> one = first.say("one", text);
                CompletableFuture<String> two = second.say("two", text);
                assertDelivered(first, "one", text);
                assertDelivered(second, "two", text);
                assertThat(one).succeedsWithin(TIMEOUT).isEqualTo("done");
                assertThat(two).succeedsWithin(TIMEOUT).isEqualTo("done");
            }
        }
    }

    /** Checks that a message and its answer are delivered completely. */
    private static void assertDelivered(Tab tab, String session, String text) throws InterruptedException {
        JsonObject message = tab.received.await(frame -> frame.string("type").equals("message")
                && frame.string("session").equals(session));
        assertThat(message.object("message").orElseThrow().string("content")).isEqualTo(text);
        JsonObject complete = tab.received.await(frame -> frame.string("type").equals("complete")
                && frame.string("session").equals(session));
        assertThat(complete.object("message").orElseThrow().string("content"))
                .isEqualTo("Long: " + text.substring(0, Math.min(12_000, text.length())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate",
                "permessage-deflate; client_no_context_takeover",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; client_max_window_bits=\"10\"",
                "permessage-deflate; client_no_context_takeover; client_max_window_bits, permessage-deflate",
                "permessage-bzip2; level=9, permessage-deflate; server_no_context_takeover",
                "permessage-deflate; server_max_window_bits=9",
                "permessage-deflate; server_max_window_bits=9, permessage-deflate",
                "x-webkit-deflate-frame"
            })
    void compressionOffersOfBrowsersAreAcceptedOrDeclined(String offer) throws Exception {
        List<RawSocket> sockets = List.of(new RawSocket(server.port(), offer), new RawSocket(server.port(), offer));
        try {
            // The server cannot limit its window and must decline such an offer.
            assertThat(sockets)
                    .extracting(RawSocket::compresses)
                    .containsOnly(offer.matches(".*permessage-deflate(?!; server_max).*"));
            for (RawSocket raw : sockets) {
                raw.send(RawSocket.masked(0x81, utf8("{\"type\":\"join\",\"session\":\"s\",\"user\":\"ana\"}")))
                        .awaitText("joined");
            }
            for (String text : texts()) {
                for (RawSocket raw : sockets) {
                    String id = unique("m");
                    byte[] message = utf8(Json.write(Json.fields()
                            .put("type", "message")
                            .put("session", "s")
                            .put("id", id)
                            .put("text", text)
                            .map()));
                    // Each message is compressed separately, like that of a client without context takeover.
                    raw.send(
                            raw.compresses()
                                    ? RawSocket.masked(0xc1, deflate(out -> out.write(message)))
                                    : RawSocket.masked(0x81, message));
                    for (RawSocket receiver : sockets) {
                        receiver.awaitText(text);
                        receiver.awaitText("\"type\":\"complete\"");
                    }
                    // A client may send uncompressed frames although compression was negotiated.
                    raw.send(RawSocket.masked(0x81, utf8("{\"type\":\"ping\"}")))
                            .awaitText("pong");
                }
            }
        } finally {
            sockets.forEach(RawSocket::close);
        }
    }

    // ---- running answers

    /** Kinds of requests that occupy a permit for an answer. */
    enum RequestKind {
        SOCKET_OF_ITS_OWN,
        JOIN_OF_ONE_SOCKET,
        SAME_CONVERSATION,
        JSON,
        STREAM,
        ELABORATION
    }

    static List<List<RequestKind>> requestKinds() {
        return List.of(
                Collections.nCopies(8, RequestKind.SOCKET_OF_ITS_OWN),
                Collections.nCopies(8, RequestKind.JOIN_OF_ONE_SOCKET),
                Collections.nCopies(8, RequestKind.ELABORATION),
                List.of(
                        RequestKind.SOCKET_OF_ITS_OWN,
                        RequestKind.JOIN_OF_ONE_SOCKET,
                        RequestKind.ELABORATION,
                        RequestKind.STREAM,
                        RequestKind.JSON,
                        RequestKind.SOCKET_OF_ITS_OWN,
                        RequestKind.ELABORATION,
                        RequestKind.JOIN_OF_ONE_SOCKET,
                        RequestKind.JOIN_OF_ONE_SOCKET,
                        RequestKind.STREAM),
                List.of(
                        RequestKind.STREAM,
                        RequestKind.ELABORATION,
                        RequestKind.SAME_CONVERSATION,
                        RequestKind.SAME_CONVERSATION,
                        RequestKind.SAME_CONVERSATION,
                        RequestKind.SOCKET_OF_ITS_OWN,
                        RequestKind.JSON));
    }

    /** Clients that send requests of all kinds. */
    private final class Crowd implements AutoCloseable {
        private final List<Tab> tabs = new ArrayList<>();
        private final Tab shared;
        private final String conversation = unique("same");

        Crowd() throws Exception {
            shared = new Tab();
            tabs.add(shared);
            shared.join(conversation);
            assertThat(http.post(KIRA + "/documents", """
                            {"collection": "sea", "id": "tides", "title": "Tides", "text": "The moon pulls the sea."}""").status()).isBetween(200, 201);
        }

        CompletableFuture<String> ask(RequestKind kind) throws Exception {
            String sessionId = unique("s");
            return switch (kind) {
                case SOCKET_OF_ITS_OWN -> {
                    var tab = new Tab();
                    tabs.add(tab);
                    tab.join(sessionId);
                    yield tab.say(sessionId, "hello");
                }
                case JOIN_OF_ONE_SOCKET -> {
                    shared.join(sessionId);
                    yield shared.say(sessionId, "hello");
                }
                case SAME_CONVERSATION -> shared.say(conversation, "hello");
                case JSON -> post(CHAT, chatMessage(sessionId), "application/json");
                case STREAM -> post(CHAT, chatMessage(sessionId), "text/event-stream");
                case ELABORATION -> post(KIRA + "/elaborate/stream", selection(), "text/event-stream");
            };
        }

        List<CompletableFuture<String>> askAll(List<RequestKind> kinds) throws Exception {
            var outcomes = new ArrayList<CompletableFuture<String>>();
            for (RequestKind kind : kinds) {
                outcomes.add(ask(kind));
            }
            return outcomes;
        }

        private CompletableFuture<String> post(String path, String body, String accept) {
            var request = HttpRequest.newBuilder(http.uri(path))
                    .header("Content-Type", "application/json")
                    .header("Accept", accept)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            return http.client()
                    .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .thenApply(answer -> answer.statusCode() == 200
                            ? accept.equals("application/json") || answer.body().contains("event: done")
                                    ? "done"
                                    : answer.body()
                            : JsonObject.of("problem", Json.read(answer.body()))
                                            .string("type")
                                            .replace("urn:stele:", "")
                                    + ": " + answer.body());
        }

        @Override
        public void close() {
            tabs.forEach(Tab::close);
        }
    }

    private static String chatMessage(String session) {
        return Json.write(Json.fields()
                .put("session", session)
                .put("user", "ana")
                .put("message", "hello")
                .map());
    }

    private static String selection() {
        return Json.write(Json.fields()
                .put("selected_text", "spring tides")
                .put("context_text", "Sailors fear spring tides.")
                .put("collection", "sea")
                .put("document", "Logbook")
                .map());
    }

    private static List<String> ended(List<CompletableFuture<String>> outcomes) {
        return outcomes.stream()
                .filter(CompletableFuture::isDone)
                .map(CompletableFuture::join)
                .toList();
    }

    private static List<String> all(List<CompletableFuture<String>> outcomes) {
        outcomes.forEach(outcome -> assertThat(outcome).succeedsWithin(TIMEOUT));
        return ended(outcomes);
    }

    @ParameterizedTest
    @MethodSource("requestKinds")
    void runningAnswersAreBoundedForEveryKindOfRequest(List<RequestKind> kinds) throws Exception {
        try (var crowd = new Crowd()) {
            for (int round = 0; round < 3; round++) {
                awaitNoAnswers();
                closeGate();
                List<CompletableFuture<String>> outcomes = crowd.askAll(kinds);
                await().untilAsserted(() -> assertThat(ended(outcomes)).hasSize(kinds.size() - MAX_RUNNING));
                assertThat(ended(outcomes))
                        .allSatisfy(outcome -> assertThat(outcome)
                                .startsWith("overloaded: ")
                                .contains("chat.max-running")
                                .contains("" + MAX_RUNNING));
                openGate();
                assertThat(all(outcomes)).filteredOn("done"::equals).hasSize(MAX_RUNNING);
            }
            assertThat(maxRunningQuestions.get()).isBetween(1, MAX_RUNNING);
        }
    }

    static List<List<RequestKind>> fourRequestKinds() {
        return requestKinds().stream()
                .map(kinds -> kinds.subList(0, MAX_RUNNING))
                .filter(kinds ->
                        !kinds.contains(RequestKind.SAME_CONVERSATION)) // there, only one is at the model at a time
                .toList();
    }

    @ParameterizedTest
    @MethodSource("fourRequestKinds")
    void permitOfADisconnectedClientIsReleasedWhenTheAnswerEnds(List<RequestKind> kinds) throws Exception {
        for (int round = 0; round < 3; round++) {
            closeGate();
            var posts = new ArrayList<CompletableFuture<String>>();
            try (var crowd = new Crowd()) {
                posts.addAll(crowd.askAll(kinds));
                await().until(() -> runningQuestions.get() == MAX_RUNNING);
            }
            posts.forEach(post -> post.cancel(true));
            openGate();
            awaitNoAnswers();
        }
        assertThat(maxRunningQuestions.get()).isEqualTo(MAX_RUNNING);
    }

    @Tag("proof")
    @Test
    void permitOfAnAbandonedStreamIsReleasedWhileTheModelIsSilent() throws Exception {
        try (var _ = new Crowd()) {
            closeGate();
            List<String> requests = List.of(CHAT, KIRA + "/elaborate/stream", CHAT, KIRA + "/elaborate/stream");
            for (String path : requests) {
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                    int before = runningQuestions.get();
                    String body = path.equals(CHAT) ? chatMessage(unique("gone")) : selection();
                    socket.getOutputStream()
                            .write((RawHttpClient.head(
                                                    "POST",
                                                    path,
                                                    "Content-Type: application/json",
                                                    "Accept: text/event-stream",
                                                    "Content-Length: " + body.length())
                                            + body)
                                    .getBytes(StandardCharsets.UTF_8));
                    await().until(() -> runningQuestions.get() == before + 1);
                    socket.setSoLinger(true, 0); // resets the connection, like the end of a process
                }
            }
            awaitNoAnswers(); // the server notices at its heartbeat, every ten seconds
        }
    }

    static Stream<Function<Question, Script>> failures() {
        return Stream.of(
                _ -> Script.error(500),
                _ -> Script.error(429),
                _ -> Script.of("half ", "an answer").cutAfter(1),
                _ -> Script.of("half ", "an answer").endAfter(1),
                _ -> Script.of("", ""),
                _ -> Script.of("one ", "two").slowly(2_500), // longer than is waited for
                _ -> Script.of("long ".repeat(100_000)));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void permitsAreReleasedWhenTheModelFails(Function<Question, Script> failure) throws Exception {
        try (var crowd = new Crowd()) {
            answering(failure);
            for (int round = 0; round < 2; round++) {
                // Each request ends: with an answer from memory, a truncated answer or an error.
                List<CompletableFuture<String>> outcomes = crowd.askAll(List.of(
                        RequestKind.SOCKET_OF_ITS_OWN,
                        RequestKind.JOIN_OF_ONE_SOCKET,
                        RequestKind.STREAM,
                        RequestKind.ELABORATION));
                assertThat(all(outcomes)).noneMatch(outcome -> outcome.startsWith("internal"));
                awaitNoAnswers();
            }
        }
    }

    static List<List<Object>> refused() {
        return List.of(
                List.of("type", "message", "session", "s", "text", "  "),
                List.of("type", "message", "session", "s", "text", "x".repeat(270_000)),
                List.of("type", "message", "session", "elsewhere", "text", "not joined"),
                List.of("type", "message", "session", "nobody", "text", "without a name"),
                List.of("type", "message", "session", "s", "text", "x", "id", "\u0000"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusedFrameTakesNoPermit(List<Object> frame) throws Exception {
        try (var tab = new Tab();
                var crowd = new Crowd()) {
            tab.join("s");
            tab.send("type", "join", "session", "nobody").received.await("joined");
            for (int i = 0; i < 5 * MAX_RUNNING; i++) {
                tab.send(frame.toArray());
                assertThat(tab.received.await("error").string("code"))
                        .isNotEqualTo("internal")
                        .isNotEqualTo("overloaded");
            }
            assertThat(server.runningAnswers()).isZero();
            assertThat(all(crowd.askAll(Collections.nCopies(MAX_RUNNING, RequestKind.JOIN_OF_ONE_SOCKET))))
                    .containsOnly("done");
        }
    }

    // ---- joins

    @ParameterizedTest
    @ValueSource(ints = {1, 3, MAX_JOINED})
    void joinedConversationsOfASocketAreBoundedAndLeavingFreesOne(int maxJoined) throws Exception {
        try (var small = new SteleServer(
                        stele, TestOptions.small().maxJoinedChats(maxJoined).build());
                var tab = new Tab(small);
                var other = new Tab(small)) {
            for (int i = 0; i < 1_000; i++) {
                tab.send("type", "join", "session", "s" + i);
                JsonObject frame =
                        tab.received.await(answer -> !answer.string("type").equals("typing"));
                assertThat(frame.string("session")).isEqualTo("s" + i);
                if (i < maxJoined) {
                    assertThat(frame.string("type")).isEqualTo("joined");
                } else {
                    assertThat(frame.string("type")).isEqualTo("error");
                    assertThat(frame.string("detail"))
                            .contains("chat.max-joined")
                            .contains("" + maxJoined);
                }
            }
            tab.join("s0"); // joining again does not count
            other.join("s2000"); // the bound applies to each socket
            for (int i = 0; i < 2 * maxJoined; i++) {
                tab.send("type", "leave", "session", "s" + i).received.await("left");
                tab.join("s" + (i + maxJoined));
                tab.send("type", "join", "session", "more");
                assertThat(tab.received.await("error").string("detail")).contains("chat.max-joined");
            }
            assertThat(tab.say("s" + (2 * maxJoined), "hello"))
                    .succeedsWithin(TIMEOUT)
                    .isEqualTo("done");
        }
    }

    @Test
    void refusedJoinsAreNotCounted() throws Exception {
        try (var tab = new Tab()) {
            for (Object session : Arrays.asList("", " ", "x".repeat(10_000), "\u0000", null, 7L, List.of())) {
                for (int i = 0; i < 2 * MAX_JOINED; i++) {
                    tab.send("type", "join", "session", session).received.await("error");
                }
            }
            for (int i = 0; i < MAX_JOINED; i++) {
                tab.join("s" + i);
            }
        }
    }

    @Test
    void floodOfJoinsIsAnsweredOrRefusedWithinTheBound() throws Exception {
        try (var tab = new Tab()) {
            for (int i = 0; i < 1_000; i++) {
                tab.send("type", "join", "session", "s" + i);
            }
            int joined = 0;
            for (int i = 0; i < 1_000; i++) {
                JsonObject frame = tab.received.await(_ -> true);
                if (frame.string("type").equals("joined")) {
                    joined++;
                } else {
                    assertThat(frame.string("detail"))
                            .satisfiesAnyOf(
                                    detail -> assertThat(detail).contains("chat.max-joined"),
                                    detail -> assertThat(detail).contains("wait for answers"));
                }
            }
            assertThat(joined).isBetween(1, MAX_JOINED);
            tab.assertAlive();
        }
    }

    // ---- invalid frames

    static List<String> badTexts() {
        String deep = "[".repeat(10_000) + "]".repeat(10_000);
        return List.of(
                "",
                "{",
                "{not json",
                "null",
                "[]",
                "\"join\"",
                "7",
                deep,
                "{\"type\":" + deep + "}",
                "{\"type\":\"join\",\"session\":" + "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000) + "}",
                "{\"type\":\"dance\"}",
                "{\"type\":\"" + "x".repeat(200_000) + "\"}",
                "{\"type\":null}",
                "{\"type\":1}",
                "{\"type\":{}}",
                "{}",
                "{\"type\":\"join\"}",
                "{\"type\":\"join\",\"session\":null}",
                "{\"type\":\"join\",\"session\":1e400}",
                "{\"type\":\"join\",\"session\":\"\\ud800\"}",
                "{\"type\":\"join\",\"session\":\"a\",\"user\":7}",
                "{\"type\":\"join\",\"session\":\"a\",\"user\":\"\"}",
                "{\"type\":\"join\",\"session\":\"a\",\"after\":[]}",
                "{\"type\":\"join\",\"session\":\"a\",\"more\":1}",
                "{\"type\":\"join\",\"session\":\"a\",\"session\":\"b\"}",
                "{\"type\":\"leave\",\"session\":\"never joined\"}",
                "{\"type\":\"message\",\"session\":\"s\",\"text\":null}",
                "{\"type\":\"message\",\"session\":\"s\",\"text\":9}",
                "{\"type\":\"message\",\"session\":\"s\",\"text\":\"x\",\"id\":{}}",
                "{\"type\":\"message\",\"session\":[\"s\"],\"text\":\"x\"}",
                "{\"type\":\"message\",\"session\":\"s\",\"text\":\"\\u0000\\ud800\"}",
                "{\"type\":\"typing\",\"session\":\"s\",\"on\":\"yes\"}",
                "{\"type\":\"typing\",\"session\":\"s\",\"on\":" + "9".repeat(100_000) + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "permessage-deflate"})
    void invalidFrameIsAnsweredWithAnErrorAndTheSocketStaysOpen(String extension) throws Exception {
        try (var tab = extension.isEmpty() ? new Tab() : new Tab(extension)) {
            tab.join("s");
            for (String text : badTexts()) {
                String what = text.substring(0, Math.min(60, text.length()));
                JsonObject error = tab.sendText(text).received.await("error");
                assertThat(error.string("code")).as(what).isEqualTo("invalid-input");
                assertThat(error.string("detail")).as(what).isNotBlank();
                tab.assertAlive();
            }
        }
    }

    /**
     * Bytes that violate the protocol.
     *
     * @param codes codes with which the server may close the socket; 0 for an end without a code
     */
    record Hostile(String name, Supplier<byte[]> bytes, String extension, List<Integer> codes) {
        static Hostile plain(String name, Supplier<byte[]> bytes, Integer... codes) {
            return new Hostile(name, bytes, "", List.of(codes));
        }

        static Hostile deflated(String name, Supplier<byte[]> bytes, Integer... codes) {
            return new Hostile(name, bytes, "permessage-deflate", List.of(codes));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static List<Hostile> hostile() {
        byte[] ping = utf8("{\"type\":\"ping\"}");
        byte[] megabytes = utf8("x".repeat(10 << 20));
        return List.of(
                Hostile.plain("unmasked text", () -> RawSocket.unmasked(0x81, ping), 1002),
                Hostile.plain("unmasked ping", () -> RawSocket.unmasked(0x89, new byte[0]), 1002),
                Hostile.plain("unknown opcode", () -> RawSocket.masked(0x83, ping), 1002),
                Hostile.plain("unknown control opcode", () -> RawSocket.masked(0x8b, ping), 1002),
                Hostile.plain("compressed without agreement", () -> RawSocket.masked(0xc1, ping), 1002),
                Hostile.plain("other reserved bits", () -> RawSocket.masked(0xb1, ping), 1002),
                Hostile.plain("long ping", () -> RawSocket.masked(0x89, new byte[126]), 1002),
                Hostile.plain("ping in fragments", () -> RawSocket.masked(RawSocket.PING, ping), 1002),
                Hostile.plain("continuation of nothing", () -> RawSocket.masked(0x80, ping), 1002),
                Hostile.plain(
                        "message within a message",
                        () -> join(RawSocket.masked(RawSocket.TEXT, ping), RawSocket.masked(0x81, ping)),
                        1002),
                Hostile.plain(
                        "longest length",
                        () -> join(
                                new byte[] {(byte) 0x81, (byte) 0xff, 0x7f, -1, -1, -1, -1, -1, -1, -1}, new byte[100]),
                        1009,
                        1002),
                Hostile.plain(
                        "negative length",
                        () -> join(
                                new byte[] {(byte) 0x81, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, -1}, new byte[100]),
                        1002,
                        1009),
                Hostile.plain("text that is not UTF-8", () -> RawSocket.masked(0x81, new byte[] {'{', -1, -2}), 1007),
                Hostile.plain("cut character", () -> RawSocket.masked(0x81, new byte[] {'{', (byte) 0xe2}), 1007),
                Hostile.plain("surrogate in UTF-8", () -> RawSocket.masked(0x81, new byte[] {-19, -96, -128}), 1007),
                Hostile.plain("close of one byte", () -> RawSocket.masked(0x88, new byte[1]), 1002),
                Hostile.plain("close with no code", () -> RawSocket.masked(0x88, new byte[] {0, 7}), 1002),
                Hostile.plain(
                        "close with a reason that is not UTF-8",
                        () -> RawSocket.masked(0x88, new byte[] {3, -24, -1, -2}),
                        1007,
                        1002),
                Hostile.plain("10 MB of text in a frame", () -> RawSocket.masked(0x81, megabytes), 1009, 0),
                Hostile.plain(
                        "text in fragments without end",
                        () -> join(
                                RawSocket.masked(RawSocket.TEXT, new byte[0]),
                                repeat(
                                        RawSocket.masked(
                                                RawSocket.CONTINUATION,
                                                "x".repeat(1_000).getBytes(StandardCharsets.UTF_8)),
                                        10_000)),
                        1009,
                        0),
                Hostile.deflated("100 MB of a letter", () -> RawSocket.masked(0xc1, deflated('x', 100 << 20)), 1009, 0),
                Hostile.deflated("100 MB of JSON", () -> RawSocket.masked(0xc1, deflated('[', 100 << 20)), 1009, 0),
                Hostile.deflated(
                        "100 MB of a letter in fragments",
                        () -> {
                            byte[] bomb = deflated('x', 100 << 20);
                            byte[][] parts = new byte[11][];
                            for (int i = 0; i < 10; i++) {
                                parts[i] = RawSocket.masked(
                                        i == 0 ? RawSocket.TEXT | RawSocket.RSV1 : RawSocket.CONTINUATION,
                                        Arrays.copyOfRange(bomb, bomb.length / 10 * i, bomb.length / 10 * (i + 1)));
                            }
                            parts[10] = RawSocket.masked(
                                    0x80, Arrays.copyOfRange(bomb, bomb.length / 10 * 10, bomb.length));
                            return join(parts);
                        },
                        1009,
                        0),
                Hostile.deflated(
                        "no compressed data",
                        () -> RawSocket.masked(0xc1, utf8("no deflate at all")),
                        1002,
                        1007,
                        1011),
                Hostile.deflated("compressed ping", () -> RawSocket.masked(0xc9, ping), 1002),
                Hostile.deflated(
                        "compressed text that is not UTF-8",
                        () -> RawSocket.masked(0xc1, deflate(out -> out.write(new byte[] {'{', -1, -2}))),
                        1007));
    }

    private static byte[] repeat(byte[] bytes, int times) {
        var all = ByteBuffer.allocate(bytes.length * times);
        for (int i = 0; i < times; i++) {
            all.put(bytes);
        }
        return all.array();
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void protocolViolationClosesOnlyTheSocketThatCommitsIt(Hostile hostile) throws Exception {
        byte[] bytes = hostile.bytes().get();
        try (var bystander = new Tab()) {
            bystander.join("bystander");
            List<Integer> codes = Threads.atOnce(4, _ -> () -> {
                try (var raw = new RawSocket(server.port(), hostile.extension())) {
                    raw.awaitText("connected");
                    return raw.sendUntilClosed(bytes).closeCode();
                }
            });
            assertThat(codes).isSubsetOf(hostile.codes());
            await().until(() -> server.openSockets() == 1);
            assertThat(bystander.say("bystander", "hello"))
                    .succeedsWithin(TIMEOUT)
                    .isEqualTo("done");
        }
    }

    static List<Hostile> binaries() {
        byte[] letters = utf8("x".repeat(10 << 20));
        return List.of(
                Hostile.plain("no bytes", () -> RawSocket.masked(0x82, new byte[0])),
                Hostile.plain("a byte", () -> RawSocket.masked(0x82, new byte[1])),
                Hostile.plain("bytes of JSON", () -> RawSocket.masked(0x82, utf8("{\"type\":\"ping\"}"))),
                Hostile.plain("10 MB", () -> RawSocket.masked(0x82, letters)),
                Hostile.deflated("100 MB compressed", () -> RawSocket.masked(0xc2, deflated('x', 100 << 20))));
    }

    @ParameterizedTest
    @MethodSource("binaries")
    void binaryFramesAreRefusedAndTheSocketStaysOpen(Hostile binary) throws Exception {
        byte[] bytes = binary.bytes().get();
        try (var raw = new RawSocket(server.port(), binary.extension())) {
            raw.awaitText("connected");
            raw.send(bytes).send(RawSocket.masked(0x81, utf8("{\"type\":\"dance\"}")));
            raw.awaitText("dance");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_000, 60_000, 200_000})
    void unfinishedMessageDelaysNeitherOthersNorPings(int length) throws Exception {
        var open = new ArrayList<RawSocket>();
        try {
            for (int i = 0; i < 20; i++) {
                var raw = new RawSocket(server.port(), "");
                open.add(raw);
                raw.awaitText("connected");
                raw.send(RawSocket.masked(RawSocket.TEXT, utf8("x".repeat(length))));
                raw.send(RawSocket.masked(RawSocket.FIN | RawSocket.PING, utf8("still here")));
                RawSocket.Frame pong = raw.next();
                assertThat(pong.opcode()).isEqualTo(RawSocket.PONG);
                assertThat(pong.text()).isEqualTo("still here");
            }
            try (var tab = new Tab()) {
                tab.join("meanwhile");
                assertThat(tab.say("meanwhile", "hello"))
                        .succeedsWithin(TIMEOUT)
                        .isEqualTo("done");
            }
            // A message that is completed late is processed like any other.
            open.getFirst().send(RawSocket.masked(0x80, utf8("x")));
            open.getFirst().awaitText("invalid-input");
        } finally {
            open.forEach(RawSocket::close);
        }
    }

    @Test
    void tenThousandPingsAreAnsweredInOrder() throws Exception {
        try (var raw = new RawSocket(server.port(), "")) {
            raw.awaitText("connected");
            Thread sender = Thread.startVirtualThread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    raw.sendUntilClosed(RawSocket.masked(RawSocket.FIN | RawSocket.PING, utf8("" + i)));
                }
            });
            for (int i = 0; i < 10_000; i++) {
                RawSocket.Frame pong = raw.next();
                assertThat(pong.opcode()).isEqualTo(RawSocket.PONG);
                assertThat(pong.text()).isEqualTo("" + i);
            }
            sender.join();
        }
    }

    @Test
    void tenThousandFramesAreAnsweredOrRefused() throws Exception {
        try (var raw = new RawSocket(server.port(), "")) {
            raw.awaitText("connected");
            // Fewer frames than the number of answers that may wait for the client.
            byte[] frames = repeat(RawSocket.masked(0x81, utf8("{\"type\":\"ping\"}")), 1_000);
            for (int round = 0; round < 10; round++) {
                raw.send(frames);
                for (int i = 0; i < 1_000; i++) {
                    RawSocket.Frame answer = raw.next();
                    assertThat(answer.opcode()).isEqualTo(RawSocket.TEXT);
                    assertThat(answer.text()).containsAnyOf("pong", "overloaded");
                }
            }
        }
    }

    @Test
    void floodOfLongFramesIsRefusedBeforeItExhaustsMemory() throws Exception {
        String text = "{\"type\":\"" + "x".repeat(200_000) + "\"}";
        byte[] frames =
                repeat(RawSocket.masked(0x81, utf8(text)), 200); // 40 MB in each of 20 sockets; the heap has 768 MB
        List<Set<String>> answers = Threads.atOnce(20, _ -> () -> {
            try (var raw = new RawSocket(server.port(), "")) {
                raw.awaitText("connected");
                Thread sender = Thread.startVirtualThread(() -> raw.sendUntilClosed(frames));
                var codes = new HashSet<String>();
                for (int i = 0; i < 200; i++) {
                    codes.add(
                            JsonObject.of("frame", Json.read(raw.next().text())).string("code"));
                }
                sender.join();
                return codes;
            }
        });
        assertThat(answers)
                .allSatisfy(codes -> assertThat(codes).containsExactlyInAnyOrder("invalid-input", "overloaded"));
    }

    static List<String> handshakes() {
        String upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
        String key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        return List.of(
                upgrade,
                upgrade + "Sec-WebSocket-Version: 13\r\n",
                upgrade + "Sec-WebSocket-Version: 8\r\n" + key,
                upgrade + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
                upgrade + "Sec-WebSocket-Version: 13\r\n" + key
                        + "Sec-WebSocket-Extensions: permessage-deflate; level=9\r\n",
                upgrade + "Sec-WebSocket-Version: 13\r\n" + key + "Sec-WebSocket-Extensions: ;;=\"\r\n",
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + key);
    }

    @ParameterizedTest
    @MethodSource("handshakes")
    void invalidHandshakeIsRefusedAndReleasesItsPermits(String headers) throws Exception {
        for (int i = 0; i < 20; i++) {
            try (var raw = new RawHttpClient(server.port())) {
                raw.send("GET " + CHAT + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
                assertThat(raw.status()).isIn(101, 400, 426);
            }
        }
        await().untilAsserted(() -> assertThat(server.openSockets()).isZero());
    }

    @Test
    void clientThatLeavesDuringTheHandshakeReleasesItsPermits() throws Exception {
        for (int i = 0; i < 300; i++) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream().write(utf8(RawSocket.handshake("")));
                socket.setSoLinger(i % 2 == 0, 0); // alternates between reset and normal close
                if (i % 3 == 0) {
                    socket.getOutputStream()
                            .write(RawSocket.masked(0x81, utf8("{\"type\":\"join\",\"session\":\"s\"}")));
                }
            }
        }
        await().untilAsserted(() -> assertThat(server.openSockets()).isZero());
    }

    // ---- clients that do not read

    /** Ways in which a client that never reads makes the server send much. */
    enum Flood {
        /** Other clients send messages in a conversation that the client joined. */
        OTHERS,
        /** The client joins a long conversation repeatedly and is sent its messages each time. */
        JOINS,
        /** Like {@link #JOINS}, with compression. */
        COMPRESSED_JOINS,
        /** The client requests many short answers. */
        PINGS,
        /** The client provokes long error messages. */
        ERRORS
    }

    @Tag("proof")
    @ParameterizedTest
    @EnumSource
    void clientThatNeverReadsIsDisconnectedWithoutAffectingOthers(Flood flood) throws Exception {
        String text = texts().get(2); // compresses badly, so that compression does not reduce the waiting data
        String first = http.post(KIRA + "/messages", "{\"session\":\"s\",\"content\":\"first\"}")
                .json()
                .string("id");
        for (int i = 0; i < 10; i++) {
            Http.Answer stored = http.post(
                    KIRA + "/messages", "{\"session\":\"s\",\"content\":\"" + text.substring(0, 90_000) + "\"}");
            assertThat(stored.status()).isEqualTo(201);
        }
        String join = "{\"type\":\"join\",\"session\":\"s\",\"user\":\"ana\",\"after\":\"" + first + "\"}";
        byte[] frame = RawSocket.masked(
                0x81,
                utf8(
                        switch (flood) {
                            case OTHERS -> "";
                            case JOINS, COMPRESSED_JOINS -> join;
                            case PINGS -> "{\"type\":\"ping\"}";
                            case ERRORS -> "{\"type\":\"" + text + "\"}";
                        }));
        try (var other = new Tab();
                var raw = new RawSocket(server.port(), flood == Flood.COMPRESSED_JOINS ? "permessage-deflate" : "")) {
            other.join("other");
            raw.send(RawSocket.masked(0x81, utf8(join)));
            Thread sender = Thread.startVirtualThread(() -> {
                while (flood != Flood.OTHERS && server.openSockets() > 1 && raw.trySend(frame)) {
                    // sends until the socket is closed
                }
            });
            if (flood == Flood.OTHERS) {
                other.join("s");
                String prose = "tea is good. ".repeat(15_000); // whose tokens are counted faster than those of letters
                for (int i = 0; i < 200 && server.openSockets() > 1; i++) {
                    assertThat(other.say("s", prose)).succeedsWithin(TIMEOUT).isEqualTo("done");
                }
            }
            await().untilAsserted(() -> assertThat(server.openSockets()).isEqualTo(1));
            raw.close();
            sender.join();
            await().until(() -> other.say("other", "hello")
                    .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                    .equals("done"));
        }
    }

    @Test
    void clientThatSendsPingsAndNeverReadsIsNotReadFurther() throws Exception {
        try (var other = new Tab();
                var raw = new RawSocket(server.port(), "")) {
            other.join("other");
            byte[] pings = repeat(RawSocket.masked(RawSocket.FIN | RawSocket.PING, new byte[125]), 1_000);
            var sent = new AtomicInteger();
            Thread sender = Thread.startVirtualThread(() -> {
                for (int i = 0; i < 1_000 && raw.trySend(pings); i++) {
                    sent.incrementAndGet();
                }
            });
            // The buffers of the operating system accept some megabytes. The sender is blocked when its count stays the
            // same for a second.
            var before = new AtomicInteger(-1);
            await().pollInterval(Duration.ofSeconds(1)).until(() -> before.getAndSet(sent.get()) == sent.get());
            assertThat(sent).hasValueLessThan(1_000);
            assertThat(other.say("other", "hello")).succeedsWithin(TIMEOUT).isEqualTo("done");
            raw.close();
            sender.join();
        }
    }

    // ---- compression without a library

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    /** Compresses as RFC 7692 specifies: raw deflate, flushed, without the trailing four bytes of the flush. */
    private static byte[] deflate(Writing writing) {
        var out = new ByteArrayOutputStream();
        var deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (var to = new DeflaterOutputStream(out, deflater, 1 << 16, true)) {
            writing.to(to);
            to.flush();
            byte[] all = out.toByteArray();
            return Arrays.copyOf(all, all.length - 4);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            deflater.end();
        }
    }

    private static byte[] deflated(char letter, int count) {
        return deflate(out -> {
            var some = new byte[1 << 20];
            Arrays.fill(some, (byte) letter);
            for (int left = count; left > 0; left -= some.length) {
                out.write(some, 0, Math.min(left, some.length));
            }
        });
    }
}
