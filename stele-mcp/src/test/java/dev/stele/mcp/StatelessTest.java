package dev.stele.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Stele;
import dev.stele.audit.Actor;
import dev.stele.audit.Surface;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.support.WordEmbedder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stateless revision of the protocol, message by message, beside the revisions with sessions. */
class StatelessTest {

    private static final String PREFIX = "io.modelcontextprotocol/";
    private static final Map<String, ?> NO_CAPABILITIES = Map.of();
    private static final Map<String, ?> TASKS = Map.of("extensions", Map.of(PREFIX + "tasks", Map.of()));
    private static final Map<String, ?> FORMS = Map.of("elicitation", Map.of());
    private static final int MAX_TASKS = 2;

    @TempDir
    Path data;

    private Stele stele;
    private McpServer server;
    private McpSession session;
    private final BlockingQueue<JsonObject> sent = new LinkedBlockingQueue<>();
    private long last;

    @BeforeEach
    void start() {
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        server = McpServers.of(stele, Runners.plain(), new TaskLimits(MAX_TASKS, 100, Duration.ofMinutes(5)));
        session = session("");
    }

    private McpSession session(String owner) {
        return McpSession.of(
                "s", owner, stele.agent("kira"), new SessionOptions(false, false, ToolProfile.ALL), this::sent);
    }

    private void sent(Map<String, @Nullable Object> message) {
        sent.add(json(message));
    }

    @AfterEach
    void stop() {
        session.close();
        server.close();
        stele.close();
    }

    private static JsonObject json(Map<String, @Nullable Object> message) {
        return Json.readObject("message", Json.write(message));
    }

    private static Map<String, Object> meta(Map<String, ?> capabilities) {
        var meta = new HashMap<String, Object>();
        meta.put(PREFIX + "protocolVersion", "2026-07-28");
        meta.put(PREFIX + "clientCapabilities", capabilities);
        return meta;
    }

    private Optional<JsonObject> send(McpServer to, McpSession client, String method, Map<String, ?> params) {
        return to.handle(
                        client,
                        Json.read(Json.write(Json.fields()
                                .put("jsonrpc", "2.0")
                                .put("id", ++last)
                                .put("method", method)
                                .keep("params", params)
                                .map())),
                        this::sent)
                .response()
                .map(StatelessTest::json);
    }

    private JsonObject ask(String method, Map<String, ?> capabilities, Map<String, ?> params) {
        var all = new HashMap<String, Object>(params);
        all.put("_meta", meta(capabilities));
        return send(server, session, method, all).orElseThrow();
    }

    private JsonObject call(Map<String, ?> capabilities, String tool, Map<String, ?> arguments) {
        return result(ask("tools/call", capabilities, Map.of("name", tool, "arguments", arguments)));
    }

    private static JsonObject result(JsonObject answer) {
        return answer.object("result").orElseThrow(() -> new AssertionError(Json.write(answer.raw())));
    }

    private static JsonObject error(JsonObject answer) {
        return answer.object("error").orElseThrow(() -> new AssertionError(Json.write(answer.raw())));
    }

    private static String text(JsonObject result) {
        return result.objects("content").getFirst().string("text");
    }

