package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Json;
import dev.stele.reflect.ConsolidationPlanner;
import dev.stele.reflect.Consolidations;
import java.util.Optional;

/** REST resources of the consolidation of notes. */
record ConsolidationResources(Stele stele) {

    private static final int DEFAULT_PAGE_SIZE = 20;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/consolidation",
                        "planConsolidation",
                        "Preview the consolidation of the notes of a user; changes nothing",
                        this::plan)
                .add(
                        "POST",
                        "/v1/agents/{agent}/users/{user}/consolidation",
                        "consolidateUser",
                        "Consolidate the notes of a user",
                        this::consolidate)
                .add(
                        "POST",
                        "/v1/agents/{agent}/users/{user}/consolidation/apply",
                        "applyConsolidation",
                        "Apply a plan of consolidation as it was previewed",
                        this::apply)
                .add(
                        "GET",
                        "/v1/agents/{agent}/consolidations",
                        "listConsolidations",
                        "List consolidations, newest first",
                        this::list)
                .add(
                        "POST",
                        "/v1/agents/{agent}/consolidations/{id}/undo",
                        "undoConsolidation",
                        "Undo a consolidation: restore the notes that it changed",
                        this::undo);
    }

    private Consolidations consolidations(Exchange exchange) {
        return stele.agent(exchange.agent()).consolidations();
    }

    private Reply plan(Exchange exchange) {
        exchange.allowQuery();
        ConsolidationPlanner.Plan plan = consolidations(exchange).plan(Optional.of(exchange.path("user")));
        return Reply.json(plan.toJson());
    }

    private Reply consolidate(Exchange exchange) {
        exchange.allowQuery();
        return reply(consolidations(exchange).consolidate(Optional.of(exchange.path("user"))));
    }

    private Reply apply(Exchange exchange) {
        exchange.allowQuery();
        ConsolidationPlanner.Plan plan = ConsolidationPlanner.Plan.fromJson(exchange.jsonObject("plan"));
        return reply(consolidations(exchange).apply(Optional.of(exchange.path("user")), plan));
    }

    private static Reply reply(Optional<ConsolidationRecord> consolidation) {
        return consolidation.map(made -> Reply.json(made.toJson())).orElseGet(Reply::noContent);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("user", "limit", "after");
        return MessageResources.page(
                consolidations(exchange)
                        .list(
                                exchange.query("user"),
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                                exchange.query("after")),
                ConsolidationRecord::toJson);
    }

    private Reply undo(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(Json.fields()
                .keep("left_alone", consolidations(exchange).undo(exchange.path("id")))
                .map());
    }
}
