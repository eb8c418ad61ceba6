package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.model.Entity;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Session;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Proposes values for the arguments of prompts and of resources' addresses while a person types. */
final class Completions {

    private static final int MOST = 100;

    private Completions() {}

    static Map<String, @Nullable Object> complete(McpSession session, JsonObject params) {
        JsonObject argument = JsonObject.of("argument", params.raw("argument"));
        String name = argument.string("name");
        String begun = argument.optionalString("value").orElse("").toLowerCase(Locale.ROOT);
        List<String> values;
        try {
            values = candidates(session.memory(), name, begun)
                    .filter(value -> value.toLowerCase(Locale.ROOT).contains(begun))
                    .distinct()
                    .limit(MOST + 1L)
                    .toList();
        } catch (NotFoundException e) {
            values = List.of(); // nothing was remembered yet
        }
        boolean more = values.size() > MOST;
        return Json.fields()
                .keep(
                        "completion",
                        Json.fields()
                                .keep("values", more ? values.subList(0, MOST) : values)
                                .put("total", more ? null : values.size())
                                .keep("hasMore", more)
                                .map())
                .map();
    }

    private static Stream<String> candidates(AgentMemory memory, String argument, String begun) {
        return switch (argument) {
            case "entity", "topic" ->
                memory.graph().holding(begun, MOST + 1).stream().map(Entity::name);
            case "session" ->
                memory.sessions().list(Optional.empty(), MOST + 1, Optional.empty()).items().stream()
                        .map(Session::id);
            case "user" -> memory.users().list(MOST + 1).stream();
            default -> Stream.of();
        };
    }
}
