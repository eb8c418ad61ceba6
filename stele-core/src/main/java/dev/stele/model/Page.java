package dev.stele.model;

import java.util.List;
import java.util.Optional;

/**
 * A piece of a longer list.
 *
 * @param items the piece, in the list's order
 * @param next the cursor that continues behind it, or empty at the end; opaque to callers
 */
public record Page<T>(List<T> items, Optional<String> next) {

    public Page {
        items = List.copyOf(items);
    }
}