    @Test
    void eachResultHasItsTypeTheServerAndItsCaching() {
        JsonObject discovered = result(ask("server/discover", NO_CAPABILITIES, Map.of()));
        assertThat(discovered.strings("supportedVersions")).first().isEqualTo("2026-07-28");
        assertThat(discovered.map("capabilities")).containsKeys("tools", "resources", "prompts", "extensions");
        assertThat(discovered.raw()).doesNotContainKeys("serverInfo", "protocolVersion");
        for (String method : List.of("server/discover", "tools/list", "prompts/list", "resources/list")) {
            JsonObject result = result(ask(method, NO_CAPABILITIES, Map.of()));
            assertThat(result.raw())
                    .as(method)
                    .containsEntry("resultType", "complete")
                    .containsEntry("ttlMs", 3_600_000L)
                    .containsKey("cacheScope");
            assertThat(result.map("_meta")).containsKey(PREFIX + "serverInfo");
        }
        assertThat(result(ask("resources/read", NO_CAPABILITIES, Map.of("uri", "memory://knowledge-graph")))
                        .raw())
                .containsEntry("ttlMs", 0L)
                .containsEntry("cacheScope", "private");
        assertThat(ask("tools/list", NO_CAPABILITIES, Map.of()).map("result"))
                .as("the order of the tools")
                .isEqualTo(ask("tools/list", NO_CAPABILITIES, Map.of()).map("result"));
        JsonObject called = call(NO_CAPABILITIES, "status", Map.of());
        assertThat(called.raw()).containsEntry("resultType", "complete").doesNotContainKey("ttlMs");
        JsonObject inSession =
                result(send(server, session, "tools/list", Map.of()).orElseThrow());
        assertThat(inSession.raw()).containsOnlyKeys("tools");
        assertThat(inSession.raw("tools"))
                .isEqualTo(result(ask("tools/list", NO_CAPABILITIES, Map.of())).raw("tools"));
    }

