package dev.stele.server;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaStats;
import dev.stele.arena.Arenas;
import dev.stele.models.ModelHealth;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Figures of this server, kept by Micrometer and given in the text form of Prometheus. Thread-safe. */
final class Metrics implements AutoCloseable {

    private static final Duration[] BOUNDS = {
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

    private record Served(String method, String route, int status) {}

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // Bounded: routes are fixed, statuses few, and methods are those that routes have.
    private final Map<Served, Timer> served = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();

    Metrics() {
        gauge("stele.http.requests.running", "Requests being answered", running::get);
    }

    void requestStarted() {
        running.incrementAndGet();
    }

    /** @param route template of the path, or "none" */
    void requestEnded(String method, String route, int status, long nanos) {
        running.decrementAndGet();
        String known = route.equals("none") ? "any" : method;
        served.computeIfAbsent(new Served(known, route, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Served key) {
        return Timer.builder("stele.http.request")
                .description("Time to answer a request")
                .tags("method", key.method(), "route", key.route(), "status", String.valueOf(key.status()))
                .serviceLevelObjectives(BOUNDS)
                .register(registry);
    }

    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    void counter(String name, String description, Supplier<Number> value) {
        FunctionCounter.builder(name, value, of -> of.get().doubleValue())
                .description(description)
                .register(registry);
    }

    /** The figures of every kind of memory. */
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

    private void bytes(Arenas arenas, ArenaKind kind, String figure, ToDoubleFunction<ArenaStats> of) {
        Gauge.builder("stele.arena." + figure, arenas, all -> of.applyAsDouble(all.stats(kind)))
                .description("Off-heap memory of a kind")
                .baseUnit("bytes")
                .tag("kind", kind.word())
                .register(registry);
    }

    private void events(Arenas arenas, ArenaKind kind, String figure, ToDoubleFunction<ArenaStats> of) {
        FunctionCounter.builder("stele.arena." + figure, arenas, all -> of.applyAsDouble(all.stats(kind)))
                .description("What happened to memory of a kind")
                .tag("kind", kind.word())
                .register(registry);
    }

    /** How language models do; always the same ones, in their order. */
    void models(Supplier<List<ModelHealth.Report>> reports) {
        List<ModelHealth.Report> now = reports.get();
        for (int i = 0; i < now.size(); i++) {
            int place = i;
            String model = now.get(i).model();
            asked(
                    reports,
                    place,
                    "questions",
                    Tags.of("model", model, "outcome", "answered"),
                    ModelHealth.Report::answered);
            asked(
                    reports,
                    place,
                    "questions",
                    Tags.of("model", model, "outcome", "failed"),
                    ModelHealth.Report::failed);
            asked(
                    reports,
                    place,
                    "tokens",
                    Tags.of("model", model, "direction", "in"),
                    ModelHealth.Report::inputTokens);
            asked(
                    reports,
                    place,
                    "tokens",
                    Tags.of("model", model, "direction", "out"),
                    ModelHealth.Report::outputTokens);
        }
    }

    private void asked(
            Supplier<List<ModelHealth.Report>> reports,
            int place,
            String figure,
            Tags tags,
            ToDoubleFunction<ModelHealth.Report> of) {
        FunctionCounter.builder(
                        "stele.model." + figure,
                        reports,
                        all -> of.applyAsDouble(all.get().get(place)))
                .description("What was asked of a language model")
                .tags(tags)
                .register(registry);
    }

    /** All figures. */
    String text() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }
}
