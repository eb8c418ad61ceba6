package dev.stele.server;

import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.LoginTokens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/**
 * View of one request for the resources: path and query parameters, headers, caller and body. Not thread-safe; used by
 * the thread that runs the resource.
 */
final class Exchange {

    private static final Pattern VERSION_TAG = Pattern.compile("\"(\\d{1,18})\"");

    private static final String EVENTS = "text/event-stream";

    /** Query parameters that are empty on a first page. */
    private static final Set<String> CURSORS = Set.of("after", "before");

    /** Media ranges that include JSON. */
    private static final Set<String> ACCEPTS_JSON = Set.of("application/json", "application/*", "*/*");

    /** Attribute of a request with its {@link RequestAudit.Subject}, for the audit log after the reply. */
    private static final String SUBJECT = RequestAudit.Subject.class.getName();

    private final Request request;
    private final Map<String, String> path;
    private final Fields query;
    private final RequestBody body;
    private final BodyLimits limits;
    private final Optional<ApiKey> key;
    private final Caller caller;
    private final String id;

    /**
     * Limits of the decompressed body.
     *
     * @param maxBytes maximum size of a body that is read as a whole, in bytes
     * @param maxRatio maximum ratio of the decompressed to the compressed size
     */
    record BodyLimits(long maxBytes, int maxRatio) {}

    Exchange(
            Request request,
            Map<String, String> path,
            RequestBody body,
            BodyLimits limits,
            Optional<ApiKey> key,
            Caller caller,
            String id) {
        this.request = request;
        this.path = path;
        this.query = parameters(request);
        this.body = body;
        this.limits = limits;
        this.key = key;
        this.caller = caller;
        this.id = id;
    }

    private static Fields parameters(Request request) {
        try {
            return Request.extractQueryParameters(request);
        } catch (RuntimeException e) { // Jetty throws several kinds; each means that the query cannot be decoded
            throw new InvalidInputException("The query of the URL is not percent-encoded UTF-8.");
        }
    }

    /** Returns the id of the request, which appears in the log and in the response header {@code X-Request-Id}. */
    String id() {
        return id;
    }

