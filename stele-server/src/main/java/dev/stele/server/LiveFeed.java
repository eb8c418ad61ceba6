package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaStats;
import dev.stele.arena.Arenas;
import dev.stele.change.ChangeFollower;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.model.Json;
import dev.stele.model.SteleException;
import dev.stele.model.WriterStats;
import dev.stele.models.ModelHealth;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stream of the state of the server for people who watch it: one sample of figures a second, and the changes of one
 * agent at once. Thread-safe.
 *
 * <p>All streams share the samples, so that about one sample a second is taken however many pages are open. The
 * changes of an agent are read as by {@link ChangeFeeds}. A quota bounds the number of streams.
 */
final class LiveFeed {

    private static final System.Logger LOG = System.getLogger(LiveFeed.class.getName());
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** Maximum number of agents whose latest change, or whose waiting writes, are part of a sample. */
    private static final int MAX_AGENTS = 50;
    /** Maximum number of changes that are sent at once; a page that missed more loads its data again. */
    private static final int MAX_CHANGES = 200;

    private final Stele stele;
    private final Sources sources;
    private final Quota streams;
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Whether a stream takes a sample now. The others use the latest one, because a sample reads from the stores. */
    private final AtomicBoolean sampling = new AtomicBoolean();

    private volatile Sample latest = new Sample(Map.of(), Map.of(), Map.of(), 0, false);

    /**
     * Sources of the figures.
     *
     * @param queued returns the number of requests that wait for admission
     * @param running returns the number of admitted requests
     * @param feeds returns the number of open change feeds
     * @param sockets returns the number of open WebSockets
     * @param replies returns the number of replies of language models in progress
     * @param models returns the state of the language models
     */
    record Sources(
            Metrics metrics,
            Arenas arenas,
            LongSupplier queued,
            LongSupplier running,
            LongSupplier feeds,
            LongSupplier sockets,
            LongSupplier replies,
            Supplier<List<ModelHealth.Report>> models) {}

    /**
     * Figures at a point in time.
     *
     * @param open figures that every caller may see
     * @param whole figures of the whole server, only for callers that reach all agents
     * @param changes number of the latest change by agent
     */
    private record Sample(
            Map<String, @Nullable Object> open,
            Map<String, @Nullable Object> whole,
            Map<AgentName, Long> changes,
            long nanos,
            boolean taken) {}

    /**
     * @param streams quota of open streams, shared with the change feeds
     */
    LiveFeed(Stele stele, Sources sources, Quota streams) {
        this.stele = stele;
        this.sources = sources;
        this.streams = streams;
    }

    /** Registers the route. */
    void addTo(Router router) {
        router.add(
                "GET",
                "/v1/live",
                "followServer",
                "Follow the figures of the server, and the changes of an agent, as server-sent events",
                Router.Work.STREAM,
                this::open);
    }

    private Reply open(Exchange exchange) {
        exchange.allowQuery("agent", "after");
        Optional<AgentMemory> agent = exchange.query("agent")
                .map(AgentName::new)
                .map(name -> {
                    if (!exchange.reaches(name)) {
                        throw new HttpProblem(
                                403, "agent-out-of-reach", "The key does not reach agent \"" + name.value() + "\".");
                    }
                    return stele.agent(name);
                });
        long after = exchange.header("Last-Event-ID")
                .map(ChangeFeeds::number)
                .orElseGet(() -> exchange.queryLong("after", -1));
        agent.ifPresent(AgentMemory::lastChange); // an unknown agent results in status 404 and not in a broken stream
        Optional<ChangeFollower> changes = agent.map(memory -> after < 0 ? memory.follow() : memory.follow(after));
        Permit permit = streams.take(exchange.caller());
        return new Reply.Stream(
                "text/event-stream",
                out -> {
                    try (permit) {
                        follow(exchange, changes, out);
                    }
                },
                permit);
    }

