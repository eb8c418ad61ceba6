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
 * The server that runs with these settings on this machine, asked over HTTP.
 *
 * @param settings where it listens
 * @param key what it asks for, if it does
 */
record RunningServer(Settings settings, Optional<String> key) {

    private static final int WAIT_MILLIS = 10_000;

    /**
     * What it answers to a GET.
     *
     * @throws NotFoundException if no server answers there
     * @throws InvalidInputException if it refuses
     */
    JsonObject get(String path) {
        String host = settings.text(Setting.SERVER_HOST);
        URI uri = URI.create("http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":"
                + settings.number(Setting.SERVER_PORT) + path);
        try {
            // Not the newer client: it starts threads and takes longer to load than the answer takes.
            var connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setConnectTimeout(WAIT_MILLIS);
            connection.setReadTimeout(WAIT_MILLIS);
            key.ifPresent(text -> connection.setRequestProperty("Authorization", "Bearer " + text));
            boolean well = connection.getResponseCode() == HttpURLConnection.HTTP_OK;
            try (var in = well ? connection.getInputStream() : connection.getErrorStream()) {
                String body = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
                if (!well) {
                    throw new InvalidInputException("The server at " + uri + " refused: " + body);
                }
                return Json.readObject("answer of " + uri, body);
            }
        } catch (IOException e) {
            throw new NotFoundException("No server answers at " + uri + " (" + e.getMessage()
                    + "); start one with \"stele serve\", or name it with --set server.port=PORT.");
        }
    }
}
