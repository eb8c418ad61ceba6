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

/** Completion of arguments of prompts and of resource URIs while a person types. Stateless. */
final class Completions {

    /** Maximum number of proposed values; the maximum of the protocol. */
    private static final int MAX_VALUES = 100;

    private Completions() {}

    /** Result of {@code completion/complete}. */
    static Map<String, @Nullable Object> complete(McpSession session, JsonObject params) {
        JsonObject argument = JsonObject.of("argument", params.raw("argument"));
        String name = argument.string("name");
        String prefix = argument.optionalString("value").orElse("").toLowerCase(Locale.ROOT);
        List<String> values;
        try {
            values = candidates(session.memory(), name, prefix)
                    .filter(value -> value.toLowerCase(Locale.ROOT).contains(prefix))
                    .distinct()
                    .limit(MAX_VALUES + 1L)
                    .toList();
        } catch (NotFoundException e) {
            values = List.of(); // the agent does not exist yet
        }
        boolean more = values.size() > MAX_VALUES;
        return Json.fields()
                .keep(
                        "completion",
                        Json.fields()
                                .keep("values", more ? values.subList(0, MAX_VALUES) : values)
                                .put("total", more ? null : values.size())
                                .keep("hasMore", more)
                                .map())
                .map();
    }

    private static Stream<String> candidates(AgentMemory memory, String argument, String prefix) {
        return switch (argument) {
            case "entity", "topic" ->
                memory.graph().searchText(prefix, MAX_VALUES + 1).stream().map(Entity::name);
            case "session" ->
                memory.sessions().list(Optional.empty(), MAX_VALUES + 1, Optional.empty()).items().stream()
                        .map(Session::id);
            case "user" -> memory.users().list(MAX_VALUES + 1).stream();
            default -> Stream.of();
        };
    }
}
