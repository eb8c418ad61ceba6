package dev.stele.index;

import dev.stele.model.ItemKind;
import dev.stele.store.ItemRow;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Attributes of an item by which filters select it. Many items have equal attributes, so a snapshot stores each
 * distinct combination once. Immutable.
 *
 * @param item kind of item
 * @param kind role of a message, category of a note, or type of the entity of an observation
 * @param session session of a note, empty text for none; always empty for a message, whose group represents its session
 * @param tags tags of a note
 * @param importance importance from 0 to 1
 * @param superseded whether the item is a superseded note
 * @param validFrom start of the validity of a note, inclusive; empty if unlimited
 * @param validTo end of the validity of a note, exclusive; empty if unlimited
 */
public record ItemAttributes(
        ItemKind item,
        String kind,
        String session,
        Set<String> tags,
        double importance,
        boolean superseded,
        Optional<Instant> validFrom,
        Optional<Instant> validTo) {

    static ItemAttributes of(ItemRow row) {
        return new ItemAttributes(
                row.item(),
                row.kind(),
                row.message() ? "" : row.session(),
                row.tags(),
                row.importance(),
                row.superseded(),
                row.validFrom(),
                row.validTo());
    }

    /**
     * Returns whether the item is valid at a point in time.
     *
     * @param time point in time
     */
    public boolean validAt(Instant time) {
        return validFrom.map(from -> !time.isBefore(from)).orElse(true)
                && validTo.map(time::isBefore).orElse(true);
    }
}
