package dev.stele.store.sql;

import dev.stele.store.IndexEntry;
import java.util.List;

/** Inverted index from terms to items, implemented by each database; used inside one transaction. */
public interface KeywordIndex {

    /** Adds the terms of an item. */
    void add(long item, IndexEntry indexing);

    /** Removes the terms of an item. */
    void remove(long item);

    /**
     * Returns the numbers of items greater than {@code after} that contain a term, in ascending order. A number is
     * repeated once per occurrence of the term.
     */
    long[] postings(String term, long after);

    /**
     * Returns the numbers of items that contain the terms as a phrase, in ascending order. Analyzed terms contain no
     * quotes.
     */
    long[] phrase(List<String> terms);

    /**
     * Returns a from-clause item whose column {@code number} lists the indexed items.
     *
     * @param alias alias of the from-clause item
     */
    String items(String alias);

    /** Forgets what was read in this transaction, part of which was rolled back. */
    default void rolledBack() {}

    /** Makes removed entries unreadable in the index data. */
    void tidy();
}
