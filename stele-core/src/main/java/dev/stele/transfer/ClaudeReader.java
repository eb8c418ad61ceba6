package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.transfer.TurnWriter.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of an export of Claude. {@code conversations.json} is a list of conversations with {@code uuid}, {@code name},
 * {@code created_at} and {@code chat_messages}; a message has {@code uuid}, {@code sender} (human or assistant),
 * {@code text}, {@code content} (parts of type text, thinking, tool_use, tool_result), {@code created_at} (ISO 8601),
 * {@code attachments} (with {@code file_name} and {@code extracted_content}) and {@code files}. The parts count where
 * they contain text, because {@code text} may be a shortened copy. Thinking is left out; results of tools are part of
 * the turn. The text of an attachment follows the text of its message.
 *
 * <p>{@code memories.json} has {@code conversations_memory}, a text, and {@code project_memories}, a text for each
 * project; each paragraph becomes a note.
 */
final class ClaudeReader implements FormatReader {

    private final TurnWriter turns;
    private final NoteWriter notes;
    private int conversations;

    ClaudeReader(TurnWriter turns, NoteWriter notes) {
        this.turns = turns;
        this.notes = notes;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        JsonObject json = JsonObject.of("conversation", value);
        if (json.has("conversations_memory") || json.has("project_memories")) {
            memories(json, sink);
            return;
        }
        conversations++;
        String id = TurnWriter.idOf(json, "uuid").orElseGet(() -> unnamed(json));
        if (!json.has("chat_messages")) {
            throw new InvalidInputException("The conversation " + Json.write(id) + " has no chat_messages.");
        }
        try {
            ForeignTime.parse(json.raw("created_at")).ifPresent(turns::startAt);
        } catch (InvalidInputException e) {
            sink.repair("conversation %s: %s".formatted(Json.write(id), e.getMessage()));
        }
        int number = 0;
        for (Object element : json.list("chat_messages")) {
            number++;
            String label = "turn %d of conversation %s".formatted(number, Json.write(id));
            try {
                turns.add(turn(label, id, JsonObject.of("turn", element)), sink);
            } catch (InvalidInputException e) {
                sink.refuse(label + ": " + e.getMessage());
            }
        }
        TurnWriter.title(id, json.raw("name") instanceof String name ? Optional.of(name) : Optional.empty(), sink);
    }

    private String unnamed(JsonObject json) {
        List<?> turnsOfIt = json.raw("chat_messages") instanceof List<?> list ? list : List.of();
        return turns.unnamed("claude", conversations, Optional.empty(), TurnWriter.beginning(turnsOfIt, "sender"));
    }

    private static Turn turn(String label, String session, JsonObject json) {
        Contents parts = Contents.of(json.raw("content"));
        Contents contents =
                parts.text().isBlank() ? Contents.of(json.raw("text")).with(parts.attachments()) : parts;
        var attachments = new ArrayList<Map<String, @Nullable Object>>();
        for (String name : List.of("attachments", "files")) {
            if (json.raw(name) instanceof List<?> list) {
                for (Object element : list) {
                    if (element instanceof Map<?, ?> file) {
                        attachments.add(Contents.attachment(
                                file.get("file_type") instanceof String type ? type : "file", file));
                        if (file.get("extracted_content") instanceof String text && !text.isBlank()) {
                            contents = Contents.of(text)
                                    .with(contents.attachments())
                                    .withText(contents.text());
                        }
                    }
                }
            }
        }
        return new Turn(
                label,
                TurnWriter.idOf(json, "uuid"),
                Optional.of(session),
                Optional.empty(),
                TurnWriter.role(json.string("sender")),
                contents.with(attachments),
                json.raw("created_at"),
                new LinkedHashMap<>());
    }

    private void memories(JsonObject json, EntrySink sink) {
        Object all = json.raw("conversations_memory");
        if (all instanceof String text) {
            notes.blocks("claude memory", text, List.of(), Optional.empty(), sink);
        }
        if (json.raw("project_memories") instanceof Map<?, ?> projects) {
            projects.forEach((project, text) -> {
                if (text instanceof String content) {
                    notes.blocks("claude project " + project, content, List.of("project"), Optional.empty(), sink);
                } else {
                    sink.refuse("The memory of project %s is no text.".formatted(Json.write(String.valueOf(project))));
                }
            });
        }
    }
}
