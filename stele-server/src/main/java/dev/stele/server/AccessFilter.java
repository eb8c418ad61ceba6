package dev.stele.server;

import dev.stele.model.AgentName;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.LoginTokens;
import dev.stele.server.auth.Scope;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates and authorizes requests. Thread-safe.
 *
 * <p>A server on a loopback address trusts all local callers, but not web pages that make a browser on this machine
 * send requests (DNS rebinding, cross-site request forgery). A server on any other address requires an API key. A key
 * that a request presents must be valid in both cases. A request over the {@link CommandSocket} needs no key.
 */
final class AccessFilter {

    private static final System.Logger LOG = System.getLogger(AccessFilter.class.getName());
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    /** Suffixes of POST routes that only read; they use POST because a query can exceed the length of a URL. */
    private static final List<String> READ_ONLY_POSTS =
            List.of("/recall", "/context", "/graph/query", "/documents/search");

    /** Content types that a page of another origin may send without a preflight request (Fetch standard). */
    private static final Set<String> SIMPLE_TYPES =
            Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

    /**
     * Header that proves that no page of another origin sent a request, because a browser would first send a preflight
     * request, which the server refuses. Its value is ignored.
     */
    static final String CLIENT_HEADER = "X-Stele-Client";

    /** Maximum age of the cached ids of valid keys. */
    private static final long MAX_KEY_AGE_NANOS = 250_000_000L;

    /** Templates of the routes that need neither a key nor the server's own origin. */
    private static final Set<String> PUBLIC_ROUTES =
            Set.of("/health", "/ready", "/", "/assets/{name}", LoginResources.PATH);

    private static final Pattern PREVIEW = Pattern.compile("(?:^|&)preview=true(?:&|$)");

    private static final String BEARER = "Bearer ";

    private final ApiKeys keys;
    private final LoginTokens logins;
    private final boolean keyRequired;
    private final RequestAudit audit;
    private final AtomicReference<KeyIds> cachedIds = new AtomicReference<>(new KeyIds(Set.of(), 0, false));

    /**
     * Ids of the valid keys at a point in time.
     *
     * @param readNanos {@link System#nanoTime} of the last attempt to read the keys
     * @param read whether the keys could be read at least once
     */
    private record KeyIds(Set<String> ids, long readNanos, boolean read) {}

    /**
     * @param logins tokens of logins with a key
     * @param keyRequired whether requests need a key, because other machines can reach the server
     * @param audit adds requests to the audit log
     */
    AccessFilter(ApiKeys keys, LoginTokens logins, boolean keyRequired, RequestAudit audit) {
        this.keys = keys;
        this.logins = logins;
        this.keyRequired = keyRequired;
        this.audit = audit;
    }

    /**
     * Authenticates a request.
     *
     * @return the key of the request; empty if the request has none and needs none
     * @throws HttpProblem 401 if the key is missing or invalid; 403, 415 or 421 if a web page of another origin may
     *     have sent the request
     */
    Optional<ApiKey> authenticate(Request request, Router.Match match) {
        String template = match.route().template();
        if (!keyRequired) {
            requireOwnOrigin(request, match.route());
        }
        Optional<ApiKey> key = key(request).or(() -> keyOfLogin(request, match.route()));
        if (key.isEmpty()) {
            if (keyRequired && !PUBLIC_ROUTES.contains(template) && !CommandSocket.isSourceOf(request)) {
                throw new HttpProblem(
                        401,
                        "key-required",
                        "This server requires an API key. Create one with \"stele keys create\" and send it as Authorization: Bearer <key>.");
            }
        }
        return key;
    }

    /**
     * Checks that a key permits a request. A request without a key is permitted, because {@link #authenticate} let it
     * pass.
     *
     * @throws HttpProblem 403 if the key lacks the scope of the route or does not reach the agent
     */
    void authorize(Optional<ApiKey> key, Router.Match match) {
        key.ifPresent(apiKey -> requireScope(apiKey, match));
    }

