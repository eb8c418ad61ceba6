package dev.stele.mcp;

import dev.stele.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Writer of a stream of messages as server-sent events, until the log of the stream is closed and all of its messages are
 * written. A log is closed after its last message was added, also when the server stops.
 *
 * @param client session of the stream
 * @param log messages of the stream
 * @param resumable whether events have ids from which a client that lost its connection can resume
 */
record EventWriter(ClientStreams client, EventLog log, boolean resumable) {

    /** Delay after which a client that lost its stream reconnects. */
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(500);

    /** Interval between comments on a silent stream, which detect clients that are gone. */
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(15);

    /**
     * Writes the messages after one of them until the stream ends or its client is to reconnect.
     *
     * @param after number of the last message that the client has; 0 for none
     * @throws IOException if the client is gone
     */
    void write(long after, OutputStream out) throws IOException {
        client.listenerAdded();
        try {
            // A first event with an id lets the client resume even if no other event arrives; a comment sends the head.
            send(
                    out,
                    resumable
                            ? "id: %s-%d\nretry: %d\ndata: \n\n"
                                    .formatted(log.name(), after, RECONNECT_DELAY.toMillis())
                            : ": open\n\n");
            long sent = after;
            boolean resumed = after > 0 || client.wasDisconnected(log);
            while (true) {
                if (resumable && !resumed && log.disconnects() > 0 && client.disconnectOnce(log)) {
                    return; // the client reconnects
                }
                Optional<EventLog.Event> next = log.after(sent, HEARTBEAT_INTERVAL.toMillis());
                if (next.isPresent()) {
                    sent = next.get().number();
                    send(out, event(next.get()));
                } else if (log.isAtEnd(sent)) {
                    client.removeStream(log);
                    return;
                } else {
                    send(out, ": still here\n\n"); // detects clients that are gone
                }
                client.used();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            client.listenerRemoved();
        }
    }

    private String event(EventLog.Event event) {
        String id = resumable ? "id: %s-%d\n".formatted(log.name(), event.number()) : "";
        return id + "event: message\ndata: " + Json.write(event.message()) + "\n\n";
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
