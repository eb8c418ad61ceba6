package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph.PlainRelation;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of memories of mem0: a list of memories, or an object with {@code results} or {@code memories}, and with
 * {@code relations} if the graph memory is on. A memory has {@code id}, {@code memory}, {@code user_id},
 * {@code agent_id}, {@code run_id}, {@code categories}, {@code metadata}, {@code created_at} and {@code updated_at}
 * (ISO 8601). It becomes a note: the first category is the note's category, all categories are tags, {@code run_id} is
 * the session. A relation has {@code source}, {@code relationship} and {@code target} or {@code destination}.
 */
final class Mem0Reader implements FormatReader {

    private final NoteWriter notes;
    private int number;

    Mem0Reader(NoteWriter notes) {
        this.notes = notes;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        JsonObject json = JsonObject.of("memory", value);
        boolean wrapped = false;
        for (String name : List.of("results", "memories")) {
            if (json.raw(name) instanceof List<?> list) {
                wrapped = true;
                list.forEach(element -> memory(element, sink));
            }
        }
        if (json.raw("relations") instanceof List<?> list) {
            wrapped = true;
            list.forEach(element -> relation(element, sink));
        }
        if (!wrapped) {
            memory(json.raw(), sink);
        }
    }

    private void memory(@Nullable Object value, EntrySink sink) {
        number++;
        String label = "memory " + number;
        try {
            JsonObject json = JsonObject.of("memory", value);
            List<String> categories = NoteWriter.tags(json.raw("categories"));
            var metadata = new LinkedHashMap<String, @Nullable Object>();
            if (json.raw("metadata") instanceof Map<?, ?>) {
                metadata.putAll(json.map("metadata"));
            }
            if (json.raw("agent_id") instanceof String agent) {
                metadata.put("agent_id", agent);
            }
            NoteDraft draft = NoteDraft.of(
                            NoteWriter.category(
                                    categories.isEmpty() ? metadata.get("category") : categories.getFirst()),
                            json.string("memory"))
                    .withTags(categories)
                    .withMetadata(metadata);
            draft = TurnWriter.idOf(json, "id").map(draft::withId).orElse(draft);
            draft = TurnWriter.idOf(json, "user_id").map(draft::withUser).orElse(draft);
            draft = TurnWriter.idOf(json, "run_id").map(draft::withSession).orElse(draft);
            notes.add(
                    label,
                    draft,
                    time(label, json.raw("created_at"), sink),
                    time(label, json.raw("updated_at"), sink),
                    Optional.empty(),
                    sink);
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
    }

    private static void relation(@Nullable Object value, EntrySink sink) {
        try {
            JsonObject json = JsonObject.of("relation", value);
            String target = json.optionalString("target")
                    .or(() -> json.optionalString("destination"))
                    .orElseThrow(() -> new InvalidInputException("it has no target"));
            sink.add(new ImportEntry.OfPlain(
                    new PlainRelation(json.string("source"), target, json.string("relationship"))));
        } catch (InvalidInputException e) {
            sink.refuse("relation: " + e.getMessage());
        }
    }

    /** Parses a time of a memory; an invalid one is reported and left out. */
    static Optional<Instant> time(String label, @Nullable Object value, EntrySink sink) {
        try {
            return ForeignTime.parse(value);
        } catch (InvalidInputException e) {
            sink.repair(label + ": " + e.getMessage() + " It was left out.");
            return Optional.empty();
        }
    }
}
