package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.transfer.TurnWriter.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of messages of LangChain in its three JSON forms: {@code messages_to_dict} ({@code type} and {@code data} with
 * {@code content}), {@code dumps} ({@code lc}, {@code id} with the class name, and {@code kwargs} with
 * {@code content}), and the fields of a message itself ({@code type} and {@code content}). The type is human, ai,
 * system, tool, function or chat (with a {@code role}). A message has no time. {@code name} becomes the speaker;
 * {@code user}, {@code session_id} and {@code timestamp} are taken from {@code additional_kwargs} if they are there.
 * The messages of a file without a session form one conversation of each user; one without a session and a user follows
 * the message before it.
 */
final class LangChainReader implements FormatReader {

    private final TurnWriter turns;
    private int number;

    LangChainReader(TurnWriter turns) {
        this.turns = turns;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        if (value instanceof Map<?, ?> map && map.get("messages") instanceof List<?> list) {
            Optional<String> session =
                    TurnWriter.idOf(JsonObject.of("conversation", map), "session_id", "thread_id", "id");
            turns.begin();
            list.forEach(element -> message(element, session, sink));
        } else if (value instanceof List<?> list) {
            turns.begin();
            list.forEach(element -> message(element, Optional.empty(), sink));
        } else {
            message(value, Optional.empty(), sink);
        }
    }

    private void message(@Nullable Object value, Optional<String> session, EntrySink sink) {
        number++;
        String label = "message " + number;
        try {
            turns.addNext(turn(label, JsonObject.of("message", value), session), sink);
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
    }

    private static Turn turn(String label, JsonObject json, Optional<String> session) {
        JsonObject data = json.object("data").or(() -> json.object("kwargs")).orElse(json);
        String type = type(json, data);
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        if (data.raw("name") instanceof String name && !name.isBlank()) {
            metadata.put("speaker", name);
        }
        if (type.equals("function") || type.equals("developer")) {
            metadata.put("role", type);
        }
        if (data.raw("tool_call_id") instanceof String call) {
            metadata.put("tool_call_id", call);
        }
        JsonObject more = data.raw("additional_kwargs") instanceof Map<?, ?> map
                ? JsonObject.of("additional_kwargs", map)
                : JsonObject.of("additional_kwargs", Map.of());
        Contents contents = Contents.of(data.raw("content"));
        if (contents.textOrNames().isEmpty() && data.raw("tool_calls") instanceof List<?> calls) {
            for (Object call : calls.reversed()) {
                if (call instanceof Map<?, ?> map) {
                    contents = contents.withText(Contents.call(map.get("name"), map.get("args")));
                }
            }
        }
        return new Turn(
                label,
                TurnWriter.idOf(data, "id"),
                TurnWriter.idOf(more, "session_id", "session").or(() -> session),
                TurnWriter.idOf(more, "user", "user_id"),
                TurnWriter.role(type),
                contents,
                more.raw("timestamp") == null ? data.raw("timestamp") : more.raw("timestamp"),
                metadata);
    }

    private static String type(JsonObject json, JsonObject data) {
        String type = json.raw("type") instanceof String text ? text : "";
        if (type.equals("constructor") || type.isEmpty()) {
            if (data.raw("type") instanceof String nested) {
                type = nested;
            } else if (json.raw("id") instanceof List<?> path
                    && !path.isEmpty()
                    && path.getLast() instanceof String name) {
                type = name;
            }
        }
        if (type.equals("chat") || type.equals("ChatMessage")) {
            return data.string("role");
        }
        if (type.isEmpty()) {
            throw new InvalidInputException("it has no type such as human or ai: " + Json.write(json.names()));
        }
        return type;
    }
}
