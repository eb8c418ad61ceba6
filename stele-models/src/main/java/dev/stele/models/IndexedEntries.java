package dev.stele.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Entries of an answer that carry the index of the text that they belong to, since a service may answer in any order.
 * Stateless.
 */
final class IndexedEntries {

    private static final String INDEX = "index";

    private IndexedEntries() {}

    /** Returns whether an entry carries an index. */
    static boolean isIndexed(@Nullable Object entry) {
        return entry instanceof Map<?, ?> fields && fields.get(INDEX) != null;
    }

    /**
     * Returns entries in the order of their indexes; empty unless the indexes are the whole numbers from 0 to the number
     * of entries minus 1, each once.
     */
    static Optional<List<Map<?, ?>>> inOrder(List<?> entries) {
        var ordered = new ArrayList<@Nullable Map<?, ?>>();
        entries.forEach(_ -> ordered.add(null));
        for (Object entry : entries) {
            if (!(entry instanceof Map<?, ?> fields
                    && fields.get(INDEX) instanceof Number number
                    && number.doubleValue() == number.intValue()
                    && number.intValue() >= 0
                    && number.intValue() < ordered.size()
                    && ordered.set(number.intValue(), fields) == null)) {
                return Optional.empty();
            }
        }
        var complete = new ArrayList<Map<?, ?>>();
        for (Map<?, ?> fields : ordered) {
            if (fields != null) { // always: as many distinct indexes as entries
                complete.add(fields);
            }
        }
        return Optional.of(complete);
    }
}
