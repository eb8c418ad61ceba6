package dev.stele.audit;

import java.util.Optional;

/**
 * What is done, in the words of the audit log. Immutable.
 *
 * @param name name of the operation in the OpenAPI document, on every surface; a name of the same form for what only
 *     a command can do
 * @param agent agent that the operation concerns; empty for none or all
 * @param detail kind of a job, id of a key, name of a backup and the like; never the id of a user or an item, which an
 *     erasure would leave in the log
 */
public record AuditedOperation(String name, Optional<String> agent, Optional<String> detail) {

    /** Returns an operation on an agent. */
    public static AuditedOperation of(String name, String agent) {
        return new AuditedOperation(name, Optional.of(agent), Optional.empty());
    }

    /** Returns this operation with a detail. */
    public AuditedOperation withDetail(String value) {
        return new AuditedOperation(name, agent, Optional.of(value));
    }
}
