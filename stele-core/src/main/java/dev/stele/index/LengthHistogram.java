package dev.stele.index;

import java.util.Arrays;

/**
 * Histogram of the lengths of messages, from which the median length follows without reading all items. Buckets grow
 * with the length, 16 for each doubling, so the median is exact to about four percent. Immutable.
 */
final class LengthHistogram {

    /** Number of buckets for each doubling of the length. */
    private static final int BUCKETS_PER_DOUBLING = 16;

    static final LengthHistogram EMPTY = new LengthHistogram(new int[0]);

    /** Number of messages by bucket; buckets beyond the end are empty. */
    private final int[] counts;

    private LengthHistogram(int[] counts) {
        this.counts = counts;
    }

    /**
     * Returns the median length.
     *
     * @return number of terms; 0 if there are no messages
     */
    int median() {
        long total = 0;
        for (int count : counts) {
            total += count;
        }
        long below = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            below += counts[bucket];
            if (2 * below >= total && below > 0) {
                return (int) Math.round(Math.pow(2, (double) bucket / BUCKETS_PER_DOUBLING) - 1);
            }
        }
        return 0;
    }

    private static int bucket(int length) {
        return (int) Math.round(BUCKETS_PER_DOUBLING * (Math.log1p(length) / Math.log(2)));
    }

    /** Returns an edit that starts from this histogram. */
    Edit edit() {
        return new Edit(counts.clone());
    }

    /** Edit of a histogram. For one thread. */
    static final class Edit {
        private int[] counts;

        private Edit(int[] counts) {
            this.counts = counts;
        }

        /**
         * Adds or removes messages of a length.
         *
         * @param length number of terms
         * @param difference number of messages to add; negative to remove
         */
        void add(int length, int difference) {
            int bucket = bucket(length);
            if (bucket >= counts.length) {
                counts = Arrays.copyOf(counts, bucket + 1);
            }
            counts[bucket] += difference;
        }

        LengthHistogram done() {
            return new LengthHistogram(counts);
        }
    }
}
