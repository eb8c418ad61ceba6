package dev.stele.server;

import dev.stele.Insights;
import dev.stele.Insights.Related;
import dev.stele.Stele;
import dev.stele.chat.DocumentBriefings;
import dev.stele.model.Json;

/** What memory says of users as a whole, and primers for those who read, over HTTP. */
record InsightResources(Stele stele, DocumentBriefings primers) {

    private static final int DAYS = 30;
    private static final int CONCEPTS = 10;

    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/summary",
                        "Everything that is known of a user, at a glance",
                        this::overview)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/insights",
                        "What happened with a user in the last days",
                        this::insights)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/knowledge",
                        "What a user knows, and where the gaps are, of a topic or of all",
                        this::knowledge)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/primer",
                        "A short introduction to a document for a user",
                        this::primer)
                .add("GET", "/v1/agents/{agent}/graph/related", "Concepts that belong to one", this::related);
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
                .activity(exchange.path("user"), exchange.queryNumber("days", DAYS))
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
        return Reply.json(primers.primer(
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
                                .related(exchange.required("concept"), exchange.queryNumber("limit", CONCEPTS))
                                .stream()
                                .map(Related::toJson)
                                .toList())
                .map());
    }
}
