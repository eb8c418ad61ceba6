package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.model.Change;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.SteleException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;

/**
 * An agent's change log as server-sent events. The event's id is the change's number, so a client that comes back with
 * {@code Last-Event-ID} goes on where it was and misses nothing. A reader that does not read holds up only itself. The
 * number of feeds is bounded. Thread-safe.
 */
final class ChangeFeeds {

    private static final int PAGE = 200;
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Quota feeds;
    /** Bounds how many feeds read the log at once: a reader far behind would else occupy a processor. */
    private final Semaphore reading = new Semaphore(Runtime.getRuntime().availableProcessors(), true);

    private final AtomicBoolean stopped = new AtomicBoolean();

    ChangeFeeds(Quota feeds) {
        this.feeds = feeds;
    }

    Reply open(Exchange exchange, AgentMemory memory) {
        long after = exchange.header("Last-Event-ID")
                .map(ChangeFeeds::number)
                .orElseGet(() -> exchange.queryLong("after", 0));
        boolean page = exchange.header(HttpHeader.ACCEPT)
                .filter(types -> types.contains("application/json") && !types.contains("text/event-stream"))
                .isPresent();
        // Read before the answer begins, so that an unknown agent is a 404 and not a broken stream.
        List<Change> first = memory.changes(after, page ? exchange.queryNumber("limit", PAGE) : PAGE);
        if (page) {
            return Reply.json(Json.fields()
                    .keep("items", first.stream().map(Change::toJson).toList())
                    .map());
        }
        Permit permit = feeds.take(exchange.caller());
        return new Reply.Stream(
                "text/event-stream",
                out -> {
                    try (permit) {
                        follow(memory, after, out);
                    }
                },
                permit);
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new InvalidInputException(
                    "Last-Event-ID is " + Json.write(text) + "; it must be the id of an event of this feed.");
        }
    }

    private void follow(AgentMemory memory, long after, OutputStream out) throws IOException {
        long last = after;
        long quietSince = System.nanoTime();
        send(out, "retry: 1000\n\n");
        try {
            while (!stopped.get()) {
                List<Change> changes;
                var events = new StringBuilder();
                reading.acquire();
                try {
                    changes = memory.changes(last, PAGE);
                    for (Change change : changes) {
                        events.append("id: %d\nevent: %s\ndata: %s\n\n"
                                .formatted(change.number(), change.kind().word(), Json.write(change.toJson())));
                        last = change.number();
                    }
                } finally {
                    reading.release();
                }
                if (!changes.isEmpty()) {
                    send(out, events.toString());
                    out.flush();
                    quietSince = System.nanoTime();
                } else if (System.nanoTime() - quietSince > HEARTBEAT.toNanos()) {
                    send(out, ": still here\n\n"); // finds readers that are gone
                    out.flush();
                    quietSince = System.nanoTime();
                } else {
                    out.flush();
                    memory.awaitChange(last, PATIENCE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SteleException e) {
            // The agent was forgotten, or the memory closes: said as an event, since the status is out already.
            send(out, "event: problem\ndata: " + Json.write(Problem.of(e).toJson("")) + "\n\n");
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** How many feeds are open. */
    int open() {
        return Math.toIntExact(feeds.held());
    }

    /** Ends all feeds within about a second. */
    void stop() {
        stopped.set(true);
    }
}
