package dev.stele.model;

/**
 * Relation in the compact form that graph traversal needs. Immutable.
 *
 * @param number number of the relation
 * @param from number of the entity at which the relation starts
 * @param to number of the entity at which the relation ends
 * @param type relation type
 * @param weight weight of the relation
 */
public record Edge(long number, long from, long to, String type, double weight) {

    /**
     * Returns the entity at the other end.
     *
     * @param end number of the entity at one end
     */
    public long other(long end) {
        return end == from ? to : from;
    }
}
