package dev.stele.client;

import dev.stele.client.Types.NamePage;
import dev.stele.client.Types.Readiness;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Access to a server. Thread-safe; one instance is meant to be shared and closed at the end of the program. All methods
 * block and may be called on virtual threads.
 *
 * <p>A request that the server refused for the moment (429, 503) is repeated, and so is one whose connection was lost if
 * it reads, replaces or erases, or has an idempotency key. The client sends such a key with messages, notes and graphs,
 * so that a repeated write takes effect once. Every method throws a {@link SteleClientException} if its request fails.
 *
 * <pre>{@code
 * try (SteleClient stele = SteleClient.connect("http://127.0.0.1:7077")) {
 *     AgentClient kira = stele.agent("kira");
 *     kira.remember(Message.builder("I moved to Lisbon in May.").session("monday").user("ana").build());
 *     kira.recall("Where does Ana live?").hits().forEach(hit -> System.out.println(hit.content()));
 * }
 * }</pre>
 */
public final class SteleClient implements AutoCloseable {

    /** Routes that accept an {@code Idempotency-Key}. */
    private static final Set<String> IDEMPOTENT_POSTS =
            Set.of("/v1/agents/{agent}/messages", "/v1/agents/{agent}/notes", "/v1/agents/{agent}/graph");

    /** Ends of the routes that read although they are posted. */
    private static final Set<String> READING_POSTS = Set.of("/recall", "/context", "/graph/query", "/documents/search");

    private static final Set<String> REPEATABLE_METHODS = Set.of("GET", "PUT", "DELETE");

    private static final Duration MAX_DELAY = Duration.ofSeconds(30);
    private static final long FIRST_DELAY_MILLIS = 100;

    private final HttpClient http;
    private final String address;
    private final Optional<String> key;
    private final Duration timeout;
    private final int retries;

    private SteleClient(Builder builder) {
        this.http = HttpClient.newBuilder()
                .connectTimeout(builder.timeout)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        this.address = builder.address;
        this.key = builder.key;
        this.timeout = builder.timeout;
        this.retries = builder.retries;
    }

    /**
     * Returns a client with default options. No connection is made yet.
     *
     * @param address address of the server, without a path, such as {@code http://127.0.0.1:7077}
     * @throws IllegalArgumentException if the text is no such address
     */
    public static SteleClient connect(String address) {
        return builder(address).build();
    }

    /**
     * Returns a builder of a client.
     *
     * @param address address of the server, without a path, such as {@code http://127.0.0.1:7077}
     * @throws IllegalArgumentException if the text is no such address
     */
    public static Builder builder(String address) {
        return new Builder(address);
    }

    /** Builder of a client. Not thread-safe. */
    public static final class Builder {
        private final String address;
        private Optional<String> key = Optional.empty();
        private Duration timeout = Duration.ofSeconds(30);
        private int retries = 3;

        private Builder(String address) {
            URI uri = URI.create(address);
            boolean valid = ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && (uri.getPath().isEmpty() || uri.getPath().equals("/"));
            if (!valid) {
                throw new IllegalArgumentException(
                        "\"" + address + "\" is not the address of a server; use one such as http://127.0.0.1:7077.");
            }
            this.address = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
        }

        /** Sets the API key, if the server requires one. */
        public Builder key(String value) {
            key = Optional.of(value);
            return this;
        }

        /** Sets the maximum time to wait for the connection and for an answer; 30 seconds by default. */
        public Builder timeout(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("The timeout is " + value + "; it must be longer than nothing.");
            }
            timeout = value;
            return this;
        }

        /** Sets the maximum number of repetitions of a request, 0 or more; 3 by default. */
        public Builder retries(int value) {
            if (value < 0) {
                throw new IllegalArgumentException("The number of retries is " + value + "; it cannot be negative.");
            }
            retries = value;
            return this;
        }

