package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.change.ChangeFollower;
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

/**
 * Serves the change log of an agent as server-sent events or as a JSON page. Thread-safe.
 *
 * <p>The id of an event is the sequence number of the change. A client that reconnects with {@code Last-Event-ID}
 * therefore continues after the last event that it received, without a gap. Every feed reads the log on its own thread,
 * so a slow client delays only itself. A quota bounds the number of feeds.
 */
final class ChangeFeeds {

    /** Maximum number of changes that are read at once. */
    private static final int PAGE_SIZE = 200;

    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(15);
    /** Maximum time that a feed waits for a change before it checks whether the server stops. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private final Quota feeds;
    /**
     * Bounds the number of feeds that read the log at the same time, because feeds that are far behind occupy
     * processors.
     */
    private final Semaphore readers = new Semaphore(Runtime.getRuntime().availableProcessors(), true);

    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * @param feeds quota of open feeds
     */
    ChangeFeeds(Quota feeds) {
        this.feeds = feeds;
    }

    /**
     * Returns the changes after a sequence number: a feed that does not end if the client accepts an event stream,
     * otherwise one page.
     *
     * @param memory agent whose changes are sent
     * @throws HttpProblem 503 if the maximum number of feeds is open
     */
    Reply open(Exchange exchange, AgentMemory memory) {
        long after = exchange.header("Last-Event-ID")
                .map(ChangeFeeds::number)
                .orElseGet(() -> exchange.queryLong("after", 0));
        boolean page = !exchange.wantsEvents();
        // Reads before the response starts, so that an unknown agent results in status 404 and not in a broken stream.
        int limit = page ? exchange.queryNumber("limit", PAGE_SIZE) : PAGE_SIZE;
        List<Change> first = memory.changes(after, limit);
        if (page) {
            return Reply.json(Json.fields()
                    .keep("items", first.stream().map(Change::toJson).toList())
                    .put(
                            "next",
                            first.size() < limit
                                    ? null
                                    : String.valueOf(first.getLast().number()))
                    .map());
        }
        Permit permit = feeds.take(exchange.caller());
        return new Reply.Stream(
                "text/event-stream",
                out -> {
                    try (permit) {
                        follow(memory.follow(after), out);
                    }
                },
                permit);
    }

    /** Returns the number of a change that a client sent as the id of the last event. */
    static long number(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new InvalidInputException(
                    "Last-Event-ID is " + Json.write(text) + "; it must be the id of an event of this feed.");
        }
    }

    private void follow(ChangeFollower follower, OutputStream out) throws IOException {
        long quietSince = System.nanoTime();
        send(out, "retry: 1000\n\n");
        try {
            while (!stopped.get()) {
                List<Change> changes;
                var events = new StringBuilder();
                readers.acquire();
                try {
                    changes = follower.next(PAGE_SIZE);
                    for (Change change : changes) {
                        events.append("id: %d\nevent: %s\ndata: %s\n\n"
                                .formatted(change.number(), change.kind().label(), Json.write(change.toJson())));
                    }
                } finally {
                    readers.release();
                }
                if (!changes.isEmpty()) {
                    send(out, events.toString());
                    out.flush();
                    quietSince = System.nanoTime();
                } else if (System.nanoTime() - quietSince > HEARTBEAT_INTERVAL.toNanos()) {
                    send(out, ": still here\n\n"); // fails if the client has closed the connection
                    out.flush();
                    quietSince = System.nanoTime();
                } else {
                    out.flush();
                    follower.await(MAX_WAIT);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SteleException e) {
            // The agent was deleted or the memory closes. The status was already sent, so an event reports the error.
            send(out, "event: problem\ndata: " + Json.write(Problem.of(e).toJson("")) + "\n\n");
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the number of open feeds. */
    int open() {
        return Math.toIntExact(feeds.held());
    }

    /** Ends all feeds, within about a second. Does not wait for their end. */
    void stop() {
        stopped.set(true);
    }
}
