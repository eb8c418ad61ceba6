package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.Stele;
import dev.stele.cli.config.Settings;
import dev.stele.config.SteleConfig;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.recall.RecallQuery;
import dev.stele.server.ServerOptions;
import dev.stele.server.SteleServer;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands through the server of their data directory, and without it. */
@Timeout(60)
class LocalServerTest {

    private static final Map<String, @Nullable Object> QUERY = Map.of("query", "Where does Ana live?");

    @TempDir
    Path temporary;

    private Path data;
    private Settings settings;
    private Path socket;

    @BeforeEach
    void load() {
        data = temporary.resolve("data");
        settings = settings(Map.of());
        socket = settings.commandSocket().orElseThrow();
    }

    private Settings settings(Map<String, String> others) {
        var flags = new LinkedHashMap<>(Map.of(
                "data",
                data.toString(),
                "memory.embedder",
                "none",
                "command.server-timeout",
                "5s",
                "log.level",
                "error"));
        flags.putAll(others);
        return Settings.load(Optional.empty(), Map.of(), flags);
    }

    private Stele open() {
        return Stele.open(SteleConfig.at(data), Optional.empty());
    }

    private ServerOptions.Builder options() {
        return TestOptions.small().commandSocket(Optional.of(socket));
    }

    /** Returns whether a query was answered by the server; its answer must be that of the memory in both cases. */
    private static boolean isThroughServer(Settings settings) {
        boolean[] isDirect = {false};
        JsonObject result = new MemoryAccess(settings).post("kira", "recall", QUERY, (memory, json) -> {
            isDirect[0] = true;
            return memory.recall(RecallQuery.fromJson(json)).toJson();
        });
        assertThat(result.objects("hits"))
                .extracting(hit -> hit.string("content"))
                .containsExactly("Ana lives in Lisbon");
        return !isDirect[0];
    }

    private static void remember(Stele stele) {
        stele.agent("kira")
                .remember(MessageDraft.user("monday", "ana", "Ana lives in Lisbon")
                        .withId("m1"));
    }

    @Test
    void commandUsesTheServerOfTheSameSettingsWhileItRuns() throws Exception {
        try (Stele stele = open()) {
            remember(stele);
            try (var server = new SteleServer(stele, options().build())) {
                assertThat(server.port()).isPositive();
                assertThat(isThroughServer(settings)).isTrue();
                assertThat(isThroughServer(settings(Map.of("server.port", "9", "log.level", "warning"))))
                        .isTrue();
                assertThat(isThroughServer(settings(Map.of("limits.results", "50"))))
                        .isFalse();
                assertThat(isThroughServer(settings(Map.of("command.server-timeout", "0s"))))
                        .isFalse();
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                        .isEqualTo("rw-------");
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                        .isEqualTo("rwx------");
                assertThat(stele.verify()).allMatch(report -> report.clean());
            }
            assertThat(socket).doesNotExist();
            assertThat(isThroughServer(settings)).isFalse();
        }
    }

    @Test
    void refusalOfTheServerIsReportedByTheCommand() {
        try (Stele stele = open();
                var server = new SteleServer(stele, options().build())) {
            assertThat(server.port()).isPositive();
            assertThatThrownBy(() -> new MemoryAccess(settings)
                            .post(
                                    "nobody",
                                    "recall",
                                    QUERY,
                                    (memory, json) -> memory.recall(RecallQuery.fromJson(json))
                                            .toJson()))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("nobody");
        }
    }

