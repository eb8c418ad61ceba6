package dev.stele.client;

import static dev.stele.client.PlayedServer.EVENTS;
import static dev.stele.client.PlayedServer.SILENCE;
import static dev.stele.client.PlayedServer.change;
import static dev.stele.client.PlayedServer.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.client.Types.Change;
import dev.stele.client.Types.Chat;
import dev.stele.client.Types.Document;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams, feeds and slow answers of servers that fail, fall silent or are given up. */
@Timeout(60)
class StreamsTest {

    private static final String JSON_HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    private static final String DELTA = "event: delta\ndata: {\"text\": \"a\"}\n\n";
    private static final String REFUSAL = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

    private static final Chat QUESTION = Chat.builder("x").build();

    private static SteleClient.Builder client(PlayedServer server) {
        return SteleClient.builder(server.address());
    }

    private static List<Long> positions(List<String> requests) {
        return requests.stream()
                .map(request -> Pattern.compile("Last-Event-ID: (\\d+)")
                        .matcher(request)
                        .results())
                .map(found -> Long.valueOf(found.findFirst().orElseThrow().group(1)))
                .toList();
    }

    @Test
    void feedGoesOnAfterProblemsThatPassAndIgnoresOtherEvents() throws Exception {
        String unknown = "event: weather\ndata: {\"number\": 99}\n\nevent: text\ndata: \"x\"\n\n";
        try (var server = new PlayedServer(
                        EVENTS + change(4) + unknown + problem(503, "agent-busy"),
                        EVENTS + change(5) + problem(429, "too-many-requests"),
                        REFUSAL,
                        EVENTS + change(6) + problem(500, "storage-failed"),
                        EVENTS + change(7) + problem(403, "agent-out-of-reach"));
                var stele = client(server).build();
                ChangeFeed feed = stele.agent("kira").follow(3)) {
            var numbers = new ArrayList<Long>();
            assertThatThrownBy(() -> feed.forEachRemaining(change -> numbers.add(change.number())))
                    .isInstanceOf(SteleClientException.NotAllowed.class);
            assertThat(numbers).containsExactly(4L, 5L, 6L, 7L);
            assertThat(feed.hasNext()).isFalse();
            assertThat(positions(server.requests())).containsExactly(3L, 4L, 5L, 5L, 6L);
        }
    }

    @Test
    void feedGivesUpAfterItsRetriesWhichHeartbeatsRenew() throws Exception {
        String lost = EVENTS + problem(503, "agent-busy");
        String alive = EVENTS + ": still here\n\n" + problem(503, "agent-busy");
        try (var server = new PlayedServer(lost, alive, lost, EVENTS + change(1));
                var stele = client(server).retries(1).build();
                ChangeFeed feed = stele.agent("kira").follow(0)) {
            assertThatThrownBy(feed::next).isInstanceOf(SteleClientException.Unavailable.class);
            assertThat(feed.hasNext()).isTrue();
            assertThat(feed.next().number()).isEqualTo(1);
            assertThat(server.requests()).hasSize(4);
        }
    }

    @Test
    void silentStreamIsALostConnection() throws Exception {
        try (var server = new PlayedServer(EVENTS + change(1) + SILENCE, EVENTS + change(2));
                var stele = client(server).maxSilence(Duration.ofMillis(200)).build();
                ChangeFeed feed = stele.agent("kira").follow(0)) {
            assertThat(feed.next().number()).isEqualTo(1);
            assertThat(feed.next().number()).isEqualTo(2);
            assertThat(positions(server.requests())).containsExactly(0L, 1L);
        }
        for (String end : List.of(SILENCE, "")) {
            String head = EVENTS.replace("Connection: close", "Content-Length: 100");
            try (var server = new PlayedServer(head + DELTA + end);
                    var stele =
                            client(server).maxSilence(Duration.ofMillis(200)).build();
                    EventStream reply = stele.agent("kira").chatStream(QUESTION)) {
                assertThat(reply.next().fields()).containsEntry("text", "a");
                assertThatThrownBy(reply::hasNext)
                        .isInstanceOfSatisfying(
                                SteleClientException.Unreachable.class,
                                e -> assertThat(e.code()).isEqualTo("connection-lost"));
                reply.close();
                server.requests(); // returns when the client has closed the connection
            }
        }
    }