        /** Returns the client. */
        public SteleClient build() {
            return new SteleClient(this);
        }
    }

    /** Returns the memory of an agent, whether or not it exists; its first write creates it. */
    public AgentClient agent(String name) {
        return new AgentClient(this, name);
    }

    /**
     * Lists the names of the agents.
     *
     * @param limit maximum number of names, at least 1
     * @param after cursor of the previous page; empty for the first page
     */
    public NamePage agents(int limit, Optional<String> after) {
        return NamePage.of(
                request("GET", "/v1/agents", Map.of(), query("limit", limit, "after", after), null, Map.of()));
    }

    /** Returns whether the server takes requests. */
    public Readiness ready() {
        return Readiness.of(request("GET", "/ready", Map.of(), Map.of(), null, Map.of()));
    }

    /**
     * Sends any request and returns the parsed answer.
     *
     * @param method HTTP method
     * @param template path with parameters in braces, as the OpenAPI document has it
     * @param path values of the parameters
     * @param query parameters of the query; an empty {@link Optional} is left out
     * @param body JSON value, a {@link Body} or a collection of them; null for no body
     * @param headers further headers
     * @return the JSON value of the answer; an empty map if it has no body
     */
    public Object request(
            String method,
            String template,
            Map<String, String> path,
            Map<String, ?> query,
            @Nullable Object body,
            Map<String, String> headers) {
        Map<String, String> sent = new LinkedHashMap<>(headers);
        boolean repeatable =
                REPEATABLE_METHODS.contains(method) || READING_POSTS.stream().anyMatch(template::endsWith);
        if (method.equals("POST") && IDEMPOTENT_POSTS.contains(template)) {
            sent.putIfAbsent("Idempotency-Key", UUID.randomUUID().toString());
            repeatable = true;
        }
        sent.putIfAbsent("Accept", "application/json");
        HttpRequest request = build(method, template, path, query, body, sent);
        for (int attempt = 0; ; attempt++) {
            try {
                HttpResponse<String> response =
                        send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
                if (response.statusCode() < 300) {
                    return parse(response.body());
                }
                // The server answers 429 and 503 before it does anything.
                boolean refused = response.statusCode() == 429 || response.statusCode() == 503;
                if (!refused || attempt >= retries) {
                    throw SteleClientException.of(response.statusCode(), response.body());
                }
                pause(attempt, response.headers().firstValue("Retry-After"));
            } catch (SteleClientException.Unreachable e) {
                if (!repeatable || attempt >= retries || e.code().equals("interrupted")) {
                    throw e;
                }
                pause(attempt, Optional.empty());
            }
        }
    }

    private Object parse(String body) {
        try {
            Object value = body.isEmpty() ? null : JsonText.read(body);
            return value == null ? Map.of() : value;
        } catch (IllegalArgumentException e) {
            throw new SteleClientException.Unreachable(
                    "unreadable", "What answers at " + address + " is no server of Stele: " + e.getMessage(), e);
        }
    }

    /**
     * Sends a request and returns the server-sent events of the answer as they arrive. The stream must be closed, which
     * ends the work at the server.
     *
     * @param method HTTP method
     * @param template path with parameters in braces, as the OpenAPI document has it
     * @param path values of the parameters
     * @param body JSON value; null for no body
     * @param headers further headers
     */
    public EventStream stream(
            String method,
            String template,
            Map<String, String> path,
            @Nullable Object body,
            Map<String, String> headers) {
        Map<String, String> sent = new LinkedHashMap<>(headers);
        sent.put("Accept", "text/event-stream");
        HttpResponse<InputStream> response =
                send(build(method, template, path, Map.of(), body, sent), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() >= 300) {
            try (InputStream content = response.body()) {
                throw SteleClientException.of(
                        response.statusCode(), new String(content.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw unreachable(e);
            }
        }
        return new EventStream(
                address, new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }

    private HttpRequest build(
            String method,
            String template,
            Map<String, String> path,
            Map<String, ?> query,
            @Nullable Object body,
            Map<String, String> headers) {
        String target = template;
        for (Map.Entry<String, String> parameter : path.entrySet()) {
            target = target.replace("{" + parameter.getKey() + "}", encode(parameter.getValue()));
        }
        var uri = new StringBuilder(address).append(target);
        char separator = '?';
        for (Map.Entry<String, ?> parameter : query.entrySet()) {
            Object value =
                    parameter.getValue() instanceof Optional<?> optional ? optional.orElse(null) : parameter.getValue();
            if (value != null) {
                uri.append(separator)
                        .append(encode(parameter.getKey()))
                        .append('=')
                        .append(encode(value.toString()));
                separator = '&';
            }
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri.toString()))
                .timeout(timeout)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(JsonText.write(body)));
        if (body != null) {
            request.header(
                    "Content-Type", method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
        }
        key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        headers.forEach(request::setHeader);
        return request.build();
    }

    private static String encode(String text) {
        String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        // A path segment of dots only would be resolved against the path before it is sent.
        return encoded.equals(".") || encoded.equals("..") ? encoded.replace(".", "%2E") : encoded;
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (HttpTimeoutException e) {
            throw new SteleClientException.Unreachable(
                    "timeout",
                    "The server at %s did not answer within %d ms.".formatted(address, timeout.toMillis()),
                    e);
        } catch (IOException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private SteleClientException.Unreachable unreachable(IOException e) {
        String reason = e.getMessage() == null ? "the connection was refused or lost" : e.getMessage();
        return new SteleClientException.Unreachable(
                "unreachable", "No answer of a server at %s: %s. Is one running?".formatted(address, reason), e);
    }

    private SteleClientException.Unreachable interrupted(InterruptedException e) {
        return new SteleClientException.Unreachable(
                "interrupted", "The thread was interrupted while it waited for the server at " + address + ".", e);
    }

    /** Waits as long as the server asks for, or else longer with each attempt. */
    void pause(int attempt, Optional<String> retryAfter) {
        long millis = retryAfter
                .filter(text -> text.matches("\\d{1,6}"))
                .map(text -> Long.parseLong(text) * 1_000)
                .filter(asked -> asked > 0)
                .orElse(FIRST_DELAY_MILLIS << Math.min(attempt, 20));
        try {
            Thread.sleep((long) (Math.min(millis, MAX_DELAY.toMillis())
                    * ThreadLocalRandom.current().nextDouble(1.0, 1.25)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    int retries() {
        return retries;
    }

    /** Returns query parameters from names and values. */
    static Map<String, Object> query(Object... namesAndValues) {
        Map<String, Object> query = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            query.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return query;
    }

    /** Waits for the requests in progress and closes the connections. Idempotent. */
    @Override
    public void close() {
        http.close();
    }
}
