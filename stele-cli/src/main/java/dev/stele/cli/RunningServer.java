package dev.stele.cli;

import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * HTTP client of the server that runs with the same settings on this machine.
 *
 * @param settings settings with the address of the server
 * @param key API key; empty if the server requires none
 */
record RunningServer(Settings settings, Optional<String> key) {

    /** Timeout for the connection and for each read. */
    private static final int TIMEOUT_MILLIS = 10_000;

    /** Timeout for the connection of a request that may find no server. */
    private static final int CONNECT_MILLIS = 300;

    /** Timeout for the answer to a request whose caller waits for it before a prompt. */
    private static final int ANSWER_MILLIS = 3_000;

    /**
     * Sends a GET request.
     *
     * @param path path with the leading slash
     * @return the body of the response
     * @throws NotFoundException if no server answers at the address
     * @throws InvalidInputException if the server refuses the request
     */
    JsonObject get(String path) {
        URI uri = uri(path);
        try {
            // java.net.http.HttpClient starts threads and takes longer to load than the whole request takes.
            var connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            key.ifPresent(text -> connection.setRequestProperty("Authorization", "Bearer " + text));
            boolean isOk = connection.getResponseCode() == HttpURLConnection.HTTP_OK;
            try (var in = isOk ? connection.getInputStream() : connection.getErrorStream()) {
                String body = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
                if (!isOk) {
                    throw new InvalidInputException("The server at " + uri + " refused the request: " + body);
                }
                return Json.readObject("answer of " + uri, body);
            }
        } catch (IOException e) {
            throw new NotFoundException("No server answers at " + uri + " (" + e.getMessage()
                    + "); start one with \"stele serve\", or name it with --set server.port=PORT.");
        }
    }

    /**
     * Sends a POST request with a JSON body.
     *
     * @param path path with the leading slash
     * @param body JSON text in UTF-8
     * @return the body of the response; empty if it has none, no server answers in time, or the server refuses
     */
    Optional<String> postIfRunning(String path, byte[] body) {
        try {
            var connection = (HttpURLConnection) uri(path).toURL().openConnection();
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(ANSWER_MILLIS);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            key.ifPresent(text -> connection.setRequestProperty("Authorization", "Bearer " + text));
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(body.length);
            try (var out = connection.getOutputStream()) {
                out.write(body);
            }
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                return Optional.empty();
            }
            try (var in = connection.getInputStream()) {
                return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private URI uri(String path) {
        String host = settings.text(Setting.SERVER_HOST);
        String reachable = switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "::1";
            default -> host;
        };
        try {
            return URI.create(address(reachable, settings.number(Setting.SERVER_PORT)) + path);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("The setting server.host is " + Json.write(host)
                    + ", which is not the name of a host; correct it.");
        }
    }

    /** Returns the URL of a server, with an address of IPv6 in brackets. */
    static String address(String host, int port) {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
