package dev.stele.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run of retention would change in the memory of an agent if it started now. Immutable.
 *
 * @param messages number of live messages
 * @param maxMessages maximum number of live messages; 0 for no maximum
 * @param excess number of messages that the run would remove, the oldest ones
 * @param archive whether the removed messages would be archived; otherwise they would be deleted
 * @param oldest the first of the messages that would be removed, oldest first
 * @param until time of the newest message that would be removed; empty if none would be
 * @param expired number of unused notes that would be retired
 * @param notes some of the notes that would be retired, in unspecified order
 * @param notesFrom earliest time at which a run retires notes, because it does so at most once an hour
 */
public record RetentionPreview(
        long messages,
        int maxMessages,
        long excess,
        boolean archive,
        List<Message> oldest,
        Optional<Instant> until,
        long expired,
        List<Note> notes,
        Instant notesFrom) {

    public RetentionPreview {
        oldest = List.copyOf(oldest);
        notes = List.copyOf(notes);
    }

    /** Returns the preview as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .put("messages", messages)
                .put("max_messages", (long) maxMessages)
                .put("excess", excess)
                .put("archive", archive)
                .keep("oldest", oldest.stream().map(Message::toJson).toList())
                .put("until", until)
                .put("expired", expired)
                .keep("notes", notes.stream().map(Note::toJson).toList())
                .put("notes_from", notesFrom)
                .map();
    }
}
