package dev.stele.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events of one answer, as they arrive. {@link #hasNext} blocks until there is an event or the stream ends.
 * Used by one thread; {@link #close} may be called by any thread, which ends the stream and the work at the server.
 */
public final class EventStream implements Iterator<Event>, AutoCloseable {

    private final String address;
    /** Closed in place of the reader, whose lock a thread that waits for a line holds. */
    private final InputStream body;

    private final BufferedReader lines;
    private @Nullable Event next;
    private boolean heardHeartbeat;
    /** Volatile, because another thread may close the stream. */
    private volatile boolean closed;

    EventStream(String address, InputStream body) {
        this.address = address;
        this.body = body;
        this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    /**
     * Returns whether there is another event; false after {@link #close}.
     *
     * @throws SteleClientException.Unreachable if the connection was lost, or nothing, not even a heartbeat, arrived for
     *     the maximum silence of the client
     */
    @Override
    public boolean hasNext() {
        if (next == null) {
            next = read();
        }
        return next != null;
    }

    @Override
    public Event next() {
        if (!hasNext()) {
            throw new NoSuchElementException("The stream has ended.");
        }
        Event event = next;
        next = null;
        if (event == null) {
            throw new NoSuchElementException("The stream has ended.");
        }
        return event;
    }

    /** Returns whether the server has sent a heartbeat, which shows that the connection worked for some time. */
    boolean heardHeartbeat() {
        return heardHeartbeat;
    }

    private @Nullable Event read() {
        try {
            return closed ? null : parse();
        } catch (SocketTimeoutException e) {
            throw lost("The stream of the server at %s was %s; the connection is lost.", e);
        } catch (InterruptedIOException e) {
            throw SteleClientException.Unreachable.interrupted(address, e);
        } catch (IOException e) {
            throw lost("The stream of the server at %s ended early: %s.", e);
        } catch (IllegalArgumentException e) {
            throw SteleClientException.Unreachable.unreadable(address, e);
        }
    }

    private SteleClientException.Unreachable lost(String detail, IOException e) {
        String reason = e.getMessage() == null ? "the connection was lost" : e.getMessage();
        return new SteleClientException.Unreachable("connection-lost", detail.formatted(address, reason), e);
    }

    private @Nullable Event parse() throws IOException {
        String name = "message";
        Optional<String> id = Optional.empty();
        var data = new StringBuilder();
        for (String line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    return new Event(name, JsonText.read(data.toString()), id);
                }
                name = "message";
                id = Optional.empty();
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> name = value;
                case "id" -> id = Optional.of(value);
                case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                case "" -> heardHeartbeat = true; // a comment
                default -> {
                    // Other fields have no meaning here.
                }
            }
        }
        return null;
    }

    /** Closes the connection and ends the stream, also for a thread that waits for an event. Idempotent. */
    @Override
    public void close() {
        closed = true;
        try {
            body.close();
        } catch (IOException e) {
            System.getLogger(EventStream.class.getName())
                    .log(System.Logger.Level.DEBUG, "a stream could not be closed; the server will notice", e);
        }
    }
}
