package dev.stele.audit;

import java.util.Optional;

/**
 * Entries of the audit log that are listed; an empty field admits all. Immutable.
 *
 * @param agent agent of the operation
 * @param key id of the key of the actor
 * @param operation name of the operation
 * @param surface label of the surface
 */
public record AuditFilter(
        Optional<String> agent, Optional<String> key, Optional<String> operation, Optional<String> surface) {

    /** The filter that admits all entries. */
    public static final AuditFilter ALL =
            new AuditFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    boolean admits(AuditEntry entry) {
        return (agent.isEmpty() || agent.equals(entry.operation().agent()))
                && (key.isEmpty() || key.equals(entry.actor().key()))
                && operation.map(entry.operation().name()::equals).orElse(true)
                && surface.map(entry.actor().surface().label()::equals).orElse(true);
    }
}
