package dev.stele.store.sql;

/** Which names, types and observations of the graph hold a piece of text, as a database finds them; inside one transaction. */
public interface TrigramIndex {

    void add(long number, String body, String type);

    void remove(long number);

    /** A place in a from clause with a column {@code number}: those that may hold the text that is bound to {@code ?1}. */
    String holding();

    /** What is bound for a text. */
    String argument(String text);

    /** Drops what the index still holds of removed texts. */
    void tidy();

    /** A place in a from clause, of that name, where all stand by their {@code number}. */
    String all(String alias);
}
