package dev.stele.client;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent event. Immutable.
 *
 * @param name name of the event, such as {@code delta}
 * @param data data of the event: a JSON value, mostly an object
 * @param id id of the event; empty if it has none
 */
public record Event(String name, @Nullable Object data, Optional<String> id) {

    /** Returns the fields of the data; empty if the data are no JSON object. */
    public Map<String, @Nullable Object> fields() {
        return data instanceof Map<?, ?> ? Decode.fields(data) : Map.of();
    }
}
