package dev.stele.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Interval of the mean difference of two measurements of the same questions, by the percentile method of the paired
 * bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). The questions are drawn with
 * replacement; the seed is fixed, so the same measurements give the same interval.
 */
final class PairedBootstrap {

    private static final int RESAMPLES = 2_000;
    private static final long SEED = 1;
    private static final double TAIL = 0.025;

    private PairedBootstrap() {}

    /**
     * Mean difference with its interval of 95 %.
     *
     * @param mean mean of the differences
     * @param low lower end of the interval
     * @param high upper end of the interval
     */
    record Interval(double mean, double low, double high) {}

    /**
     * Returns the interval of a mean.
     *
     * @param differences difference of each question; at least one
     */
    static Interval of(List<Double> differences) {
        double[] values = differences.stream().mapToDouble(Double::doubleValue).toArray();
        var random = new SplittableRandom(SEED);
        var means = new double[RESAMPLES];
        for (int resample = 0; resample < RESAMPLES; resample++) {
            double sum = 0;
            for (int i = 0; i < values.length; i++) {
                sum += values[random.nextInt(values.length)];
            }
            means[resample] = sum / values.length;
        }
        Arrays.sort(means);
        return new Interval(
                Arrays.stream(values).average().orElse(0),
                means[(int) (TAIL * RESAMPLES)],
                means[(int) ((1 - TAIL) * RESAMPLES) - 1]);
    }
}