    @Test
    void requestsThatAreNotOfTheirRevisionAreRefused() {
        for (String method : List.of(
                "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "x/y")) {
            assertThat(error(ask(method, NO_CAPABILITIES, Map.of())).raw("code"))
                    .as(method)
                    .isEqualTo(-32601L);
        }
        for (String method : List.of("server/discover", "subscriptions/listen", "tasks/get")) {
            assertThat(error(send(server, session, method, Map.of()).orElseThrow())
                            .raw("code"))
                    .as(method)
                    .isEqualTo(-32602L);
        }
        JsonObject unknown = error(send(
                        server,
                        session,
                        "tools/list",
                        Map.of("_meta", Map.of(PREFIX + "protocolVersion", "2031-01-01")))
                .orElseThrow());
        assertThat(unknown.raw("code")).isEqualTo(-32022L);
        assertThat(unknown.map("data")).containsEntry("requested", "2031-01-01");
        assertThat(JsonObject.of("data", unknown.map("data")).strings("supported"))
                .contains("2026-07-28", "2024-11-05");
        assertThat(error(send(
                                        server,
                                        session,
                                        "tools/list",
                                        Map.of("_meta", Map.of(PREFIX + "protocolVersion", "2025-11-25")))
                                .orElseThrow())
                        .raw("code"))
                .isEqualTo(-32022L);
        assertThat(error(send(
                                        server,
                                        session,
                                        "tools/list",
                                        Map.of("_meta", Map.of(PREFIX + "protocolVersion", "2026-07-28")))
                                .orElseThrow())
                        .string("message"))
                .contains("clientCapabilities");
        var level = new HashMap<>(meta(NO_CAPABILITIES));
        level.put(PREFIX + "logLevel", "loud");
        assertThat(error(send(server, session, "tools/list", Map.of("_meta", level))
                                .orElseThrow())
                        .raw("code"))
                .isEqualTo(-32602L);
        assertThat(error(ask("resources/read", NO_CAPABILITIES, Map.of("uri", "stele://agent/kira/notes/none")))
                        .raw("code"))
                .isEqualTo(-32602L);
        assertThat(error(send(server, session, "resources/read", Map.of("uri", "stele://agent/kira/notes/none"))
                                .orElseThrow())
                        .raw("code"))
                .isEqualTo(-32002L);
        assertThat(result(ask("tools/list", NO_CAPABILITIES, Map.of())).has("tools"))
                .isTrue();
    }

    @Test
    void logMessagesAreSentOnlyToARequestThatAsksForThem() {
        call(NO_CAPABILITIES, "get_session", Map.of("session", "none"));
        assertThat(sent).isEmpty();
        var level = new HashMap<>(meta(NO_CAPABILITIES));
        level.put(PREFIX + "logLevel", "warning");
        send(
                server,
                session,
                "tools/call",
                Map.of("name", "get_session", "arguments", Map.of("session", "none"), "_meta", level));
        assertThat(sent)
                .singleElement()
                .satisfies(message -> assertThat(message.string("method")).isEqualTo("notifications/message"));
    }

    // ---- subscriptions

    private JsonObject next() throws InterruptedException {
        return Objects.requireNonNull(sent.poll(10, TimeUnit.SECONDS), "no message came");
    }

    private long listen(Map<String, ?> capabilities, Map<String, ?> notifications) {
        Optional<JsonObject> answer = send(
                server,
                session,
                "subscriptions/listen",
                Map.of("_meta", meta(capabilities), "notifications", notifications));
        assertThat(answer).isEmpty();
        return last;
    }

    private static @Nullable Object subscription(JsonObject message) {
        return JsonObject.of("_meta", message.map("params").get("_meta")).raw(PREFIX + "subscriptionId");
    }

    @Test
    void subscriptionsReceiveWhatTheyAskForUntilTheyAreCanceled() throws Exception {
        long graph = listen(
                NO_CAPABILITIES,
                Map.of("toolsListChanged", true, "resourceSubscriptions", List.of("memory://knowledge-graph")));
        JsonObject acknowledged = next();
        assertThat(acknowledged.string("method")).isEqualTo("notifications/subscriptions/acknowledged");
        assertThat(subscription(acknowledged)).isEqualTo(graph);
        assertThat(acknowledged.map("params").get("notifications"))
                .isEqualTo(Map.of("resourceSubscriptions", List.of("memory://knowledge-graph")));
        long tools = listen(NO_CAPABILITIES, Map.of("toolsListChanged", true));
        assertThat(subscription(next())).isEqualTo(tools);
        stele.agent("kira").graph().put(EntityDraft.of("t", "A"));
        JsonObject updated = next();
        assertThat(updated.string("method")).isEqualTo("notifications/resources/updated");
        assertThat(subscription(updated)).isEqualTo(graph);
        server.handle(
                session,
                Json.read("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}"
                        .formatted(graph)),
                this::sent);
        stele.agent("kira").graph().put(EntityDraft.of("t", "B"));
        session.endSubscriptions();
        JsonObject ended = next();
        assertThat(ended.raw("id")).as("the canceled one is not answered").isEqualTo(tools);
        assertThat(ended.map("result")).containsEntry("resultType", "complete");
        assertThat(sent).isEmpty();
        assertThat(error(ask("subscriptions/listen", NO_CAPABILITIES, Map.of())).raw("code"))
                .isEqualTo(-32602L);
        List<String> many =
                java.util.stream.IntStream.range(0, 300).mapToObj(i -> "u" + i).toList();
        assertThat(error(ask(
                                "subscriptions/listen",
                                NO_CAPABILITIES,
                                Map.of("notifications", Map.of("resourceSubscriptions", many))))
                        .string("message"))
                .contains("256");
    }

    // ---- inputs in several rounds

    private JsonObject forgetBen(Map<String, ?> further) {
        var params = new HashMap<String, Object>(further);
        params.put("name", "forget");
        params.put("arguments", Map.of("kind", "user", "id", "ben"));
        return ask("tools/call", FORMS, params);
    }

    private static Map<String, ?> confirmed(boolean erase, @Nullable Object state) {
        return Map.of(
                "inputResponses",
                Map.of("confirmation", Map.of("action", "accept", "content", Map.of("erase", erase))),
                "requestState",
                String.valueOf(state));
    }

    @Test
    void erasureOfAUserIsConfirmedByAPersonWhoCanBeAsked() {
        stele.agent("kira").remember(MessageDraft.user("s", "ben", "hello"));
        JsonObject asked = result(forgetBen(Map.of()));
        assertThat(asked.raw()).containsEntry("resultType", "input_required").doesNotContainKey("ttlMs");
        assertThat(Json.write(asked.raw("inputRequests"))).contains("elicitation/create", "ben");
        Object state = asked.raw("requestState");
        assertThat(text(result(forgetBen(confirmed(false, state))))).contains("did not confirm");
        assertThat(error(forgetBen(confirmed(true, state + "x"))).raw("code")).isEqualTo(-32602L);
        assertThat(error(forgetBen(confirmed(true, "e30.e30"))).raw("code")).isEqualTo(-32602L);
        assertThat(error(forgetBen(Map.of("inputResponses", Map.of("confirmation", 5))))
                        .raw("code"))
                .isEqualTo(-32602L);
        var other = new HashMap<String, Object>(confirmed(true, state));
        other.put("name", "forget");
        other.put("arguments", Map.of("kind", "user", "id", "ana"));
        assertThat(error(ask("tools/call", FORMS, other)).string("message"))
                .as("a state belongs to its arguments")
                .contains("requestState");
        assertThat(result(forgetBen(Map.of("inputResponses", Map.of("other", Map.of()))))
                        .raw("resultType"))
                .isEqualTo("input_required");
        assertThat(stele.agent("kira").sessions().get("s")).isPresent();
        assertThat(text(result(forgetBen(confirmed(true, state))))).contains("\"forgotten\":\"ben\"");
        assertThat(stele.agent("kira").sessions().get("s")).isEmpty();
        stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
        assertThat(text(call(NO_CAPABILITIES, "forget", Map.of("kind", "user", "id", "ana"))))
                .as("a client that cannot ask decides itself")
                .contains("\"forgotten\":\"ana\"");
    }

    @Test
    void answersOfEarlierRoundsAreKeptInTheState() {
        try (McpServer fixture = ConformanceFixture.server()) {
            var params = new HashMap<String, Object>();
            params.put("_meta", meta(FORMS));
            params.put("name", "test_input_required_result_multi_round");
            JsonObject first =
                    result(send(fixture, session, "tools/call", params).orElseThrow());
            params.put("inputResponses", Map.of("step1", Map.of("action", "accept", "content", Map.of("name", "A"))));
            params.put("requestState", first.string("requestState"));
            JsonObject second =
                    result(send(fixture, session, "tools/call", params).orElseThrow());
            assertThat(second.map("inputRequests")).containsOnlyKeys("step2");
            params.put("inputResponses", Map.of("step2", Map.of("action", "accept", "content", Map.of("color", "b"))));
            params.put("requestState", second.string("requestState"));
            assertThat(text(result(send(fixture, session, "tools/call", params).orElseThrow())))
                    .contains("color");
            assertThat(error(send(fixture, session("other"), "tools/call", params)
                                    .orElseThrow())
                            .raw("code"))
                    .as("a state belongs to its caller")
                    .isEqualTo(-32602L);
            var missing = error(send(
                            fixture,
                            session,
                            "tools/call",
                            Map.of("name", "test_missing_capability", "_meta", meta(NO_CAPABILITIES)))
                    .orElseThrow());
            assertThat(missing.raw("code")).isEqualTo(-32021L);
            assertThat(missing.map("data")).containsEntry("requiredCapabilities", Map.of("sampling", Map.of()));
        }
    }

    /** Transport with one tool of its own, named "slow". */
    private static McpHttp transport(Tool slow, ExecutorService threads) {
        return new McpHttp(
                new McpServer(
                        List.of(slow), new Resources(), new Prompts(), Runners.plain(), TaskLimits.DEFAULT, _ -> {}),
                new McpHttp.Limits(1, 100, Duration.ofMinutes(1), Duration.ofMinutes(1), 10),
                threads);
    }

    /** Calls the tool "slow" so that its progress is reported, and returns the stream. */
    private McpHttp.Answer.Events callSlow(McpHttp http, Runnable handled) {
        Map<String, String> headers =
                Map.of(RequestHeaders.VERSION, "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "slow");
        var meta = meta(NO_CAPABILITIES);
        meta.put("progressToken", 1);
        McpHttp.Answer answer = http.post(
                new McpHttp.Caller("", stele.agent("kira"), new SessionOptions(false, false, ToolProfile.ALL)),
                name -> Optional.ofNullable(headers.get(name)),
                Json.read(Json.write(Map.of(
                        "jsonrpc",
                        "2.0",
                        "id",
                        1,
                        "method",
                        "tools/call",
                        "params",
                        Map.of("name", "slow", "_meta", meta)))),
                handled);
        assertThat(answer).isInstanceOf(McpHttp.Answer.Events.class);
        return (McpHttp.Answer.Events) answer;
    }

    @Test
    void lossOfTheConnectionCancelsTheRequest() throws Exception {
        var interrupted = new CountDownLatch(1);
        var handled = new CountDownLatch(1);
        Tool slow = new Tool("slow", "Slow", "Takes its time", Tool.Effect.READ_ONLY, Schema.object(), call -> {
            call.progress(0, 1, "begun");
            try {
                TimeUnit.MINUTES.sleep(1);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return ToolResult.ofText("done");
        });
        try (var threads = Executors.newCachedThreadPool();
                var http = transport(slow, threads)) {
            McpHttp.Answer.Events events = callSlow(http, handled::countDown);
            assertThatThrownBy(() -> events.writer().writeTo(new OutputStream() {
                        @Override
                        public void write(int b) throws IOException {
                            throw new IOException("the client is gone");
                        }
                    }))
                    .hasMessage("the client is gone");
            assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(handled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(http.sessions()).isZero();
        }
    }

    @Test
    void runningCallIsAnsweredWhileTheTransportStops() throws Exception {
        var stopped = new CountDownLatch(1);
        Tool slow = new Tool("slow", "Slow", "Takes its time", Tool.Effect.READ_ONLY, Schema.object(), call -> {
            call.progress(0, 2, "begun");
            await(stopped);
            call.progress(1, 2, "the transport stops");
            try {
                TimeUnit.MILLISECONDS.sleep(200); // the stream is written up to here and waits
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return ToolResult.ofText("done");
        });
        var out = new ByteArrayOutputStream();
        try (var threads = Executors.newCachedThreadPool();
                var http = transport(slow, threads)) {
            McpHttp.Answer.Events events = callSlow(http, () -> {});
            http.close();
            stopped.countDown();
            events.writer().writeTo(out);
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("the transport stops")
                .contains("\"text\":\"done\"");
    }

    /** In the revisions with sessions, and without a message before the response. */
    @Test
    void runningCallOfASessionIsAnsweredWhileTheTransportStops() throws Exception {
        var begun = new CountDownLatch(1);
        var stopped = new CountDownLatch(1);
        Tool slow = new Tool("slow", "Slow", "Takes its time", Tool.Effect.READ_ONLY, Schema.object(), _ -> {
            begun.countDown();
            await(stopped);
            return ToolResult.ofText("done");
        });
        var caller = new McpHttp.Caller("", stele.agent("kira"), new SessionOptions(false, false, ToolProfile.ALL));
        try (var threads = Executors.newCachedThreadPool();
                var http = transport(slow, threads)) {
            var initialized = (McpHttp.Answer.Whole) http.post(
                    caller,
                    _ -> Optional.empty(),
                    JsonRpc.request("i", "initialize", Map.of("protocolVersion", "2025-11-25")),
                    () -> {});
            Future<McpHttp.Answer> answer = threads.submit(() -> http.post(
                    caller,
                    name -> Optional.ofNullable(initialized.headers().get(name)),
                    JsonRpc.request("c", "tools/call", Map.of("name", "slow", "arguments", Map.of())),
                    () -> {}));
            await(begun);
            http.close();
            assertThat(http.sessions()).isZero();
            stopped.countDown();
            assertThat(answer.get(30, TimeUnit.SECONDS)).isInstanceOfSatisfying(McpHttp.Answer.Whole.class, whole -> {
                assertThat(whole.status()).isEqualTo(200);
                assertThat(Json.write(whole.body().orElseThrow())).contains("done");
            });
        }
    }

    @Test
    void logIsAtItsEndOnlyForReadersThatHaveItsLastMessage() {
        var log = new EventLog("r1");
        log.add(Map.of("n", 1));
        assertThat(log.isAtEnd(1)).isFalse();
        log.close();
        assertThat(log.isAtEnd(0)).isFalse();
        assertThat(log.isAtEnd(1)).isTrue();
    }

    @Test
    void endOfARequestWaitsForAnInterruptThatHasBegun() throws Exception {
        var running = new RunningRequests();
        var interrupting = new CountDownLatch(1);
        var proceed = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var started = new CountDownLatch(1);
        var worker =
                new Thread(() -> {
                    running.start("a");
                    started.countDown();
                    await(interrupting);
                    running.end("a");
                    ended.countDown();
                }) {
                    @Override
                    public void interrupt() {
                        interrupting.countDown();
                        StatelessTest.await(proceed);
                        super.interrupt();
                    }
                };
        worker.start();
        await(started);
        Thread canceler = Thread.ofPlatform().start(() -> running.cancel("a"));
        await(interrupting);
        assertThat(ended.await(200, TimeUnit.MILLISECONDS)).isFalse();
        proceed.countDown();
        canceler.join();
        worker.join();
        assertThat(ended.getCount()).isZero();
    }

    @Test
    void sessionThatHasEndedTakesNoSubscriptionAndAsksNothing() {
        session.close();
        var request = new Request(
                session,
                this::sent,
                "r",
                "subscriptions/listen",
                JsonObject.of("params", Map.of("notifications", Map.of())),
                RequestMeta.of(JsonObject.of("params", Map.of("_meta", meta(NO_CAPABILITIES))), session));
        var subscription = new Subscription(request, new TaskRegistry(TaskLimits.DEFAULT));
        assertThatThrownBy(() -> session.open("r", subscription)).hasMessage("The session has ended.");
        assertThatThrownBy(() -> session.clientRequests().send(this::sent, "elicitation/create", Map.of()))
                .hasMessage("The session has ended.");
        assertThat(sent).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- tasks

    private JsonObject ended(String task) throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            JsonObject state = result(ask("tasks/get", TASKS, Map.of("taskId", task)));
            if (!state.string("status").equals("working")) {
                return state;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError("the task did not end");
    }

    @Test
    void consolidationIsATaskForClientsThatAcceptTasks() throws Exception {
        stele.agent("kira").graph().put(EntityDraft.of("t", "A"));
        JsonObject created = call(TASKS, "consolidate", Map.of());
        assertThat(created.raw())
                .containsEntry("resultType", "task")
                .containsEntry("ttlMs", 300_000L)
                .containsKeys("createdAt", "lastUpdatedAt", "pollIntervalMs")
                .doesNotContainKeys("result", "requestState");
        String id = created.string("taskId");
        JsonObject ended = ended(id);
        assertThat(ended.raw()).containsEntry("resultType", "complete").containsEntry("status", "completed");
        assertThat(text(JsonObject.of("result", ended.raw("result")))).contains("findings");
        listen(TASKS, Map.of("taskIds", List.of(id, "none")));
        assertThat(next().map("params").get("notifications")).isEqualTo(Map.of("taskIds", List.of(id)));
        JsonObject notified = next();
        assertThat(notified.string("method")).isEqualTo("notifications/tasks");
        assertThat(notified.map("params")).containsEntry("status", "completed").containsKey("result");
        assertThat(result(ask("tasks/cancel", TASKS, Map.of("taskId", id))).raw())
                .containsOnlyKeys("resultType", "_meta");
        assertThat(call(NO_CAPABILITIES, "consolidate", Map.of()).raw())
                .containsEntry("resultType", "complete")
                .containsKey("content");
        for (String method : List.of("tasks/get", "tasks/update", "tasks/cancel")) {
            assertThat(error(ask(method, NO_CAPABILITIES, Map.of("taskId", id))).raw("code"))
                    .isEqualTo(-32021L);
            assertThat(error(ask(method, TASKS, Map.of("taskId", "none"))).raw("code"))
                    .isEqualTo(-32602L);
        }
        assertThat(error(ask(
                                "subscriptions/listen",
                                NO_CAPABILITIES,
                                Map.of("notifications", Map.of("taskIds", List.of(id)))))
                        .raw("code"))
                .isEqualTo(-32021L);
        var params = new HashMap<String, Object>(Map.of("taskId", id));
        params.put("_meta", meta(TASKS));
        assertThat(error(send(server, session("other"), "tasks/get", params).orElseThrow())
                        .raw("code"))
                .as("a task belongs to its caller")
                .isEqualTo(-32602L);
        call(TASKS, "consolidate", Map.of());
        assertThat(call(TASKS, "consolidate", Map.of()).raw("resultType"))
                .as("beyond the maximum number of tasks a call runs at once")
                .isEqualTo("complete");
    }

    private JsonObject callIn(McpSession client, String tool) {
        return result(send(
                        server,
                        client,
                        "tools/call",
                        Map.of("name", tool, "arguments", Map.of(), "_meta", meta(NO_CAPABILITIES)))
                .orElseThrow());
    }

    @Test
    void backupIsATaskOfAdministratorsWhoseFileRestoresTheMemory() throws Exception {
        Path backups = data.resolve("backups");
        assertThat(text(call(NO_CAPABILITIES, "backup", Map.of()))).contains("There is no agent");
        assertThat(backups).doesNotExist();
        stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));

        JsonObject ended = ended(call(TASKS, "backup", Map.of()).string("taskId"));
        assertThat(ended.raw()).containsEntry("status", "completed");
        JsonObject made = Json.readObject("result", text(JsonObject.of("result", ended.raw("result"))));
        Path file = Path.of(made.string("file"));
        assertThat(file).hasParent(backups).hasSize(made.optionalLong("bytes").orElseThrow());
        AgentName copy = stele.restore(file, Optional.of(new AgentName("copy")), false);
        assertThat(stele.agent(copy).sessions().last("s", 10))
                .extracting(Message::content)
                .containsExactly("hello");
        assertThat(text(call(NO_CAPABILITIES, "backup", Map.of()))).contains(".zip");
        assertThat(backups).isDirectoryContaining("glob:**.zip").isNotEmptyDirectory();

        for (var options : Map.of(
                        new SessionOptions(false, false, ToolProfile.ALL, false, Actor.ofProcess(Surface.MCP)),
                                "Only an administrator",
                        new SessionOptions(true, false, ToolProfile.ALL, true, Actor.ofProcess(Surface.MCP)),
                                "reading only",
                        new SessionOptions(true, false, ToolProfile.ALL, false, Actor.ofProcess(Surface.MCP)),
                                "reading only")
                .entrySet()) {
            try (McpSession client = McpSession.of("s", "", stele.agent("kira"), options.getKey(), this::sent)) {
                assertThat(text(callIn(client, "backup"))).contains(options.getValue());
                assertThat(Json.write(send(server, client, "tools/list", Map.of())
                                .orElseThrow()
                                .raw()))
                        .contains("\"status\"")
                        .doesNotContain("\"backup\"");
            }
        }
        var guarded = new SessionOptions(false, true, ToolProfile.ALL);
        try (McpSession client = McpSession.of("s", "", stele.agent("kira"), guarded, this::sent)) {
            assertThat(text(callIn(client, "backup")))
                    .as("a backup is about no topic")
                    .contains(".zip");
            assertThat(text(callIn(client, "consolidate"))).contains("findings");
        }
        try (var files = Files.list(backups)) {
            assertThat(files).hasSize(3);
        }
    }
}
