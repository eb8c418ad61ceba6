package dev.stele.analysis;

import dev.stele.model.Message;
import dev.stele.model.NoteDraft;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The texts by which an item is found: what it says, and the context that a bare turn lacks. A turn such as "Yes, last
 * week!" means little without who spoke, when, and what it answers.
 */
public final class ItemTexts {

    /** Enough of the turn before to know what is answered; models of this size read about 250 words. */
    private static final int REPLY_CHARS = 200;

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private ItemTexts() {}

    /** What a message says in words: its content, and what a picture sent with it shows. */
    public static String body(String content, @Nullable Object caption) {
        return caption instanceof String text && !text.isBlank() ? content + "\n" + text : content;
    }

    /** Speaker and date, for the keyword index. */
    public static String context(String speaker, Instant at) {
        return speaker + " " + DATE.format(at);
    }

    /** What is embedded of a message. */
    public static String dense(String speaker, String body, Optional<Message> answered) {
        String turn = speaker + ": " + body;
        return answered.map(before -> cut(before.speaker() + ": " + before.content()) + "\n" + turn)
                .orElse(turn);
    }

    /** What is embedded of a note. */
    public static String dense(NoteDraft note) {
        var parts = new ArrayList<String>(List.of(note.content()));
        parts.addAll(note.tags());
        return String.join(" ", parts);
    }

    private static String cut(String text) {
        if (text.length() <= REPLY_CHARS) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(REPLY_CHARS - 1)) ? REPLY_CHARS - 1 : REPLY_CHARS;
        return text.substring(0, end);
    }
}
