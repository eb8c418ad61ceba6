package dev.stele.store.sql;

/**
 * Trigram index for substring search in names, types and observations of the graph, implemented by each database; used
 * inside one transaction.
 */
public interface TrigramIndex {

    /** Adds the texts of an entity or observation. */
    void add(long number, String body, String type);

    /** Removes the texts of an entity or observation. */
    void remove(long number);

    /**
     * Returns a from-clause item with a column {@code number}: candidates that may contain the text bound to {@code
     * ?1}.
     */
    String searchText();

    /** Returns the value that is bound for a text. */
    String argument(String text);

    /** Drops what the index still holds of removed texts. */
    void tidy();

    /**
     * Returns a from-clause item whose column {@code number} lists all entries.
     *
     * @param alias alias of the from-clause item
     */
    String all(String alias);
}
