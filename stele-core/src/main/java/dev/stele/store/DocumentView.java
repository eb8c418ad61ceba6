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

/** An agent's documents. As {@link StoreView}. */
public interface DocumentView {

    Optional<Document> document(String collection, String id);

    /** A document of this very text. */
    Optional<Document> ofHash(String collection, String hash);

    /** Documents, newest first. */
    Page<Document> documents(Optional<String> collection, int limit, Optional<Cursor> after);

    /** Names of collections with how many documents each has, by name. */
    Map<String, Long> collections();

    /** The passages of a document, in their order. */
    List<Passage> passages(long document);

    Map<Long, Passage> passagesByNumber(Collection<Long> numbers);

    /** Those of these hashes that passages of other documents of a collection have. */
    Set<String> known(String collection, Collection<String> hashes, long butOf);

    long passageCount();
}
