package dev.stele.telemetry;

import dev.stele.model.AgentName;
import java.util.Optional;

/**
 * What is known of an operation when it starts. Immutable.
 *
 * @param kind kind of the operation
 * @param agent agent whose memory is used
 * @param record id of the item that the operation is about; empty if it is about none or several
 * @param query text of the query of a search, which may be confidential; empty for other kinds
 */
public record OperationStart(OperationKind kind, AgentName agent, Optional<String> record, Optional<String> query) {

    /** Returns the start of a search. */
    public static OperationStart search(AgentName agent, String query) {
        return new OperationStart(OperationKind.SEARCH, agent, Optional.empty(), Optional.of(query));
    }

    /** Returns the start of an operation on one item. */
    public static OperationStart of(OperationKind kind, AgentName agent, String record) {
        return new OperationStart(kind, agent, Optional.of(record), Optional.empty());
    }

    /** Returns the start of an operation on no item, or on several. */
    public static OperationStart of(OperationKind kind, AgentName agent) {
        return new OperationStart(kind, agent, Optional.empty(), Optional.empty());
    }
}
