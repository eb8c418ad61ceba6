package dev.stele.store.sql;

import dev.stele.store.IndexEntry;
import java.util.List;

/** Which items hold which words, as a database finds them; inside one transaction. */
public interface KeywordIndex {

    void add(long item, IndexEntry indexing);

    void remove(long item);

    /** The numbers above one of items that hold a term, rising, each as often as the item holds it. */
    long[] postings(String term, long after);

    /** The numbers of items that hold terms one after another, rising; analysed terms hold no quotes. */
    long[] phrase(List<String> terms);

    /** A place in a from clause, of that name, where the items that are indexed stand by their {@code number}. */
    String items(String alias);

    /** Makes what was removed unreadable in what the index keeps. */
    void tidy();
}
