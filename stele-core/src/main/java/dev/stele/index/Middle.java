package dev.stele.index;

/** The middle of vectors, which are given one after another. For one thread. */
final class Middle {

    private final double[] sums;
    private long count;

    Middle(int dimension) {
        this.sums = new double[dimension];
    }

    void add(float[] vector) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += vector[i];
        }
        count++;
    }

    /** Of those so far; all zeros if there were none. */
    float[] get() {
        var middle = new float[sums.length];
        for (int i = 0; i < middle.length; i++) {
            middle[i] = (float) (sums[i] / Math.max(1, count));
        }
        return middle;
    }
}
