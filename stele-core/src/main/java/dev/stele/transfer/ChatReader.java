package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Role;
import dev.stele.transfer.TurnWriter.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of chats as JSON: messages, lists of messages such as those of the OpenAI API, and conversations with a list
 * of messages. The values may be lines, the elements of one list, or one document.
 *
 * <table>
 *   <caption>Fields</caption>
 *   <tr><th>what</th><th>fields, the first present one counts</th></tr>
 *   <tr><td>role</td><td>{@code role}, {@code from}: user, human, assistant, ai, model, bot, system, developer, tool,
 *       function</td></tr>
 *   <tr><td>content</td><td>{@code content}, {@code parts}, {@code value}, {@code text}: text or parts; calls of tools
 *       in {@code tool_calls} or {@code function_call}</td></tr>
 *   <tr><td>time</td><td>{@code at}, {@code timestamp}, {@code time}, {@code created_at}, {@code createdAt},
 *       {@code date}: see {@link ForeignTime}</td></tr>
 *   <tr><td>session</td><td>{@code session}, {@code session_id}, {@code conversation_id}, {@code conversation},
 *       {@code thread_id}; {@code id} of a conversation</td></tr>
 *   <tr><td>user</td><td>{@code user}, {@code user_id}</td></tr>
 *   <tr><td>speaker</td><td>{@code name}</td></tr>
 *   <tr><td>list of a conversation</td><td>{@code messages}, {@code conversations}, {@code contents}</td></tr>
 * </table>
 */
final class ChatReader implements FormatReader {

    private static final List<String> LISTS = List.of("messages", "conversations", "contents");
    private static final List<String> TIMES =
            List.of("at", "timestamp", "time", "created_at", "createdAt", "create_time", "date");
    private static final String[] SESSIONS = {"session", "session_id", "conversation_id", "conversation", "thread_id"};
    private static final String[] USERS = {"user", "user_id"};

    private final TurnWriter turns;
    private int conversations;
    private int messages;

    ChatReader(TurnWriter turns) {
        this.turns = turns;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        if (value instanceof List<?> list) {
            conversation(unnamed(list, Optional.empty()), Optional.empty(), list, sink);
            return;
        }
        JsonObject json = JsonObject.of("message", value);
        for (String name : LISTS) {
            if (json.raw(name) instanceof List<?> list && !json.has("role")) {
                String session = TurnWriter.idOf(json, SESSIONS)
                        .or(() -> TurnWriter.idOf(json, "id"))
                        .orElseGet(() -> unnamed(list, TurnWriter.idOf(json, USERS)));
                conversation(session, TurnWriter.idOf(json, USERS), list, sink);
                TurnWriter.title(
                        session,
                        json.raw("title") instanceof String title ? Optional.of(title) : Optional.empty(),
                        sink);
                return;
            }
        }
        String label = "message " + ++messages;
        try {
            turns.addNext(turn(label, json, TurnWriter.idOf(json, SESSIONS), TurnWriter.idOf(json, USERS)), sink);
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
    }

    private String unnamed(List<?> list, Optional<String> user) {
        return turns.unnamed("chat", ++conversations, user, TurnWriter.beginning(list, "role", "from"));
    }

    private void conversation(String session, Optional<String> user, List<?> list, EntrySink sink) {
        int number = 0;
        for (Object element : list) {
            number++;
            String label = "turn %d of conversation %s".formatted(number, Json.write(session));
            try {
                JsonObject json = JsonObject.of("turn", element);
                turns.add(
                        turn(
                                label,
                                json,
                                TurnWriter.idOf(json, SESSIONS).or(() -> Optional.of(session)),
                                TurnWriter.idOf(json, USERS).or(() -> user)),
                        sink);
            } catch (InvalidInputException e) {
                sink.refuse(label + ": " + e.getMessage());
            }
        }
    }

    private static Turn turn(String label, JsonObject json, Optional<String> session, Optional<String> user) {
        String named = json.optionalString("role").orElseGet(() -> json.string("from"));
        Role role = TurnWriter.role(named);
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        if (json.raw("metadata") instanceof Map<?, ?>) {
            metadata.putAll(json.map("metadata"));
        }
        if (json.raw("name") instanceof String name && !name.isBlank()) {
            metadata.put("speaker", name);
        }
        if (named.equals("developer") || named.equals("function")) {
            metadata.put("role", named);
        }
        for (String reference : List.of("tool_call_id", "model")) {
            if (json.raw(reference) instanceof String text) {
                metadata.put(reference, text);
            }
        }
        Object time = TIMES.stream()
                .map(json::raw)
                .filter(value -> value != null)
                .findFirst()
                .orElse(null);
        return new Turn(label, TurnWriter.idOf(json, "id"), session, user, role, contents(json), time, metadata);
    }

    private static Contents contents(JsonObject json) {
        Contents contents = Contents.of(null);
        for (String name : List.of("content", "parts", "value", "text")) {
            if (json.raw(name) != null) {
                contents = Contents.of(json.raw(name));
                break;
            }
        }
        if (contents.textOrNames().isPresent()) {
            return contents;
        }
        var calls = new StringBuilder();
        if (json.raw("tool_calls") instanceof List<?> list) {
            for (Object call : list) {
                if (call instanceof Map<?, ?> map) {
                    Map<?, ?> function = map.get("function") instanceof Map<?, ?> nested ? nested : map;
                    Object arguments =
                            function.get("arguments") == null ? function.get("args") : function.get("arguments");
                    calls.append(calls.isEmpty() ? "" : "\n").append(Contents.call(function.get("name"), arguments));
                }
            }
        }
        if (json.raw("function_call") instanceof Map<?, ?> function) {
            calls.append(Contents.call(function.get("name"), function.get("arguments")));
        }
        return calls.isEmpty() ? contents : contents.withText(calls.toString());
    }
}
