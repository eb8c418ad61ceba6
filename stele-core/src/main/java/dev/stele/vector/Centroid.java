package dev.stele.vector;

/**
 * Incremental centroid (mean vector) of vectors that are added one by one. Sums are kept in double precision. Not
 * thread-safe.
 */
public final class Centroid {

    private final double[] sums;
    private long count;

    /**
     * Creates a centroid of no vectors.
     *
     * @param dimension number of components of every vector
     */
    public Centroid(int dimension) {
        this.sums = new double[dimension];
    }

    /**
     * Adds a vector.
     *
     * @param vector at least as many components as the dimension; not retained
     */
    public void add(float[] vector) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += vector[i];
        }
        count++;
    }

    /**
     * Returns the mean of the vectors added so far.
     *
     * @return a new array; all zeros if no vector was added
     */
    public float[] get() {
        var mean = new float[sums.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sums[i] / Math.max(1, count));
        }
        return mean;
    }
}
