package dev.stele.recall;

import java.util.function.IntConsumer;

/**
 * Whole numbers from 0 on that rise, or stay: each as what it is more than the one before. That takes half of the memory and is nearly as
 * quick to go through. Immutable and thread-safe.
 */
final class DeltaEncodedInts {

    /** A step of this says that more of the same number follows. */
    private static final int LONGEST = Character.MAX_VALUE;

    static final DeltaEncodedInts NONE = new DeltaEncodedInts(new char[0]);

    private final char[] steps;

    private DeltaEncodedInts(char[] steps) {
        this.steps = steps;
    }

    /** @param count how many of the numbers, from the first on */
    static DeltaEncodedInts of(int[] numbers, int count) {
        int length = count;
        for (int i = 0; i < count; i++) {
            length += step(numbers, i) / LONGEST;
        }
        var steps = new char[length];
        int at = 0;
        for (int i = 0; i < count; i++) {
            int step = step(numbers, i);
            for (; step >= LONGEST; step -= LONGEST) {
                steps[at++] = LONGEST;
            }
            steps[at++] = (char) step;
        }
        return new DeltaEncodedInts(steps);
    }

    private static int step(int[] numbers, int index) {
        return numbers[index] - (index == 0 ? 0 : numbers[index - 1]);
    }

    void each(IntConsumer use) {
        int number = 0;
        for (char step : steps) {
            number += step;
            if (step != LONGEST) {
                use.accept(number);
            }
        }
    }

    /** The caller's own. */
    int[] toArray() {
        var numbers = new IntList(steps.length);
        each(numbers::add);
        return numbers.toArray();
    }

    int bytes() {
        return Character.BYTES * steps.length;
    }
}
