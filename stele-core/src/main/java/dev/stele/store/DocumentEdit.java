package dev.stele.store;

import dev.stele.model.Document;
import dev.stele.model.Passage;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Write access to the data of {@link DocumentView} within one write transaction, see {@link StoreEdit}. */
public interface DocumentEdit extends DocumentView {

    /**
     * Adds a document without passages.
     *
     * @param document the document; its number is ignored
     * @return the stored document with its assigned number
     */
    Document add(Document document);

    /** Updates the fields of a document. */
    void update(Document document);

    /**
     * Adds a passage.
     *
     * @param passage the passage; its number is ignored
     * @param indexing terms, traits and vector of the content
     * @return the stored passage with its assigned number
     */
    Passage add(Passage passage, IndexEntry indexing);

    /** Changes the position of a passage in its document. */
    void move(Passage passage, int position);

    /** Deletes a passage from all documents that share it. */
    void delete(Passage passage);

    /**
     * Records which texts of a document passages of other documents of its collection store.
     *
     * @param hashes hashes of the texts
     * @return hashes of the texts that other documents store
     */
    Set<String> share(Document document, Collection<String> hashes);

    /**
     * Removes a passage from a document. A passage that another document shares is handed over to that document,
     * without its heading; any other passage is deleted.
     *
     * @return the passage as the other document has it, which the caller must index again; empty if it was deleted or
     *     is stored with another document
     */
    Optional<Passage> release(Passage passage, Document document);

    /**
     * Deletes a document with the passages that no other document shares.
     *
     * @return passages that were handed over to other documents, which the caller must index again
     */
    List<Passage> delete(Document document);
}
