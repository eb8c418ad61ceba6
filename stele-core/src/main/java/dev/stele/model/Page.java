package dev.stele.model;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Page of a longer list. Immutable.
 *
 * @param <T> type of the items
 * @param items items of the page, in the order of the list
 * @param next opaque cursor of the following page; empty at the end of the list
 */
public record Page<T>(List<T> items, Optional<String> next) {

    public Page {
        items = List.copyOf(items);
    }

    /**
     * Creates a page of rows that are ordered by one number.
     *
     * @param <T> type of the rows
     * @param rows rows of the page, and one more if the list continues
     * @param limit maximum number of rows of the page
     * @param number function that returns the number after which the next page starts
     */
    public static <T> Page<T> of(List<T> rows, int limit, ToLongFunction<T> number) {
        if (rows.size() <= limit) {
            return new Page<>(rows, Optional.empty());
        }
        List<T> shown = rows.subList(0, limit);
        return new Page<>(shown, Optional.of(new Cursor(0, number.applyAsLong(shown.getLast())).encode()));
    }
}
