package dev.stele.server;

import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.auth.ApiKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** One request as the resources see it: path and query parameters, headers, a JSON body. For one thread. */
final class Exchange {

    private static final Pattern VERSION_TAG = Pattern.compile("\"(\\d{1,18})\"");

    private final Request request;
    private final Map<String, String> path;
    private final Fields query;
    private final RequestBody body;
    private final BodyLimits limits;
    private final Optional<ApiKey> key;
    private final Caller caller;
    private final String id;

    /**
     * What a body may come to when it is unpacked.
     *
     * @param maxBytes maximum size of a body that is read whole
     * @param maxRatio maximum size of what a compressed one unpacks to, in multiples of itself
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
        } catch (RuntimeException e) { // of whatever kind: all of them say that the client's bytes are no text
            throw new InvalidInputException("The query of the address is not percent-encoded UTF-8.");
        }
    }

    /** The name this request has in logs and in its answer. */
    String id() {
        return id;
    }

    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no " + name);
        }
        return value;
    }

    /** The key the caller came with. */
    Optional<ApiKey> key() {
        return key;
    }

    /** Whom the request counts against. */
    Caller caller() {
        return caller;
    }

    /** Whether the caller may know of an agent. */
    boolean reaches(AgentName agent) {
        return key.map(one -> one.reaches(agent)).orElse(true);
    }

    /** Whether the caller is not held to some agents. */
    boolean reachesAll() {
        return key.map(one -> one.agents().isEmpty()).orElse(true);
    }

    /** Whether the client wants a WebSocket. */
    boolean isUpgrade() {
        return header(HttpHeader.UPGRADE).filter("websocket"::equalsIgnoreCase).isPresent();
    }

    AgentName agent() {
        return new AgentName(path("agent"));
    }

    /** Refuses query parameters that nobody reads: a misspelt filter must not silently mean no filter. */
    void onlyQuery(String... known) {
        for (String name : query.getNames()) {
            if (!Set.of(known).contains(name)) {
                throw new InvalidInputException("There is no parameter %s here; it takes %s."
                        .formatted(Json.write(name), known.length == 0 ? "none" : String.join(", ", known)));
            }
        }
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(query.getValue(name)).filter(value -> !value.isEmpty());
    }

    /** A parameter that must be there. */
    String required(String name) {
        return query(name).orElseThrow(() -> new InvalidInputException("The parameter \"" + name + "\" is missing."));
    }

    int queryNumber(String name, int byDefault) {
        return (int) Math.min(Integer.MAX_VALUE, queryLong(name, byDefault));
    }

    long queryLong(String name, long byDefault) {
        Optional<String> given = query(name);
        try {
            return given.map(Long::parseLong).orElse(byDefault);
        } catch (NumberFormatException e) {
            throw wrong(name, given.orElse(""), "a whole number");
        }
    }

    boolean queryFlag(String name) {
        return queryOptionalFlag(name).orElse(false);
    }

    Optional<Boolean> queryOptionalFlag(String name) {
        return query(name).map(given -> switch (given) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(name, given, "true or false");
        });
    }

    Optional<Double> queryUnit(String name) {
        return query(name).map(given -> {
            try {
                return Double.parseDouble(given);
            } catch (NumberFormatException e) {
                throw wrong(name, given, "a number from 0 to 1");
            }
        });
    }

    private static InvalidInputException wrong(String name, String given, String expected) {
        return new InvalidInputException(
                "The parameter \"%s\" is %s; it must be %s.".formatted(name, Json.write(given), expected));
    }

    Optional<String> header(HttpHeader name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    Optional<String> idempotencyKey() {
        return header("Idempotency-Key").map(String::strip).filter(key -> !key.isEmpty());
    }

    /** The version that {@code If-Match} asks for; {@code *} and no header ask for none. */
    OptionalLong ifMatch() {
        Optional<String> tag = header(HttpHeader.IF_MATCH).map(String::strip).filter(given -> !given.equals("*"));
        if (tag.isEmpty()) {
            return OptionalLong.empty();
        }
        var form = VERSION_TAG.matcher(tag.get());
        if (!form.matches()) {
            throw new InvalidInputException(
                    "If-Match is %s; it must be an ETag of ours such as \"3\" with its quotes, or *."
                            .formatted(tag.get()));
        }
        return OptionalLong.of(Long.parseLong(form.group(1)));
    }

    /** The body as JSON. */
    @Nullable
    Object json() {
        requireType("application/json", "application/merge-patch+json");
        return Json.read(body());
    }

    /** The body as text of any length, as it comes; what is no UTF-8 reads as a replacement character. */
    Reader reader() {
        requireType("application/json", "application/x-ndjson", "application/jsonl");
        return new InputStreamReader(decoded(Long.MAX_VALUE), StandardCharsets.UTF_8);
    }

    private InputStream decoded(long maxBytes) {
        InputStream in = body.open();
        return RequestEncoding.isGzip(header(HttpHeader.CONTENT_ENCODING))
                ? RequestEncoding.gunzip(in, maxBytes, limits.maxRatio())
                : in;
    }

    /** A web page may send other types than these to us without asking the browser's leave. */
    private void requireType(String... types) {
        String given = header(HttpHeader.CONTENT_TYPE).orElse("").toLowerCase(Locale.ROOT);
        if (Arrays.stream(types).noneMatch(given::startsWith)) {
            throw new HttpProblem(
                    415,
                    "unsupported-media-type",
                    "The body must be JSON: send Content-Type: " + String.join(" or ", types) + ".");
        }
    }

    JsonObject jsonObject(String what) {
        return JsonObject.of(what, json());
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

    /** The body, unpacked if it was compressed. */
    byte[] bytes() {
        try (InputStream in = decoded(limits.maxBytes())) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new HttpProblem(400, "incomplete-body", "The body ended early: " + e.getMessage());
        }
    }
}
