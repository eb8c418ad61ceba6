package dev.stele.server;

import dev.stele.model.Json;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.LoginTokens;
import dev.stele.server.auth.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * REST resources of the login of a browser with an API key.
 *
 * @param keyRequired whether requests need a key, because other machines can reach the server
 */
record LoginResources(ApiKeys keys, LoginTokens logins, AccessFilter accessFilter, boolean keyRequired) {

    /** Path of the resources. */
    static final String PATH = "/v1/login";

    /** Registers the routes. */
    void addTo(Router router) {
        router.add("GET", PATH, "getLogin", "Get what the caller may do, and whether a login is required", this::state)
                .add("POST", PATH, "logIn", "Log a browser in with an API key: sets a cookie", this::login)
                .add("DELETE", PATH, "logOut", "Log a browser out: deletes the cookie", this::logout);
    }

    private Reply state(Exchange exchange) {
        exchange.allowQuery();
        Optional<Instant> expiresAt = exchange.login(accessFilter).map(LoginTokens.Login::expiresAt);
        return Reply.json(describe(exchange.key(), expiresAt).map());
    }

    private Json.Fields describe(Optional<ApiKey> key, Optional<Instant> expiresAt) {
        var json = Json.fields().put("required", keyRequired);
        if (key.isPresent()) {
            json.put("key", key.get().id())
                    .put("label", key.get().label())
                    .put("scope", key.get().scope().label())
                    .keep("agents", key.get().agents())
                    .put("expires_at", expiresAt);
        } else if (!keyRequired) {
            json.put("label", "this machine").put("scope", Scope.ADMIN.label()).keep("agents", List.of());
        }
        return json;
    }

    private Reply login(Exchange exchange) {
        exchange.allowQuery();
        // A page of another origin must not log the browser in with a key of its own.
        if (exchange.header(AccessFilter.CLIENT_HEADER).isEmpty()) {
            throw new HttpProblem(
                    403,
                    "foreign-origin",
                    "A login needs the header " + AccessFilter.CLIENT_HEADER
                            + ", which shows that no page of another origin sent it.");
        }
        String text = exchange.jsonObject("login").only("key").string("key");
        ApiKey key = keys.check(text.strip()).orElseThrow(AccessFilter::invalidKey);
        Instant now = Instant.now();
        LoginTokens.Issued issued = logins.issue(key, now);
        return Reply.json(
                200,
                describe(Optional.of(key), Optional.of(issued.login().expiresAt()))
                        .map(),
                Map.of(
                        "Set-Cookie",
                        exchange.loginCookie(
                                issued.text(),
                                Duration.between(now, issued.login().expiresAt()))));
    }

    private Reply logout(Exchange exchange) {
        exchange.allowQuery();
        return new Reply.Complete(204, "", new byte[0], Map.of("Set-Cookie", exchange.loginCookie("", Duration.ZERO)));
    }
}
