package dev.stele.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Stele;
import dev.stele.client.Types.Change;
import dev.stele.client.Types.Chat;
import dev.stele.client.Types.Context;
import dev.stele.client.Types.Document;
import dev.stele.client.Types.Graph;
import dev.stele.client.Types.GraphEntity;
import dev.stele.client.Types.GraphQuery;
import dev.stele.client.Types.MemoryToolInput;
import dev.stele.client.Types.Message;
import dev.stele.client.Types.Note;
import dev.stele.client.Types.Readiness;
import dev.stele.client.Types.Recall;
import dev.stele.client.Types.RecallFilter;
import dev.stele.client.Types.RememberedNote;
import dev.stele.client.Types.Search;
import dev.stele.client.Types.StoredMessage;
import dev.stele.config.SteleConfig;
import dev.stele.server.ServerOptions;
import dev.stele.server.SteleServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a server. */
class SteleClientTest {

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private SteleClient client;
    private AgentClient kira;

    @BeforeEach
    void start() throws Exception {
        stele = Stele.open(SteleConfig.at(data), Optional.empty());
        server = new SteleServer(stele, ServerOptions.builder().port(0).build());
        client = SteleClient.connect("http://127.0.0.1:" + server.port());
        kira = client.agent("kira");
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        stele.close();
    }

    private static Message said(String content) {
        return Message.builder(content).session("s").user("ana").role("user").build();
    }

    @Test
    void messagesAreStoredRecalledEditedAndErased() {
        StoredMessage message = kira.remember(said("I moved to Lisbon"));
        assertThat(message.user()).contains("ana");
        assertThat(kira.remember(List.of(said("Fine"), said("In May"))))
                .extracting(StoredMessage::content)
                .containsExactly("Fine", "In May");
        assertThat(kira.recall(Recall.builder("Lisbon")
                                .limit(3L)
                                .filter(RecallFilter.builder().user("ana").build())
                                .build())
                        .hits()
                        .getFirst()
                        .id())
                .isEqualTo(message.id());
        assertThat(kira.context(Context.builder("Lisbon").maxTokens(200L).build())
                        .text())
                .contains("Lisbon");
        kira.editMessage(message.id(), "I moved to Porto");
        assertThat(kira.message(message.id()).history().getFirst().content()).isEqualTo("I moved to Lisbon");
        assertThat(kira.messages("s", 20, Optional.empty()).items()).hasSize(3);
        assertThat(kira.sessions(Optional.of("ana"), 10, Optional.empty()).items())
                .singleElement()
                .satisfies(session -> assertThat(session.messages()).isEqualTo(3));
        assertThat(kira.deleteMessage(message.id(), true).messages()).isEqualTo(1);
        assertThat(kira.deleteMessage(message.id(), false).messages()).isEqualTo(1);
        kira.deleteSession("s", false);
        assertThat(kira.stats().messages()).isZero();
        assertThat(client.agents(10, Optional.empty()).items()).containsExactly("kira");
        assertThat(client.ready()).isNotNull();
        kira.delete();
        assertThatThrownBy(kira::stats).isInstanceOf(SteleClientException.NotFound.class);
    }

    @Test
    void notesUsersGraphDocumentsAndFiles() {
        RememberedNote note = kira.addNote(Note.builder("Ana keeps bees")
                .user("ana")
                .tags(List.of("hobby"))
                .build());
        assertThat(kira.mergeNote(Note.builder("ana keeps bees")
                                .user("ana")
                                .tags(List.of("bees"))
                                .build())
                        .outcome())
                .isEqualTo("REINFORCED");
        assertThat(kira.notes(Map.of("tag", "bees", "superseded", false)).items())
                .hasSize(1);
        kira.updateNote(note.id(), Map.of("importance", 0.9), OptionalLong.of(2));
        assertThatThrownBy(() -> kira.updateNote(note.id(), Map.of("importance", 0.1), OptionalLong.of(2)))
                .isInstanceOfSatisfying(SteleClientException.Conflict.class, e -> {
                    assertThat(e.code()).isEqualTo("version-conflict");
                    assertThat(e.status()).isEqualTo(412);
                    assertThat(e.request()).isPresent();
                });
        assertThat(kira.note(note.id()).history()).hasSize(2);
        kira.deleteNote(note.id(), false);
        kira.updateUser("ana", Map.of("trust", 0.7));
        assertThat(kira.user("ana").trust()).isEqualTo(0.7);
        kira.eraseUser("ana", false);
        kira.connect(Graph.builder()
                .entities(List.of(GraphEntity.builder("Ana", "person").build()))
                .build());
        assertThat(kira.queryGraph(GraphQuery.builder("MATCH (n) RETURN n.name, n.age")
                                .build())
                        .rows()
                        .toString())
                .isEqualTo("[[Ana, null]]");
        kira.addDocument(Document.builder("c", "Bees dance to tell the way.")
                .title("Bees")
                .build());
        assertThat(kira.searchDocuments(Search.builder("c", "dance").build()).hits())
                .hasSize(1);
        assertThat(kira.memoryTool(
                                MemoryToolInput.builder("create")
                                        .path("/memories/a")
                                        .fileText("x")
                                        .build(),
                                Optional.of("ana"))
                        .content())
                .isEqualTo("File created successfully at: /memories/a");
    }

