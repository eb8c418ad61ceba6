package dev.stele.server;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaStats;
import dev.stele.arena.Arenas;
import dev.stele.model.Json;
import dev.stele.models.ModelHealth;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Registry of the metrics of a server, in Micrometer, with output in the text format of Prometheus. Thread-safe. */
final class Metrics implements AutoCloseable {

    /** Upper bounds of the buckets of the histogram of request times. */
    private static final Duration[] LATENCY_BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30)
    };

    /** Tags of the timer for one kind of request. */
    private record RequestKind(String method, String route, int status) {}

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // Bounded: the routes and their methods are fixed, and there are few status codes.
    private final Map<RequestKind, Timer> requestTimers = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();

    Metrics() {
        gauge("stele.http.requests.running", "Requests in progress", running::get);
    }

    /** Counts a request as running. */
    void requestStarted() {
        running.incrementAndGet();
    }

    /**
     * Records the end of a request.
     *
     * @param route template of the path, or "none" if no route matches
     * @param nanos time from the arrival of the request to its status
     */
    void requestEnded(String method, String route, int status, long nanos) {
        running.decrementAndGet();
        // Without a route the method is arbitrary text of the client, which must not create timers.
        String methodTag = route.equals("none") ? "any" : method;
        requestTimers
                .computeIfAbsent(new RequestKind(methodTag, route, status), this::timer)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(RequestKind kind) {
        return Timer.builder("stele.http.request")
                .description("Time from the arrival of a request to its status")
                .tags("method", kind.method(), "route", kind.route(), "status", String.valueOf(kind.status()))
                .serviceLevelObjectives(LATENCY_BUCKETS)
                .register(registry);
    }

    /**
     * Returns the requests since the start by kind ({@code recall}, {@code read}, {@code write}), each with
     * {@code count}, {@code seconds}, {@code failed} (status 500 and above) and {@code buckets}: the number of requests
     * within each of {@code bounds}, in seconds.
     */
    Map<String, @Nullable Object> totals() {
        var totals = new TreeMap<String, Total>();
        List.of("recall", "read", "write").forEach(kind -> totals.put(kind, new Total()));
        requestTimers.forEach((request, timer) -> {
            if (request.route().startsWith("/v1/agents/")) {
                Total total = totals.get(kind(request));
                if (total != null) {
                    total.add(request.status(), timer.takeSnapshot());
                }
            }
        });
        var json = Json.fields();
        totals.forEach((kind, total) -> json.keep(kind, total.toJson()));
        return json.keep(
                        "bounds",
                        Arrays.stream(LATENCY_BUCKETS)
                                .map(bound -> bound.toNanos() / 1e9)
                                .toList())
                .map();
    }

    private static String kind(RequestKind request) {
        if (request.route().endsWith("/recall") || request.route().endsWith("/context")) {
            return "recall";
        }
        return request.method().equals("GET")
                        || request.route().endsWith("/graph/query")
                        || request.route().endsWith("/documents/search")
                ? "read"
                : "write";
    }

    /** Sum over the requests of one kind. */
    private static final class Total {
        private long count;
        private long failed;
        private double seconds;
        private final long[] buckets = new long[LATENCY_BUCKETS.length];

        void add(int status, HistogramSnapshot snapshot) {
            count += snapshot.count();
            seconds += snapshot.total(TimeUnit.SECONDS);
            if (status >= 500) {
                failed += snapshot.count();
            }
            CountAtBucket[] counts = snapshot.histogramCounts();
            for (int i = 0; i < Math.min(buckets.length, counts.length); i++) {
                buckets[i] += (long) counts[i].count();
            }
        }

        Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .put("count", count)
                    .put("seconds", seconds)
                    .put("failed", failed)
                    .keep("buckets", Arrays.stream(buckets).boxed().toList())
                    .map();
        }
    }

    /** Registers a gauge. */
    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** Registers a counter whose value never decreases. */
    void counter(String name, String description, Supplier<Number> value) {
        FunctionCounter.builder(name, value, supplier -> supplier.get().doubleValue())
                .description(description)
                .register(registry);
    }

    /** Registers the metrics of all kinds of arenas. */
    void arenas(Arenas arenas) {
        for (ArenaKind kind : ArenaKind.values()) {
            bytes(arenas, kind, "allocated", ArenaStats::allocated);
            bytes(arenas, kind, "active", ArenaStats::active);
            bytes(arenas, kind, "resident", ArenaStats::resident);
            bytes(arenas, kind, "peak", ArenaStats::peak);
            events(arenas, kind, "allocations", ArenaStats::allocations);
            events(arenas, kind, "refusals", ArenaStats::refusals);
            events(arenas, kind, "heap.fallbacks", ArenaStats::heapFallbacks);
            events(arenas, kind, "leaks", ArenaStats::leaks);
        }
    }

    private void bytes(Arenas arenas, ArenaKind kind, String name, ToDoubleFunction<ArenaStats> value) {
        Gauge.builder("stele.arena." + name, arenas, all -> value.applyAsDouble(all.stats(kind)))
                .description("Off-heap memory by kind")
                .baseUnit("bytes")
                .tag("kind", kind.label())
                .register(registry);
    }

    private void events(Arenas arenas, ArenaKind kind, String name, ToDoubleFunction<ArenaStats> value) {
        FunctionCounter.builder("stele.arena." + name, arenas, all -> value.applyAsDouble(all.stats(kind)))
                .description("Events of off-heap memory by kind")
                .tag("kind", kind.label())
                .register(registry);
    }

    /**
     * Registers the metrics of the language models.
     *
     * @param reports returns one report for each model, always the same models in the same order
     */
    void models(Supplier<List<ModelHealth.Report>> reports) {
        List<ModelHealth.Report> current = reports.get();
        for (int i = 0; i < current.size(); i++) {
            String model = current.get(i).model();
            modelCounter(
                    reports,
                    i,
                    "questions",
                    Tags.of("model", model, "outcome", "answered"),
                    ModelHealth.Report::answered);
            modelCounter(
                    reports, i, "questions", Tags.of("model", model, "outcome", "failed"), ModelHealth.Report::failed);
            modelCounter(
                    reports, i, "tokens", Tags.of("model", model, "direction", "in"), ModelHealth.Report::inputTokens);
            modelCounter(
                    reports,
                    i,
                    "tokens",
                    Tags.of("model", model, "direction", "out"),
                    ModelHealth.Report::outputTokens);
        }
    }

    private void modelCounter(
            Supplier<List<ModelHealth.Report>> reports,
            int index,
            String name,
            Tags tags,
            ToDoubleFunction<ModelHealth.Report> value) {
        FunctionCounter.builder(
                        "stele.model." + name,
                        reports,
                        all -> value.applyAsDouble(all.get().get(index)))
                .description("Use of a language model")
                .tags(tags)
                .register(registry);
    }

    /** Returns all metrics in the text format of Prometheus. */
    String text() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }
}
