package dev.stele.extract;

import dev.stele.model.Interaction;
import dev.stele.model.Message;
import dev.stele.model.Note;
import java.util.List;

/**
 * Input of an extraction: an interaction, its messages and the existing notes of its user. Immutable.
 *
 * @param interaction interaction from which notes and facts are extracted
 * @param messages messages of the interaction that still exist, in conversation order
 * @param known existing notes of the user, latest first
 */
public record ExtractionInput(Interaction interaction, List<Message> messages, List<Note> known) {

    public ExtractionInput {
        messages = List.copyOf(messages);
        known = List.copyOf(known);
    }

    /**
     * Returns the name by which notes call their subject: the user of the interaction, or {@code Somebody} if the
     * interaction has none.
     */
    public String subject() {
        return interaction.draft().user().orElse("Somebody");
    }
}
