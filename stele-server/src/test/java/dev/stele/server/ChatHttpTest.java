package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.extract.ModelExtractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.language.ExtractiveModel;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import dev.stele.models.ChatService;
import dev.stele.models.ModelChain;
import dev.stele.server.support.Contract;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.ModelServer;
import dev.stele.support.ModelServer.Script;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chats over HTTP and WebSockets with a language model server that can fail, stall and send invalid output. */
class ChatHttpTest {

    private static final String CHAT = "/v1/agents/kira/chat";

    @TempDir
    Path data;

    private final ModelServer models = new ModelServer();
    private Stele stele;
    private SteleServer server;
    private Http http;

    @BeforeEach
    void start() throws Exception {
        var chain = new ModelChain(
                List.of(new ChatService(new ChatService.Settings(
                        "local",
                        "openai",
                        models.openAiUrl(),
                        "test",
                        "",
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(1),
                        0,
                        2))),
                new ExtractiveModel(),
                1);
        stele = Stele.open(
                SteleConfig.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder()))
                        .withLanguage(chain)
                        .withReflector(new ModelExtractor(chain, new RuleExtractor())));
        stele.startLearning();
        server = new SteleServer(stele, TestOptions.small().build());
        http = new Http(server.port());
        answering(question -> Script.of("You ", "said: ", question.last()));
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
        stele.close();
        models.close();
    }

    /** Sets the answers to chat questions. Questions of the reflection are answered with nothing to note. */
    private void answering(Function<ModelServer.Question, Script> how) {
        models.answering(question -> question.system().startsWith("You take notes")
                ? Script.of("{\"reasoning\": \"nothing\", \"notes\": [], \"entities\": []}")
                : how.apply(question));
    }

    private static String chatMessage(String session, String user, String text) {
        return Json.write(Json.fields()
                .put("session", session)
                .put("user", user)
                .put("message", text)
                .map());
    }

    record Event(String name, Object data) {
        JsonObject json() {
            return JsonObject.of("event", data);
        }
    }

    private List<Event> stream(String path, String body) throws IOException, InterruptedException {
        Http.Answer answer = http.post(path, body, "Accept", "text/event-stream");
        assertThat(answer.status()).isEqualTo(200);
        return events(answer.body());
    }

    static List<Event> events(String body) {
        var events = new ArrayList<Event>();
        for (String block : body.split("\n\n", -1)) {
            String name = "";
            String data = "";
            for (String line : block.split("\n", -1)) {
                name = line.startsWith("event: ") ? line.substring(7) : name;
                data = line.startsWith("data: ") ? line.substring(6) : data;
            }
            if (!name.isEmpty()) {
                events.add(new Event(name, Json.read(data)));
            }
        }
        return events;
    }

    @Test
    void repeatedAndConcurrentChatRequestsAreAnsweredAlike() throws Exception {
        // First request, second request, another user, concurrent requests.
        for (String user : List.of("ana", "ana", "ben")) {
            List<Event> events = stream(CHAT, chatMessage("s-" + user, user, "hello"));
            assertThat(events.getLast().name()).isEqualTo("done");
        }
        Threads.atOnce(5, i -> () -> {
            List<Event> events = stream(CHAT, chatMessage("s-u" + i, "u" + i, "hello " + i));
            assertThat(events)
                    .extracting(Event::name)
                    .startsWith("message", "delta")
                    .endsWith("sources", "done");
            return events;
        });
        AgentMemory kira = stele.agent("kira");
        Awaitility.await()
                .untilAsserted(() -> assertThat(kira.interactions()
                                .list(Optional.empty(), Optional.of(InteractionState.PROCESSED), 100, Optional.empty())
                                .items())
                        .hasSize(8));
    }

    @Test
    void streamedAnswerEqualsTheJsonAnswer() throws Exception {
        List<Event> events = stream(CHAT, chatMessage("s", "ana", "I live in Lisbon."));
        assertThat(events.getFirst().name()).isEqualTo("message");
        String text = events.stream()
                .filter(event -> event.name().equals("delta"))
                .map(event -> event.json().string("text"))
                .reduce("", String::concat);
        assertThat(text).isEqualTo("You said: I live in Lisbon.");
        JsonObject done = events.getLast().json();
        assertThat(done.object("answer").orElseThrow().string("content")).isEqualTo(text);
        assertThat(done.string("model")).isEqualTo("local");
        assertThat(events).extracting(Event::name).containsOnlyOnce("sources");
        assertThat(done.has("sources")).isFalse();
        assertThat(stele.agent("kira").message(done.string("question"))).isPresent();

        Http.Answer whole = http.post(CHAT, chatMessage("s", "ana", "And you?"));
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.json().object("answer").orElseThrow().string("content"))
                .isEqualTo("You said: And you?");
        assertThat(models.questions().getLast().body().objects("messages")).isNotEmpty();
        assertThat(http.get("/v1/models").json().objects("items"))
                .singleElement()
                .satisfies(model ->
                        assertThat(model.optionalLong("answered").orElseThrow()).isGreaterThan(1));
        assertThat(http.get("/metrics").body()).contains("stele_model_questions_total{model=\"local\"");
    }

    @Test
    void answerCarriesWhatItCitesAndWhatWasSearchedOnlyOnRequest() throws Exception {
        for (String fact : List.of("My dog is called Rex.", "My dog eats fish.", "My cat is called Tom.")) {
            http.post("/v1/agents/kira/messages", "{\"session\":\"f\",\"user\":\"ana\",\"content\":\"" + fact + "\"}");
        }
        answering(_ -> Script.of("Rex [1", "], I ", "think [1, 9]."));
        String question = chatMessage("s", "ana", "What is my dog called?");
        JsonObject plain = http.post(CHAT, question).json();
        assertThat(plain.has("searched")).isFalse();
        JsonObject cited = plain.objects("sources").getFirst();
        assertThat(plain.objects("sources")).hasSize(1);
        assertThat(cited.raw()).containsEntry("number", 1L).containsKeys("kind", "id", "text");

        JsonObject whole = http.post(CHAT + "?searched=true", question).json();
        assertThat(whole.objects("searched"))
                .hasSizeGreaterThan(2)
                .first()
                .satisfies(first -> assertThat(first.string("id"))
                        .isEqualTo(whole.objects("sources").getFirst().string("id")));
        JsonObject answer = whole.object("answer").orElseThrow();
        assertThat(http.get("/v1/agents/kira/messages/" + answer.string("id"))
                        .json()
                        .map("metadata")
                        .get("sources"))
                .isEqualTo(List.of(Map.of(
                        "number",
                        1L,
                        "kind",
                        whole.objects("sources").getFirst().string("kind"),
                        "id",
                        whole.objects("sources").getFirst().string("id"))));

        List<Event> events = stream(CHAT, question);
        assertThat(events)
                .extracting(Event::name)
                .containsExactly("message", "delta", "delta", "delta", "sources", "done");
        assertThat(Json.write(events.get(4).data())).contains("\"number\":1");
        List<Event> all = stream(CHAT + "?searched=true", question);
        assertThat(all)
                .extracting(Event::name)
                .containsExactly("message", "searched", "delta", "delta", "delta", "sources", "done");
        assertThat(all.getLast().json().names()).doesNotContain("sources", "searched");
        assertThat(http.post(CHAT + "?searched=yes", question).status()).isEqualTo(400);
    }

    @Test
    void clientThatAcceptsEventsAndJsonGetsWhatItPrefers() throws Exception {
        for (var accepted : Map.of(
                        "application/json, text/event-stream", "application/json",
                        "application/json, text/event-stream, application/problem+json", "application/json",
                        "*/*", "application/json",
                        "text/html", "application/json",
                        "text/event-stream;q=0.5, application/json;q=0.9", "application/json",
                        "text/event-stream, application/json", "text/event-stream",
                        "application/json;q=0.1, Text/Event-Stream", "text/event-stream",
                        "text/event-stream, */*;q=0.1", "text/event-stream")
                .entrySet()) {
            assertThat(http.post(CHAT, chatMessage("s", "ana", "hello"), "Accept", accepted.getKey())
                            .headers()
                            .firstValue("Content-Type"))
                    .as(accepted.getKey())
                    .contains(accepted.getValue());
        }
        assertThat(http.get("/v1/agents/kira/changes", "Accept", "application/json, text/event-stream")
                        .json()
                        .objects("items"))
                .isNotEmpty();
    }

    @Test
    void truncatedAnswerIsStoredAndAMissingAnswerFallsBackToMemory() throws Exception {
        answering(_ -> Script.of("Half ", "an ", "answer").cutAfter(2).slowly(10));
        JsonObject cut =
                stream(CHAT, chatMessage("s", "ana", "hello")).getLast().json();
        assertThat(cut.optionalBoolean("cut")).contains(true);
        assertThat(cut.object("answer").orElseThrow().string("content")).isEqualTo("Half an ");
        answering(_ -> Script.error(503));
        JsonObject offline =
                http.post(CHAT, chatMessage("t", "ana", "What did I say?")).json();
        assertThat(offline.string("model")).isEqualTo("offline");
        assertThat(offline.object("answer").orElseThrow().string("content")).contains("No language model");
    }

    @Test
    void disconnectStoresTheReceivedPartAndTheInteraction() throws Exception {
        answering(_ -> Script.of("one two three four five ".repeat(20).split("(?<= )", -1))
                .slowly(50));
        // A plain socket, because library clients continue to read after they were cancelled.
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String body = chatMessage("s", "ana", "hello");
            socket.getOutputStream()
                    .write(("POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Accept: text/event-stream\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                    + body)
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readNBytes(600), StandardCharsets.UTF_8))
                    .contains("delta");
        }
        Awaitility.await().untilAsserted(() -> {
            List<Message> all = stele.agent("kira").sessions().last("s", 10);
            assertThat(all).hasSize(2);
            assertThat(all.getLast().metadata()).containsEntry("cut", true);
            assertThat(all.getLast().content()).startsWith("one");
        });
        assertThat(stele.agent("kira")
                        .interactions()
                        .list(Optional.of("ana"), Optional.empty(), 10, Optional.empty())
                        .items())
                .hasSize(1);
    }

    @Test
    void invalidChatMessagesAreRefusedWithAdvice() throws Exception {
        assertThat(http.post(CHAT, "{\"message\": \"\"}").status()).isEqualTo(400);
        assertThat(http.post(CHAT, "{\"mesage\": \"x\"}").body()).contains("mesage");
        Http.Answer anonymous = http.post(CHAT, "{\"message\": \"hello\"}");
        assertThat(anonymous.status()).isEqualTo(403);
        assertThat(anonymous.body()).contains("access-denied");
        assertThat(http.post(CHAT, chatMessage("s", "ana", "x".repeat(300_000))).status())
                .isEqualTo(413);
        assertThat(http.get(CHAT).status()).isEqualTo(426);
        assertThat(http.post("/v1/agents/kira/conversations", "{\"with\": \"ben\", \"opening\": \"hi\"}")
                        .status())
                .isEqualTo(404);
        assertThat(http.send("PUT", "/v1/agents/kira/persona", "{\"name\": \"K\", \"traits\": {\"bold\": 2}}")
                        .status())
                .isEqualTo(400);
        assertThat(stele.exists(new AgentName("kira"))).isFalse();
    }

    @Test
    void personaScheduleAndAccessAreSetUnderVersions() throws Exception {
        String persona =
                "{\"name\": \"Kira\", \"description\": \"A lighthouse keeper.\", \"traits\": {\"curious\": 0.9}}";
        Http.Answer set = http.send("PUT", "/v1/agents/kira/persona", persona, "If-Match", "\"0\"");
        assertThat(set.status()).isEqualTo(200);
        assertThat(set.headers().firstValue("ETag")).contains("\"1\"");
        assertThat(http.send("PUT", "/v1/agents/kira/persona", persona, "If-Match", "\"0\"")
                        .status())
                .isEqualTo(412);
        assertThat(http.get("/v1/agents/kira/persona").json().string("description"))
                .isEqualTo("A lighthouse keeper.");
        assertThat(http.get("/v1/agents/kira/state").json().string("activity")).isEqualTo("free");
        assertThat(http.get("/v1/agents/kira/willingness?mentioned=true").json().has("probability"))
                .isTrue();
        assertThat(http.send("PUT", "/v1/agents/kira/access", "{\"chat\": [\"public\"], \"memory\": \"quick\"}")
                        .status())
                .isEqualTo(200);
        http.post(CHAT, "{\"message\": \"hello\"}");
        assertThat(models.questions()).anyMatch(question -> question.system().contains("lighthouse"));
    }

    @Test
    void interactionsAreProcessedWithAModelWhoseOutputIsCheckedAndRepairedOnce() throws Exception {
        var asked = new AtomicInteger();
        models.answering(question -> {
            if (!question.system().startsWith("You take notes")) {
                return Script.of("fine");
            }
            return switch (asked.incrementAndGet()) {
                case 1 -> Script.of("Sure! Here is nothing in JSON.");
                case 2 ->
                    Script.of(
                            "```json\n{\"reasoning\": \"a hobby\", \"notes\": [{\"content\": \"Ana plays the cello since yesterday.\",",
                            " \"category\": \"interest\", \"evidence\": [\"i play the CELLO!\"], \"confidence\": \"0.9\"},",
                            " {\"content\": \"Ana is a spy.\", \"evidence\": [\"I am a spy\"]}, {\"category\": \"fact\"}],",
                            " \"entities\": [{\"name\": \"cello\", \"type\": \"thing\", \"relation\": \"plays\", \"confidence\": 0.9}]}\n```");
                default -> Script.of("<html>no</html>");
            };
        });
        JsonObject reply =
                http.post(CHAT, chatMessage("s", "ana", "I play the cello!")).json();
        AgentMemory kira = stele.agent("kira");
        String id = reply.string("interaction");
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                kira.interactions().get(id).orElseThrow().state())
                        .isEqualTo(InteractionState.PROCESSED));
        var outcome = kira.interactions().get(id).orElseThrow().outcome().orElseThrow();
        assertThat(outcome.engine()).isEqualTo("local");
        assertThat(outcome.added()).hasSize(1);
        assertThat(outcome.reasoning()).contains("Ana is a spy").contains("no evidence");
        assertThat(kira.notes().get(outcome.added().getFirst()).orElseThrow().content())
                .doesNotContain("yesterday");
        assertThat(kira.graph().get("ana").relations())
                .extracting(relation -> relation.type())
                .containsExactly("plays");
        // The model fails twice to return JSON, so the rules extract the notes.
        http.post(CHAT, chatMessage("s", "ana", "I moved to Porto."));
        Awaitility.await()
                .untilAsserted(() -> assertThat(http.get("/v1/agents/kira/interactions?state=processed")
                                .json()
                                .objects("items"))
                        .hasSize(2));
        assertThat(http.get("/v1/agents/kira/interactions").body()).contains("gave no answer that could be used");
        assertThat(http.get("/v1/agents/kira/notes?user=ana").body()).contains("ana lives in Porto.");
        assertThat(http.post(
                                "/v1/agents/kira/users/ben/interactions",
                                "{\"message\": \"I live in Oslo.\", \"response\": \"Nice.\", \"learn\": true}")
                        .status())
                .isEqualTo(201);
        Http.Answer quiz = http.post(
                "/v1/agents/kira/interactions",
                "{\"type\": \"quiz_result\", \"user\": \"ana\", \"data\": {\"topic\": \"fractions\", \"correct\": false}}");
        assertThat(quiz.status()).isEqualTo(202);
        assertThat(http.post("/v1/agents/kira/reflect", "").json().optionalLong("waiting"))
                .contains(0L);
        assertThat(http.get("/v1/agents/kira/notes?user=ben").body()).contains("ben lives in Oslo.");
        assertThat(http.get("/v1/agents/kira/notes?user=ben&source=user").body())
                .contains("ben lives in Oslo.");
        assertThat(http.get("/v1/agents/kira/notes?source=data").body()).doesNotContain("Oslo");
        assertThat(http.get(quiz.headers().firstValue("Location").orElseThrow())
                        .json()
                        .string("state"))
                .isEqualTo("processed");
    }

    @Test
    void insightsAboutAUserAreServed() throws Exception {
        // The model returns no JSON for the reflection, so the rules extract the notes.
        models.answering(_ -> Script.of("- You had trouble with fractions."));
        for (String topic : List.of("fractions", "tides")) {
            http.post(
                    "/v1/agents/kira/interactions",
                    "{\"type\": \"quiz_result\", \"user\": \"ana\", \"data\": {\"topic\": \"" + topic
                            + "\", \"correct\": " + topic.equals("tides") + "}}");
        }
        assertThat(http.post("/v1/agents/kira/reflect", "").status()).isEqualTo(200);
        http.post(
                "/v1/agents/kira/documents",
                "{\"collection\": \"maths\", \"id\": \"one\", \"title\": \"Fractions\", \"text\": \"A fraction is a part.\"}");
        String ana = "/v1/agents/kira/users/ana/";
        assertThat(http.get(ana + "insights?days=3").json().map("interactions")).isEqualTo(Map.of("quiz_result", 2L));
        assertThat(http.get(ana + "knowledge?topic=fractions").json().string("state"))
                .isEqualTo("gap");
        assertThat(http.get(ana + "knowledge?topic=tides").json().string("state"))
                .isEqualTo("known");
        assertThat(http.get(ana + "summary").json().strings("gaps")).hasSize(1);
        assertThat(http.get(ana + "primer?collection=maths&document=one").json().strings("points"))
                .containsExactly("You had trouble with fractions.");
        assertThat(http.get(ana + "primer?collection=maths&document=one").json().optionalBoolean("cached"))
                .contains(true);
        assertThat(http.get(ana + "primer?collection=maths&document=two").status())
                .isEqualTo(404);
        assertThat(http.get(ana + "insights?days=none").status()).isEqualTo(400);
        http.post("/v1/agents/kira/notes", "{\"content\": \"x\"}");
        assertThat(http.get("/v1/agents/kira/graph/related?concept=fractions").status())
                .isEqualTo(200);
    }

    @Test
    void notesAreConsolidatedAndTheConsolidationIsUndone() throws Exception {
        models.answering(
                _ -> Script.of(
                        "{\"operations\": [{\"action\": \"merge\", \"notes\": [1, 2], \"content\": \"ana likes tea and cake\", \"reason\": \"both\"}]}"));
        for (String what : List.of("tea", "cake")) {
            http.post("/v1/agents/kira/notes", "{\"content\": \"ana likes " + what + "\", \"user\": \"ana\"}");
        }
        String path = "/v1/agents/kira/users/ana/consolidation";
        assertThat(http.get(path).json().objects("operations")).hasSize(1);
        assertThat(http.get("/v1/agents/kira/notes").json().objects("items")).hasSize(2);
        JsonObject done = http.post(path, "").json();
        assertThat(done.optionalLong("after")).contains(1L);
        assertThat(http.get("/v1/agents/kira/notes").json().objects("items"))
                .extracting(note -> note.string("content"))
                .containsExactly("ana likes tea and cake");
        assertThat(http.get("/v1/agents/kira/consolidations?user=ana").json().objects("items"))
                .hasSize(1);
        String undo = "/v1/agents/kira/consolidations/" + done.string("id") + "/undo";
        assertThat(http.post(undo, "").status()).isEqualTo(200);
        assertThat(http.get("/v1/agents/kira/notes").json().objects("items")).hasSize(2);
        assertThat(http.post(undo, "").status()).isEqualTo(409);
    }

    @Test
    void planIsAppliedAsItWasPreviewedOrNotAtAll() throws Exception {
        var plans = new AtomicInteger();
        models.answering(_ -> Script.of(
                "{\"operations\": [{\"action\": \"merge\", \"notes\": [1, 2], \"content\": \"plan %d\", \"reason\": \"both\"}]}"
                        .formatted(plans.incrementAndGet())));
        var ids = new ArrayList<String>();
        for (String what : List.of("tea", "cake")) {
            ids.add(http.post("/v1/agents/kira/notes", "{\"content\": \"ana likes " + what + "\", \"user\": \"ana\"}")
                    .json()
                    .string("id"));
        }
        String path = "/v1/agents/kira/users/ana/consolidation";
        String first = http.get(path).body();
        assertThat(http.get(path).body()).contains("plan 2");
        http.send("PATCH", "/v1/agents/kira/notes/" + ids.getFirst(), "{\"importance\": 0.9}");
        assertThat(http.post(path + "/apply", first).status()).isEqualTo(409);
        assertThat(http.get("/v1/agents/kira/notes").json().objects("items")).hasSize(2);
        String third = http.get(path).body();
        assertThat(http.post(path + "/apply", third).status()).isEqualTo(200);
        assertThat(http.get("/v1/agents/kira/notes").json().objects("items"))
                .extracting(note -> note.string("content"))
                .containsExactly("plan 3");
        assertThat(plans).as("no plan was made by applying one").hasValue(3);
        assertThat(http.post(path + "/apply", third).status()).isEqualTo(409);
        String twice = ids.getFirst();
        assertThat(http.post(
                                path + "/apply",
                                "{\"engine\": \"x\", \"operations\": [{\"action\": \"merge\", \"notes\": [\"%s\", \"%s\", \"b\"], \"content\": \"c\"}], \"versions\": {}}"
                                        .formatted(twice, twice))
                        .status())
                .isEqualTo(409);
        for (String invalid : List.of(
                "{}",
                "{\"engine\": \"x\", \"operations\": [{\"action\": \"burn\", \"notes\": [\"a\"]}], \"versions\": {}}",
                "{\"engine\": \"x\", \"operations\": [{\"action\": \"retire\", \"notes\": []}], \"versions\": {}}",
                "{\"engine\": \"x\", \"versions\": {}}",
                "{\"engine\": \"x\", \"operations\": [{\"action\": \"retire\", \"notes\": [\"a\"], \"reason\": \"%s\"}], \"versions\": {}}"
                        .formatted("x".repeat(3_000)),
                "{\"engine\": \"\", \"operations\": [], \"versions\": {}}",
                "{\"engine\": \"x\", \"operations\": [], \"versions\": {\"a\": \"b\"}}")) {
            assertThat(http.post(path + "/apply", invalid).status()).as(invalid).isEqualTo(400);
        }
        assertThat(http.post(path + "/apply", "{\"engine\": \"x\", \"operations\": [], \"versions\": {}}")
                        .status())
                .isEqualTo(204);
    }

    /** Client of a chat WebSocket. */
    private final class Tab implements WebSocket.Listener, AutoCloseable {
        final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
        final List<JsonObject> all = new CopyOnWriteArrayList<>();
        /** In what received frames differ from the OpenAPI document. */
        private final List<String> undescribed = new CopyOnWriteArrayList<>();

        private final Contract contract;
        private final StringBuilder text = new StringBuilder();
        private final HttpClient client = HttpClient.newHttpClient();
        private final WebSocket socket;

        Tab() throws InterruptedException {
            contract = http.contract();
            socket = client.newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + CHAT), this)
                    .join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonObject frame = Json.readObject("frame", text.toString());
                undescribed.addAll(contract.problemsOfReceivedFrame(frame.raw()));
                all.add(frame);
                frames.add(frame);
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        void send(String... pairs) {
            var frame = Json.fields();
            for (int i = 0; i < pairs.length; i += 2) {
                frame.put(pairs[i], pairs[i + 1]);
            }
            socket.sendText(Json.write(frame.map()), true).join();
        }

        JsonObject await(String type) throws InterruptedException {
            return await(frame -> frame.string("type").equals(type));
        }

        JsonObject await(Predicate<JsonObject> wanted) throws InterruptedException {
            while (true) {
                JsonObject frame = frames.poll(10, TimeUnit.SECONDS);
                assertThat(frame).as("a frame, after " + all).isNotNull();
                if (wanted.test(frame)) {
                    return frame;
                }
            }
        }

        @Override
        public void close() {
            socket.abort();
            client.close();
            assertThat(undescribed).isEmpty();
        }
    }

    @Test
    void tabReceivesMessagesAfterTheAgentWasRestoredOrCreatedAgain() throws Exception {
        AgentMemory kira = stele.agent("kira");
        kira.remember(MessageDraft.user("s", "ana", "first"));
        Path backup = data.resolve("old.zip");
        kira.backup(backup);
        try (var tab = new Tab()) {
            tab.await("connected");
            tab.send("type", "join", "session", "s", "user", "ana");
            tab.await("joined");
            for (int i = 0; i < 6; i++) {
                http.post(CHAT, chatMessage("s", "ana", "before " + i));
                tab.await("complete");
            }
            stele.restore(backup, Optional.of(kira.name()), true);
            http.post(CHAT, chatMessage("s", "ana", "restored"));
            assertThat(tab.await("complete").object("message").orElseThrow().string("content"))
                    .isEqualTo("You said: restored");
            stele.forget(kira.name());
            http.post(CHAT, chatMessage("s", "ana", "anew"));
            assertThat(tab.await("complete").object("message").orElseThrow().string("content"))
                    .isEqualTo("You said: anew");
        }
    }

    @Test
    void tabsOfAConversationReceiveTheSameMessagesAndAReturningTabMissesNone() throws Exception {
        try (var first = new Tab();
                var second = new Tab()) {
            first.await("connected");
            for (Tab tab : List.of(first, second)) {
                tab.send("type", "join", "session", "s", "user", "ana");
                tab.await("joined");
            }
            first.send("type", "message", "session", "s", "id", "m1", "text", "hello there");
            for (Tab tab : List.of(first, second)) {
                JsonObject complete = tab.await("complete");
                assertThat(complete.string("reply_to")).isEqualTo("m1");
                assertThat(complete.object("message").orElseThrow().string("content"))
                        .isEqualTo("You said: hello there");
                List<JsonObject> chunks = tab.all.stream()
                        .filter(frame -> frame.string("type").equals("chunk"))
                        .toList();
                assertThat(chunks.stream().map(frame -> frame.string("text")).reduce("", String::concat))
                        .isEqualTo("You said: hello there");
                assertThat(chunks)
                        .extracting(frame -> frame.optionalLong("seq").orElseThrow())
                        .containsExactly(0L, 1L, 2L);
                assertThat(tab.all.stream().map(frame -> frame.string("type")).filter(type -> !type.equals("typing")))
                        .containsSubsequence("message", "chunk", "complete");
            }
            // Messages that are sent by HTTP are delivered, too.
            http.post(CHAT, chatMessage("s", "ana", "from elsewhere"));
            assertThat(second.await("complete").object("message").orElseThrow().string("content"))
                    .isEqualTo("You said: from elsewhere");
            second.send("type", "typing", "session", "s");
            assertThat(first.await(frame -> frame.string("type").equals("typing")
                                    && frame.string("who").equals("ana"))
                            .optionalBoolean("on"))
                    .contains(true);
            second.send("type", "leave", "session", "s");
            second.await("left");
            first.send("type", "message", "session", "s", "id", "m2", "text", "alone");
            first.await(frame -> frame.string("type").equals("complete")
                    && frame.string("reply_to").equals("m2"));

            second.send("type", "join", "session", "s", "user", "ana", "after", "m1");
            List<String> missed = second.await("joined").objects("messages").stream()
                    .map(message -> message.string("content"))
                    .toList();
            assertThat(missed)
                    .containsExactly(
                            "You said: hello there",
                            "from elsewhere",
                            "You said: from elsewhere",
                            "alone",
                            "You said: alone");
        }
    }

    @Test
    void invalidFramesAreAnsweredAndTheConnectionStaysOpen() throws Exception {
        try (var tab = new Tab()) {
            tab.await("connected");
            tab.socket.sendText("{not json", true).join();
            assertThat(tab.await("error").string("code")).isEqualTo("invalid-input");
            tab.send("type", "dance");
            assertThat(tab.await("error").string("detail")).contains("join, leave");
            tab.send("type", "message", "session", "s", "text", "hello");
            assertThat(tab.await("error").string("detail")).contains("not joined");
            tab.send("type", "join", "session", "s", "user", "ana");
            tab.await("joined");
            tab.send("type", "message", "session", "s", "id", "m1", "text", "   ");
            assertThat(tab.await("error").string("reply_to")).isEqualTo("m1");
            tab.send("type", "ping");
            tab.await("pong");
        }
        try (var tab = new Tab()) {
            tab.await("connected");
            CompletionStage<WebSocket> _ = tab.socket.sendText("x".repeat(5 << 20), true);
            Awaitility.await().until(() -> server.openSockets() == 0);
        }
    }

    @Test
    void concurrentChatsLoseNothingWhenTheModelStallsOrIsCut() throws Exception {
        crowd(20, 6);
    }

    @Test
    @Tag("proof")
    void fiftyUsersWithTwentyTurnsEachLoseNothing() throws Exception {
        crowd(50, 20);
    }

    private void crowd(int users, int turns) throws Exception {
        var random = new Random(7);
        answering(question -> {
            Script whole = Script.of("You ", "said: ", question.last());
            synchronized (random) {
                return switch (random.nextInt(10)) {
                    case 0 -> whole.cutAfter(2).slowly(5);
                    case 1 -> whole.slowly(60);
                    case 2 -> whole.slowly(1_300); // a stall that exceeds the timeout
                    default -> whole;
                };
            }
        });
        Threads.atOnce(users, i -> () -> {
            String user = "user" + i;
            for (int turn = 0; turn < turns; turn++) {
                String text = "message " + turn + " of " + user;
                if (i % 2 == 0) {
                    List<Event> events = stream(CHAT, chatMessage("s-" + user, user, text));
                    assertThat(events.getLast().name()).isEqualTo("done");
                } else {
                    try (var tab = new Tab()) {
                        tab.send("type", "join", "session", "s-" + user, "user", user);
                        tab.await("joined");
                        String id = user + "-" + turn;
                        tab.send("type", "message", "session", "s-" + user, "id", id, "text", text);
                        tab.await(frame -> frame.string("type").equals("complete")
                                && frame.string("reply_to").equals(id));
                    }
                }
            }
            return user;
        });
        AgentMemory kira = stele.agent("kira");
        assertThat(kira.reflect()).isZero();
        for (int i = 0; i < users; i++) {
            String user = "user" + i;
            List<Message> all = kira.sessions().last("s-" + user, 3 * turns);
            assertThat(all).as(user).hasSize(2 * turns);
            for (int turn = 0; turn < turns; turn++) {
                int index = turn;
                assertThat(all.get(2 * turn).content()).isEqualTo("message " + turn + " of " + user);
                assertThat(all.get(2 * turn).role()).isEqualTo(Role.USER);
                String answer = all.get(2 * turn + 1).content();
                // A model that fails too often is not called for a while (circuit breaker); answers then come from
                // memory.
                assertThat(answer)
                        .satisfiesAnyOf(
                                text -> assertThat("You said: message %d of %s".formatted(index, user))
                                        .startsWith(text.stripTrailing()),
                                text -> assertThat(text).contains("No language model"));
            }
            assertThat(kira.users().get(user).orElseThrow().conversations()).isEqualTo(turns);
        }
        assertThat(kira.interactions()
                        .list(Optional.empty(), Optional.of(InteractionState.PROCESSED), 1000, Optional.empty())
                        .items())
                .hasSize(Math.min(1000, users * turns));
        assertThat(kira.verify().problems()).isEmpty();
    }
}
