package dev.stele.mcp;

import dev.stele.audit.AuditedOperation;
import dev.stele.files.MemoryCommand;
import dev.stele.model.AgentName;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls of tools that the audit log contains, by the names of the same operations in the OpenAPI document: those that
 * change or erase what is stored, and backups. Tools that store what is said or learned are no part of it, as with
 * REST. Stateless.
 */
final class AuditedTools {

    private AuditedTools() {}

    /**
     * Returns what a call does, in the words of the audit log; empty if the log does not contain the call.
     *
     * @param arguments arguments of the call, which need not be valid
     */
    static Optional<AuditedOperation> operation(String tool, AgentName agent, @Nullable Object arguments) {
        Map<?, ?> given = arguments instanceof Map<?, ?> map ? map : Map.of();
        return switch (tool) {
            case "update_note" -> of("updateNote", agent);
            case "forget" -> forget(agent, given);
            case "delete_entities" -> of("deleteEntity", agent);
            case "delete_observations" -> of("deleteObservation", agent);
            case "delete_relations" -> of("deleteRelation", agent);
            case "set_participants" ->
                of("updateSession", agent).map(operation -> operation.withDetail("participants"));
            case "consolidate" ->
                Boolean.TRUE.equals(given.get("apply")) ? of("mergeDuplicates", agent) : Optional.empty();
            case "import" -> of("importFile", agent);
            case "backup" -> of("createBackup", agent);
            case "memory" ->
                MemoryCommand.changed(given.get("command"))
                        .flatMap(command -> of("runMemoryTool", agent).map(operation -> operation.withDetail(command)));
            default -> Optional.empty();
        };
    }

    private static Optional<AuditedOperation> forget(AgentName agent, Map<?, ?> arguments) {
        String name = switch (String.valueOf(arguments.get("kind"))) {
            case "note" -> "deleteNote";
            case "message" -> "deleteMessage";
            case "session" -> "deleteSession";
            case "user" -> "deleteUser";
            case "entity" -> "deleteEntity";
            case "observation" -> "deleteObservation";
            case "relation" -> "deleteRelation";
            default -> "";
        };
        return name.isEmpty() ? Optional.empty() : of(name, agent);
    }

    private static Optional<AuditedOperation> of(String name, AgentName agent) {
        return Optional.of(AuditedOperation.of(name, agent.value()));
    }
}