    private Optional<ApiKey> key(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization == null) {
            return Optional.empty();
        }
        Optional<ApiKey> key = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? keys.check(authorization.substring(BEARER.length()).strip())
                : Optional.empty();
        if (key.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, () -> "refused an invalid key from " + Request.getRemoteAddr(request));
            throw invalidKey();
        }
        return key;
    }

    /**
     * Returns the key of the login in the browser that sent a request. A login that is not valid counts as none: the
     * cookie may be that of another server on this machine.
     *
     * @throws HttpProblem 403 if a page of another origin may have sent the request
     */
    private Optional<ApiKey> keyOfLogin(Request request, Router.Route route) {
        if (PUBLIC_ROUTES.contains(route.template()) && !route.template().equals(LoginResources.PATH)) {
            return Optional.empty();
        }
        Optional<ApiKey> key = login(request).map(LoginTokens.Login::key);
        if (key.isPresent()) {
            requireOwnPage(request, route);
        }
        return key;
    }

    /** Returns the valid login that the cookie of a request proves. */
    Optional<LoginTokens.Login> login(Request request) {
        return LoginCookie.token(request).flatMap(token -> logins.check(token, Instant.now()));
    }

    /**
     * Refuses a request with a login unless the dashboard of this server sent it. The cookie is {@code SameSite=Strict},
     * but a page of another port of the same host is of the same site.
     */
    private static void requireOwnPage(Request request, Router.Route route) {
        String site = request.getHeaders().get("Sec-Fetch-Site");
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        boolean own = site != null
                ? site.equals("same-origin") || site.equals("none")
                : origin == null || hasAuthority(origin, request.getHttpURI().getAuthority());
        boolean marked = route.method().equals("GET") || request.getHeaders().contains(CLIENT_HEADER);
        if (!own || !marked) {
            throw new HttpProblem(
                    403,
                    "foreign-origin",
                    "A login is valid only for the dashboard of this server: send the request from its pages, with the header "
                            + CLIENT_HEADER + " if it changes something, or send an API key.");
        }
    }

    private static boolean hasAuthority(String origin, @Nullable String host) {
        int scheme = origin.indexOf("://");
        return host != null && scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
    }

    /** Returns the refusal of a key that is not valid. */
    static HttpProblem invalidKey() {
        return new HttpProblem(
                401,
                "wrong-key",
                "The API key is unknown to this server or was revoked. Use another key; \"stele keys create\" creates one.");
    }

    /**
     * Refuses a request whose key was revoked after authentication, while its body arrived or the request waited for
     * admission.
     *
     * @throws HttpProblem 401 if the key was revoked
     */
    void requireStillValid(Optional<ApiKey> key) {
        if (key.isPresent()
                && keys.list().stream()
                        .noneMatch(existing -> existing.id().equals(key.get().id()))) {
            throw invalidKey();
        }
    }

    private static void requireScope(ApiKey key, Router.Match match) {
        Scope needed = needed(match.route());
        if (!key.scope().covers(needed)) {
            throw new HttpProblem(
                    403,
                    "scope-missing",
                    "The key \"" + key.label() + "\" has the scope "
                            + key.scope().label() + "; this request needs " + needed.label() + ".");
        }
        String agent = match.parameters().get("agent");
        boolean concernsServer = agent == null
                && !key.agents().isEmpty()
                && (needed == Scope.ADMIN || match.route().template().startsWith("/v1/arenas"));
        // The task routes filter the tasks themselves: a key sees those of its agents.
        if (concernsServer && !match.route().template().startsWith("/v1/tasks")) {
            throw new HttpProblem(
                    403,
                    "scope-missing",
                    "The key \"" + key.label()
                            + "\" is limited to some agents, but this request concerns the whole server; use a key without that limit.");
        }
        if (agent != null && !key.reaches(new AgentName(agent))) {
            throw new HttpProblem(
                    403,
                    "agent-out-of-reach",
                    "The key \"" + key.label() + "\" does not reach agent \"" + agent + "\".");
        }
    }

    /** Returns whether a route needs neither a key nor the server's own origin. */
    static boolean isPublic(Router.Route route) {
        return PUBLIC_ROUTES.contains(route.template());
    }

    /** Returns whether no request to a route changes anything, whatever its method is. */
    static boolean onlyReads(Router.Route route) {
        return needed(route) == Scope.READ && !route.template().startsWith(McpResources.PATH);
    }

    /** Returns the scope that a key needs for a route. */
    static Scope needed(Router.Route route) {
        if (route.template().startsWith(McpResources.PATH)) {
            return Scope.READ; // each tool checks for itself whether the session may write
        }
        if (route.template().endsWith("/chat")) {
            return Scope.WRITE; // also for the WebSocket, whose handshake is a GET
        }
        if (route.template().equals(LoginResources.PATH)) {
            return Scope.READ; // a login permits nothing by itself
        }
        if (route.template().equals(SystemResources.SETTINGS_PATH)
                || route.template().equals(AuditResources.PATH)
                || route.template().startsWith(KeyResources.PATH)) {
            return Scope.ADMIN; // paths and addresses of the installation, and who may reach it
        }
        if (route.template().equals(MaintenanceResources.BACKUPS_PATH)
                || route.template().equals(MaintenanceResources.RESTORE_PATH)) {
            return Scope.ADMIN; // a restoration undoes what others have written
        }
        boolean concernsAgent = route.template().startsWith("/v1/agents/{agent}/");
        return switch (route.method()) {
            case "GET" -> Scope.READ;
            case "POST" ->
                READ_ONLY_POSTS.stream().anyMatch(route.template()::endsWith)
                        ? Scope.READ
                        : concernsAgent ? Scope.WRITE : Scope.ADMIN;
            default -> concernsAgent ? Scope.WRITE : Scope.ADMIN;
        };
    }

    /**
     * Writes a line to the log for a request that changes something, whether or not it succeeded, and adds it to the
     * {@link RequestAudit}. Requests of callers without a key are logged only if the route needs the scope admin; the audit
     * log has no requests whose caller is unknown, and no previews of erasures.
     *
     * @param query query of the URL; empty for none
     * @param subject what the request concerns besides its path
     * @param request id of the request
     */
    void audit(
            Optional<ApiKey> key,
            Router.Route route,
            Map<String, String> parameters,
            String query,
            RequestAudit.Subject subject,
            int status,
            String request) {
        boolean preview =
                route.method().equals("DELETE") && PREVIEW.matcher(query).find();
        if (status != 401 && !preview) {
            Optional<String> agent = subject.agent().or(() -> Optional.ofNullable(parameters.get("agent")));
            audit.add(key, route, new RequestAudit.Subject(agent, subject.detail()), status, request);
        }
        Scope scope = needed(route);
        boolean login =
                route.template().equals(LoginResources.PATH) && !route.method().equals("GET");
        if (login || scope == Scope.ADMIN || (scope == Scope.WRITE && key.isPresent())) {
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "audit %s %s %s agent=%s status=%d request=%s"
                            .formatted(
                                    key.map(apiKey -> "key=" + apiKey.id()).orElse(keyRequired ? "unknown" : "local"),
                                    route.method(),
                                    route.template(),
                                    parameters.getOrDefault("agent", "-"),
                                    status,
                                    request));
        }
    }

    /**
     * Returns a check whether a request that was authenticated would no longer be: its key was revoked, or the login
     * that proved the key has expired. Long requests end then.
     */
    BooleanSupplier ended(Optional<ApiKey> key, Request request) {
        if (key.isEmpty()) {
            return () -> false;
        }
        ApiKey present = key.get();
        Instant end = request.getHeaders().contains(HttpHeader.AUTHORIZATION)
                ? Instant.MAX
                : login(request).map(LoginTokens.Login::expiresAt).orElse(Instant.MAX);
        return () -> isRevoked(present) || !end.isAfter(Instant.now());
    }

    /** Returns whether a key that was valid has been revoked, with a delay of at most {@link #MAX_KEY_AGE_NANOS}. */
    boolean isRevoked(ApiKey key) {
        return isRevokedId(key.id());
    }

    /**
     * Returns whether the key with an id has been revoked, like {@link #isRevoked}.
     *
     * @param id id of a key that was valid, or empty text for a caller without a key, which cannot be revoked
     */
    boolean isRevokedId(String id) {
        if (id.isEmpty()) {
            return false;
        }
        KeyIds current = cachedIds.get();
        boolean recent = current.read() && System.nanoTime() - current.readNanos() <= MAX_KEY_AGE_NANOS;
        // A key that is missing in the cache may have been created after the cache was read.
        if (!recent || !current.ids().contains(id)) {
            current = readIds(current);
            cachedIds.set(current);
        }
        return current.read() && !current.ids().contains(id);
    }

    private KeyIds readIds(KeyIds previous) {
        try {
            return new KeyIds(
                    keys.list().stream().map(ApiKey::id).collect(Collectors.toUnmodifiableSet()),
                    System.nanoTime(),
                    true);
        } catch (StelePersistenceException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot check whether keys were revoked: " + e.getMessage());
            return new KeyIds(previous.ids(), System.nanoTime(), previous.read());
        }
    }

    /**
     * Refuses requests that a web page of another origin can make a browser on this machine send:
     *
     * <ul>
     *   <li>the host name is not a loopback name (DNS rebinding);
     *   <li>the headers {@code Origin} or {@code Sec-Fetch-Site} name another origin;
     *   <li>the request changes something, its content type needs no preflight request, and {@value #CLIENT_HEADER}
     *       is missing.
     * </ul>
     */
    private static void requireOwnOrigin(Request request, Router.Route route) {
        String host = Request.getServerName(request);
        if (host == null || !LOOPBACK_NAMES.contains(host)) {
            throw new HttpProblem(
                    421,
                    "wrong-host",
                    "This server accepts the host names localhost and 127.0.0.1, not \"" + host + "\".");
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String site = request.getHeaders().get("Sec-Fetch-Site");
        boolean foreign = (origin != null && !isOwn(origin, request))
                || "cross-site".equals(site)
                || ("same-site".equals(site) && !route.method().equals("GET"));
        if (foreign && !PUBLIC_ROUTES.contains(route.template())) {
            throw new HttpProblem(
                    403,
                    "foreign-origin",
                    "Web pages of " + (origin == null ? "other sites" : origin)
                            + " must not use this server; use the dashboard of the server itself.");
        }
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        // A page can also send a body without a type. A request without a body is not affected.
        boolean simple = type == null
                ? request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                : SIMPLE_TYPES.contains(type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT));
        if (simple && needed(route) != Scope.READ && !request.getHeaders().contains(CLIENT_HEADER)) {
            throw new HttpProblem(
                    415,
                    "unsupported-media-type",
                    "Any web page can send a body of " + (type == null ? "no type" : "the type " + type)
                            + "; send Content-Type: application/json, or add the header " + CLIENT_HEADER
                            + " with any value.");
        }
    }

    /** Returns whether an origin equals that of the server: scheme, host name and port. */
    private static boolean isOwn(String origin, Request request) {
        try {
            URI from = URI.create(origin);
            int port = from.getPort() < 0 ? 80 : from.getPort();
            return "http".equals(from.getScheme())
                    && from.getHost() != null
                    && LOOPBACK_NAMES.contains(from.getHost())
                    && port == localPort(request);
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "the header Origin is no URI", e);
            return false;
        }
    }

    private static int localPort(Request request) {
        return request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress local
                ? local.getPort()
                : -1;
    }
}
