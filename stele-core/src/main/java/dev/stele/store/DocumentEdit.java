package dev.stele.store;

import dev.stele.model.Document;
import dev.stele.model.Passage;

/** Writes to what {@link DocumentView} reads. As {@link StoreEdit}. */
public interface DocumentEdit extends DocumentView {

    /** Adds a document without passages; its number is given here. */
    Document add(Document document);

    /** Writes what a document is now. */
    void update(Document document);

    /** Adds a passage; its number is given here. */
    Passage add(Passage passage, IndexEntry indexing);

    /** Gives a passage another place in its document. */
    void move(Passage passage, int position);

    void delete(Passage passage);

    /** Removes a document with its passages. */
    void delete(Document document);
}
