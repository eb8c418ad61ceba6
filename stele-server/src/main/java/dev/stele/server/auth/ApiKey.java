package dev.stele.server.auth;

import dev.stele.model.AgentName;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is kept: all but its secret, of which only a keyed hash is stored.
 *
 * @param id the part of the key that names it
 * @param label what it is for, for people
 * @param scope what it may do
 * @param agents which agents it reaches; empty for all
 * @param createdAt when it was made
 * @param hash HMAC-SHA-256 of the secret with the data directory's pepper, in hexadecimal
 */
public record ApiKey(String id, String label, Scope scope, List<String> agents, Instant createdAt, String hash) {

    public ApiKey {
        agents = agents.stream().map(name -> new AgentName(name).value()).toList();
    }

    /** Whether it reaches an agent. */
    public boolean reaches(AgentName agent) {
        return agents.isEmpty() || agents.contains(agent.value());
    }

    /** What may be shown: everything but the hash. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("id", id)
                .put("label", label)
                .put("scope", scope.word())
                .put("agents", agents)
                .put("createdAt", createdAt)
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
                json.instant("createdAt"),
                json.string("hash"));
    }
}
