package dev.stele.store;

/** A relation as a walk sees it. Immutable. */
public record Edge(long number, long from, long to, String type, double weight) {

    /** The end that is not this one. */
    public long other(long end) {
        return end == from ? to : from;
    }
}
