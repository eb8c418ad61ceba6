package dev.stele.server;

import dev.stele.Insights;
import dev.stele.Insights.Related;
import dev.stele.Stele;
import dev.stele.chat.DocumentBriefings;
import dev.stele.model.Json;

/**
 * REST resources of insights about users, briefings on documents, and related concepts.
 *
 * @param briefings creates introductions to documents
 */
record InsightResources(Stele stele, DocumentBriefings briefings) {

    private static final int DEFAULT_DAYS = 30;
    private static final int DEFAULT_CONCEPTS = 10;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/summary",
                        "getUserSummary",
                        "Get an overview of the memory about a user",
                        this::overview)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/insights",
                        "getUserActivity",
                        "Get the activity of a user in the last days",
                        this::insights)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/knowledge",
                        "getUserKnowledge",
                        "Get the knowledge of a user and its gaps, for one topic or all",
                        this::knowledge)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/primer",
                        "getPrimer",
                        "Get a short introduction to a document for a user",
                        this::primer)
                .add(
                        "GET",
                        "/v1/agents/{agent}/graph/related",
                        "listRelatedConcepts",
                        "List concepts related to a concept",
                        this::related);
    }

    private Insights insightsOf(Exchange exchange) {
        return stele.agent(exchange.agent()).insights();
    }

    private Reply overview(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(insightsOf(exchange).overview(exchange.path("user")).toJson());
    }

    private Reply insights(Exchange exchange) {
        exchange.allowQuery("days");
        return Reply.json(insightsOf(exchange)
                .activity(exchange.path("user"), exchange.queryNumber("days", DEFAULT_DAYS))
                .toJson());
    }

    private Reply knowledge(Exchange exchange) {
        exchange.allowQuery("topic");
        return Reply.json(insightsOf(exchange)
                .knowledge(exchange.path("user"), exchange.query("topic"))
                .toJson());
    }

    private Reply primer(Exchange exchange) {
        exchange.allowQuery("collection", "document", "refresh");
        return Reply.json(briefings
                .primer(
                        exchange.agent(),
                        exchange.path("user"),
                        exchange.required("collection"),
                        exchange.required("document"),
                        exchange.queryFlag("refresh"))
                .toJson());
    }

    private Reply related(Exchange exchange) {
        exchange.allowQuery("concept", "limit");
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        insightsOf(exchange)
                                .related(exchange.required("concept"), exchange.queryNumber("limit", DEFAULT_CONCEPTS))
                                .stream()
                                .map(Related::toJson)
                                .toList())
                .map());
    }
}
