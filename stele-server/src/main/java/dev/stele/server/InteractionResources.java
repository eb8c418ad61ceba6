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

/**
 * REST resources of interactions, from which agents learn by reflection.
 *
 * @param running quota of answers in progress
 */
record InteractionResources(Stele stele, Quota running) {

    private static final int DEFAULT_PAGE_SIZE = 50;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/interactions",
                        "recordInteraction",
                        "Record an interaction; a background worker processes it later",
                        this::record)
                .add(
                        "GET",
                        "/v1/agents/{agent}/interactions",
                        "listInteractions",
                        "List interactions, newest first",
                        this::list)
                .add(
                        "GET",
                        "/v1/agents/{agent}/interactions/{id}",
                        "getInteraction",
                        "Get an interaction and the outcome of its processing",
                        this::get)
                .add(
                        "POST",
                        "/v1/agents/{agent}/interactions/{id}/retry",
                        "retryInteraction",
                        "Retry an interaction whose processing failed",
                        this::retry)
                .add(
                        "POST",
                        "/v1/agents/{agent}/reflect",
                        "reflect",
                        "Process all pending interactions now",
                        this::reflect);
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
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
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
