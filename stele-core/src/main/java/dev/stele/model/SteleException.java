package dev.stele.model;

import org.jspecify.annotations.Nullable;

/**
 * Every failure Stele reports on purpose. The message says what happened, to what, and what to do next; {@link #code()}
 * is a stable word for programs (the tail of the problem type over HTTP).
 *
 * <p>After any of these nothing is half done: a write that failed left no trace.
 */
public abstract sealed class SteleException extends RuntimeException
        permits InvalidInputException,
                NotFoundException,
                ConflictException,
                LimitExceededException,
                AgentBusyException,
                AccessDeniedException,
                ModelException,
                ReadOnlyException,
                ClosedException,
                StelePersistenceException {

    private final String code;

    SteleException(String code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** A stable, lower-case, hyphenated name of this kind of failure. */
    public final String code() {
        return code;
    }
}
