package dev.stele.store;

import dev.stele.model.ItemKind;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What the indexes need to know of one live message, note or observation. Immutable; the vector is shared and never changed.
 *
 * @param number the item's number
 * @param item what it is
 * @param id its identifier
 * @param session conversation, empty text for none
 * @param user user, empty text for none
 * @param kind a message's role, a note's category, or the type of the entity an observation is about
 * @param speaker who said a message; of a note its user, of an observation its entity's name; empty text for none
 * @param at a message's time, a note's creation, when an observation was so or was recorded
 * @param length number of terms in the keyword index
 * @param importance 0 to 1; messages and observations have one half
 * @param traits what a ranking wants to know of the content beyond its words, as bits
 * @param tags a note's tags
 * @param superseded whether it is a superseded note
 * @param validFrom start of a note's validity
 * @param validTo end of a note's validity
 * @param vector unit vector of the store's current model, if there is one
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
        double importance,
        Set<String> tags,
        boolean superseded,
        Optional<Instant> validFrom,
        Optional<Instant> validTo,
        Optional<float[]> vector) {

    public boolean message() {
        return item == ItemKind.MESSAGE;
    }
}
