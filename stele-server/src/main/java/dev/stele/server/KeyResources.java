package dev.stele.server;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** REST resources of the API keys of the data directory, for administrators of the whole server. */
record KeyResources(ApiKeys keys) {

    /** Path of the resources. */
    static final String PATH = "/v1/keys";

    /** Registers the routes. */
    void addTo(Router router) {
        router.add("GET", PATH, "listKeys", "List the API keys, without their secrets", this::list)
                .add(
                        "POST",
                        PATH,
                        "createKey",
                        "Create an API key; only this response contains its secret",
                        this::create)
                .add(
                        "DELETE",
                        PATH + "/{key}",
                        "revokeKey",
                        "Revoke an API key: it is invalid from the next request on",
                        this::revoke);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(Json.fields()
                .keep("items", keys.list().stream().map(ApiKey::toJson).toList())
                .map());
    }

    private Reply create(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("key").only("label", "scope", "agents");
        requireKey(exchange);
        ApiKeys.Created created =
                keys.create(json.string("label"), Scope.of(json.string("scope")), json.strings("agents"));
        exchange.audit(Optional.empty(), created.key().id());
        var fields = Json.fields();
        created.key().toJson().forEach(fields::put);
        Map<String, @Nullable Object> body = fields.put("text", created.text()).map();
        return Reply.json(
                201,
                body,
                Map.of("Location", UriPaths.of("v1", "keys", created.key().id())));
    }

    private Reply revoke(Exchange exchange) {
        exchange.allowQuery();
        requireKey(exchange);
        exchange.audit(Optional.empty(), exchange.path("key"));
        keys.revoke(exchange.path("key"));
        return Reply.noContent();
    }

    /**
     * Refuses a caller without a key. A server that listens on the local machine only requires no key, but its callers
     * must neither create a key that remains valid when the server listens on a network nor revoke the keys of others.
     */
    private static void requireKey(Exchange exchange) {
        if (exchange.key().isEmpty()) {
            throw new HttpProblem(
                    403,
                    "key-required",
                    "Keys are created and revoked with a key of scope admin. Create the first one with \"stele keys create\".");
        }
    }
}
