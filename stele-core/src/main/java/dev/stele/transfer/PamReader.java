package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import dev.stele.transfer.TurnWriter.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of Portable AI Memory, version 1: {@code memory-store.json} with {@code schema} {@code portable-ai-memory} and
 * the files of conversations with {@code portable-ai-memory-conversation}.
 *
 * <p>A memory becomes a note: {@code type} or {@code custom_type} is the category, {@code confidence.current} the
 * confidence, {@code temporal.valid_from} and {@code valid_until} the validity, {@code temporal.superseded_by} the
 * replacing note, {@code provenance.message_ref} the provenance, and {@code owner.id} the user. Other fields are kept
 * in the metadata {@code pam}. What {@link PamExporter} wrote of a note that PAM has no field for stands in
 * {@code metadata.stele} and is restored. Relations between memories and embeddings are counted as left out, because
 * notes have no relations and vectors are computed again.
 */
final class PamReader implements FormatReader {

    private final TurnWriter turns;
    private final NoteWriter notes;

    PamReader(TurnWriter turns, NoteWriter notes) {
        this.turns = turns;
        this.notes = notes;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        JsonObject json = JsonObject.of("PAM document", value);
        switch (json.raw("schema") instanceof String schema ? schema : "") {
            case "portable-ai-memory-conversation" -> conversation(json, sink);
            case "portable-ai-memory-embeddings" ->
                sink.leaveOut(json.list("embeddings").size(), "embeddings");
            case "portable-ai-memory" -> memories(json, sink);
            default ->
                throw new InvalidInputException("The schema " + Json.write(json.raw("schema")) + " is none of PAM.");
        }
    }

    private void conversation(JsonObject json, EntrySink sink) {
        String id =
                TurnWriter.idOf(json, "id").orElseThrow(() -> new InvalidInputException("A conversation has no id."));
        Optional<String> user =
                json.raw("raw_metadata") instanceof Map<?, ?> raw && raw.get("stele_user") instanceof String told
                        ? Optional.of(told)
                        : Optional.empty();
        int number = 0;
        for (Object element : json.list("messages")) {
            number++;
            String label = "turn %d of conversation %s".formatted(number, Json.write(id));
            try {
                turns.add(turn(label, id, user, JsonObject.of("turn", element)), sink);
            } catch (InvalidInputException e) {
                sink.refuse(label + ": " + e.getMessage());
            }
        }
        TurnWriter.title(id, json.raw("title") instanceof String title ? Optional.of(title) : Optional.empty(), sink);
    }

    private static Turn turn(String label, String session, Optional<String> user, JsonObject json) {
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        Optional<String> speaker = user;
        if (json.raw("raw_metadata") instanceof Map<?, ?> raw) {
            if (raw.get("stele") instanceof Map<?, ?> own) {
                JsonObject.of("metadata", own).raw().forEach(metadata::put);
            }
            if (raw.get("stele_user") instanceof String told) {
                speaker = Optional.of(told);
            }
        }
        if (json.raw("model") instanceof String model) {
            metadata.putIfAbsent("model", model);
        }
        var attachments = new ArrayList<Map<String, @Nullable Object>>();
        if (json.raw("attachments") instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> file) {
                    attachments.add(Contents.attachment(file.get("type") instanceof String type ? type : "file", file));
                }
            }
        }
        return new Turn(
                label,
                TurnWriter.idOf(json, "id", "provider_message_id"),
                Optional.of(session),
                speaker,
                TurnWriter.role(json.string("role")),
                Contents.of(json.raw("content")).with(attachments),
                json.raw("created_at"),
                metadata);
    }

    private void memories(JsonObject json, EntrySink sink) {
        Optional<String> owner = json.raw("owner") instanceof Map<?, ?> map
                ? TurnWriter.idOf(JsonObject.of("owner", map), "id")
                : Optional.empty();
        int number = 0;
        for (Object element : json.list("memories")) {
            number++;
            String label = "memory " + number;
            try {
                memory(label, JsonObject.of("memory", element), owner, sink);
            } catch (InvalidInputException e) {
                sink.refuse(label + ": " + e.getMessage());
            }
        }
        if (json.raw("relations") instanceof List<?> relations) {
            sink.leaveOut(relations.size(), "relations between memories");
        }
    }

    private void memory(String label, JsonObject json, Optional<String> owner, EntrySink sink) {
        JsonObject temporal = part(json, "temporal");
        JsonObject provenance = part(json, "provenance");
        JsonObject metadata = part(json, "metadata");
        NoteDraft draft;
        if (metadata.raw("stele") instanceof Map<?, ?> own) {
            var fields = new LinkedHashMap<String, @Nullable Object>(
                    JsonObject.of("note", own).raw());
            fields.put("content", json.string("content"));
            fields.put("id", json.raw("id"));
            draft = NoteDraft.fromJson(JsonObject.of("note", fields));
        } else {
            draft = draft(label, json, temporal, provenance, metadata, owner, sink);
        }
        notes.add(
                label,
                draft,
                Mem0Reader.time(label, temporal.raw("created_at"), sink),
                Mem0Reader.time(label, temporal.raw("updated_at"), sink),
                TurnWriter.idOf(temporal, "superseded_by"),
                sink);
    }

    private NoteDraft draft(
            String label,
            JsonObject json,
            JsonObject temporal,
            JsonObject provenance,
            JsonObject metadata,
            Optional<String> owner,
            EntrySink sink) {
        Object type = "custom".equals(json.raw("type")) ? json.raw("custom_type") : json.raw("type");
        Object confidence = part(json, "confidence").raw("current");
        var told = new LinkedHashMap<String, @Nullable Object>();
        for (String name : List.of("status", "summary")) {
            told.put(name, json.raw(name));
        }
        for (String name : List.of("platform", "conversation_ref", "extraction_method")) {
            told.put(name, provenance.raw(name));
        }
        told.putAll(metadata.raw());
        told.values().removeIf(value -> value == null || value.equals("active"));
        NoteDraft draft = new NoteDraft(
                TurnWriter.idOf(json, "id"),
                json.string("content"),
                NoteWriter.category(type),
                NoteWriter.confidence(confidence),
                NoteDraft.DEFAULT_IMPORTANCE,
                NoteWriter.tags(json.raw("tags")),
                List.of(),
                TurnWriter.idOf(provenance, "message_ref").map(List::of).orElse(List.of()),
                notes.userOr(owner),
                TurnWriter.idOf(provenance, "conversation_ref"),
                Optional.empty(),
                Optional.empty(),
                false,
                told.isEmpty() ? Map.of() : Map.of("pam", told));
        return NoteWriter.withValidity(
                draft,
                Mem0Reader.time(label, temporal.raw("valid_from"), sink),
                Mem0Reader.time(label, temporal.raw("valid_until"), sink));
    }

    private static JsonObject part(JsonObject json, String name) {
        return JsonObject.of(name, json.raw(name) instanceof Map<?, ?> map ? map : Map.of());
    }
}
