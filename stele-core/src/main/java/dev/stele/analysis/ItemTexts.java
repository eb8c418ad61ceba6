package dev.stele.analysis;

import dev.stele.model.Message;
import dev.stele.model.NoteDraft;
import dev.stele.model.TextPrefix;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builder of the texts by which an item is found: its content and the context that a single conversation turn lacks. A
 * turn such as "Yes, last week!" means little without its speaker, its date and the turn it answers. Stateless.
 */
public final class ItemTexts {

    /**
     * Maximum number of characters of the preceding turn in the embedded text. This length suffices to identify what is
     * answered; embedding models of this size read about 250 words.
     */
    private static final int REPLY_CHARS = 200;

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private ItemTexts() {}

    /**
     * Returns the text of a message: its content and the caption of an image that was sent with it.
     *
     * @param content content of the message
     * @param caption caption of the image; ignored if null, blank or not a string
     */
    public static String body(String content, @Nullable Object caption) {
        return caption instanceof String text && !text.isBlank() ? content + "\n" + text : content;
    }

    /**
     * Returns the context of a message for the keyword index: speaker and date (UTC, English month names).
     *
     * @param speaker name of the speaker
     * @param at time of the message
     */
    public static String context(String speaker, Instant at) {
        return speaker + " " + DATE.format(at);
    }

    /**
     * Returns the text of a message that is embedded.
     *
     * @param speaker name of the speaker
     * @param body result of {@link #body}
     * @param answered preceding message, whose beginning is put before the text; empty for none
     */
    public static String dense(String speaker, String body, Optional<Message> answered) {
        String turn = speaker + ": " + body;
        return answered.map(preceding ->
                        TextPrefix.of(preceding.speaker() + ": " + preceding.content(), REPLY_CHARS) + "\n" + turn)
                .orElse(turn);
    }

    /** Returns the text of a note that is embedded: its content and its tags. */
    public static String dense(NoteDraft note) {
        var parts = new ArrayList<String>(List.of(note.content()));
        parts.addAll(note.tags());
        return String.join(" ", parts);
    }
}
