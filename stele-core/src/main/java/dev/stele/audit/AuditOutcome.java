package dev.stele.audit;

import dev.stele.model.AccessDeniedException;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.ModelException;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import java.util.Arrays;

/** Outcome of an operation of the audit log. */
public enum AuditOutcome {
    /** The operation was done. */
    DONE("done"),
    /** The operation was refused, for its input, the state of the memory or a lack of rights. */
    REFUSED("refused"),
    /** The operation ended with a failure, or did not end; a part of it may have been done. */
    FAILED("failed");

    private static final int FIRST_REFUSED_STATUS = 400;
    private static final int FIRST_FAILED_STATUS = 500;

    private final String label;

    AuditOutcome(String label) {
        this.label = label;
    }

    /** Returns the name in JSON. */
    public String label() {
        return label;
    }

    /** Returns the outcome of a name; {@link #FAILED} for any other text. */
    static AuditOutcome of(String label) {
        return Arrays.stream(values())
                .filter(outcome -> outcome.label.equals(label))
                .findFirst()
                .orElse(FAILED);
    }

    /** Returns the outcome of a request by the status of its HTTP response. */
    public static AuditOutcome ofStatus(int status) {
        return status < FIRST_REFUSED_STATUS ? DONE : status < FIRST_FAILED_STATUS ? REFUSED : FAILED;
    }

    /** Returns the outcome of an operation that threw an exception. */
    public static AuditOutcome of(Throwable failure) {
        return failure instanceof SteleException expected
                ? switch (expected) {
                    case InvalidInputException _,
                            NotFoundException _,
                            ConflictException _,
                            LimitExceededException _,
                            ReadOnlyException _,
                            AccessDeniedException _ -> REFUSED;
                    case AgentBusyException _, ClosedException _, ModelException _, StelePersistenceException _ ->
                        FAILED;
                }
                : FAILED;
    }
}
