package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import org.jspecify.annotations.Nullable;

/**
 * Reader of one JSON format. A file is a sequence of JSON values: its lines, the elements of its list, or one document.
 * Each file has its own reader, which may remember earlier values. Not thread-safe.
 */
interface FormatReader {

    /**
     * Reads one value.
     *
     * @param value parsed value
     * @param sink receiver of the entries and problems
     * @throws InvalidInputException if the whole value is invalid
     */
    void read(@Nullable Object value, EntrySink sink);

    /**
     * Reads the text of one value.
     *
     * @throws InvalidInputException if the text is not JSON, or the whole value is invalid
     */
    default void read(String text, EntrySink sink) {
        read(Json.read(text), sink);
    }

    /** Delivers what could only be known at the end of the file. */
    default void finish(EntrySink sink) {}
}