    @Test
    void closeEndsAFeedAndAStreamThatWait() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var server = new PlayedServer(EVENTS + SILENCE);
                var stele = client(server).build();
                ChangeFeed feed = stele.agent("kira").follow(0)) {
            Future<Change> next = threads.submit(feed::next);
            server.awaitSilence();
            feed.close();
            assertThatThrownBy(() -> next.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(SteleClientException.Unreachable.class)
                    .hasMessageContaining("closed");
            server.requests();
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var server = new PlayedServer(EVENTS + DELTA + SILENCE);
                var stele = client(server).build();
                EventStream reply = stele.agent("kira").chatStream(QUESTION)) {
            reply.next();
            Future<Boolean> more = threads.submit(reply::hasNext);
            server.awaitSilence();
            reply.close();
            assertThat(more.get(10, TimeUnit.SECONDS)).isFalse();
            assertThat(reply.hasNext()).isFalse();
            server.requests();
        }
    }

    /** The feed is closed while it opens its stream: the server answers only after that. */
    @Test
    void feedThatIsClosedWhileItOpensItsStreamLeavesNoneOpen() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var socket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                var stele = SteleClient.connect("http://127.0.0.1:" + socket.getLocalPort());
                ChangeFeed feed = stele.agent("kira").follow(0)) {
            Future<Change> next = threads.submit(feed::next);
            try (Socket connection = socket.accept()) {
                feed.close();
                connection.getOutputStream().write((EVENTS + change(1)).getBytes(StandardCharsets.UTF_8));
                assertThatThrownBy(() -> next.get(10, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(SteleClientException.Unreachable.class)
                        .hasMessageContaining("closed");
                PlayedServer.awaitEnd(connection);
            }
        }
    }

    @Test
    void timeoutCoversTheWholeAnswer() throws Exception {
        for (String answer : List.of(SILENCE, JSON_HEAD + "{\"items\": " + SILENCE)) {
            try (var server = new PlayedServer(answer);
                    var stele = client(server)
                            .timeout(Duration.ofMillis(300))
                            .retries(0)
                            .build()) {
                assertThatThrownBy(() -> stele.agents(10, Optional.empty()))
                        .isInstanceOfSatisfying(
                                SteleClientException.Unreachable.class,
                                e -> assertThat(e.code()).isEqualTo("timeout"));
                server.requests(); // returns when the client has closed the connection
            }
        }
        String refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{" + SILENCE;
        for (String answer : List.of(SILENCE, refusal)) {
            try (var server = new PlayedServer(answer);
                    var stele = client(server).timeout(Duration.ofMillis(300)).build()) {
                assertThatThrownBy(() -> stele.agent("kira").chatStream(QUESTION))
                        .isInstanceOfSatisfying(
                                SteleClientException.Unreachable.class,
                                e -> assertThat(e.code()).isEqualTo("timeout"));
                server.requests();
            }
        }
    }

    @Test
    void refusedStreamIsRepeatedBeforeItsFirstEvent() throws Exception {
        try (var server = new PlayedServer(REFUSAL, REFUSAL.replace("503", "429"), EVENTS + DELTA);
                var stele = client(server).build();
                EventStream reply = stele.agent("kira").chatStream(QUESTION)) {
            assertThat(reply.next().name()).isEqualTo("delta");
            assertThat(reply.hasNext()).isFalse();
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void writesWithoutAKeyAreNotRepeatedAfterALostConnection() throws Exception {
        for (Consumer<AgentClient> call : List.<Consumer<AgentClient>>of(
                agent -> agent.addDocument(Document.builder("c", "x").build()),
                agent -> agent.chat(QUESTION),
                agent -> agent.chatStream(QUESTION),
                agent -> agent.updateUser("ana", Map.of("trust", 0.5)))) {
            try (var server = new PlayedServer("");
                    var stele = client(server).build()) {
                assertThatThrownBy(() -> call.accept(stele.agent("kira")))
                        .isInstanceOf(SteleClientException.Unreachable.class);
                assertThat(server.requests()).hasSize(1);
            }
        }
    }

    @Test
    void answersOfOthersAreNamedAndNotRepeated() throws Exception {
        for (String body : List.of("<>", "[]")) {
            try (var server = new PlayedServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body);
                    var stele = client(server).build()) {
                assertThatThrownBy(() -> stele.agents(10, Optional.empty()))
                        .isInstanceOfSatisfying(
                                SteleClientException.Unreachable.class,
                                e -> assertThat(e.code()).isEqualTo("unreadable"));
                assertThat(server.requests()).hasSize(1);
            }
        }
    }

    @Test
    void unavailableServerIsNoAnswerToTheQuestionWhetherItIsReady() throws Exception {
        try (var server = new PlayedServer(REFUSAL);
                var stele = client(server).retries(0).build()) {
            assertThatThrownBy(stele::ready).isInstanceOf(SteleClientException.Unavailable.class);
        }
    }
}
