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

    /**
     * Changes the text, the heading or the title of a passage, which keeps its number and its id. What was derived from
     * the passage counts as derived from its document, too, which stands for its former passages.
     *
     * @param stored the passage as it is stored
     * @param changed the passage with its new fields; its number and id are ignored
     * @param indexing terms, traits and vector of the new content
     */
    void update(Passage stored, Passage changed, IndexEntry indexing);

    /**
     * Records which texts of a document passages of other documents of its collection store, in place of what was
     * recorded before.
     *
     * @param hashes hashes of all texts of the document
     * @return hashes of the texts that other documents store
     */
    Set<String> share(Document document, Collection<String> hashes);

    /**
     * Removes a passage from the document with which it is stored, and which stays. A passage that another document
     * shares is handed over to that document, without its heading; any other passage is deleted. What was derived from
     * the passage counts as derived from the document, too, which stands for its former passages.
     *
     * @return the passage as the other document has it, which the caller must index again; empty if it was deleted
     */
    Optional<Passage> release(Passage passage, Document document);

    /**
     * Deletes a document with the passages that no other document shares. What was derived from the passages and from
     * the document keeps them as its sources.
     *
     * @return passages that were handed over to other documents, which the caller must index again
     */
    List<Passage> delete(Document document);
}
