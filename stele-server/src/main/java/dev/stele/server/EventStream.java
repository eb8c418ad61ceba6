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
 * Work whose steps are sent as server-sent events. The work has a thread of its own; the one of the answer sends what comes, says now and
 * then that it is still there, and ends the work when nobody reads any more. Stateless.
 */
final class EventStream {

    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    /** A reader that is slower than the work holds it up when so many events wait. */
    private static final int MAX_WAITING = 1_024;

    private EventStream() {}

    /** What is to be done; ends with the events {@code done} or {@code error}, which are sent for it. */
    interface Work {
        /** @return what the last event says */
        Object run(Sink sink) throws Exception;
    }

    /** Where events go; throws when nobody reads any more. */
    interface Sink {
        void send(String event, @Nullable Object data);
    }

    private record Event(String text, boolean last) {}

    /**
     * @param threads run the work
     * @param held closed when the work has ended, or if it does not begin
     */
    static Reply.Stream of(Executor threads, Work work, Permit held) {
        return new Reply.Stream(
                "text/event-stream",
                out -> {
                    BlockingQueue<Event> events = new LinkedBlockingQueue<>(MAX_WAITING);
                    var worker = new InterruptibleTask(() -> {
                        try (held) {
                            work(work, events);
                        }
                    });
                    try {
                        threads.execute(worker);
                    } catch (RuntimeException e) {
                        held.close();
                        throw e;
                    }
                    boolean whole = false;
                    try {
                        send(events, out);
                        whole = true;
                    } finally {
                        if (!whole) {
                            worker.interrupt();
                            events.clear(); // a worker that waits for room sees the interrupt
                        }
                    }
                },
                held);
    }

    private static void work(Work work, BlockingQueue<Event> events) {
        try {
            Object result = work.run((name, data) -> put(events, new Event(text(name, data), false)));
            put(events, new Event(text("done", result), true));
        } catch (Throwable e) { // of whatever kind, whoever reads hears of it
            // One that nobody reads any more ends so, too.
            boolean known =
                    e instanceof SteleException || Thread.currentThread().isInterrupted();
            LOG.log(known ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR, "a stream of events ended early", e);
            // Nobody may be there to hear it.
            events.offer(new Event(text("error", Problem.of(e).toJson("")), true));
        }
    }

    private static void put(BlockingQueue<Event> events, Event event) {
        try {
            events.put(event);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("nobody reads the stream any more", e);
        }
    }

    private static String text(String name, @Nullable Object data) {
        return "event: " + name + "\ndata: " + Json.write(data) + "\n\n";
    }

    private static void send(BlockingQueue<Event> events, OutputStream out) throws IOException {
        try {
            while (true) {
                Event event = events.poll(HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS);
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