    /**
     * Returns the decoded value of a path parameter.
     *
     * @throws IllegalStateException if the template of the route has no such parameter
     */
    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no " + name);
        }
        return value;
    }

    /** Returns the API key of the request; empty if the caller sent none. */
    Optional<ApiKey> key() {
        return key;
    }

    /** Returns a check whether the authority of the caller has ended; see {@link AccessFilter#ended}. */
    BooleanSupplier ended(AccessFilter accessFilter) {
        return accessFilter.ended(key, request);
    }

    /** Returns the valid login of the browser that sent the request; empty if there is none. */
    Optional<LoginTokens.Login> login(AccessFilter accessFilter) {
        return accessFilter.login(request);
    }

    /** Returns the header that stores the token of a login in the browser; see {@link LoginCookie#header}. */
    String loginCookie(String token, Duration maxAge) {
        return LoginCookie.header(request, token, maxAge);
    }

    /** Returns the caller that quotas charge the request to. */
    Caller caller() {
        return caller;
    }

    /** Returns whether the caller may access an agent. */
    boolean reaches(AgentName agent) {
        return key.map(apiKey -> apiKey.reaches(agent)).orElse(true);
    }

    /** Returns whether the caller may access all agents. */
    boolean reachesAll() {
        return key.map(apiKey -> apiKey.agents().isEmpty()).orElse(true);
    }

    /**
     * Returns whether the client wants server-sent events rather than JSON. A client that accepts both gets the one of
     * the higher quality, or the one that it names first: generated clients name every type of a route.
     */
    boolean wantsEvents() {
        return request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).stream()
                .map(type -> type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .filter(type -> type.equals(EVENTS) || ACCEPTS_JSON.contains(type))
                .findFirst()
                .filter(EVENTS::equals)
                .isPresent();
    }

    /** Returns whether the request is a WebSocket handshake. */
    boolean isUpgrade() {
        return header(HttpHeader.UPGRADE).filter("websocket"::equalsIgnoreCase).isPresent();
    }

    /**
     * Returns the agent that the path names.
     *
     * @throws InvalidInputException if the name is no valid name of an agent
     */
    AgentName agent() {
        return new AgentName(path("agent"));
    }

    /**
     * Refuses all query parameters other than the given ones. Every resource calls this method, because a misspelled
     * filter must not be ignored silently.
     *
     * @param names names of the parameters that the resource reads
     * @throws InvalidInputException if the query has another parameter, or one twice or without a value, which would leave
     *     out a filter silently
     */
    void allowQuery(String... names) {
        for (Fields.Field field : query) {
            String name = field.getName();
            if (!Set.of(names).contains(name)) {
                throw new InvalidInputException("The query parameter %s is not supported here; supported: %s."
                        .formatted(Json.write(name), names.length == 0 ? "none" : String.join(", ", names)));
            }
            if (field.hasMultipleValues()) {
                throw new InvalidInputException(
                        "The query parameter \"" + name + "\" is given more than once; give one value.");
            }
            if (field.getValue().isEmpty() && !CURSORS.contains(name)) {
                throw new InvalidInputException(
                        "The query parameter \"" + name + "\" has no value; give one, or leave it out.");
            }
        }
    }

    /** Returns the value of a query parameter; empty if the parameter is missing or blank. */
    Optional<String> query(String name) {
        return Optional.ofNullable(query.getValue(name)).filter(value -> !value.isEmpty());
    }

    /**
     * Returns the value of a mandatory query parameter.
     *
     * @throws InvalidInputException if it is missing or empty
     */
    String required(String name) {
        return query(name).orElseThrow(() -> new InvalidInputException("The parameter \"" + name + "\" is missing."));
    }

    /**
     * Returns the value of a query parameter as an {@code int}. Larger values become {@link Integer#MAX_VALUE}.
     *
     * @throws InvalidInputException if the value is no integer
     */
    int queryNumber(String name, int defaultValue) {
        return (int) Math.min(Integer.MAX_VALUE, queryLong(name, defaultValue));
    }

    /**
     * Returns the value of a query parameter as a {@code long}.
     *
     * @throws InvalidInputException if the value is no integer
     */
    long queryLong(String name, long defaultValue) {
        Optional<String> value = query(name);
        try {
            return value.map(Long::parseLong).orElse(defaultValue);
        } catch (NumberFormatException e) {
            throw invalid(name, value.orElse(""), "a whole number");
        }
    }

    /**
     * Returns the value of a boolean query parameter; false if it is missing.
     *
     * @throws InvalidInputException if the value is neither {@code true} nor {@code false}
     */
    boolean queryFlag(String name) {
        return queryOptionalFlag(name).orElse(false);
    }

    /**
     * Returns the value of a boolean query parameter; empty if it is missing.
     *
     * @throws InvalidInputException if the value is neither {@code true} nor {@code false}
     */
    Optional<Boolean> queryOptionalFlag(String name) {
        return query(name).map(value -> switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(name, value, "true or false");
        });
    }

    /**
     * Returns the value of a query parameter as a number; empty if it is missing. The caller checks the range.
     *
     * @throws InvalidInputException if the value is no number
     */
    Optional<Double> queryUnit(String name) {
        return query(name).map(value -> {
            try {
                return Double.parseDouble(value);
            } catch (NumberFormatException e) {
                throw invalid(name, value, "a number from 0 to 1");
            }
        });
    }

    private static InvalidInputException invalid(String name, String value, String expected) {
        return new InvalidInputException(
                "The parameter \"%s\" is %s; it must be %s.".formatted(name, Json.write(value), expected));
    }

    /** Returns the first value of a header. */
    Optional<String> header(HttpHeader name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /** Returns the first value of a header. */
    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /** Returns the value of the header {@code Idempotency-Key} without surrounding blanks; empty if there is none. */
    Optional<String> idempotencyKey() {
        return header("Idempotency-Key").map(String::strip).filter(key -> !key.isEmpty());
    }

    /**
     * Returns the version that {@code If-Match} requires; empty without the header and for {@code *}.
     *
     * @throws InvalidInputException if the header is no ETag that the server issues
     */
    OptionalLong ifMatch() {
        Optional<String> tag = header(HttpHeader.IF_MATCH).map(String::strip).filter(value -> !value.equals("*"));
        if (tag.isEmpty()) {
            return OptionalLong.empty();
        }
        var matcher = VERSION_TAG.matcher(tag.get());
        if (!matcher.matches()) {
            throw new InvalidInputException(
                    "If-Match is %s; it must be an ETag of this server such as \"3\" with its quotes, or *."
                            .formatted(tag.get()));
        }
        return OptionalLong.of(Long.parseLong(matcher.group(1)));
    }

    /**
     * Parses the body as JSON.
     *
     * @return the value: a map, list, string, number, boolean or null
     * @throws InvalidInputException if the body is not UTF-8 or not JSON
     * @throws HttpProblem 415 if the content type is not JSON
     */
    @Nullable
    Object json() {
        requireType("application/json", "application/merge-patch+json");
        return Json.read(body());
    }

    /**
     * Returns a stream of the decompressed body that does not bound its length.
     *
     * @throws HttpProblem 415 if the content type is none of an import: JSON, JSON lines, CSV, Markdown or a zip file
     */
    InputStream transferStream() {
        requireType(
                "application/json",
                "application/x-ndjson",
                "application/jsonl",
                "application/zip",
                "application/vnd.omi+json",
                "application/octet-stream",
                "text/csv",
                "text/markdown");
        return decoded(Long.MAX_VALUE);
    }

    private InputStream decoded(long maxBytes) {
        InputStream in = body.open();
        return RequestEncoding.isGzip(header(HttpHeader.CONTENT_ENCODING))
                ? RequestEncoding.gunzip(in, maxBytes, limits.maxRatio())
                : in;
    }

    /**
     * Requires one of the given content types. A web page of another origin cannot send these types without a preflight
     * request (CORS).
     */
    private void requireType(String... types) {
        String contentType = header(HttpHeader.CONTENT_TYPE).orElse("").toLowerCase(Locale.ROOT);
        if (Arrays.stream(types).noneMatch(contentType::startsWith)) {
            throw new HttpProblem(
                    415,
                    "unsupported-media-type",
                    "The body must be JSON: send Content-Type: " + String.join(" or ", types) + ".");
        }
    }

    /**
     * Parses the body as a JSON object.
     *
     * @param label name of the object in error messages
     * @throws InvalidInputException if the body is not UTF-8 or no JSON object
     * @throws HttpProblem 415 if the content type is not JSON
     */
    JsonObject jsonObject(String label) {
        return JsonObject.of(label, json());
    }

    /**
     * Names what the request concerns for the audit log, where its path does not.
     *
     * @param agent agent that the request concerns; empty for the one of the path
     * @param detail kind of a job, id of a key or name of a backup; never the id of a user or an item, which an erasure
     *     would leave in the log
     */
    void audit(Optional<AgentName> agent, String detail) {
        request.setAttribute(SUBJECT, new RequestAudit.Subject(agent.map(AgentName::value), Optional.of(detail)));
    }

    /** Returns what {@link #audit} has named for a request. */
    static RequestAudit.Subject auditSubject(Request request) {
        return request.getAttribute(SUBJECT) instanceof RequestAudit.Subject subject
                ? subject
                : RequestAudit.Subject.NONE;
    }

    private String body() {
        try {
            ByteBuffer bytes = body instanceof RequestBody.Collected collected && !isCompressed()
                    ? collected.buffer()
                    : ByteBuffer.wrap(bytes());
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("The body is not UTF-8.");
        }
    }

    private boolean isCompressed() {
        return RequestEncoding.isGzip(header(HttpHeader.CONTENT_ENCODING));
    }

    /**
     * Reads the whole body and decompresses it.
     *
     * @throws HttpProblem 413 if the body exceeds its limits, 400 if it is incomplete
     */
    byte[] bytes() {
        try (InputStream in = decoded(limits.maxBytes())) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new HttpProblem(400, "incomplete-body", "The body ended early: " + e.getMessage());
        }
    }
}
