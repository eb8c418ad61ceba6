package dev.stele.recall;

import java.util.function.IntConsumer;

/**
 * Non-decreasing non-negative ints, delta-encoded in 16-bit steps. The encoding takes half the memory of an {@code int}
 * array and is nearly as fast to iterate. Immutable and thread-safe.
 */
final class DeltaEncodedInts {

    /**
     * Maximum step. It marks a partial step: the difference continues in the next element, and no value ends here. A
     * greater difference takes several elements.
     */
    private static final int MAX_STEP = Character.MAX_VALUE;

    /** Empty sequence. */
    static final DeltaEncodedInts NONE = new DeltaEncodedInts(new char[0]);

    private final char[] steps;

    private DeltaEncodedInts(char[] steps) {
        this.steps = steps;
    }

    /**
     * Encodes values.
     *
     * @param values non-negative values in non-decreasing order
     * @param count number of leading elements of {@code values} that are encoded
     */
    static DeltaEncodedInts of(int[] values, int count) {
        int length = count;
        for (int i = 0; i < count; i++) {
            length += step(values, i) / MAX_STEP;
        }
        var steps = new char[length];
        int at = 0;
        for (int i = 0; i < count; i++) {
            int step = step(values, i);
            for (; step >= MAX_STEP; step -= MAX_STEP) {
                steps[at++] = MAX_STEP;
            }
            steps[at++] = (char) step;
        }
        return new DeltaEncodedInts(steps);
    }

    /** Returns the difference of a value to the one before it. */
    private static int step(int[] values, int index) {
        return values[index] - (index == 0 ? 0 : values[index - 1]);
    }

    /** Passes each value to a consumer, in order. */
    void each(IntConsumer consumer) {
        int value = 0;
        for (char step : steps) {
            value += step;
            if (step != MAX_STEP) {
                consumer.accept(value);
            }
        }
    }

    /** Returns all values in order, in a new array. */
    int[] toArray() {
        var values = new IntList(steps.length);
        each(values::add);
        return values.toArray();
    }

    /** Returns the size of the encoded values, in bytes. */
    int bytes() {
        return Character.BYTES * steps.length;
    }
}
