package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.stele.model.Json;
import dev.stele.server.support.McpMessages;
import dev.stele.support.SecondJvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command prints and the server logs and answers, when others quote secrets in their errors. */
@Timeout(120)
class SecretsInOutputTest {

    private static final String MODEL_KEY = "correct-horse-battery";
    private static final String EMBEDDING_KEY = "staple-of-another-kind";
    private static final Pattern LISTENS = Pattern.compile("listens on (http://\\S+),");

    @TempDir
    Path data;

    private record Running(Process process, ByteArrayOutputStream out, ByteArrayOutputStream err) {
        String output() {
            return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
        }

        /** Waits for its end. */
        int code() throws InterruptedException {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }
    }

    private Running start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = SecondJvm.command(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Start.class, (Object[]) arguments);
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment().put("STELE_DATA", data.toString());
        builder.environment().put("STELE_MEMORY_EMBEDDER", "none");
        builder.environment().put("STELE_LOG_LEVEL", "debug");
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        var running = new Running(process, new ByteArrayOutputStream(), new ByteArrayOutputStream());
        Thread.ofVirtual().start(() -> copy(process.getInputStream(), running.out()));
        Thread.ofVirtual().start(() -> copy(process.getErrorStream(), running.err()));
        return running;
    }

    private static void copy(java.io.InputStream from, ByteArrayOutputStream to) {
        try {
            from.transferTo(to);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A service that refuses every key and quotes it. */
    private static HttpServer startServiceThatQuotesKeys() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                String key = exchange.getRequestHeaders().getFirst("Authorization");
                byte[] error = Json.write(Map.of(
                                "error", Map.of("message", "Incorrect API key provided: " + key, "type", "auth")))
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(401, error.length);
                exchange.getResponseBody().write(error);
            }
        });
        server.start();
        return server;
    }

    @Test
    void apiKeysQuotedByServicesAreNeitherLoggedNorReturned() throws Exception {
        HttpServer service = startServiceThatQuotesKeys();
        String url = "http://127.0.0.1:" + service.getAddress().getPort() + "/v1";
        Running serve = start(
                Map.of(
                        "STELE_SERVER_PORT", "0",
                        "STELE_MODELS_M_KEY", MODEL_KEY,
                        "STELE_EMBEDDING_KEY", EMBEDDING_KEY),
                "serve",
                "--set=models.chain=m",
                "--set=models.m.kind=openai",
                "--set=models.m.model=test",
                "--set=models.m.url=" + url,
                "--set=memory.embedder=openai",
                "--set=memory.embedding-model=test",
                "--set=memory.embedding-dimension=8",
                "--set=memory.embedding-attempts=1",
                "--set=memory.embedding-url=" + url);
        var answers = new ArrayList<String>();
        try (var client = HttpClient.newHttpClient()) {
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .until(() -> LISTENS.matcher(serve.output()).find());
            var listens = LISTENS.matcher(serve.output());
            assertThat(listens.find()).isTrue();
            String kira = listens.group(1) + "/v1/agents/kira";
            answers.add(post(client, kira + "/messages", "{\"content\":\"I moved to Lisbon\"}"));
            String recalled = post(client, kira + "/recall", "{\"query\":\"Lisbon\"}");
            assertThat(recalled).contains("does not answer");
            answers.add(recalled);
            answers.add(
                    post(client, kira + "/chat", "{\"session\":\"s\",\"user\":\"ana\",\"message\":\"I like tea\"}"));
            answers.add(post(
                    client,
                    kira + "/chat",
                    "{\"session\":\"s\",\"user\":\"ana\",\"message\":\"And my dog is Rex\"}",
                    "Accept",
                    "text/event-stream"));
            answers.add(post(
                    client,
                    listens.group(1) + "/mcp?agent=kira&tools=all",
                    McpMessages.call("recall", Map.of("query", "tea")),
                    McpMessages.headers("recall")));
            for (String path :
                    List.of("/v1/models", "/v1/agents/kira/interactions", "/metrics", "/v1/agents/kira/export")) {
                answers.add(send(
                        client,
                        HttpRequest.newBuilder(URI.create(listens.group(1) + path))
                                .build()));
            }
        } finally {
            serve.process().destroy();
            assertThat(serve.code()).isEqualTo(143);
            service.stop(0);
        }
        assertThat(String.join("\n", answers)).doesNotContain(MODEL_KEY, EMBEDDING_KEY);
        assertThat(serve.output())
                .contains("the next language model is called: The language model m (test)")
                .contains("does not answer")
                .contains("Incorrect API key provided: ") // the message of the service reached the log
                .contains("(hidden)")
                .doesNotContain(MODEL_KEY, EMBEDDING_KEY);
    }

    private static String post(HttpClient client, String url, String body, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(client, request.build());
    }

    private static String send(HttpClient client, HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    /**
     * Nothing listens there, and some of these are no addresses; whatever is said of them is said without the password.
     */
    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://ana:hunter22@127.0.0.1:1/stele",
        "jdbc:postgresql://ana:hunter22@127.0.0.1:no-port/stele",
        "jdbc:postgresql://ana:@hunter22@127.0.0.1:1/stele",
        "jdbc:postgresql://ana:a/hunter22@127.0.0.1:1/stele",
        "jdbc:postgresql://127.0.0.1:1/stele?user=ana&password=hunter22",
        "jdbc:postgresql://127.0.0.1:1/stele?PASSWORD=hunter22&user=ana",
        "jdbc:postgresql://127.0.0.1:1/stele?user=ana&sslpassword=hunter22&password=x",
        "jdbc:mysql://ana:hunter22@127.0.0.1:1/stele",
        "postgresql://ana:hunter22@127.0.0.1:1/stele",
    })
    void passwordInADatabaseUrlIsNotPrinted(String url) throws Exception {
        Running config = start(Map.of("STELE_STORE_URL", url), "config");
        Running stats = start(Map.of(), "stats", "--store", url, "--set", "limits.wait-timeout=100ms");
        Running serve =
                start(Map.of("STELE_STORE_URL", url, "STELE_LIMITS_WAIT_TIMEOUT", "100ms"), "serve", "--port", "0");
        for (Running running : List.of(config, stats, serve)) {
            running.code();
            assertThat(running.output()).isNotBlank().doesNotContain("hunter22");
        }
        assertThat(stats.code()).isNotZero();
    }

    @Test
    void passwordSettingIsNotPrinted() throws Exception {
        Map<String, String> environment = Map.of(
                "STELE_STORE_URL", "jdbc:postgresql://127.0.0.1:1/stele",
                "STELE_STORE_USER", "ana",
                "STELE_STORE_PASSWORD", "hunter22",
                "STELE_LIMITS_WAIT_TIMEOUT", "100ms");
        for (String command : List.of("config", "stats")) {
            Running running = start(environment, command);
            running.code();
            assertThat(running.output()).isNotBlank().doesNotContain("hunter22");
        }
    }
}
