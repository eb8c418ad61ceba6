package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of Open Memory Interchange, version 0.1: one document, or lines of which the first is the envelope without
 * memories and each other one a record. The envelope has {@code format} {@code open-memory-interchange},
 * {@code version}, {@code subject} and {@code memories}. A record has {@code id}, {@code content} and {@code created},
 * and optionally {@code type}, {@code updated}, {@code confidence}, {@code tags}, {@code subject}, {@code source},
 * {@code valid_from}, {@code valid_to}, {@code lang}, {@code entities}, {@code relations} and {@code ext}.
 *
 * <p>A record becomes a note: the type is its category, and the id of the subject, of the record or of the envelope,
 * its user. Fields that a note does not have are kept in the metadata {@code omi}.
 */
final class OmiReader implements FormatReader {

    private static final List<String> OTHERS = List.of("source", "lang", "entities", "relations", "ext");

    private final NoteWriter notes;
    private Optional<String> subject = Optional.empty();
    private int number;

    OmiReader(NoteWriter notes) {
        this.notes = notes;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        JsonObject json = JsonObject.of("OMI document", value);
        if (!json.has("format")) {
            record(json.raw(), sink);
            return;
        }
        if (!"open-memory-interchange".equals(json.raw("format"))) {
            throw new InvalidInputException("The format of the file is not open-memory-interchange.");
        }
        subject = subject(json);
        if (json.raw("memories") instanceof List<?> list) {
            list.forEach(element -> record(element, sink));
        }
    }

    private void record(@Nullable Object value, EntrySink sink) {
        number++;
        String label = "record " + number;
        try {
            JsonObject json = JsonObject.of("record", value);
            var others = new LinkedHashMap<String, @Nullable Object>();
            for (String name : OTHERS) {
                if (json.raw(name) != null) {
                    others.put(name, json.raw(name));
                }
            }
            NoteDraft draft = new NoteDraft(
                    TurnWriter.idOf(json, "id"),
                    json.string("content"),
                    NoteWriter.category(json.raw("type")),
                    NoteWriter.confidence(json.raw("confidence")),
                    NoteDraft.DEFAULT_IMPORTANCE,
                    NoteWriter.tags(json.raw("tags")),
                    List.of(),
                    List.of(),
                    notes.userOr(subject(json).or(() -> subject)),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    others.isEmpty() ? Map.of() : Map.of("omi", others));
            draft = NoteWriter.withValidity(
                    draft,
                    Mem0Reader.time(label, json.raw("valid_from"), sink),
                    Mem0Reader.time(label, json.raw("valid_to"), sink));
            notes.add(
                    label,
                    draft,
                    Mem0Reader.time(label, json.raw("created"), sink),
                    Mem0Reader.time(label, json.raw("updated"), sink),
                    Optional.empty(),
                    sink);
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
    }

    private static Optional<String> subject(JsonObject json) {
        return json.raw("subject") instanceof Map<?, ?> map
                ? TurnWriter.idOf(JsonObject.of("subject", map), "id")
                : Optional.empty();
    }
}
