package dev.stele.server;

import dev.stele.audit.Actor;
import dev.stele.audit.AuditEntry;
import dev.stele.audit.AuditLog;
import dev.stele.audit.AuditedOperation;
import dev.stele.audit.Surface;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.Scope;
import java.util.Optional;
import java.util.Set;

/**
 * Choice of the requests that the audit log contains: those that change or erase what is stored, or administer the
 * server, and exports. Thread-safe.
 *
 * @param log the log, which the server closes
 */
record RequestAudit(AuditLog log) {

    /**
     * Operations that store what is said or learned, by their names in the OpenAPI document. They are recorded only if
     * the request names a subject, as one does that deletes a file by the memory tool.
     */
    private static final Set<String> CONTENT = Set.of(
            "addDocument",
            "addObservations",
            "chat",
            "converse",
            "createNote",
            "endMcpSession",
            "explainSelection",
            "logIn",
            "logOut",
            "processHook",
            "putEntity",
            "putRelation",
            "recordInteraction",
            "recordUserInteraction",
            "reflect",
            "runMemoryTool",
            "storeGraph",
            "storeMessages",
            "updateSession");

    /**
     * What a request concerns besides its path.
     *
     * @param agent agent; empty for the one of the path
     * @param detail see {@link AuditedOperation#detail}
     */
    record Subject(Optional<String> agent, Optional<String> detail) {
        /** Subject of a request that its path tells completely. */
        static final Subject NONE = new Subject(Optional.empty(), Optional.empty());
    }

    /** Adds a request to the log if it is one that the log contains. Does not wait for the disk. */
    void add(Optional<ApiKey> key, Router.Route route, Subject subject, int status, String request) {
        if (isRecorded(route, subject)) {
            log.add(AuditEntry.ofRequest(
                    actor(key, Surface.REST),
                    new AuditedOperation(route.name(), subject.agent(), subject.detail()),
                    status,
                    request));
        }
    }

    /** Returns the caller with a key, or without one. */
    static Actor actor(Optional<ApiKey> key, Surface surface) {
        return Actor.overHttp(surface, key.map(ApiKey::id), key.map(ApiKey::label));
    }

    private static boolean isRecorded(Router.Route route, Subject subject) {
        boolean changes = !route.method().equals("GET") && AccessFilter.needed(route) != Scope.READ;
        boolean content = CONTENT.contains(route.name()) && subject.detail().isEmpty();
        return (changes && !content) || route.name().equals("exportAgent");
    }
}
