package dev.stele.server.support;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * HTTP client for JSON requests to a server on this machine. Each answer is checked against the OpenAPI document of the
 * server, so that no test accepts an answer that the document does not describe.
 */
public final class Http implements AutoCloseable {

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    /** Contract of the interface, which is the same for every server; from the first one that gives it. */
    private static final AtomicReference<Optional<Contract>> CONTRACT = new AtomicReference<>(Optional.empty());

    public Http(int port) {
        this.port = port;
        try {
            contract(new String[0]); // before a test makes the server busy
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public record Answer(int status, String body, java.net.http.HttpHeaders headers) {
        public JsonObject json() {
            return JsonObject.of("answer", Json.read(body));
        }
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    public HttpClient client() {
        return client;
    }

    public Answer get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, null, headers);
    }

    public Answer post(String path, String body, String... headers) throws IOException, InterruptedException {
        return send("POST", path, body, headers);
    }

    public Answer send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri(path));
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.method(method, HttpRequest.BodyPublishers.ofString(body));
            request.setHeader("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        var answer = new Answer(response.statusCode(), response.body(), response.headers());
        contract(headers).ifPresent(document -> document.check(method, path, answer));
        return answer;
    }

    /**
     * Returns the contract of the interface; empty if the server gives none to a caller with these headers, for instance
     * because it requires a key or is overloaded on purpose.
     */
    private Optional<Contract> contract(String... headers) throws InterruptedException {
        if (CONTRACT.get().isEmpty()) {
            var request = HttpRequest.newBuilder(uri("/openapi.json")).timeout(Duration.ofSeconds(10));
            for (int i = 0; i < headers.length; i += 2) {
                if (headers[i].equals("Authorization")) {
                    request.setHeader(headers[i], headers[i + 1]);
                }
            }
            try {
                HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    CONTRACT.set(Optional.of(new Contract(Json.readObject("document", response.body()))));
                }
            } catch (IOException e) {
                return Optional.empty(); // a server that a test has made unreachable
            }
        }
        return CONTRACT.get();
    }

    /** Returns the contract of the interface. */
    public Contract contract() throws InterruptedException {
        return contract(new String[0]).orElseThrow();
    }

    @Override
    public void close() {
        client.close();
    }
}
