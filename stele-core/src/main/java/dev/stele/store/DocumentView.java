package dev.stele.store;

import dev.stele.model.Cursor;
import dev.stele.model.Document;
import dev.stele.model.Page;
import dev.stele.model.Passage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Read access to an agent's documents and their passages, see {@link StoreView}. */
public interface DocumentView {

    /** Returns a document of a collection by id. */
    Optional<Document> document(String collection, String id);

    /** Returns a document of a collection by the hash of its text. */
    Optional<Document> ofHash(String collection, String hash);

    /**
     * Returns documents, newest first.
     *
     * @param collection only documents of this collection; empty for all
     */
    Page<Document> documents(Optional<String> collection, int limit, Optional<Cursor> after);

    /** Returns the number of documents of each collection, ordered by collection name. */
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
