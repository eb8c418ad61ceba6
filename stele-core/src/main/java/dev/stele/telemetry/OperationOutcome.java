package dev.stele.telemetry;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** Outcome of an operation. Immutable. */
public sealed interface OperationOutcome {

    /**
     * Outcome of an operation that returned a result.
     *
     * @param records number of items that were found, created, changed or erased, 0 or more
     * @param content the items, which may be confidential; computed only if an observer asks for them
     */
    record Succeeded(int records, Supplier<List<Item>> content) implements OperationOutcome {

        /** Returns the outcome of an operation whose items have no text to tell. */
        public static Succeeded of(int records) {
            return new Succeeded(records, List::of);
        }
    }

    /**
     * Outcome of an operation that failed.
     *
     * @param cause the failure
     */
    record Failed(Throwable cause) implements OperationOutcome {}

    /**
     * Item of an outcome.
     *
     * @param id id of the item
     * @param content text of the item
     * @param score rank score of a found item, see {@link dev.stele.telemetry.OperationKind#SEARCH}; empty for others
     */
    record Item(String id, String content, OptionalDouble score) {}
}
