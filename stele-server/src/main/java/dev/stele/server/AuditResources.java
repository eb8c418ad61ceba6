package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Page;

/** REST resource of the audit log, for administrators of the whole server. */
record AuditResources(Stele stele, AuditLog log) {

    /** Path of the resource. */
    static final String PATH = "/v1/audit";

    private static final int DEFAULT_PAGE_SIZE = 50;

    /** Registers the route. */
    void addTo(Router router) {
        router.add(
                "GET",
                PATH,
                "listAudit",
                "List who erased, restored, merged, corrected, imported, exported and administered what, newest first",
                Router.Work.COMPUTE,
                this::list);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("agent", "key", "operation", "limit", "after");
        int limit = exchange.queryNumber("limit", DEFAULT_PAGE_SIZE);
        if (limit < 1 || limit > stele.config().limits().results()) {
            throw new InvalidInputException("The limit is %d; it must be from 1 to %d (limits.results)."
                    .formatted(limit, stele.config().limits().results()));
        }
        Page<AuditLog.Entry> page = log.list(
                new AuditLog.Filter(exchange.query("agent"), exchange.query("key"), exchange.query("operation")),
                limit,
                exchange.query("after"));
        return Reply.json(Json.fields()
                .keep("items", page.items().stream().map(AuditLog.Entry::toJson).toList())
                .put("next", page.next())
                .map());
    }
}
