package dev.stele.server;

import dev.stele.keys.ApiKey;
import dev.stele.keys.ApiKeys;
import dev.stele.keys.Scope;
import dev.stele.model.AgentName;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Who may pass. A server on this machine's own addresses trusts its callers, but not web pages that make a browser call
 * it; one that others can reach trusts keys alone. A key that is shown must be right, wherever the server listens.
 * Thread-safe.
 */
final class Gate {

    private static final System.Logger LOG = System.getLogger(Gate.class.getName());
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    /** Ends of routes that are asked by POST since a question is longer than an address may be. */
    private static final List<String> READING_POSTS = List.of("/recall", "/graph/query", "/documents/search");

    private static final Set<String> OPEN = Set.of("/health", "/ready", "/", "/assets/{name}");
    private static final String BEARER = "Bearer ";

    private final ApiKeys keys;
    private final boolean keyRequired;

    Gate(ApiKeys keys, boolean keyRequired) {
        this.keys = keys;
        this.keyRequired = keyRequired;
    }

    /** The key a request came with, if it needed none. */
    Optional<ApiKey> admit(Request request, Router.Match match) {
        String template = match.route().template();
        if (!keyRequired) {
            requireOwnName(request);
        }
        Optional<ApiKey> key = key(request);
        if (key.isEmpty()) {
            if (keyRequired && !OPEN.contains(template)) {
                throw new HttpProblem(
                        401,
                        "key-required",
                        "This server asks for a key: send Authorization: Bearer, made with \"stele keys create\".");
            }
            return key;
        }
        requireScope(key.get(), match);
        return key;
    }

    private Optional<ApiKey> key(Request request) {
        String given = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (given == null) {
            return Optional.empty();
        }
        Optional<ApiKey> key = given.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? keys.check(given.substring(BEARER.length()).strip())
                : Optional.empty();
        if (key.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, () -> "refused a wrong key from " + Request.getRemoteAddr(request));
            throw new HttpProblem(401, "wrong-key", "The key is none of this server's, or was revoked.");
        }
        return key;
    }

    private static void requireScope(ApiKey key, Router.Match match) {
        Scope needed = needed(match.route());
        if (!key.scope().covers(needed)) {
            throw new HttpProblem(
                    403,
                    "scope-missing",
                    "The key \"" + key.label() + "\" may " + key.scope().word() + "; this needs " + needed.word()
                            + ".");
        }
        String agent = match.parameters().get("agent");
        if (agent != null && !key.reaches(new AgentName(agent))) {
            throw new HttpProblem(
                    403,
                    "agent-out-of-reach",
                    "The key \"" + key.label() + "\" does not reach agent \"" + agent + "\".");
        }
    }

    /** What a route needs. */
    static Scope needed(Router.Route route) {
        if (route.template().startsWith(McpResources.PATH)) {
            return Scope.READ; // what a message may do is for its tool to see
        }
        if (route.template().endsWith("/chat")) {
            return Scope.WRITE; // by a WebSocket, too, whose handshake is a GET
        }
        boolean ofAgent = route.template().startsWith("/v1/agents/{agent}/");
        return switch (route.method()) {
            case "GET" -> Scope.READ;
            case "POST" ->
                READING_POSTS.stream().anyMatch(route.template()::endsWith)
                        ? Scope.READ
                        : ofAgent ? Scope.WRITE : Scope.ADMIN;
            default -> ofAgent ? Scope.WRITE : Scope.ADMIN;
        };
    }

    /** Says who changed what. Of callers without a key, who are all this machine, only what needs an administrator. */
    static void audit(
            Optional<ApiKey> key, Router.Route route, Map<String, String> parameters, int status, String request) {
        Scope scope = needed(route);
        if (scope == Scope.ADMIN || (scope == Scope.WRITE && key.isPresent())) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "audit %s %s %s agent=%s status=%d request=%s"
                            .formatted(
                                    key.map(one -> "key=" + one.id()).orElse("local"),
                                    route.method(),
                                    route.template(),
                                    parameters.getOrDefault("agent", "-"),
                                    status,
                                    request));
        }
    }

    /** Refuses requests that a web page makes this machine's browser send: by a name that only resolves here, or across origins. */
    private static void requireOwnName(Request request) {
        String host = Request.getServerName(request);
        if (host == null || !OWN_NAMES.contains(host)) {
            throw new HttpProblem(
                    421, "wrong-host", "This server answers to localhost and 127.0.0.1, not to \"" + host + "\".");
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origin != null && !isOwn(origin)) {
            throw new HttpProblem(403, "foreign-origin", "Web pages of " + origin + " may not use this server.");
        }
    }

    private static boolean isOwn(String origin) {
        try {
            String from = URI.create(origin).getHost();
            return from != null && OWN_NAMES.contains(from);
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "an origin that is no address", e);
            return false;
        }
    }
}
