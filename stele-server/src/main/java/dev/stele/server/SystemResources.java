package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.model.WriterStats;
import dev.stele.models.ModelChain;
import dev.stele.models.ModelHealth;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Resources for operation: health, readiness, metrics, language models and the OpenAPI document.
 *
 * @param stopping whether the server is stopping
 * @param settings settings in force
 */
record SystemResources(
        Stele stele,
        Metrics metrics,
        ChangeFeeds feeds,
        BooleanSupplier stopping,
        List<ServerOptions.SettingInForce> settings,
        Router router) {

    /** Path of the settings in force, which only administrators may read. */
    static final String SETTINGS_PATH = "/v1/settings";

    /** Registers the routes and the metrics of the memory. */
    void addTo() {
        metrics.gauge("stele.agents.open", "Open agents", stele::openAgents);
        metrics.counter("stele.agent.opens", "Number of times an agent was opened", stele::openCount);
        metrics.gauge("stele.change.feeds.open", "Open change feeds", feeds::open);
        metrics.gauge(
                "stele.writes.queued",
                "Writes that wait for the group before them",
                () -> stele.writerStats().stream().mapToInt(WriterStats::queued).sum());
        metrics.counter(
                "stele.write.lock.wait.seconds",
                "Time that groups of writes have waited for the write lock of their agent",
                () -> stele.writeLockWait().toNanos() / 1e9);
        metrics.models(this::reports);
        Runtime runtime = Runtime.getRuntime();
        metrics.gauge("stele.heap.used.bytes", "Used heap", () -> runtime.totalMemory() - runtime.freeMemory());
        router.add(
                        "GET",
                        "/health",
                        "getHealth",
                        "Check whether the process is alive",
                        Router.Work.INLINE,
                        this::health)
                .add(
                        "GET",
                        "/ready",
                        "getReadiness",
                        "Check whether requests are accepted, the store is reachable and the model is loaded",
                        Router.Work.CONTROL,
                        this::ready)
                .add(
                        "GET",
                        "/metrics",
                        "getMetrics",
                        "Get the metrics in the format of Prometheus",
                        Router.Work.CONTROL,
                        this::metrics)
                .add(
                        "GET",
                        "/v1/models",
                        "listModels",
                        "Get the state of the language models, in the order in which they are called",
                        this::models)
                .add(
                        "GET",
                        SETTINGS_PATH,
                        "listSettings",
                        "List the settings in force with their sources",
                        this::settings)
                .add(
                        "GET",
                        "/openapi.json",
                        "getOpenApi",
                        "Get the OpenAPI document of this interface",
                        _ -> Reply.json(OpenApi.describe(router.routes())));
    }

    private Reply health(Exchange exchange) {
        return Reply.json(Map.of("status", "up"));
    }

    private Reply ready(Exchange exchange) {
        boolean isStopping = stopping.getAsBoolean();
        boolean modelReady = stele.modelReady();
        boolean storeReachable = stele.reachable();
        boolean ready = !isStopping && modelReady && storeReachable;
        var json = Json.fields()
                .put("ready", ready)
                .put("store", storeReachable ? "reachable" : "unreachable")
                .put("model", stele.model().isEmpty() ? "none" : modelReady ? "loaded" : "loading")
                .put("stopping", isStopping)
                .map();
        return Reply.json(ready ? 200 : 503, json, Map.of());
    }

    private List<ModelHealth.Report> reports() {
        return reports(stele);
    }

    /** Returns the state of the language models of a memory. */
    static List<ModelHealth.Report> reports(Stele stele) {
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

    private Reply settings(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        settings.stream()
                                .map(setting -> Json.fields()
                                        .put("key", setting.key())
                                        .put("value", setting.value())
                                        .put("source", setting.source())
                                        .map())
                                .toList())
                .map());
    }

    private Reply metrics(Exchange exchange) {
        exchange.allowQuery();
        return Reply.text("text/plain; version=0.0.4; charset=utf-8", metrics.text());
    }
}
