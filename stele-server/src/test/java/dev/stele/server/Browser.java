package dev.stele.server;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Headless Chromium with one page that runs scripts, controlled by the DevTools protocol. */
final class Browser implements AutoCloseable, WebSocket.Listener {

    private static final List<Path> EXECUTABLES = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));
    private static final Pattern PORT = Pattern.compile("DevTools listening on ws://127\\.0\\.0\\.1:(\\d+)/");

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final StringBuilder text = new StringBuilder();

    /** Returns the path of an installed Chromium; empty if there is none. */
    static Optional<Path> installed() {
        return EXECUTABLES.stream().filter(Files::isExecutable).findFirst();
    }

    Browser(Path executable, Path profile) throws Exception {
        process = new ProcessBuilder(
                        executable.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        var portFuture = new CompletableFuture<Integer>();
        Thread.ofPlatform().daemon().start(() -> {
            try (var lines =
                    new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Matcher matcher = PORT.matcher(line);
                    if (matcher.find()) {
                        portFuture.complete(Integer.parseInt(matcher.group(1)));
                    }
                }
            } catch (IOException e) {
                portFuture.completeExceptionally(e);
            }
        });
        int port = portFuture.get(60, TimeUnit.SECONDS);
        String pages = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        String page = JsonObject.of("pages", Map.of("list", Json.read(pages))).objects("list").stream()
                .filter(target -> target.string("type").equals("page"))
                .findFirst()
                .orElseThrow()
                .string("webSocketDebuggerUrl");
        socket = client.newWebSocketBuilder().buildAsync(URI.create(page), this).get(30, TimeUnit.SECONDS);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            JsonObject frame = Json.readObject("frame", text.toString());
            text.setLength(0);
            frame.optionalLong("id").map(answers::remove).ifPresent(waiting -> waiting.complete(frame));
        }
        from.request(1);
        return null;
    }

    private JsonObject call(String method, Map<String, ?> parameters) throws Exception {
        long id = ids.incrementAndGet();
        var answer = new CompletableFuture<JsonObject>();
        answers.put(id, answer);
        socket.sendText(Json.write(Map.of("id", id, "method", method, "params", parameters)), true)
                .get(30, TimeUnit.SECONDS);
        return answer.get(30, TimeUnit.SECONDS);
    }

    /** Opens a page. */
    /** Opens a page. */
    void open(String url) throws Exception {
        call("Page.navigate", Map.of("url", url));
    }

    /** Returns the value of a script as JSON text, or the description of the exception that it throws. */
    String run(String script) throws Exception {
        JsonObject answer = call("Runtime.evaluate", Map.of("expression", script, "returnByValue", true));
        return Json.write(answer.object("result").orElseThrow().raw());
    }

    @Override
    public void close() {
        socket.abort();
        client.close();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
