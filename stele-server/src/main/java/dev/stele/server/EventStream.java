package dev.stele.server;

import dev.stele.concurrent.InterruptibleTask;
import dev.stele.model.Json;
import dev.stele.model.SteleException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Factory of replies that run work and send its progress as server-sent events. Stateless.
 *
 * <p>The work runs on its own thread and puts events into a bounded queue. The thread of the reply sends the events
 * and, while none arrive, heartbeats. It interrupts the work when the client has closed the connection.
 */
final class EventStream {

    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(10);
    /** Maximum number of events that wait to be sent; a slow client then blocks the work. */
    private static final int MAX_QUEUED_EVENTS = 1_024;

    private EventStream() {}

    /** Work that sends events. After its end the stream sends the event {@code done} or {@code error} for it. */
    interface Work {
        /**
         * Runs the work. The thread is interrupted when the client closes the connection.
         *
         * @return data of the event {@code done}: a JSON tree
         * @throws Exception if the work fails; the event {@code error} describes the failure
         */
        Object run(Sink sink) throws Exception;
    }

    /** Receiver of events. */
    interface Sink {
        /**
         * Queues an event, and blocks while the queue is full.
         *
         * @param event name of the event
         * @param data JSON tree
         * @throws IllegalStateException if the client has closed the connection
         */
        void send(String event, @Nullable Object data);
    }

    private record Event(String text, boolean last) {}

    /**
     * Returns a reply that runs work and sends its events.
     *
     * @param threads pool for the work
     * @param held permit, released when the work ends or if it does not start
     */
    static Reply.Stream of(Executor threads, Work work, Permit held) {
        return new Reply.Stream(
                "text/event-stream",
                out -> {
                    BlockingQueue<Event> events = new LinkedBlockingQueue<>(MAX_QUEUED_EVENTS);
                    var worker = new InterruptibleTask(() -> {
                        try (held) {
                            work(work, events);
                        }
                    });
                    try {
                        threads.execute(worker);
                    } catch (RuntimeException | Error e) { // also if no thread can be started
                        held.close();
                        throw e;
                    }
                    boolean complete = false;
                    try {
                        send(events, out);
                        complete = true;
                    } finally {
                        if (!complete) {
                            worker.interrupt();
                            events.clear(); // releases the memory; the interrupt wakes a worker that waits for space
                        }
                    }
                },
                held);
    }

    private static void work(Work work, BlockingQueue<Event> events) {
        try {
            Object result = work.run((name, data) -> put(events, new Event(text(name, data), false)));
            put(events, new Event(text("done", result), true));
        } catch (Throwable e) { // every failure, of whatever kind, must reach the client as an event
            // The thread is interrupted when the client has closed the connection.
            boolean expected =
                    e instanceof SteleException || Thread.currentThread().isInterrupted();
            LOG.log(
                    expected ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR,
                    "a stream of events ended early",
                    e);
            // Must not block, because the client may no longer read, and must get a place, because only the last event
            // ends the stream: an event that waits gives way.
            var last = new Event(text("error", Problem.of(e).toJson("")), true);
            while (!events.offer(last)) {
                events.poll();
            }
        }
    }

    private static void put(BlockingQueue<Event> events, Event event) {
        try {
            events.put(event);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the client closed the stream", e);
        }
    }

    private static String text(String name, @Nullable Object data) {
        return "event: " + name + "\ndata: " + Json.write(data) + "\n\n";
    }

    private static void send(BlockingQueue<Event> events, OutputStream out) throws IOException {
        try {
            while (true) {
                Event event = events.poll(HEARTBEAT_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
                out.write((event == null ? ": still here\n\n" : event.text()).getBytes(StandardCharsets.UTF_8));
                if (event == null || events.isEmpty()) {
                    out.flush();
                }
                if (event != null && event.last()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server stops", e);
        }
    }
}
