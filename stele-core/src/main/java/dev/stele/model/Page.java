package dev.stele.model;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

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

    /**
     * A page of rows that are listed by one number.
     *
     * @param rows one more than the page holds, if there is one
     * @param number by which the next page goes on
     */
    public static <T> Page<T> of(List<T> rows, int limit, ToLongFunction<T> number) {
        if (rows.size() <= limit) {
            return new Page<>(rows, Optional.empty());
        }
        List<T> shown = rows.subList(0, limit);
        return new Page<>(shown, Optional.of(new Cursor(0, number.applyAsLong(shown.getLast())).encode()));
    }
}
