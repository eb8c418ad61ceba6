package dev.stele.vector;

/** The middle of vectors, which are given one after another. For one thread. */
public final class Centroid {

    private final double[] sums;
    private long count;

    public Centroid(int dimension) {
        this.sums = new double[dimension];
    }

    public void add(float[] vector) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += vector[i];
        }
        count++;
    }

    /** Of those so far; all zeros if there were none. */
    public float[] get() {
        var middle = new float[sums.length];
        for (int i = 0; i < middle.length; i++) {
            middle[i] = (float) (sums[i] / Math.max(1, count));
        }
        return middle;
    }
}
