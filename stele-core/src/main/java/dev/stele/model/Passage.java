package dev.stele.model;

import java.time.Instant;

/**
 * Passage: a recallable part of a document. Immutable.
 *
 * @param number number of the change that added the passage
 * @param id identifier, unique within the agent
 * @param document number of the document
 * @param position position in the document, from 0
 * @param title title of the document
 * @param collection collection of the document
 * @param heading heading above the passage; empty text for none
 * @param content text of the passage
 * @param hash SHA-256 of the text
 * @param at time at which the document was added
 */
public record Passage(
        long number,
        String id,
        long document,
        int position,
        String title,
        String collection,
        String heading,
        String content,
        String hash,
        Instant at) {

    /** Returns a copy with another number. */
    public Passage numbered(long newNumber) {
        return new Passage(newNumber, id, document, position, title, collection, heading, content, hash, at);
    }

    /**
     * Returns a copy that belongs to a document.
     *
     * @param newDocument number of the document
     * @param newPosition position in the document, from 0
     */
    public Passage in(long newDocument, int newPosition) {
        return new Passage(number, id, newDocument, newPosition, title, collection, heading, content, hash, at);
    }

    /** Returns the text by which the passage is found in addition to its content: title and heading. */
    public String about() {
        return heading.isEmpty() ? title : title + ": " + heading;
    }
}