    @Test
    void chatsAreAnsweredAtOnceAndInPieces() {
        assertThat(kira.chat(Chat.builder("My dog is called Rex.")
                                .user("ana")
                                .session("c")
                                .build())
                        .answer()
                        .orElseThrow()
                        .content())
                .isNotBlank();
        var names = new ArrayList<String>();
        var text = new StringBuilder();
        try (EventStream events = kira.chatStream(
                Chat.builder("What is my dog called?").user("ana").session("c").build())) {
            events.forEachRemaining(event -> {
                names.add(event.name());
                if (event.name().equals("delta")) {
                    text.append(event.fields().get("text"));
                }
            });
        }
        assertThat(names).startsWith("message").endsWith("done").contains("delta");
        assertThat(kira.messages("c", 10, Optional.empty()).items().getLast().content())
                .isEqualTo(text.toString())
                .isNotBlank();
    }

    @Test
    void feedOfChangesEndsWhenItIsClosedAndMissesNothingBefore() throws Exception {
        kira.remember(said("first"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                ChangeFeed feed = kira.follow(0)) {
            Change first = feed.next();
            Callable<Change> untilSecond = () -> {
                Change change = feed.next();
                while (!change.kind().equals("message.created")) {
                    change = feed.next();
                }
                return change;
            };
            Future<Change> second = threads.submit(untilSecond);
            kira.remember(said("second"));
            assertThat(second.get().number()).isGreaterThan(first.number());
            feed.close();
            assertThat(feed.hasNext()).isFalse();
            assertThatThrownBy(feed::next).isInstanceOf(SteleClientException.Unreachable.class);
        }
        assertThat(kira.changes(0, 10).items()).isNotEmpty();
    }

    @Test
    void feedEndsWithTheFailureOfTheServer() {
        kira.remember(said("first"));
        try (ChangeFeed feed = kira.follow(0)) {
            feed.next();
            kira.delete();
            assertThatThrownBy(() -> feed.forEachRemaining(change -> {}))
                    .isInstanceOfSatisfying(
                            SteleClientException.NotFound.class,
                            e -> assertThat(e.code()).isEqualTo("not-found"));
            assertThat(feed.hasNext()).isFalse();
        }
    }

    @Test
    void serverThatIsNotReadySaysWhy() throws Exception {
        assertThat(client.ready().ready()).isTrue();
        Path moved = data.resolveSibling(data.getFileName() + "-moved");
        Files.move(data, moved);
        try {
            Readiness state = client.ready();
            assertThat(state.ready()).isFalse();
            assertThat(state.store()).isEqualTo("unreachable");
        } finally {
            Files.move(moved, data);
        }
    }

    @Test
    void invalidInputIsRefusedWithTheReason() {
        assertThatThrownBy(() -> kira.remember(said(" ")))
                .isInstanceOfSatisfying(
                        SteleClientException.InvalidRequest.class,
                        e -> assertThat(e.detail()).contains("blank"));
        assertThatThrownBy(() -> kira.remember(List.of())).isInstanceOf(SteleClientException.InvalidRequest.class);
        assertThatThrownBy(() -> client.agent("a/b").stats()).isInstanceOf(SteleClientException.InvalidRequest.class);
        assertThatThrownBy(() -> kira.message("none")).isInstanceOf(SteleClientException.NotFound.class);
        assertThatThrownBy(() -> kira.updateUser("ana", Map.of("trust", new Object())))
                .isInstanceOf(IllegalArgumentException.class);
        for (String address : List.of("localhost:7077", "ftp://host", "http://host/path")) {
            assertThatThrownBy(() -> SteleClient.connect(address))
                    .as(address)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(address);
        }
    }

    @Test
    void idsOfAnyTextReachTheServer() {
        for (String id : List.of("with space", "q?a=b&c#d", "100%", "日本", "a+b")) {
            StoredMessage stored = kira.remember(
                    Message.builder("Text of " + id).id(id).session(id).build());
            assertThat(kira.message(stored.id()).content()).isEqualTo("Text of " + id);
            assertThat(kira.messages(id, 5, Optional.empty()).items()).hasSize(1);
        }
    }

    @Test
    void requestIsRepeatedWhileTheServerRefusesIt() throws Exception {
        try (var slowMemory = Stele.open(SteleConfig.at(data.resolve("slow")), Optional.empty());
                var slow = new SteleServer(
                        slowMemory,
                        ServerOptions.builder().port(0).maxRequestsPerSecond(2).build());
                var patient = SteleClient.connect("http://127.0.0.1:" + slow.port());
                var impatient = SteleClient.builder("http://127.0.0.1:" + slow.port())
                        .retries(0)
                        .build()) {
            for (int i = 0; i < 5; i++) {
                patient.agent("kira").remember(said("message " + i));
            }
            assertThat(slowMemory.agent("kira").messageCount()).isEqualTo(5);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 50; i++) {
                            impatient.agent("kira").stats();
                        }
                    })
                    .isInstanceOfSatisfying(
                            SteleClientException.Unavailable.class,
                            e -> assertThat(e.retryAfter()).isPositive());
            try (EventStream reply = patient.agent("kira")
                    .chatStream(Chat.builder("x").user("ana").build())) {
                assertThat(reply).toIterable().extracting(Event::name).endsWith("done");
            }
        }
    }

    /** A proxy in between that loses the first answer: the message is stored once although it is sent twice. */
    @Test
    void writeWhoseAnswerWasLostTakesEffectOnce() throws Exception {
        try (var proxy = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                var threads = Executors.newVirtualThreadPerTaskExecutor();
                var through = SteleClient.connect("http://127.0.0.1:" + proxy.getLocalPort())) {
            Future<Integer> forwarded = threads.submit(() -> forward(proxy));
            through.agent("kira").remember(said("only once"));
            assertThat(forwarded.get()).isEqualTo(2);
        }
        assertThat(stele.agent("kira").messageCount()).isEqualTo(1);
    }

    /** Forwards two requests, and returns how many it has forwarded; the answer of the first is dropped. */
    private int forward(ServerSocket proxy) throws IOException {
        for (int request = 1; request <= 2; request++) {
            try (Socket from = proxy.accept();
                    var to = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                to.getOutputStream().write(readRequest(from));
                byte[] answer = new byte[8192];
                int length = to.getInputStream().read(answer);
                if (request == 2) {
                    new ByteArrayInputStream(answer, 0, length).transferTo(from.getOutputStream());
                    from.shutdownOutput();
                    from.getInputStream().readAllBytes();
                }
            }
        }
        return 2;
    }

    private static byte[] readRequest(Socket from) throws IOException {
        byte[] buffer = new byte[8192];
        int length = 0;
        while (true) {
            length += from.getInputStream().read(buffer, length, buffer.length - length);
            String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
            if (text.contains("\r\n\r\n") && text.endsWith("}")) {
                return Arrays.copyOf(buffer, length);
            }
        }
    }

    @Test
    void absentServerIsNamed() {
        int port = server.port();
        server.close();
        try (var absent = SteleClient.builder("http://127.0.0.1:" + port)
                .retries(1)
                .timeout(Duration.ofSeconds(5))
                .build()) {
            assertThatThrownBy(() -> absent.agent("kira").stats())
                    .isInstanceOf(SteleClientException.Unreachable.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageNotContaining("Exception");
        }
    }

    @Test
    void jsonIsReadAsItIsWritten() {
        String text = "{\"a\":[1,-2.5,true,null,\"x\\\"\\n\\u00e9\"],\"b\":{},\"c\":[]}";
        Object value = JsonText.read(text);
        assertThat(JsonText.read(JsonText.write(value))).isEqualTo(value);
        assertThat(((Map<?, ?>) value).get("a").toString()).isEqualTo("[1, -2.5, true, null, x\"\né]");
        for (String invalid :
                List.of("", "{", "[1,]", "{\"a\" 1}", "tru", "1 2", "\"a", "\"\\x\"", "01x", "[".repeat(1_000))) {
            assertThatThrownBy(() -> JsonText.read(invalid)).as(invalid).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(JsonText.write("\ud83d")).isEqualTo("\"\\ud83d\"");
        assertThatThrownBy(() -> JsonText.write(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
