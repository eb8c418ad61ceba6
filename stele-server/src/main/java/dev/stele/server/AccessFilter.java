package dev.stele.server;

import dev.stele.model.AgentName;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Who may pass. A server on this machine's own addresses trusts its callers, but not web pages that make a browser call
 * it; one that others can reach trusts keys alone. A key that is shown must be right, wherever the server listens.
 * Thread-safe.
 */
final class AccessFilter {

    private static final System.Logger LOG = System.getLogger(AccessFilter.class.getName());
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    /** Ends of routes that are asked by POST since a question is longer than an address may be. */
    private static final List<String> READING_POSTS = List.of("/recall", "/graph/query", "/documents/search");

    /** What a page of another origin may send without the browser asking us first. */
    private static final Set<String> SIMPLE_TYPES =
            Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

    /** A header that no page of another origin can send without the browser asking us first; its value does not matter. */
    private static final String CLIENT_HEADER = "X-Stele-Client";

    private static final long REVOCATION_LOOK_NANOS = 250_000_000L;

    private static final Set<String> OPEN = Set.of("/health", "/ready", "/", "/assets/{name}");
    private static final String BEARER = "Bearer ";

    private final ApiKeys keys;
    private final boolean keyRequired;
    private final AtomicReference<Ids> valid = new AtomicReference<>(new Ids(Set.of(), 0, false));

    /** Ids of the keys there were at a time. */
    private record Ids(Set<String> ids, long readNanos, boolean read) {}

    AccessFilter(ApiKeys keys, boolean keyRequired) {
        this.keys = keys;
        this.keyRequired = keyRequired;
    }

    /**
     * Tells who calls: the key of the request, or empty if it came without one and needs none.
     *
     * @throws HttpProblem if the key is missing or wrong, or a web page of another origin calls
     */
    Optional<ApiKey> authenticate(Request request, Router.Match match) {
        String template = match.route().template();
        if (!keyRequired) {
            requireOwnPage(request, match.route());
        }
        Optional<ApiKey> key = key(request);
        if (key.isEmpty()) {
            if (keyRequired && !OPEN.contains(template)) {
                throw new HttpProblem(
                        401,
                        "key-required",
                        "This server asks for a key: send Authorization: Bearer, made with \"stele keys create\".");
            }
        }
        return key;
    }

    /** @throws HttpProblem 403 if the key does not open the route */
    void authorize(Optional<ApiKey> key, Router.Match match) {
        key.ifPresent(known -> requireScope(known, match));
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
            throw wrongKey();
        }
        return key;
    }

    private static HttpProblem wrongKey() {
        return new HttpProblem(401, "wrong-key", "The key is none of this server's, or was revoked.");
    }

    /**
     * Refuses a request whose key was revoked after it was admitted, while its body arrived or it waited for its turn.
     *
     * @throws HttpProblem 401
     */
    void requireStillValid(Optional<ApiKey> key) {
        if (key.isPresent()
                && keys.list().stream()
                        .noneMatch(one -> one.id().equals(key.get().id()))) {
            throw wrongKey();
        }
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
        boolean ofServer = agent == null
                && !key.agents().isEmpty()
                && (needed == Scope.ADMIN || match.route().template().startsWith("/v1/arenas"));
        if (ofServer && !match.route().template().startsWith("/v1/tasks")) { // which show each key what is its own
            throw new HttpProblem(
                    403,
                    "scope-missing",
                    "The key \"" + key.label() + "\" is limited to some agents; this concerns the whole server.");
        }
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

    /** Says who changed what, or tried to. Of callers without a key, only what needs an administrator. */
    void audit(Optional<ApiKey> key, Router.Route route, Map<String, String> parameters, int status, String request) {
        Scope scope = needed(route);
        if (scope == Scope.ADMIN || (scope == Scope.WRITE && key.isPresent())) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "audit %s %s %s agent=%s status=%d request=%s"
                            .formatted(
                                    key.map(one -> "key=" + one.id()).orElse(keyRequired ? "unknown" : "local"),
                                    route.method(),
                                    route.template(),
                                    parameters.getOrDefault("agent", "-"),
                                    status,
                                    request));
        }
    }

    /** Whether a key that opened something is no longer valid. Looks at the keys a few times a second. */
    boolean isRevoked(ApiKey key) {
        return isRevokedId(key.id());
    }

    /** {@link #isRevoked} of the key with an id; no key, which has an empty one, cannot be revoked. */
    boolean isRevokedId(String id) {
        if (id.isEmpty()) {
            return false;
        }
        Ids known = valid.get();
        boolean recent = known.read() && System.nanoTime() - known.readNanos() <= REVOCATION_LOOK_NANOS;
        // A key that is not among those known may have been made since.
        if (!recent || !known.ids().contains(id)) {
            known = look(known);
            valid.set(known);
        }
        return known.read() && !known.ids().contains(id);
    }

    private Ids look(Ids before) {
        try {
            return new Ids(
                    keys.list().stream().map(ApiKey::id).collect(Collectors.toUnmodifiableSet()),
                    System.nanoTime(),
                    true);
        } catch (StelePersistenceException e) {
            LOG.log(System.Logger.Level.WARNING, "whether keys were revoked cannot be told: " + e.getMessage());
            return new Ids(before.ids(), System.nanoTime(), before.read());
        }
    }

    /**
     * Refuses requests that a web page of another origin makes a browser on this machine send: to a name that merely resolves
     * to this machine, with another origin's name or port, or, where something would change, of a type that browsers send for
     * any page and without the header that they send for none.
     */
    private static void requireOwnPage(Request request, Router.Route route) {
        String host = Request.getServerName(request);
        if (host == null || !OWN_NAMES.contains(host)) {
            throw new HttpProblem(
                    421, "wrong-host", "This server answers to localhost and 127.0.0.1, not to \"" + host + "\".");
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String site = request.getHeaders().get("Sec-Fetch-Site");
        boolean foreign = (origin != null && !isOwn(origin, request))
                || "cross-site".equals(site)
                || ("same-site".equals(site) && !route.method().equals("GET"));
        if (foreign && !OPEN.contains(route.template())) {
            throw new HttpProblem(
                    403,
                    "foreign-origin",
                    "Web pages of " + (origin == null ? "other sites" : origin) + " may not use this server.");
        }
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        // A page may also send a body of no type; a request without a body has nothing to be misread.
        boolean simple = type == null
                ? request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                : SIMPLE_TYPES.contains(type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT));
        if (simple && needed(route) != Scope.READ && !request.getHeaders().contains(CLIENT_HEADER)) {
            throw new HttpProblem(
                    415,
                    "unsupported-media-type",
                    "A body of " + (type == null ? "no type" : "the type " + type)
                            + " can be sent by any web page; send JSON or another type, or add the header "
                            + CLIENT_HEADER + " with any value.");
        }
    }

    /** Compares the whole origin: scheme, name and port of the address that the request was sent to. */
    private static boolean isOwn(String origin, Request request) {
        try {
            URI from = URI.create(origin);
            int port = from.getPort() < 0 ? 80 : from.getPort();
            return "http".equals(from.getScheme())
                    && from.getHost() != null
                    && OWN_NAMES.contains(from.getHost())
                    && port == localPort(request);
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "an origin that is no address", e);
            return false;
        }
    }

    private static int localPort(Request request) {
        return request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress local
                ? local.getPort()
                : -1;
    }
}
