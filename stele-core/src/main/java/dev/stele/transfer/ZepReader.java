package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph.PlainEntity;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.transfer.TurnWriter.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of JSON of Zep and Graphiti: an object with any of the lists below, or a list or lines of their elements.
 *
 * <ul>
 *   <li>{@code messages}: {@code uuid}, {@code role} (name of the speaker), {@code role_type} (user, assistant, system,
 *       tool, function), {@code content}, {@code created_at}; the object may have {@code session_id} or
 *       {@code thread_id}, and {@code user_id}; a message without a session and a user follows the one before it;
 *   <li>{@code nodes} or {@code entities}: {@code uuid}, {@code name}, {@code labels}, {@code summary}; a node becomes
 *       an entity of the last label with the summary as observation;
 *   <li>{@code edges}, {@code facts} or {@code relevant_facts}: {@code fact}, {@code name}, {@code source_node_uuid},
 *       {@code target_node_uuid}, {@code valid_at}, {@code invalid_at}; an edge between nodes of the same file becomes
 *       a relation with its fact and its validity, any other fact a note;
 *   <li>{@code episodes}: {@code uuid}, {@code content}, {@code role}, {@code role_type}, {@code created_at}; messages
 *       if they have a role, otherwise counted as left out.
 * </ul>
 */
final class ZepReader implements FormatReader {

    private static final List<String> EDGES = List.of("edges", "facts", "relevant_facts");
    private static final List<String> NODES = List.of("nodes", "entities");

    /** Owner of the elements that are in no object with a list. */
    private static final JsonObject UNWRAPPED = JsonObject.of("value", Map.of());

    private final TurnWriter turns;
    private final NoteWriter notes;
    private final Map<String, String> names = new HashMap<>();
    /** Edges, which need the names of all nodes. */
    private final List<JsonObject> edges = new ArrayList<>();

    private int number;

    ZepReader(TurnWriter turns, NoteWriter notes) {
        this.turns = turns;
        this.notes = notes;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        JsonObject json = JsonObject.of("value", value);
        boolean wrapped = false;
        for (String name : List.of("messages", "episodes")) {
            if (json.raw(name) instanceof List<?> list) {
                wrapped = true;
                turns.begin();
                list.forEach(element -> element(element, json, sink));
            }
        }
        for (String name : NODES) {
            if (json.raw(name) instanceof List<?> list) {
                wrapped = true;
                list.forEach(element -> element(element, json, sink));
            }
        }
        for (String name : EDGES) {
            if (json.raw(name) instanceof List<?> list) {
                wrapped = true;
                list.forEach(element -> element(element, json, sink));
            }
        }
        if (!wrapped) {
            element(json.raw(), UNWRAPPED, sink);
        }
    }

    private void element(@Nullable Object value, JsonObject owner, EntrySink sink) {
        number++;
        String label = "item " + number;
        try {
            if (value instanceof String fact) {
                note(label, JsonObject.of("fact", Map.of("fact", fact)), sink); // facts of the first version are texts
                return;
            }
            JsonObject json = JsonObject.of("item", value);
            if (json.has("fact")) {
                edges.add(json);
            } else if (json.has("role_type") || json.has("role")) {
                turns.addNext(turn(label, json, owner), sink);
            } else if (json.has("name")) {
                node(json, sink);
            } else if (json.has("content")) {
                sink.leaveOut(1, "episodes without a role");
            } else {
                throw new InvalidInputException("it is no message, node, fact or episode");
            }
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
    }

    private static Turn turn(String label, JsonObject json, JsonObject owner) {
        Optional<String> name =
                json.raw("role") instanceof String text && !text.isBlank() ? Optional.of(text) : Optional.empty();
        Optional<String> type = json.optionalString("role_type").filter(text -> !text.equals("norole"));
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        if (json.raw("metadata") instanceof Map<?, ?>) {
            metadata.putAll(json.map("metadata"));
        }
        if (type.isPresent() && !name.equals(type)) {
            name.ifPresent(speaker -> metadata.put("speaker", speaker));
        }
        return new Turn(
                label,
                TurnWriter.idOf(json, "uuid"),
                TurnWriter.idOf(json, "session_id", "thread_id")
                        .or(() -> TurnWriter.idOf(owner, "session_id", "thread_id", "uuid")),
                TurnWriter.idOf(json, "user_id").or(() -> TurnWriter.idOf(owner, "user_id")),
                TurnWriter.role(type.or(() -> name).orElse("user")),
                Contents.of(json.raw("content")),
                json.raw("created_at"),
                metadata);
    }

    private void node(JsonObject json, EntrySink sink) {
        String name = json.string("name");
        TurnWriter.idOf(json, "uuid").ifPresent(id -> names.put(id, name));
        String type = "entity";
        if (json.raw("labels") instanceof List<?> labels) {
            for (Object label : labels) {
                if (label instanceof String text && !text.isBlank() && !text.equals("Entity")) {
                    type = text;
                }
            }
        }
        List<String> observations =
                json.raw("summary") instanceof String summary && !summary.isBlank() ? List.of(summary) : List.of();
        sink.add(new ImportEntry.OfPlain(new PlainEntity(name, type, observations)));
    }

    @Override
    public void finish(EntrySink sink) {
        int fact = 0;
        for (JsonObject edge : edges) {
            String label = "fact " + ++fact;
            try {
                Optional<String> from =
                        TurnWriter.idOf(edge, "source_node_uuid").map(names::get);
                Optional<String> to = TurnWriter.idOf(edge, "target_node_uuid").map(names::get);
                if (from.isPresent() && to.isPresent()) {
                    sink.add(new ImportEntry.OfStated(relation(label, edge, from.get(), to.get(), sink)));
                } else {
                    note(label, edge, sink);
                }
            } catch (InvalidInputException e) {
                sink.refuse(label + ": " + e.getMessage());
            }
        }
    }

    private static RelationDraft relation(String label, JsonObject edge, String from, String to, EntrySink sink) {
        Optional<Instant> valid = Mem0Reader.time(label, edge.raw("valid_at"), sink);
        Optional<Instant> end = Mem0Reader.time(label, edge.raw("invalid_at"), sink)
                .filter(time -> valid.isEmpty() || valid.get().isBefore(time));
        return new RelationDraft(
                from,
                to,
                edge.optionalString("name").filter(name -> !name.isBlank()).orElse("relates_to"),
                edge.optionalString("fact").filter(text -> !text.isBlank()),
                Optional.empty(),
                Map.of(),
                valid,
                end,
                List.of());
    }

    private void note(String label, JsonObject json, EntrySink sink) {
        NoteDraft draft = NoteWriter.withValidity(
                NoteDraft.of(NoteWriter.DEFAULT_CATEGORY, json.string("fact")),
                Mem0Reader.time(label, json.raw("valid_at"), sink),
                Mem0Reader.time(label, json.raw("invalid_at"), sink));
        draft = TurnWriter.idOf(json, "uuid").map(draft::withId).orElse(draft);
        Optional<Instant> created = Mem0Reader.time(label, json.raw("created_at"), sink);
        notes.add(label, draft, created, Optional.empty(), Optional.empty(), sink);
    }
}