    private void follow(Exchange exchange, Optional<ChangeFollower> follower, OutputStream out) throws IOException {
        long nextSample = System.nanoTime();
        send(out, "retry: 1000\n\n");
        try {
            while (stopped.getCount() > 0) {
                var events = new StringBuilder();
                if (follower.isPresent()) {
                    for (Change change : follower.get().next(MAX_CHANGES)) {
                        events.append("id: %d\nevent: change\ndata: %s\n\n"
                                .formatted(change.number(), Json.write(change.toJson())));
                    }
                }
                long now = System.nanoTime();
                if (nextSample - now <= 0) {
                    events.append("event: sample\ndata: ")
                            .append(Json.write(visible(exchange, sample())))
                            .append("\n\n");
                    nextSample = now + INTERVAL.toNanos();
                }
                send(out, events.toString());
                out.flush();
                Duration wait = Duration.ofNanos(Math.max(1_000_000, nextSample - System.nanoTime()));
                if (follower.isPresent()) {
                    follower.get().await(wait);
                } else if (stopped.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SteleException e) {
            // The agent was deleted or the memory closes. The status was already sent, so an event reports the error.
            send(out, "event: problem\ndata: " + Json.write(Problem.of(e).toJson("")) + "\n\n");
        }
    }

    private static Map<String, @Nullable Object> visible(Exchange exchange, Sample sample) {
        var json = Json.fields();
        sample.open().forEach(json::keep);
        if (exchange.reachesAll()) {
            sample.whole().forEach(json::keep);
        }
        var changes = new LinkedHashMap<String, @Nullable Object>();
        sample.changes().forEach((name, number) -> {
            if (exchange.reaches(name)) {
                changes.put(name.value(), number);
            }
        });
        return json.keep("changes", changes).map();
    }

    private Sample sample() {
        long now = System.nanoTime();
        Sample current = latest;
        if (current.taken() && now - current.nanos() <= INTERVAL.toNanos() * 9 / 10) {
            return current;
        }
        if (sampling.compareAndSet(false, true)) {
            try {
                Sample taken = take(now);
                latest = taken;
                return taken;
            } finally {
                sampling.set(false);
            }
        }
        return current.taken() ? current : take(now);
    }

    private Sample take(long now) {
        Runtime runtime = Runtime.getRuntime();
        var open = Json.fields()
                .put("at", Instant.now())
                .keep("requests", sources.metrics().totals())
                .put("running", sources.running().getAsLong())
                .put("queued", sources.queued().getAsLong())
                .map();
        var arenas = Json.fields();
        for (ArenaKind kind : ArenaKind.values()) {
            ArenaStats stats = sources.arenas().stats(kind);
            arenas.keep(
                    kind.label(),
                    Json.fields()
                            .put("active", stats.active())
                            .put("resident", stats.resident())
                            .put("peak", stats.peak())
                            .put("budget", stats.budget() == Long.MAX_VALUE ? null : stats.budget())
                            .put("refusals", stats.refusals())
                            .map());
        }
        var whole = Json.fields()
                .put("open_agents", stele.openAgents())
                .put("agent_opens", stele.openCount())
                .put("streams", streams.held())
                .put("feeds", sources.feeds().getAsLong())
                .put("sockets", sources.sockets().getAsLong())
                .put("replies", sources.replies().getAsLong())
                .put("heap_used", runtime.totalMemory() - runtime.freeMemory())
                .put("heap_max", runtime.maxMemory())
                .put("write_lock_wait_seconds", stele.writeLockWait().toNanos() / 1e9)
                .keep(
                        "writers",
                        stele.writerStats().stream()
                                .filter(writer ->
                                        writer.queued() > 0 || writer.waiting().isPresent())
                                .limit(MAX_AGENTS)
                                .map(WriterStats::toJson)
                                .toList())
                .keep("arenas", arenas.map())
                .keep(
                        "models",
                        sources.models().get().stream()
                                .map(ModelHealth.Report::toJson)
                                .toList())
                .map();
        return new Sample(open, whole, lastChanges(), now, true);
    }

    private Map<AgentName, Long> lastChanges() {
        var changes = new LinkedHashMap<AgentName, Long>();
        List<AgentName> names = stele.agents();
        for (AgentName name : names.subList(0, Math.min(MAX_AGENTS, names.size()))) {
            try {
                changes.put(name, stele.agent(name).lastChange());
            } catch (SteleException e) {
                LOG.log(System.Logger.Level.DEBUG, "an agent was deleted while its changes were read", e);
            }
        }
        return changes;
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Ends all streams, within about a second. Does not wait for their end. */
    void stop() {
        stopped.countDown();
    }
}
