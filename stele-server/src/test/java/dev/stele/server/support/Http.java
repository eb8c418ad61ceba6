package dev.stele.server.support;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;

/** HTTP client for JSON requests to a server on this machine. */
public final class Http implements AutoCloseable {

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;
    private Optional<Contract> contract = Optional.empty();

    public Http(int port) {
        this.port = port;
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
        contract.ifPresent(document -> document.check(method, path, answer));
        return answer;
    }

    /** Checks each further answer against an OpenAPI document. */
    public void checkAgainst(Contract document) {
        contract = Optional.of(document);
    }

    @Override
    public void close() {
        client.close();
    }
}
