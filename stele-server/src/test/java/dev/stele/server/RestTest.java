package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.JsonObject;
import dev.stele.support.Threads;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestTest extends ServerTestBase {

    @Test
    void messagesAreCreatedReadEditedAndDeleted() throws Exception {
        var created =
                http.post(KIRA + "/messages", "{\"session\":\"s\",\"user\":\"ana\",\"content\":\"I moved to Lisbon\"}");
        assertThat(created.status()).isEqualTo(201);
        String id = created.json().string("id");
        assertThat(created.headers().firstValue("Location")).contains(KIRA + "/messages/" + id);
        assertThat(http.get(KIRA + "/messages/" + id).json().string("content")).isEqualTo("I moved to Lisbon");
        assertThat(http.send("PATCH", KIRA + "/messages/" + id, "{\"content\":\"I moved to Porto\"}")
                        .status())
                .isEqualTo(200);
        assertThat(http.get(KIRA + "/messages/" + id)
                        .json()
                        .objects("history")
                        .getFirst()
                        .string("content"))
                .isEqualTo("I moved to Lisbon");
        assertThat(http.send("DELETE", KIRA + "/messages/" + id + "?preview=true", null)
                        .json()
                        .objects("items"))
                .hasSize(1);
        assertThat(http.get(KIRA + "/messages/" + id).status()).isEqualTo(200);
        assertThat(http.send("DELETE", KIRA + "/messages/" + id, null).json().optionalLong("messages"))
                .contains(1L);
        assertThat(http.get(KIRA + "/messages/" + id).status()).isEqualTo(404);
    }

    @Test
    void sessionOfOneUserIsSharedByDeclaredParticipantsOnly() throws Exception {
        String ana = "{\"session\":\"team\",\"user\":\"ana\",\"content\":\"I moved to Lisbon\"}";
        String ben = "{\"session\":\"team\",\"user\":\"ben\",\"content\":\"I moved to Porto\"}";
        assertThat(http.post(KIRA + "/messages", ana).status()).isEqualTo(201);
        var refused = http.post(KIRA + "/messages", ben);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().string("detail")).contains("participants").doesNotContain("ana");
        assertThat(http.post(KIRA + "/chat", "{\"session\":\"team\",\"user\":\"ben\",\"message\":\"Where?\"}")
                        .status())
                .isEqualTo(409);
        assertThat(http.send("PATCH", KIRA + "/sessions/team", "{\"participants\":[\"ben\"]}")
                        .status())
                .isEqualTo(400);
        assertThat(http.send("PATCH", KIRA + "/sessions/team", "{\"participants\":[\"ben\",\"ana\"]}")
                        .json()
                        .strings("participants"))
                .containsExactly("ana", "ben");
        assertThat(http.post(KIRA + "/messages", ben).status()).isEqualTo(201);
        String question = "{\"query\":\"Who moved?\",\"filter\":{\"audience\":%s,\"kind\":\"message\"},\"limit\":10}";
        for (var audience : List.of("[\"ana\",\"ben\"]", "\"ana\"", "\"ben\"")) {
            assertThat(http.post(KIRA + "/recall", question.formatted(audience))
                            .json()
                            .objects("hits"))
                    .as(audience)
                    .hasSize(2);
        }
        assertThat(http.post(KIRA + "/recall", question.formatted("[\"ana\",\"kim\"]"))
                        .json()
                        .objects("hits"))
                .isEmpty();
        // A room may be declared before anybody speaks; without a session each user has one.
        assertThat(http.send("PATCH", KIRA + "/sessions/new", "{\"participants\":[\"kim\",\"ana\"]}")
                        .status())
                .isEqualTo(200);
        http.post(
                KIRA + "/messages",
                "[{\"user\":\"kim\",\"content\":\"Hello\"},{\"role\":\"assistant\",\"content\":\"Hello Kim\"}]");
        assertThat(http.get(KIRA + "/sessions/default-kim").json().optionalLong("messages"))
                .contains(2L);
    }

    @Test
    void listOfMessagesIsStoredAtomically() throws Exception {
        assertThat(http.post(
                                KIRA + "/messages",
                                "[{\"content\":\"a\",\"id\":\"1\"},{\"content\":\"b\",\"id\":\"x/2\"}]")
                        .status())
                .isEqualTo(201);
        var bad = http.post(
                KIRA + "/messages", "[{\"content\":\"c\",\"id\":\"3\"},{\"content\":\"d\",\"role\":\"robot\"}]");
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.json().string("detail")).contains("robot");
        assertThat(http.get(KIRA + "/stats").json().optionalLong("messages")).contains(2L);
        assertThat(http.get(KIRA + "/messages/x%2F2").json().string("content")).isEqualTo("b");
    }

    @Test
    void retriedWriteWithAnIdempotencyKeyIsExecutedOnce() throws Exception {
        var answers = Threads.atOnce(
                10,
                _ -> () -> http.post(KIRA + "/messages", "{\"content\":\"once\"}", "Idempotency-Key", "k1")
                        .body());
        assertThat(answers).containsOnly(answers.getFirst());
        assertThat(http.post(KIRA + "/messages", "{\"content\":\"twice\"}", "Idempotency-Key", "k1")
                        .status())
                .isEqualTo(409);
        assertThat(http.get(KIRA + "/stats").json().optionalLong("messages")).contains(1L);
    }

    @Test
    void messagesOfASessionArePagedBackInTime() throws Exception {
        for (int i = 0; i < 30; i++) {
            http.post(
                    KIRA + "/messages",
                    "{\"session\":\"a b\",\"content\":\"m%d\",\"at\":\"2026-01-01T00:00:%02dZ\"}".formatted(i, i));
        }
        var page = http.get(KIRA + "/sessions/a%20b/messages?limit=20").json();
        assertThat(page.objects("items")).hasSize(20);
        assertThat(page.objects("items").getLast().string("content")).isEqualTo("m29");
        var older = http.get(KIRA + "/sessions/a%20b/messages?limit=20&before=" + page.string("next"))
                .json();
        assertThat(older.objects("items")).hasSize(10);
        assertThat(older.has("next")).isFalse();
        assertThat(http.send("PATCH", KIRA + "/sessions/a%20b", "{\"title\":\"Talk\",\"ended\":true}")
                        .json()
                        .string("title"))
                .isEqualTo("Talk");
        assertThat(http.get(KIRA + "/sessions")
                        .json()
                        .objects("items")
                        .getFirst()
                        .has("ended_at"))
                .isTrue();
        assertThat(http.send("DELETE", KIRA + "/sessions/a%20b", null).json().optionalLong("messages"))
                .contains(30L);
        assertThat(http.get(KIRA + "/sessions/a%20b/messages").status()).isEqualTo(404);
    }

    @Test
    void notesAreUpdatedUnderTheVersionOfTheirETag() throws Exception {
        var created =
                http.post(KIRA + "/notes", "{\"content\":\"Ana likes tea\",\"category\":\"preference\",\"id\":\"n\"}");
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.headers().firstValue("ETag")).contains("\"1\"");
        assertThat(http.send("PATCH", KIRA + "/notes/n", "{\"importance\":0.9}", "If-Match", "\"1\"")
                        .status())
                .isEqualTo(200);
        assertThat(http.send("PATCH", KIRA + "/notes/n", "{\"importance\":0.8}", "If-Match", "\"1\"")
                        .status())
                .isEqualTo(412);
        assertThat(http.post(KIRA + "/notes", "{\"content\":\"Ana likes coffee\",\"supersedes\":\"n\"}")
                        .status())
                .isEqualTo(201);
        assertThat(http.get(KIRA + "/notes").json().objects("items")).hasSize(1);
        assertThat(http.get(KIRA + "/notes?superseded=true&limit=1").json().has("next"))
                .isTrue();
        assertThat(http.get(KIRA + "/notes/n").json().objects("history")).hasSize(2);
        assertThat(http.send("DELETE", KIRA + "/notes/n", null).json().optionalLong("notes"))
                .contains(1L);
    }

    @Test
    void userContextChangesByInteractionsAndMergePatch() throws Exception {
        var met = http.post(KIRA + "/users/ana/interactions", "{\"message\":\"hi\",\"response\":\"hello\"}");
        assertThat(met.status()).isEqualTo(201);
        assertThat(met.json().optionalDouble("friendship")).contains(0.5);
        String tag = met.headers().firstValue("ETag").orElseThrow();
        assertThat(http.get(KIRA + "/stats").json().optionalLong("messages")).contains(2L);
        var patched = http.send("PATCH", KIRA + "/users/ana", "{\"preferences\":{\"drink\":\"tea\"}}", "If-Match", tag);
        assertThat(patched.status()).isEqualTo(200);
        assertThat(http.send("PATCH", KIRA + "/users/ana", "{\"trust\":0.9}", "If-Match", tag)
                        .status())
                .isEqualTo(412);
        assertThat(http.send("PATCH", KIRA + "/users/ana", "{\"trust\":0.9}", "If-Match", "x")
                        .status())
                .isEqualTo(400);
        assertThat(http.get(KIRA + "/users/ana/history").json().objects("items"))
                .hasSize(2);
        assertThat(http.get(KIRA + "/users/ana?as_of=2020-01-01").status()).isEqualTo(404);
        assertThat(http.get(KIRA + "/users/ana").json().map("preferences")).containsEntry("drink", "tea");
        assertThat(http.send("DELETE", KIRA + "/users/ana", null).json().optionalLong("messages"))
                .contains(2L);
        assertThat(http.get(KIRA + "/users/ana").status()).isEqualTo(404);
    }

    @Test
    void recallReturnsHitsWithSignalsAndDuration() throws Exception {
        http.post(
                KIRA + "/messages",
                "[{\"content\":\"My dog is called Rex\",\"id\":\"dog\"},{\"content\":\"I like tea\"}]");
        JsonObject answer = http.post(
                        KIRA + "/recall",
                        "{\"query\":\"what is the dog called\",\"limit\":1,\"explain\":true,\"filter\":{\"kind\":\"message\"}}")
                .json();
        assertThat(answer.objects("hits").getFirst().string("id")).isEqualTo("dog");
        assertThat(answer.objects("hits").getFirst().map("signals")).containsKey("meaning");
        assertThat(answer.optionalDouble("took_ms").orElseThrow()).isPositive();
    }

    @Test
    void agentsAreListedAndDeleted() throws Exception {
        for (String name : List.of("b", "a", "%C3%BC")) {
            http.post("/v1/agents/" + name + "/messages", "{\"content\":\"x\"}");
        }
        JsonObject page = http.get("/v1/agents?limit=2").json();
        assertThat(page.strings("items")).containsExactly("a", "b");
        assertThat(http.get("/v1/agents?after=" + page.string("next")).json().strings("items"))
                .containsExactly("ü");
        assertThat(http.send("DELETE", "/v1/agents/a", null).status()).isEqualTo(204);
        assertThat(http.get("/v1/agents/a").status()).isEqualTo(404);
        assertThat(http.send("DELETE", "/v1/agents/a", null).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET    | /v1/agents/nobody                              |                             | 404 | nobody
            POST   | /v1/agents/nobody/recall                       | {"query":"x"}               | 404 | nobody
            GET    | /v1/agents/nobody/changes                      |                             | 404 | nobody
            POST   | /v1/agents/kira/messages                       | {"content":                 | 400 | line 1, column
            POST   | /v1/agents/kira/messages                       | {"content":"x","at":"soon"} | 400 | soon
            POST   | /v1/agents/kira/messages                       | {"content":"x","rolle":"a"} | 400 | rolle
            POST   | /v1/agents/kira/messages                       | {"content":5}               | 400 | content
            POST   | /v1/agents/kira/messages                       | 7                           | 400 | JSON object
            POST   | /v1/agents/kira/messages                       | []                          | 400 | at least one
            POST   | /v1/agents/kira/notes                          | {"content":"x","category":"Bad One"} | 400 | Bad One
            POST   | /v1/agents/a%2Fb/messages                      | {"content":"x"}             | 400 | agent name
            POST   | /v1/agents/%2E%2E/messages                     | {"content":"x"}             | 400 |
            POST   | /v1/agents/known/recall                        | {"query":""}                | 400 | blank
            POST   | /v1/agents/known/recall                        | {"query":"x","mode":"best"} | 400 | best
            POST   | /v1/agents/known/recall                        | {"query":"x","limit":0}     | 400 | limit
            POST   | /v1/agents/known/recall                        | {"query":"x","limit":9999}  | 413 | limits.results
            GET    | /v1/agents/known/sessions?after=zzz            |                             | 400 | cursor
            GET    | /v1/agents/known/sessions?limt=5               |                             | 400 | limt
            GET    | /v1/agents/known/sessions?limit=many           |                             | 400 | many
            GET    | /v1/agents/known/notes?user=                   |                             | 400 | has no value
            GET    | /v1/agents/known/notes?user                    |                             | 400 | has no value
            GET    | /v1/agents/known/notes?user=ana&user=ben       |                             | 400 | more than once
            GET    | /v1/agents/known/notes?after=                  |                             | 200 |
            GET    | /v1/agents/known/changes?after=-1              |                             | 400 | negative
            GET    | /v1/nothing                                    |                             | 404 | openapi
            PUT    | /v1/agents/known                               | {}                          | 405 | DELETE, GET
            """)
    void invalidInputResultsInAProblemThatNamesTheCause(
            String method, String path, String body, int status, String named) throws Exception {
        http.post("/v1/agents/known/messages", "{\"content\":\"x\"}");
        var answer = http.send(method, path, body);
        assertThat(answer.status()).isEqualTo(status);
        if (named != null) {
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
            assertThat(answer.json().string("detail")).contains(named);
            assertThat(answer.json().string("type")).startsWith("urn:stele:");
            assertThat(answer.headers().firstValue("X-Request-Id"))
                    .contains(answer.json().string("request"));
        }
        assertThat(http.get("/v1/agents").json().strings("items")).containsExactly("known");
        assertThat(http.get("/v1/agents/known").json().optionalLong("changes")).contains(2L);
    }

    @Test
    void oversizedBodyIsRefusedWithAndWithoutContentLength() throws Exception {
        String large = "{\"content\":\"" + "x".repeat(150_000) + "\"}";
        assertThat(http.post(KIRA + "/messages", large).status()).isEqualTo(413);
        var chunked = HttpRequest.newBuilder(http.uri(KIRA + "/messages"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(large.getBytes(StandardCharsets.UTF_8))))
                .build();
        try {
            var answer = http.client().send(chunked, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
        } catch (java.io.IOException e) {
            assertThat(e)
                    .hasMessageMatching(
                            "(?s).*(reset|RST_STREAM).*"); // the server may close the connection while the client still
            // sends
        }
        assertThat(http.post(KIRA + "/messages", "{\"content\":\"x\"}", "Content-Type", "text/plain")
                        .status())
                .isEqualTo(415);
        assertThat(stele.agents()).isEmpty();
    }

    @Test
    void requestsOfForeignWebPagesAreRefused() throws Exception {
        assertThat(http.get("/v1/agents", "Origin", "http://evil.example").status())
                .isEqualTo(403);
        for (String foreign : List.of(
                "http://localhost:3000",
                "http://localhost",
                "https://localhost:" + server.port(),
                "http://localhost.evil.example:" + server.port(),
                "null",
                "not an origin")) {
            assertThat(http.get("/v1/agents", "Origin", foreign).status())
                    .as(foreign)
                    .isEqualTo(403);
        }
        assertThat(http.get("/v1/agents", "Origin", "http://localhost:" + server.port())
                        .status())
                .isEqualTo(200);
        assertThat(http.get("/v1/agents", "Sec-Fetch-Site", "cross-site").status())
                .isEqualTo(403);
        assertThat(http.get("/v1/agents", "Sec-Fetch-Site", "same-origin").status())
                .isEqualTo(200);
        try (var socket = new Socket(java.net.InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("GET /v1/agents HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 421");
        }
    }

    @Test
    void changeFeedTellsThatTheAgentWasReplacedAndGoesOn() throws Exception {
        http.post(KIRA + "/messages", "[{\"content\":\"a\"},{\"content\":\"b\"}]");
        Path backup = data.resolve("old.zip");
        stele.agent("kira").backup(backup);
        http.post(KIRA + "/messages", "[{\"content\":\"c\"},{\"content\":\"d\"}]");
        try (Stream<String> lines = feed("0")) {
            var events = lines.filter(line -> line.startsWith("id: ") || line.startsWith("event: "))
                    .iterator();
            for (int number = 1; number <= 5; number++) {
                assertThat(events.next()).isEqualTo("id: " + number);
                events.next();
            }
            stele.restore(backup, Optional.empty(), true);
            http.post(KIRA + "/messages", "{\"content\":\"e\"}");
            assertThat(List.of(events.next(), events.next())).containsExactly("id: 3", "event: agent.replaced");
            assertThat(List.of(events.next(), events.next())).containsExactly("id: 4", "event: message.created");
        }
        try (Stream<String> lines = feed("5")) { // a client that was away meanwhile
            var events = lines.filter(line -> line.startsWith("id: ") || line.startsWith("event: "))
                    .iterator();
            assertThat(List.of(events.next(), events.next())).containsExactly("id: 4", "event: agent.replaced");
        }
    }

    @Test
    void changeFeedResumesAfterTheLastEventId() throws Exception {
        http.post(KIRA + "/messages", "[{\"content\":\"a\"},{\"content\":\"b\"}]");
        try (Stream<String> lines = feed("0")) {
            var events = lines.filter(line -> line.startsWith("id: ")).iterator();
            assertThat(events.next()).isEqualTo("id: 1");
            assertThat(events.next()).isEqualTo("id: 2");
            assertThat(events.next()).isEqualTo("id: 3");
            // A write that does not come through this server, like that of another process.
            try (Stele other = Stele.open(SteleConfig.at(data), Optional.empty())) {
                other.agent("kira").remember(dev.stele.model.MessageDraft.user("s", "ana", "c"));
            }
            assertThat(events.next()).isEqualTo("id: 4");
        }
        try (Stream<String> lines = feed("3")) {
            assertThat(lines.filter(line -> line.startsWith("data: "))
                            .iterator()
                            .next())
                    .contains("message.created");
        }
        assertThat(http.get(KIRA + "/changes?after=2", "Accept", "application/json")
                        .json()
                        .objects("items"))
                .hasSize(2);
        JsonObject page = http.get(KIRA + "/changes?after=1&limit=2").json();
        assertThat(page.objects("items"))
                .extracting(change -> change.optionalLong("number").orElseThrow())
                .containsExactly(2L, 3L);
        assertThat(page.string("next")).isEqualTo("3");
        JsonObject rest = http.get(KIRA + "/changes?limit=10&after=" + page.string("next"))
                .json();
        assertThat(rest.objects("items")).hasSize(1);
        assertThat(rest.has("next")).isFalse();
    }

    private Stream<String> feed(String lastEventId) throws Exception {
        return http.client()
                .send(
                        HttpRequest.newBuilder(http.uri(KIRA + "/changes"))
                                .header("Accept", "text/event-stream")
                                .header("Last-Event-ID", lastEventId)
                                .build(),
                        HttpResponse.BodyHandlers.ofLines())
                .body();
    }

    @Test
    void usersAreListedInPagesAndContextOfAPromptIsBuilt() throws Exception {
        for (String user : List.of("zoe", "ana", "ben")) {
            http.post(
                    KIRA + "/users/" + user + "/interactions", "{\"message\":\"I drink tea with %s\"}".formatted(user));
        }
        JsonObject first = http.get(KIRA + "/users?limit=2").json();
        assertThat(first.strings("items")).containsExactly("ana", "ben");
        JsonObject second =
                http.get(KIRA + "/users?limit=2&after=" + first.string("next")).json();
        assertThat(second.strings("items")).containsExactly("zoe");
        assertThat(second.has("next")).isFalse();
        assertThat(http.get(KIRA + "/users?limit=0").status()).isEqualTo(400);

        JsonObject context = http.post(KIRA + "/context", "{\"topic\":\"tea\",\"user\":\"ana\",\"max_tokens\":200}")
                .json();
        assertThat(context.string("text")).contains("tea with ana");
        assertThat(context.optionalLong("tokens").orElseThrow()).isBetween(1L, 200L);
        assertThat(http.post(KIRA + "/context", "{\"topic\":\"tea\",\"user\":\"ana\",\"audience\":\"ana\"}")
                        .json()
                        .string("text"))
                .contains("tea with ana")
                .doesNotContain("tea with zoe");
        assertThat(http.post(KIRA + "/context", "{\"topic\":\"tea\",\"users\":\"ana\"}")
                        .json()
                        .string("detail"))
                .contains("max_tokens");
    }

    @Test
    void serverIsNotReadyWhileItsDirectoryIsAway() throws Exception {
        assertThat(http.post(KIRA + "/messages", "{\"id\":\"a\",\"content\":\"before\"}")
                        .status())
                .isEqualTo(201);
        Path away = data.resolve("away");
        for (int round = 0; round < 2; round++) {
            Files.move(data.resolve("agents"), away);
            var ready = http.get("/ready");
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.json().string("store")).isEqualTo("unreachable");
            var refused = http.post(KIRA + "/messages", "{\"content\":\"lost\"}");
            assertThat(refused.status()).isGreaterThanOrEqualTo(500);
            assertThat(refused.json().string("detail")).contains("removed or replaced", "Nothing was written");
            assertThat(http.get("/health").status()).isEqualTo(200);
            assertThat(data.resolve("agents")).doesNotExist();
            Files.move(away, data.resolve("agents"));
            assertThat(http.get("/ready").status()).isEqualTo(200);
            assertThat(http.post(KIRA + "/messages", "{\"content\":\"after\"}").status())
                    .isEqualTo(201);
        }
        assertThat(http.get(KIRA + "/stats").json().optionalLong("messages")).contains(3L);
    }

    @Test
    void healthReadinessMetricsAndOpenApiDocumentAreServed() throws Exception {
        assertThat(http.get("/health").json().string("status")).isEqualTo("up");
        assertThat(http.get("/ready").json().optionalBoolean("ready")).contains(true);
        http.post(KIRA + "/messages", "{\"content\":\"a\"}");
        // The server counts a request after it sent the response, so the client may be ahead.
        Awaitility.await()
                .untilAsserted(() -> assertThat(http.get("/metrics").body())
                        .contains(
                                "stele_http_request_seconds_count{method=\"POST\",route=\"/v1/agents/{agent}/messages\",status=\"201\"} 1")
                        .contains("stele_agents_open 1"));
        JsonObject description = http.get("/openapi.json").json();
        assertThat(description.string("openapi")).startsWith("3.1");
        assertThat(description.map("paths"))
                .containsKeys("/v1/agents/{agent}/messages", "/v1/agents/{agent}/users/{user}/interactions", "/ready");
        assertThat(http.send("HEAD", "/health", null).body()).isEmpty();
    }

    @Test
    void exportAndImportStreamAWholeAgent() throws Exception {
        var chat = new StringBuilder();
        for (int i = 0; i < 3_000; i++) {
            chat.append("{\"role\":\"user\",\"content\":\"message %d %s\"}\n".formatted(i, "word ".repeat(20)));
        }
        chat.append("broken\n");
        assertThat(chat.length()).isGreaterThan(100_000); // more than the maximum of other bodies
        var report = http.post(KIRA + "/import", chat.toString(), "Content-Type", "application/x-ndjson");
        assertThat(report.status()).isEqualTo(200);
        assertThat(report.json().optionalLong("messages")).contains(3_000L);
        assertThat(report.json().optionalLong("bad")).contains(1L);
        String exported = http.get(KIRA + "/export").body();
        assertThat(exported.lines()).hasSize(3_002);
        var copied = http.post("/v1/agents/copy/import", exported, "Content-Type", "application/x-ndjson");
        assertThat(copied.json().optionalLong("messages")).contains(3_000L);
        assertThat(http.get("/v1/agents/nobody/export").status()).isEqualTo(404);
        assertThat(http.post("/v1/agents/new/import", "nonsense", "Content-Type", "application/x-ndjson")
                        .status())
                .isEqualTo(400);
        assertThat(http.get("/v1/agents").json().strings("items")).containsExactly("copy", "kira");
    }
}
