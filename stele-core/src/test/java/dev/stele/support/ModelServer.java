package dev.stele.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A real HTTP server that speaks the wire formats of OpenAI, Ollama, Anthropic and Gemini, streamed, and misbehaves as
 * asked: errors, silence, connections cut in the middle of an answer.
 */
public final class ModelServer implements AutoCloseable {

    /**
     * How one question is answered.
     *
     * @param status other than 200 for an error
     * @param pieces of the answer
     * @param pauseMillis before each piece
     * @param cutAfter the connection is cut after so many pieces; negative for never
     * @param politely whether what is cut ends as if it were whole, but for the words that say so
     */
    public record Script(int status, List<String> pieces, long pauseMillis, int cutAfter, boolean politely) {

        /** An error that quotes what the question came with. */
        public static Script error(int status, String text) {
            return new Script(status, List.of(text), 0, -1, false);
        }

        public static Script of(String... pieces) {
            return new Script(200, List.of(pieces), 0, -1, false);
        }

        public static Script error(int status) {
            return new Script(status, List.of(), 0, -1, false);
        }

        public Script cutAfter(int count) {
            return new Script(status, pieces, pauseMillis, count, false);
        }

        public Script endAfter(int count) {
            return new Script(status, pieces, pauseMillis, count, true);
        }

        public Script slowly(long millis) {
            return new Script(status, pieces, millis, cutAfter, politely);
        }
    }

    /** What was asked: the system text, and the last turn. */
    public record Question(String path, String model, String system, String last, JsonObject body, String key) {}

    private final HttpServer server;
    private final AtomicReference<Function<Question, Script>> script =
            new AtomicReference<>(question -> Script.of("You said: ", question.last()));
    private final List<Question> questions = new CopyOnWriteArrayList<>();

    public ModelServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/chat/completions", exchange -> answer(exchange, ModelWire.OPENAI));
        server.createContext("/api/chat", exchange -> answer(exchange, ModelWire.OLLAMA));
        server.createContext("/v1/messages", exchange -> answer(exchange, ModelWire.ANTHROPIC));
        server.createContext("/v1beta/models/", exchange -> answer(exchange, ModelWire.GEMINI));
        server.start();
    }

    public void answering(Function<Question, Script> how) {
        script.set(how);
    }

    public String openAiUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    public String ollamaUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Where a kind of service is. */
    public String url(String kind) {
        return switch (kind) {
            case "ollama" -> ollamaUrl();
            case "gemini" -> ollamaUrl() + "/v1beta";
            default -> openAiUrl();
        };
    }

    /** All that was asked so far. */
    public List<Question> questions() {
        return List.copyOf(questions);
    }

    private void answer(HttpExchange exchange, ModelWire wire) throws IOException {
        JsonObject body =
                Json.readObject("body", new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        String path = exchange.getRequestURI().getPath();
        var question = new Question(
                path,
                body.optionalString("model").orElse(""),
                wire.system(body),
                wire.last(body),
                body,
                String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        questions.add(question);
        Script how = script.get().apply(question);
        if (how.status() != 200) {
            String why = how.pieces().isEmpty() ? "asked to fail" : String.join(" ", how.pieces());
            byte[] error = Json.write(Map.of("error", Map.of("message", why))).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(how.status(), error.length);
            exchange.getResponseBody().write(error);
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", wire.contentType());
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        try {
            write(out, wire.begin());
            for (int i = 0; i < how.pieces().size() && i != how.cutAfter(); i++) {
                Thread.sleep(how.pauseMillis());
                write(out, wire.piece(how.pieces().get(i)));
            }
            if (how.cutAfter() >= 0 && !how.politely()) {
                throw new IOException("cut, as asked"); // the stream stays open, so the server drops the connection
            }
            if (how.cutAfter() < 0) {
                write(out, wire.end());
            }
            out.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
