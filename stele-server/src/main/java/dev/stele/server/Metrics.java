package dev.stele.server;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Figures of requests in the text form of Prometheus. Thread-safe. */
final class Metrics {

    private static final double[] BOUNDS = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30};

    private record Served(String method, String route, int status) {}

    private static final class Durations {
        final LongAdder[] within = new LongAdder[BOUNDS.length + 1];
        final LongAdder nanos = new LongAdder();

        Durations() {
            for (int i = 0; i < within.length; i++) {
                within[i] = new LongAdder();
            }
        }
    }

    // Bounded: routes are fixed, statuses few.
    private final Map<Served, Durations> served = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();

    void began() {
        running.incrementAndGet();
    }

    void ended(String method, String route, int status, long nanos) {
        running.decrementAndGet();
        Durations durations = served.computeIfAbsent(new Served(method, route, status), _ -> new Durations());
        double seconds = nanos / 1e9;
        int bucket = 0;
        while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
            bucket++;
        }
        durations.within[bucket].increment();
        durations.nanos.add(nanos);
    }

    /** All figures; {@code gauges} are added by name. */
    String text(Map<String, Number> gauges) {
        var out = new StringBuilder();
        out.append("# HELP stele_http_request_seconds Time to answer a request.\n");
        out.append("# TYPE stele_http_request_seconds histogram\n");
        served.forEach((key, durations) -> {
            String labels =
                    "method=\"%s\",route=\"%s\",status=\"%d\"".formatted(key.method(), key.route(), key.status());
            long count = 0;
            for (int i = 0; i < durations.within.length; i++) {
                count += durations.within[i].sum();
                String bound = i < BOUNDS.length ? String.valueOf(BOUNDS[i]) : "+Inf";
                out.append("stele_http_request_seconds_bucket{%s,le=\"%s\"} %d\n".formatted(labels, bound, count));
            }
            out.append(String.format(
                    Locale.ROOT, "stele_http_request_seconds_sum{%s} %.6f%n", labels, durations.nanos.sum() / 1e9));
            out.append("stele_http_request_seconds_count{%s} %d\n".formatted(labels, count));
        });
        out.append("# TYPE stele_http_requests_running gauge\n");
        out.append("stele_http_requests_running %d\n".formatted(running.get()));
        gauges.forEach((name, value) -> out.append("# TYPE %s gauge\n%s %s\n".formatted(name, name, value)));
        return out.toString();
    }
}
