package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Interactions;
import dev.stele.Stele;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import java.util.Map;

/** What agents learn from, over HTTP. */
record InteractionResources(Stele stele, Quota running) {

    private static final int PAGE = 50;

    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/interactions",
                        "Record something to learn from; learning comes later",
                        this::record)
                .add("GET", "/v1/agents/{agent}/interactions", "Interactions, newest first", this::list)
                .add("GET", "/v1/agents/{agent}/interactions/{id}", "An interaction and what came of it", this::get)
                .add(
                        "POST",
                        "/v1/agents/{agent}/interactions/{id}/retry",
                        "Try one anew that was given up",
                        this::retry)
                .add("POST", "/v1/agents/{agent}/reflect", "Learn now from all interactions that wait", this::reflect);
    }

    private Interactions interactions(Exchange exchange) {
        return stele.agent(exchange.agent()).interactions();
    }

    private Reply record(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("interaction").only(InteractionDraft.FIELDS);
        Interaction recorded =
                interactions(exchange).record(InteractionDraft.fromJson(json), exchange.idempotencyKey());
        return Reply.json(
                202,
                recorded.toJson(),
                Map.of("Location", UriPaths.of("v1", "agents", exchange.path("agent"), "interactions", recorded.id())));
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("user", "state", "limit", "after");
        return MessageResources.page(
                interactions(exchange)
                        .list(
                                exchange.query("user"),
                                exchange.query("state").map(InteractionState::of),
                                exchange.queryNumber("limit", PAGE),
                                exchange.query("after")),
                Interaction::toJson);
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery();
        String id = exchange.path("id");
        return Reply.json(interactions(exchange)
                .get(id)
                .orElseThrow(() -> new NotFoundException("There is no interaction " + Json.write(id) + "."))
                .toJson());
    }

    private Reply retry(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(interactions(exchange).retry(exchange.path("id")).toJson());
    }

    private Reply reflect(Exchange exchange) {
        exchange.allowQuery();
        AgentMemory memory = stele.agent(exchange.agent());
        return new Reply.Deferred(
                () -> Reply.json(Json.fields().put("waiting", memory.reflect()).map()),
                running.take(exchange.caller()));
    }
}
