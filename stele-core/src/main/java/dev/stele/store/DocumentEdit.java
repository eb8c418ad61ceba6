package dev.stele.store;

import dev.stele.model.Document;
import dev.stele.model.Passage;

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

    /** Deletes a passage. */
    void delete(Passage passage);

    /** Deletes a document with its passages. */
    void delete(Document document);
}
