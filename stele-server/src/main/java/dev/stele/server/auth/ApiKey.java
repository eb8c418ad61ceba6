package dev.stele.server.auth;

import dev.stele.model.AgentName;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stored description of an API key. Contains a keyed hash of the secret, but not the secret. Immutable.
 *
 * @param id public part of the key, which identifies it
 * @param label description of the purpose, for people
 * @param scope operations that the key permits
 * @param agents names of the agents that the key may access; empty for all agents
 * @param createdAt time of creation
 * @param hash HMAC-SHA-256 of the secret with the pepper of the data directory, in hexadecimal
 */
public record ApiKey(String id, String label, Scope scope, List<String> agents, Instant createdAt, String hash) {

    /**
     * @throws dev.stele.model.InvalidInputException if a name is no valid name of an agent
     */
    public ApiKey {
        agents = agents.stream().map(name -> new AgentName(name).value()).toList();
    }

    /** Returns whether the key may access an agent. */
    public boolean reaches(AgentName agent) {
        return agents.isEmpty() || agents.contains(agent.value());
    }

    /** Returns the fields that may be displayed: all except the hash. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("label", label)
                .put("scope", scope.label())
                .put("agents", agents)
                .put("created_at", createdAt)
                .map();
    }

    Map<String, @Nullable Object> toStored() {
        var json = Json.fields();
        toJson().forEach(json::put);
        return json.put("hash", hash).map();
    }

    static ApiKey fromStored(JsonObject json) {
        return new ApiKey(
                json.string("id"),
                json.string("label"),
                Scope.of(json.string("scope")),
                json.strings("agents"),
                json.instant("created_at"),
                json.string("hash"));
    }
}
