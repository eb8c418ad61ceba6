package dev.stele.client;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Failed request, with the problem document of the server if the server answered. */
public abstract sealed class SteleClientException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final int MAX_SHOWN_CHARS = 200;

    private final int status;
    private final String code;
    private final String detail;
    private final @Nullable String request;
    private final Duration retryAfter;

    private SteleClientException(
            int status,
            String code,
            String detail,
            @Nullable String request,
            Duration retryAfter,
            @Nullable Throwable cause) {
        super(
                status == 0 ? "%s (%s)".formatted(detail, code) : "%s (%s, HTTP %d)".formatted(detail, code, status),
                cause);
        this.status = status;
        this.code = code;
        this.detail = detail;
        this.request = request;
        this.retryAfter = retryAfter;
    }

    /** Returns the HTTP status; 0 if there was no answer. */
    public int status() {
        return status;
    }

    /** Returns the code of the error, such as {@code not-found}; the errors reference of Stele lists all codes. */
    public String code() {
        return code;
    }

    /** Returns what happened, and what to do. */
    public String detail() {
        return detail;
    }

    /** Returns the id under which the server's log has the request; empty if the server did not answer. */
    public Optional<String> request() {
        return Optional.ofNullable(request);
    }

    /** Returns how long the server asks to wait before the request is repeated; zero if it does not ask. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** The request is invalid; correct it. */
    public static final class InvalidRequest extends SteleClientException {
        private static final long serialVersionUID = 1L;

        private InvalidRequest(int status, String code, String detail, @Nullable String request) {
            super(status, code, detail, request, Duration.ZERO, null);
        }
    }

    /** The API key is missing or wrong, or may not do this. */
    public static final class NotAllowed extends SteleClientException {
        private static final long serialVersionUID = 1L;

        private NotAllowed(int status, String code, String detail, @Nullable String request) {
            super(status, code, detail, request, Duration.ZERO, null);
        }
    }

    /** The agent or the item does not exist. */
    public static final class NotFound extends SteleClientException {
        private static final long serialVersionUID = 1L;

        private NotFound(int status, String code, String detail, @Nullable String request) {
            super(status, code, detail, request, Duration.ZERO, null);
        }
    }

    /** An id is in use for something else, another version is current, or a limit was reached. */
    public static final class Conflict extends SteleClientException {
        private static final long serialVersionUID = 1L;

        private Conflict(int status, String code, String detail, @Nullable String request) {
            super(status, code, detail, request, Duration.ZERO, null);
        }
    }

    /** The server is busy or has failed, and the retries of the client did not help. */
    public static final class Unavailable extends SteleClientException {
        private static final long serialVersionUID = 1L;

        private Unavailable(int status, String code, String detail, @Nullable String request, Duration retryAfter) {
            super(status, code, detail, request, retryAfter, null);
        }
    }

    /** No server answered, or the connection was lost; the request may have been processed. */
    public static final class Unreachable extends SteleClientException {
        private static final long serialVersionUID = 1L;

        /** Code of a request whose thread was interrupted. */
        static final String INTERRUPTED = "interrupted";

        Unreachable(String code, String detail, @Nullable Throwable cause) {
            super(0, code, detail, null, Duration.ZERO, cause);
        }

        static Unreachable interrupted(String address, Exception cause) {
            return new Unreachable(
                    INTERRUPTED,
                    "The thread was interrupted while it waited for the server at " + address + ".",
                    cause);
        }

        static Unreachable unreadable(String address, IllegalArgumentException cause) {
            return new Unreachable(
                    "unreadable",
                    "What answers at " + address + " is no server of Stele: " + cause.getMessage(),
                    cause);
        }
    }

    /**
     * Returns the exception of an answer that is no success.
     *
     * @param retryAfter wait that the answer asks for
     */
    static SteleClientException of(int status, String body, Duration retryAfter) {
        try {
            return of(status, Decode.fields(JsonText.read(body)), retryAfter);
        } catch (IllegalArgumentException e) {
            // An answer of something between client and server, such as a proxy, is no problem document.
            String shown = body.length() > MAX_SHOWN_CHARS ? body.substring(0, MAX_SHOWN_CHARS) : body;
            return of(status, "http-" + status, shown, null, retryAfter);
        }
    }

    /** Returns the exception of a problem document that arrived after the status, in an event of a stream. */
    static SteleClientException of(Map<String, ? extends @Nullable Object> problem) {
        try {
            int status = Math.toIntExact(Decode.required(problem, "status", Decode::integer));
            return of(status, problem, Duration.ZERO);
        } catch (IllegalArgumentException | ArithmeticException e) {
            return of(500, "internal", "The server failed and did not say why.", null, Duration.ZERO);
        }
    }

    private static SteleClientException of(
            int status, Map<String, ? extends @Nullable Object> problem, Duration retryAfter) {
        String type = Decode.required(problem, "type", Decode::string);
        return of(
                status,
                type.substring(type.lastIndexOf(':') + 1),
                Decode.required(problem, "detail", Decode::string),
                Decode.optional(problem, "request", Decode::string)
                        .filter(id -> !id.isEmpty())
                        .orElse(null),
                retryAfter);
    }

    private static SteleClientException of(
            int status, String code, String detail, @Nullable String request, Duration retryAfter) {
        return switch (status) {
            case 401, 403 -> new NotAllowed(status, code, detail, request);
            case 404 -> new NotFound(status, code, detail, request);
            case 409, 412, 413 -> new Conflict(status, code, detail, request);
            default ->
                status < 500 && status != 429
                        ? new InvalidRequest(status, code, detail, request)
                        : new Unavailable(status, code, detail, request, retryAfter);
        };
    }
}
