package dev.stele.extract;

import dev.stele.model.Interaction;
import dev.stele.model.Message;
import dev.stele.model.Note;
import java.util.List;

/**
 * What there is to learn from. Immutable.
 *
 * @param interaction what happened
 * @param messages those it is about that are still there, in their order
 * @param known what is noted of the user already, the latest first
 */
public record ExtractionInput(Interaction interaction, List<Message> messages, List<Note> known) {

    public ExtractionInput {
        messages = List.copyOf(messages);
        known = List.copyOf(known);
    }

    /** What notes call the one they are about. */
    public String subject() {
        return interaction.draft().user().orElse("Somebody");
    }
}
