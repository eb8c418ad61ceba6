package dev.stele.index;

import dev.stele.model.ItemKind;
import dev.stele.store.ItemRow;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What filters ask of an item and many items have in common. Immutable.
 *
 * @param item what it is
 * @param kind a message's role, a note's category, the type of an observation's entity
 * @param session of a note, empty text for none; a message's is its group
 * @param tags a note's tags
 * @param importance 0 to 1
 * @param superseded whether it is a superseded note
 * @param validFrom start of a note's validity
 * @param validTo end of a note's validity
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

    /** Whether it holds at a time. */
    public boolean validAt(Instant time) {
        return validFrom.map(from -> !time.isBefore(from)).orElse(true)
                && validTo.map(time::isBefore).orElse(true);
    }
}
