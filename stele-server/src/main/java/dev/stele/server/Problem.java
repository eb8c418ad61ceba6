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
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/** An error as RFC 9457 describes it. */
record Problem(int status, String code, String detail, Map<String, String> headers) {

    private static final Map<String, String> SOON = Map.of("Retry-After", "1");

    Problem(int status, String code, String detail) {
        this(status, code, detail, status == 503 ? SOON : Map.of());
    }

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
                new Problem(503, "memory-exhausted", "The server ran out of memory. Ask for less, or try again.");
            case HttpException http ->
                new Problem(http.getCode(), word(http.getCode()), HttpStatus.getMessage(http.getCode()) + ".");
            default ->
                new Problem(
                        500, "internal", "Something went wrong here; the server's log has it under this request id.");
        };
    }

    /** The tail of the type of a problem that is no more than its status. */
    static String word(int status) {
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
