package dev.stele.server;

import dev.stele.arena.ArenaExhaustedException;
import dev.stele.io.Secrets;
import dev.stele.model.AccessDeniedException;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.ModelException;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.TextPrefix;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * Problem details of an error response (RFC 9457).
 *
 * @param status HTTP status code
 * @param code stable identifier of the kind of error; the last part of the problem type
 * @param detail message for people: what happened and what to do
 * @param headers additional response headers
 */
record Problem(int status, String code, String detail, Map<String, String> headers) {

    private static final Map<String, String> RETRY_AFTER_A_SECOND = Map.of("Retry-After", "1");

    /** Maximum length of a detail, in chars. A detail may quote what was sent, which can be much longer. */
    private static final int MAX_DETAIL_LENGTH = 2_000;

    Problem {
        detail = shortened(detail);
    }

    /** Creates a problem, with the header {@code Retry-After} if the status is 503. */
    Problem(int status, String code, String detail) {
        this(status, code, detail, status == 503 ? RETRY_AFTER_A_SECOND : Map.of());
    }

    /** Returns a text without its middle if it is too long: the begin names the value, the end what to do. */
    private static String shortened(String text) {
        if (text.length() <= MAX_DETAIL_LENGTH) {
            return text;
        }
        int half = MAX_DETAIL_LENGTH / 2;
        int start = text.length() - half;
        return TextPrefix.of(text, half) + " … "
                + text.substring(Character.isLowSurrogate(text.charAt(start)) ? start + 1 : start);
    }

    /** Returns the problem that describes a failure. The message of an unexpected exception is not disclosed. */
    static Problem of(Throwable failure) {
        return switch (failure) {
            case HttpProblem problem
            when problem.headers().isEmpty() -> new Problem(problem.status(), problem.code(), message(problem));
            case HttpProblem problem ->
                new Problem(problem.status(), problem.code(), message(problem), problem.headers());
            case ArenaExhaustedException exhausted ->
                new Problem(503, "memory-exhausted", message(exhausted) + ". Nothing was done; try again.");
            case SteleException error -> new Problem(status(error), error.code(), Secrets.hide(message(error)));
            case RejectedExecutionException _ ->
                new Problem(
                        503, "overloaded", "The server has no thread for this request. Nothing was done; try again.");
            case OutOfMemoryError _ ->
                new Problem(
                        500,
                        "memory-exhausted",
                        "The server ran out of memory. What the request had done before was kept; request less at once.");
            case HttpException http ->
                new Problem(http.getCode(), code(http.getCode()), HttpStatus.getMessage(http.getCode()) + ".");
            default ->
                new Problem(500, "internal", "The server failed; its log describes the error under this request id.");
        };
    }

    /** Returns the code of a problem that has no information besides its status, such as {@code bad-request}. */
    static String code(int status) {
        return HttpStatus.getMessage(status).toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    private static int status(SteleException error) {
        return switch (error) {
            case InvalidInputException _ -> 400;
            case NotFoundException _ -> 404;
            case ConflictException e -> e.code().equals("version-conflict") ? 412 : 409;
            case LimitExceededException _ -> 413;
            case ReadOnlyException _, AccessDeniedException _ -> 403;
            case ModelException _ -> 502;
            case AgentBusyException _, ClosedException _ -> 503;
            case StelePersistenceException.Full _ -> 507;
            case StelePersistenceException _ -> 500;
        };
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }

    /**
     * Returns the problem document.
     *
     * @param requestId id of the request, or empty text if there is none
     */
    Map<String, @Nullable Object> toJson(String requestId) {
        return Json.fields()
                .put("type", "urn:stele:" + code)
                .put("title", HttpStatus.getMessage(status))
                .put("status", (long) status)
                .put("detail", detail)
                .put("request", requestId)
                .map();
    }
}
