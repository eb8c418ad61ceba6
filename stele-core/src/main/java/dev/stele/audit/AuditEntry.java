package dev.stele.audit;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Entry of the audit log. Immutable.
 *
 * @param at time of the end of the operation
 * @param actor who acted
 * @param operation what was done
 * @param outcome how it ended
 * @param status status of the response; empty if the operation was no HTTP request
 * @param request id of the HTTP request; empty if the operation was none
 */
public record AuditEntry(
        Instant at,
        Actor actor,
        AuditedOperation operation,
        AuditOutcome outcome,
        Optional<Integer> status,
        Optional<String> request) {

    /** Returns the entry of an operation that ends now and is no HTTP request. */
    public static AuditEntry of(Actor actor, AuditedOperation operation, AuditOutcome outcome) {
        return new AuditEntry(Instant.now(), actor, operation, outcome, Optional.empty(), Optional.empty());
    }

    /** Returns the entry of an HTTP request that ends now. */
    public static AuditEntry ofRequest(Actor actor, AuditedOperation operation, int status, String request) {
        return new AuditEntry(
                Instant.now(),
                actor,
                operation,
                AuditOutcome.ofStatus(status),
                Optional.of(status),
                Optional.of(request));
    }

    /** Returns the fields of the entry. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("at", at)
                .put("surface", actor.surface().label())
                .put("operation", operation.name())
                .put("agent", operation.agent())
                .put("detail", operation.detail())
                .put("key", actor.key())
                .put("label", actor.label())
                .put("account", actor.account())
                .put("outcome", outcome.label())
                .put("status", status.map(Integer::longValue))
                .put("request", request)
                .map();
    }

    /**
     * Reads the fields of an entry.
     *
     * @throws dev.stele.model.InvalidInputException if a field is missing or of another type
     */
    static AuditEntry fromJson(JsonObject json) {
        Optional<Integer> status = json.optionalInt("status");
        return new AuditEntry(
                json.instant("at"),
                new Actor(
                        Surface.of(json.optionalString("surface").orElse("")),
                        json.optionalString("key"),
                        json.optionalString("label"),
                        json.optionalString("account")),
                new AuditedOperation(
                        json.string("operation"), json.optionalString("agent"), json.optionalString("detail")),
                json.optionalString("outcome")
                        .map(AuditOutcome::of)
                        .orElseGet(() -> AuditOutcome.ofStatus(status.orElse(0))),
                status,
                json.optionalString("request"));
    }
}
