package dev.stele.model;

import org.jspecify.annotations.Nullable;

/**
 * Base class of all failures that Stele reports deliberately. The message says what happened, to what, and what to do
 * next. {@link #code()} is a stable identifier for programs, and the last part of the problem type over HTTP.
 *
 * <p>A failed operation has no partial effect: a write that failed leaves no trace.
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

    /** Returns the stable, lower-case, hyphenated name of the kind of failure. */
    public final String code() {
        return code;
    }
}
