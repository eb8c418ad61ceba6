package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.transfer.TurnWriter.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of messages as {@code ChatMessageSerializer} of LangChain4j writes them: a list of objects with {@code type}
 * USER (with {@code contents}, a list of parts with {@code type} and {@code text}, and {@code name}), AI (with
 * {@code text} and {@code toolExecutionRequests}), SYSTEM ({@code text}), TOOL_EXECUTION_RESULT ({@code id},
 * {@code toolName} and {@code text}) or CUSTOM, which is refused. A message has neither time nor session: the file is
 * one conversation.
 */
final class LangChain4jReader implements FormatReader {

    private final TurnWriter turns;
    private int number;

    LangChain4jReader(TurnWriter turns) {
        this.turns = turns;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        if (value instanceof List<?> list) {
            list.forEach(element -> message(element, sink));
        } else {
            message(value, sink);
        }
    }

    private void message(@Nullable Object value, EntrySink sink) {
        number++;
        String label = "message " + number;
        try {
            turns.add(turn(label, JsonObject.of("message", value)), sink);
        } catch (InvalidInputException e) {
            sink.refuse(label + ": " + e.getMessage());
        }
    }

    private static Turn turn(String label, JsonObject json) {
        Contents contents = Contents.of(json.raw("text") == null ? json.raw("contents") : json.raw("text"));
        if (contents.textOrNames().isEmpty() && json.raw("toolExecutionRequests") instanceof List<?> calls) {
            for (Object call : calls.reversed()) {
                if (call instanceof Map<?, ?> map) {
                    contents = contents.withText(Contents.call(map.get("name"), map.get("arguments")));
                }
            }
        }
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        for (String name : List.of("name", "toolName")) {
            if (json.raw(name) instanceof String text && !text.isBlank()) {
                metadata.put("speaker", text);
            }
        }
        String type = json.string("type");
        if (type.equals("TOOL_EXECUTION_RESULT") && json.raw("id") instanceof String call) {
            metadata.put("tool_call_id", call);
        }
        return new Turn(
                label,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                TurnWriter.role(type),
                contents,
                null,
                metadata);
    }
}
