package dev.stele.model;

import java.time.Instant;

/**
 * A piece of a document that can be recalled. Immutable.
 *
 * @param number the change that added it
 * @param id its identifier, unique within the agent
 * @param document the number of its document
 * @param position in it, from 0
 * @param title of the document
 * @param collection of the document
 * @param heading under which it stands; empty text for none
 * @param hash SHA-256 of its text
 * @param at when the document was added
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

    public Passage numbered(long newNumber) {
        return new Passage(newNumber, id, document, position, title, collection, heading, content, hash, at);
    }

    /** The same passage of a document, at a place in it. */
    public Passage in(long newDocument, int newPosition) {
        return new Passage(number, id, newDocument, newPosition, title, collection, heading, content, hash, at);
    }

    /** What it is found by besides its text. */
    public String about() {
        return heading.isEmpty() ? title : title + ": " + heading;
    }
}
