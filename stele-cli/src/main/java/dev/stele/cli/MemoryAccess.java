package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import dev.stele.io.PercentEncoding;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Access to the memory for a command that needs the embedding model or an index: through the server that runs on the
 * same data directory with the same settings, which has both in memory, or else by opening the memory in this process.
 *
 * <p>The result is the same. If the server refuses a request, or does not answer in time, this process does the work
 * itself, and so reports an error in the words of the command. Commands that only read tables gain nothing from a server
 * and open the memory always, and so do those that run for long, which would lose their progress bar.
 *
 * @param settings settings of the command
 */
record MemoryAccess(Settings settings) {

    /**
     * Runs a request.
     *
     * @param agent name of the agent
     * @param route route of the REST interface below that of the agent
     * @param body fields of the request
     * @param direct does the same on the memory, and returns the fields of the answer
     * @return the fields of the answer
     */
    JsonObject post(
            String agent,
            String route,
            Map<String, @Nullable Object> body,
            BiFunction<AgentMemory, JsonObject, Map<String, @Nullable Object>> direct) {
        return post(agent, route, body, Map.of(), direct);
    }

    /**
     * Runs a request that writes, at most once.
     *
     * @param key idempotency key, which {@code direct} must use, too
     */
    JsonObject postOnce(
            String agent,
            String route,
            Map<String, @Nullable Object> body,
            String key,
            BiFunction<AgentMemory, JsonObject, Map<String, @Nullable Object>> direct) {
        return post(agent, route, body, Map.of("Idempotency-Key", key), direct);
    }

    /** Returns whether a request needs the embedding model: whether it is a query, and not one by keywords alone. */
    private static boolean isModelNeeded(Map<String, @Nullable Object> body) {
        return (body.containsKey("query") && !"keyword".equals(body.get("mode"))) || body.containsKey("topic");
    }

    private JsonObject post(
            String agent,
            String route,
            Map<String, @Nullable Object> body,
            Map<String, String> headers,
            BiFunction<AgentMemory, JsonObject, Map<String, @Nullable Object>> direct) {
        String json = Json.write(body);
        String path = "/v1/agents/" + PercentEncoding.of(agent) + "/" + route;
        Optional<String> answer = settings.commandSocket()
                .flatMap(socket -> LocalServer.at(socket, settings.time(Setting.COMMAND_TIMEOUT)))
                .flatMap(server -> server.post(path, json, headers));
        if (answer.isPresent()) {
            return Json.readObject("answer of the server", answer.get());
        }
        try (Stele stele = SteleOpener.open(settings)) {
            if (isModelNeeded(body)) {
                stele.warmUp(); // while this thread opens the agent
            }
            Map<String, @Nullable Object> result = direct.apply(stele.agent(agent), Json.readObject("request", json));
            return Json.readObject("answer", Json.write(result));
        }
    }
}
