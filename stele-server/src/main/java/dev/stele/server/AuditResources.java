package dev.stele.server;

import dev.stele.Stele;
import dev.stele.audit.AuditEntry;
import dev.stele.audit.AuditFiles;
import dev.stele.audit.AuditFilter;
import dev.stele.audit.Surface;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Page;
import java.util.Arrays;
import java.util.List;

/** REST resource of the audit log, for administrators of the whole server. */
record AuditResources(Stele stele, AuditFiles files) {

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
        exchange.allowQuery("agent", "key", "operation", "surface", "limit", "after");
        int limit = exchange.queryNumber("limit", DEFAULT_PAGE_SIZE);
        if (limit < 1 || limit > stele.config().limits().results()) {
            throw new InvalidInputException("The limit is %d; it must be from 1 to %d (limits.results)."
                    .formatted(limit, stele.config().limits().results()));
        }
        exchange.query("surface").ifPresent(AuditResources::requireSurface);
        Page<AuditEntry> page = files.list(
                new AuditFilter(
                        exchange.query("agent"),
                        exchange.query("key"),
                        exchange.query("operation"),
                        exchange.query("surface")),
                limit,
                exchange.query("after"));
        return Reply.json(Json.fields()
                .keep("items", page.items().stream().map(AuditEntry::toJson).toList())
                .put("next", page.next())
                .map());
    }

    private static void requireSurface(String label) {
        List<String> labels =
                Arrays.stream(Surface.values()).map(Surface::label).toList();
        if (!labels.contains(label)) {
            throw new InvalidInputException(
                    "There is no surface " + Json.write(label) + "; use one of " + String.join(", ", labels) + ".");
        }
    }
}
