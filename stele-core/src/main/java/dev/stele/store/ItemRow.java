package dev.stele.store;

import dev.stele.model.ItemKind;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Row of one live message, note, observation or passage with the data that the indexes need. Immutable; the vector is
 * shared and never modified.
 *
 * @param number the item's number
 * @param item kind of the item
 * @param id the item's id
 * @param session id of the session; empty text if there is none
 * @param user id of the user; empty text if there is none
 * @param kind a message's role, a note's category, the type of an observation's entity, or the collection of a
 *     passage's document
 * @param speaker speaker of a message; of a note its user, of an observation its entity's name; empty text if there is
 *     none
 * @param at a message's time, a note's creation time, the time of an observation or of its recording
 * @param length number of terms in the keyword index
 * @param traits bit set of content properties that ranking uses besides the terms
 * @param form hash of what the item says; 0 if it is not known
 * @param importance 0 to 1; items other than notes have 0.5
 * @param tags a note's tags
 * @param superseded whether the item is a superseded note
 * @param validFrom start of a note's validity
 * @param validTo end of a note's validity
 * @param vector unit vector of the requested model, if there is one
 */
public record ItemRow(
        long number,
        ItemKind item,
        String id,
        String session,
        String user,
        String kind,
        String speaker,
        Instant at,
        int length,
        int traits,
        long form,
        double importance,
        Set<String> tags,
        boolean superseded,
        Optional<Instant> validFrom,
        Optional<Instant> validTo,
        Optional<float[]> vector) {

    /** Returns whether the item is a message. */
    public boolean message() {
        return item == ItemKind.MESSAGE;
    }
}
