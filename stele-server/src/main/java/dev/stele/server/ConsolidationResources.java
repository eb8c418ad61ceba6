package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Json;
import dev.stele.reflect.ConsolidationPlanner;
import dev.stele.reflect.Consolidations;
import dev.stele.reflect.Operation;
import java.util.Optional;

/** Consolidating what agents noted of their users, over HTTP. */
record ConsolidationResources(Stele stele) {

    private static final int PAGE = 20;

    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/consolidation",
                        "What consolidating the notes of a user would do; does nothing",
                        this::plan)
                .add(
                        "POST",
                        "/v1/agents/{agent}/users/{user}/consolidation",
                        "Consolidate the notes of a user",
                        this::consolidate)
                .add("GET", "/v1/agents/{agent}/consolidations", "Consolidations, newest first", this::list)
                .add(
                        "POST",
                        "/v1/agents/{agent}/consolidations/{id}/undo",
                        "Put notes back as they were before a consolidation",
                        this::undo);
    }

    private Consolidations consolidations(Exchange exchange) {
        return stele.agent(exchange.agent()).consolidations();
    }

    private Reply plan(Exchange exchange) {
        exchange.allowQuery();
        ConsolidationPlanner.Plan plan = consolidations(exchange).plan(Optional.of(exchange.path("user")));
        return Reply.json(Json.fields()
                .put("engine", plan.engine())
                .keep(
                        "operations",
                        plan.operations().stream().map(Operation::toJson).toList())
                .keep("refused", plan.refused())
                .map());
    }

    private Reply consolidate(Exchange exchange) {
        exchange.allowQuery();
        return consolidations(exchange)
                .consolidate(Optional.of(exchange.path("user")))
                .map(done -> Reply.json(done.toJson()))
                .orElseGet(Reply::noContent);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("user", "limit", "after");
        return MessageResources.page(
                consolidations(exchange)
                        .list(exchange.query("user"), exchange.queryNumber("limit", PAGE), exchange.query("after")),
                ConsolidationRecord::toJson);
    }

    private Reply undo(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(Json.fields()
                .keep("leftAlone", consolidations(exchange).undo(exchange.path("id")))
                .map());
    }
}