    @Test
    void socketNeedsNoKeyAndTheAddressKeepsRequiringOne() throws Exception {
        new ApiKeys(data).create("laptop", Scope.READ, List.of());
        try (Stele stele = open()) {
            remember(stele);
            try (var server = new SteleServer(stele, options().host("0.0.0.0").build());
                    var http = new Http(server.port())) {
                assertThat(http.post("/v1/agents/kira/recall", "{\"query\":\"x\"}")
                                .status())
                        .isEqualTo(401);
                assertThat(isThroughServer(settings)).isTrue();
                assertThat(new LocalServer(socket, Duration.ofSeconds(5))
                                .post(
                                        "/v1/agents/kira/recall",
                                        "{\"query\":\"x\"}",
                                        Map.of("Authorization", "Bearer wrong")))
                        .isEmpty();
                assertThat(http.post("/v1/agents/kira/recall", "{\"query\":\"x\"}")
                                .status())
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void socketOfAServerThatWasKilledIsReplaced() throws Exception {
        try (Stele stele = open()) {
            remember(stele);
            Files.createDirectories(socket.getParent());
            bind().close(); // leaves the file, as a killed process does
            assertThat(socket).exists();
            assertThat(isThroughServer(settings)).isFalse();
            try (var server = new SteleServer(stele, options().build())) {
                assertThat(server.port()).isPositive();
                assertThat(isThroughServer(settings)).isTrue();
                try (var second = new SteleServer(stele, options().build())) {
                    assertThat(second.port()).isPositive();
                    assertThat(isThroughServer(settings)).isTrue();
                }
                assertThat(isThroughServer(settings)).isTrue();
            }
        }
    }

    @Test
    void serverStartsWithoutASocketWhereNoneCanBe() throws Exception {
        String name = "x".repeat(120);
        assertThat(Settings.load(
                                Optional.empty(),
                                Map.of(),
                                Map.of("data", temporary.resolve(name).toString()))
                        .commandSocket())
                .isEmpty();
        Path file = Files.createFile(temporary.resolve("file"));
        try (Stele stele = open();
                var server = new SteleServer(
                        stele,
                        TestOptions.small()
                                .commandSocket(Optional.of(file.resolve("run/x.sock")))
                                .build())) {
            remember(stele);
            assertThat(server.port()).isPositive();
            assertThat(isThroughServer(settings)).isFalse();
        }
    }

    private ServerSocketChannel bind() throws IOException {
        Files.createDirectories(socket.getParent());
        var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(socket));
        return channel;
    }

    /** Accepts one connection, reads the request, writes what the function returns, and closes the connection. */
    private static CompletableFuture<String> answerOnce(ServerSocketChannel listener, Function<String, String> answer) {
        var request = new CompletableFuture<String>();
        Thread.ofPlatform().daemon().start(() -> {
            try (SocketChannel channel = listener.accept()) {
                var buffer = ByteBuffer.allocate(65_536);
                channel.read(buffer);
                String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
                channel.write(ByteBuffer.wrap(answer.apply(text).getBytes(StandardCharsets.UTF_8)));
                request.complete(text);
            } catch (IOException | RuntimeException e) {
                request.completeExceptionally(e);
            }
        });
        return request;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/1.1 200 OK\r\n",
                "HTTP/1.1 200 OK\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"hits\":[",
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"hit",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
                "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"
            })
    void answerThatIsNotACompleteSuccessIsIgnored(String answer) throws Exception {
        try (Stele stele = open();
                var listener = bind()) {
            remember(stele);
            CompletableFuture<String> request = answerOnce(listener, _ -> answer);
            assertThat(isThroughServer(settings)).isFalse();
            assertThat(request.get(10, TimeUnit.SECONDS)).startsWith("POST /v1/agents/kira/recall HTTP/1.1\r\n");
        }
    }

    @Test
    void chunkedAnswerIsJoined() throws Exception {
        try (var listener = bind()) {
            answerOnce(
                    listener,
                    _ -> "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                            + "4\r\n{\"a\"\r\n7;x=y\r\n:\"\u00e4b\"}\r\n0\r\n\r\n");
            assertThat(new LocalServer(socket, Duration.ofSeconds(5)).post("/x", "{}", Map.of()))
                    .contains("{\"a\":\"\u00e4b\"}");
        }
    }

    @Test
    void serverThatDoesNotAnswerDelaysTheCommandByTheTimeoutOnly() throws Exception {
        try (Stele stele = open();
                var listener = bind()) {
            remember(stele);
            assertThat(listener.isOpen()).isTrue();
            long begin = System.nanoTime();
            assertThat(isThroughServer(settings(Map.of("command.server-timeout", "300ms"))))
                    .isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isBetween(Duration.ofMillis(250), Duration.ofSeconds(10));
        }
    }

    @Test
    void writeWhoseAnswerIsLostIsDoneOnce() throws Exception {
        try (Stele stele = open();
                var listener = bind()) {
            Map<String, @Nullable Object> body = Map.of("session", "monday", "content", "I moved to Porto");
            String key = "key-1";
            CompletableFuture<String> request = answerOnce(listener, text -> {
                stele.agent("kira")
                        .remember(List.of(MessageDraft.fromJson(JsonObject.of("message", body))), Optional.of(key));
                return "";
            });
            JsonObject stored = new MemoryAccess(settings)
                    .postOnce(
                            "kira",
                            "messages",
                            body,
                            key,
                            (memory, json) -> memory.remember(
                                            MessageDraft.listFromJson(List.of(json)), Optional.of(key))
                                    .getFirst()
                                    .toJson());
            assertThat(request.get(10, TimeUnit.SECONDS)).contains("Idempotency-Key: key-1\r\n");
            assertThat(stored.string("content")).isEqualTo("I moved to Porto");
            assertThat(stele.agent("kira").messageCount()).isEqualTo(1);
        }
    }
}
