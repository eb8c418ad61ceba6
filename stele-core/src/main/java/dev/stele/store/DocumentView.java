package dev.stele.store;

import dev.stele.model.Cursor;
import dev.stele.model.Document;
import dev.stele.model.Page;
import dev.stele.model.Passage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Read access to an agent's documents and their passages, see {@link StoreView}. */
public interface DocumentView {

    /** Returns a document of a collection by id. */
    Optional<Document> document(String collection, String id);

    /** Returns a document of a collection by the hash of its text. */
    Optional<Document> ofHash(String collection, String hash);

    /**
     * Returns documents, newest first.
     *
     * @param collection only documents of this collection; empty for all except internal ones
     */
    Page<Document> documents(Optional<String> collection, int limit, Optional<Cursor> after);

    /** Returns the documents of {@linkplain Document#internal internal} collections, newest first. */
    Page<Document> internal(int limit, Optional<Cursor> after);

    /**
     * Returns the documents of a collection that were added after another one, in the order of their numbers.
     *
     * @param collection the collection
     * @param after number of a document; 0 for all documents
     * @param limit maximum number of documents
     */
    List<Document> addedAfter(String collection, long after, int limit);

    /** Returns the numbers of the documents of a collection, in unspecified order. */
    Set<Long> numbers(String collection);

    /** Returns how many documents a collection has, and the number of its latest one. */
    Extent extent(String collection);

    /**
     * Size of a collection. Numbers are never used again, so two snapshots of a collection whose documents are never
     * updated in place and that have the same extent contain the same documents.
     *
     * @param count number of documents
     * @param latest number of the latest document; 0 if there is none
     */
    record Extent(long count, long latest) {}

    /** Returns the number of documents of each collection of callers, ordered by collection name. */
    Map<String, Long> collections();

    /**
     * Returns the passages of a document in document order.
     *
     * @param document number of the document
     */
    List<Passage> passages(long document);

    /** Returns passages by number. Unknown numbers are left out. */
    Map<Long, Passage> passagesByNumber(Collection<Long> numbers);

    /** Returns the number of passages. */
    long passageCount();
}
