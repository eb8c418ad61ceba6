package dev.stele.client;

import dev.stele.client.Types.NamePage;
import dev.stele.client.Types.Readiness;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
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

    /** Statuses of routes that are answers although they are those of refusals elsewhere. */
    private static final Map<String, Set<Integer>> ANSWERS = Map.of("GET /ready", Set.of(503));

    /** Statuses with which the server refuses a request before it does anything. */
    private static final Set<Integer> REFUSALS = Set.of(429, 503);

    /** Codes of requests that may have reached the server, and of which no whole answer arrived. */
    private static final Set<String> LOST_CONNECTIONS = Set.of("timeout", "unreachable", "connection-lost");

    private static final Duration MAX_DELAY = Duration.ofSeconds(30);
    private static final long FIRST_DELAY_MILLIS = 100;

    private final HttpClient http;
    private final String address;
    private final Optional<String> key;
    private final Duration timeout;
    private final Duration maxSilence;
    private final int retries;

    private SteleClient(Builder builder) {
        this.http = HttpClient.newBuilder()
                .connectTimeout(builder.timeout)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        this.address = builder.address;
        this.key = builder.key;
        this.timeout = builder.timeout;
        this.maxSilence = builder.maxSilence;
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
        private Duration maxSilence = Duration.ofSeconds(60);
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

        /**
         * Sets the maximum time to wait for the connection and for a whole answer, of a stream for its begin; 30 seconds
         * by default. Every repetition of a request has this time.
         */
        public Builder timeout(Duration value) {
            timeout = positive("timeout", value);
            return this;
        }

        /**
         * Sets the maximum time without a sign of life after which the connection of a stream counts as lost; 60 seconds
         * by default. The server sends heartbeats at least every 16 seconds.
         */
        public Builder maxSilence(Duration value) {
            maxSilence = positive("maximum silence", value);
            return this;
        }

        private static Duration positive(String name, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(
                        "The " + name + " is " + value + "; it must be longer than nothing.");
            }
            return value;
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
        return decode(
                NamePage::of,
                request("GET", "/v1/agents", Map.of(), query("limit", limit, "after", after), null, Map.of()));
    }

    /** Returns whether the server takes requests, and if it does not, why. */
    public Readiness ready() {
        return decode(Readiness::of, request("GET", "/ready", Map.of(), Map.of(), null, Map.of()));
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
        boolean repeatable = isRepeatable(method, template);
        if (method.equals("POST") && IDEMPOTENT_POSTS.contains(template)) {
            sent.putIfAbsent("Idempotency-Key", UUID.randomUUID().toString());
            repeatable = true;
        }
        sent.putIfAbsent("Accept", "application/json");
        HttpRequest request = build(method, template, path, query, body, sent);
        Set<Integer> answers = ANSWERS.getOrDefault(method + " " + template, Set.of());
        return repeat(repeatable, () -> {
            HttpResponse<String> response = send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() < 300 || (answers.contains(response.statusCode()) && isJson(response))) {
                return decode(SteleClient::parse, response.body());
            }
            throw SteleClientException.of(response.statusCode(), response.body(), retryAfter(response));
        });
    }

    private static boolean isRepeatable(String method, String template) {
        return REPEATABLE_METHODS.contains(method) || READING_POSTS.stream().anyMatch(template::endsWith);
    }

    /** Returns whether an answer is a JSON value of its route, and no problem document or page of a proxy. */
    private static boolean isJson(HttpResponse<?> response) {
        return response.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
    }

    private static Object parse(String body) {
        Object value = body.isEmpty() ? null : JsonText.read(body);
        return value == null ? Map.of() : value;
    }

    /** Decodes what a server has sent. */
    <T, R> R decode(Function<T, R> decoder, T sent) {
        try {
            return decoder.apply(sent);
        } catch (IllegalArgumentException e) {
            throw SteleClientException.Unreachable.unreadable(address, e);
        }
    }

    /**
     * Performs an exchange, again if the server refuses it for the moment, because the server has done nothing then.
     *
     * @param repeatable whether the exchange is also repeated after the connection was lost
     */
    private <T> T repeat(boolean repeatable, Supplier<T> exchange) {
        for (int attempt = 0; ; attempt++) {
            try {
                return exchange.get();
            } catch (SteleClientException e) {
                boolean again = REFUSALS.contains(e.status()) || (repeatable && isLostConnection(e));
                if (!again || attempt >= retries) {
                    throw e;
                }
                pause(delay(attempt, e));
            }
        }
    }

    /** Returns whether no whole answer arrived, so that another attempt may succeed. */
    static boolean isLostConnection(SteleClientException failure) {
        return LOST_CONNECTIONS.contains(failure.code());
    }

    /**
     * Sends a request and returns the server-sent events of the answer as they arrive. The request is repeated as others
     * until the stream begins, and never after that. The stream must be closed, which ends the work at the server.
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
        HttpRequest request = streaming(method, template, path, body, headers);
        return repeat(isRepeatable(method, template), () -> open(request));
    }

    /** Opens the feed of the changes of an agent after a number, without repetitions. */
    EventStream openChanges(String agent, long after) {
        return open(streaming(
                "GET",
                "/v1/agents/{agent}/changes",
                Map.of("agent", agent),
                null,
                Map.of("Last-Event-ID", Long.toString(after))));
    }

    private HttpRequest streaming(
            String method,
            String template,
            Map<String, String> path,
            @Nullable Object body,
            Map<String, String> headers) {
        Map<String, String> sent = new LinkedHashMap<>(headers);
        sent.put("Accept", "text/event-stream");
        return build(method, template, path, Map.of(), body, sent);
    }

    /** Answer to the request of a stream: the stream of a success, the whole text of a refusal. */
    private record Opened(Optional<InputStream> stream, String refusal) {}

    private EventStream open(HttpRequest request) {
        HttpResponse<Opened> response = send(
                request,
                head -> head.statusCode() < 300
                        ? HttpResponse.BodySubscribers.mapping(
                                new StreamedBody(maxSilence), body -> new Opened(Optional.of(body), ""))
                        : HttpResponse.BodySubscribers.mapping(
                                HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8),
                                text -> new Opened(Optional.empty(), text)));
        Opened opened = response.body();
        return new EventStream(
                address,
                opened.stream()
                        .orElseThrow(() -> SteleClientException.of(
                                response.statusCode(), opened.refusal(), retryAfter(response))));
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

    /**
     * Sends a request and waits for its answer, of a stream for the head. The JDK's own timeout is not used: whether it
     * covers the body depends on the version.
     */
    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, handler);
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return canceled(answer, timedOut(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return canceled(answer, interrupted(e));
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case HttpTimeoutException cause -> timedOut(cause);
                case IOException cause -> unreachable(cause);
                case RuntimeException cause -> cause;
                case null, default -> new IllegalStateException("The request failed.", e);
            };
        }
    }

    /** Cancels a request and throws its failure, or returns an answer that arrived just then, so that none is lost. */
    private static <T> HttpResponse<T> canceled(
            CompletableFuture<HttpResponse<T>> answer, SteleClientException failure) {
        answer.cancel(true);
        if (answer.isCompletedExceptionally()) {
            throw failure;
        }
        return answer.join();
    }

    private SteleClientException.Unreachable timedOut(Exception cause) {
        return new SteleClientException.Unreachable(
                "timeout",
                "The server at %s did not answer within %d ms.".formatted(address, timeout.toMillis()),
                cause);
    }

    private SteleClientException.Unreachable unreachable(IOException e) {
        String reason = e.getMessage() == null ? "the connection was refused or lost" : e.getMessage();
        return new SteleClientException.Unreachable(
                "unreachable", "No answer of a server at %s: %s. Is one running?".formatted(address, reason), e);
    }

    SteleClientException.Unreachable interrupted(InterruptedException e) {
        return SteleClientException.Unreachable.interrupted(address, e);
    }

    private static Duration retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("\\d{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .orElse(Duration.ZERO);
    }

    /** Returns the wait that a failed request asks for, or else one that grows with each attempt. */
    static Duration delay(int attempt, SteleClientException failure) {
        long millis = failure.retryAfter().isZero()
                ? FIRST_DELAY_MILLIS << Math.min(attempt, 20)
                : failure.retryAfter().toMillis();
        return Duration.ofMillis((long) (Math.min(millis, MAX_DELAY.toMillis())
                * ThreadLocalRandom.current().nextDouble(1.0, 1.25)));
    }

    private void pause(Duration delay) {
        try {
            Thread.sleep(delay);
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

    /**
     * Waits for the requests in progress and closes the connections. The caller closes open streams and feeds before.
     * Idempotent.
     */
    @Override
    public void close() {
        http.close();
    }
}
