package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.models.ModelChain;
import dev.stele.models.ModelHealth;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Health, readiness, figures, and the description of the interface. */
record SystemResources(Stele stele, Metrics metrics, ChangeFeeds feeds, BooleanSupplier stopping, Router router) {

    void addTo() {
        metrics.gauge("stele.agents.open", "Agents that are open", stele::openAgents);
        metrics.counter("stele.agent.opens", "How often an agent was opened", stele::opens);
        metrics.gauge("stele.change.feeds.open", "Change feeds that are open", feeds::open);
        metrics.models(this::reports);
        Runtime runtime = Runtime.getRuntime();
        metrics.gauge("stele.heap.used.bytes", "Heap in use", () -> runtime.totalMemory() - runtime.freeMemory());
        router.add("GET", "/health", "Whether the process lives", Router.Work.INLINE, this::health)
                .add(
                        "GET",
                        "/ready",
                        "Whether it takes requests, the memory can be reached and the model is loaded",
                        Router.Work.CONTROL,
                        this::ready)
                .add("GET", "/metrics", "Figures for Prometheus", Router.Work.CONTROL, this::figures)
                .add(
                        "GET",
                        "/v1/models",
                        "How the language models do, in the order in which they are asked",
                        this::models)
                .add("GET", "/openapi.json", "This interface", _ -> Reply.json(OpenApi.describe(router.routes())));
    }

    private Reply health(Exchange exchange) {
        return Reply.json(Map.of("status", "up"));
    }

    private Reply ready(Exchange exchange) {
        boolean stops = stopping.getAsBoolean();
        boolean model = stele.modelReady();
        boolean store = stele.reachable();
        boolean ready = !stops && model && store;
        var json = Json.fields()
                .put("ready", ready)
                .put("store", store ? "reachable" : "unreachable")
                .put("model", stele.model().isEmpty() ? "none" : model ? "loaded" : "loading")
                .put("stopping", stops)
                .map();
        return Reply.json(ready ? 200 : 503, json, Map.of());
    }

    private List<ModelHealth.Report> reports() {
        return stele.language() instanceof ModelChain chain ? chain.health() : List.of();
    }

    private Reply models(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        reports().stream().map(ModelHealth.Report::toJson).toList())
                .map());
    }

    private Reply figures(Exchange exchange) {
        exchange.allowQuery();
        return Reply.text("text/plain; version=0.0.4; charset=utf-8", metrics.text());
    }
}
