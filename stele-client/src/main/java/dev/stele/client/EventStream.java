package dev.stele.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events of one answer, as they arrive. {@link #hasNext} blocks until there is an event or the stream ends.
 * Used by one thread; {@link #close} may be called by any thread, and ends the work at the server.
 */
public final class EventStream implements Iterator<Event>, AutoCloseable {

    private final String address;
    private final BufferedReader lines;
    private @Nullable Event next;

    EventStream(String address, BufferedReader lines) {
        this.address = address;
        this.lines = lines;
    }

    /**
     * Returns whether there is another event.
     *
     * @throws SteleClientException.Unreachable if the connection was lost
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

    private @Nullable Event read() {
        String name = "message";
        Optional<String> id = Optional.empty();
        var data = new StringBuilder();
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
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
                    default -> {
                        // A comment keeps the connection open; other fields have no meaning here.
                    }
                }
            }
            return null;
        } catch (IOException | IllegalArgumentException e) {
            throw new SteleClientException.Unreachable(
                    "connection-lost", "The stream of the server at " + address + " ended early.", e);
        }
    }

    /** Closes the connection. Idempotent. */
    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            System.getLogger(EventStream.class.getName())
                    .log(System.Logger.Level.DEBUG, "a stream could not be closed; the server will notice", e);
        }
    }
}
