package dev.stele.files;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parser of the input of a call of the memory tool. Stateless. */
final class CommandParser {

    private CommandParser() {}

    /**
     * Parses the input of a call of the tool. Fields that the command does not take are ignored.
     *
     * @param input fields of the input
     * @throws CommandRefusal if the command is unknown, or a field is absent, null or of another type
     */
    static MemoryCommand parse(Map<String, ? extends @Nullable Object> input) {
        Object command = input.get("command");
        String name = command instanceof String text ? text : "";
        if (!MemoryCommand.NAMES.contains(name)) {
            throw new CommandRefusal("Error: Unknown command: %s. The commands are %s"
                    .formatted(command == null ? "none" : Json.write(command), String.join(", ", MemoryCommand.NAMES)));
        }
        return switch (name) {
            case "view" -> new MemoryCommand.View(text(input, name, "path"), range(input));
            case "create" -> new MemoryCommand.Create(text(input, name, "path"), text(input, name, "file_text"));
            case "str_replace" ->
                new MemoryCommand.StrReplace(
                        text(input, name, "path"), text(input, name, "old_str"), text(input, name, "new_str"));
            case "insert" ->
                new MemoryCommand.Insert(
                        text(input, name, "path"),
                        number(input.get("insert_line"))
                                .orElseThrow(() -> missing(name, "insert_line", input, "a whole number")),
                        text(input, name, "insert_text"));
            case "delete" -> new MemoryCommand.Delete(text(input, name, "path"));
            default -> new MemoryCommand.Rename(text(input, name, "old_path"), text(input, name, "new_path"));
        };
    }

    private static String text(Map<String, ? extends @Nullable Object> input, String command, String field) {
        if (input.get(field) instanceof String text) {
            return text;
        }
        throw missing(command, field, input, "text");
    }

    private static CommandRefusal missing(
            String command, String field, Map<String, ? extends @Nullable Object> input, String expected) {
        Object value = input.get(field);
        return new CommandRefusal(
                value == null
                        ? "Error: Parameter `%s` is required for command: %s".formatted(field, command)
                        : "Error: Parameter `%s` of command %s is %s; it should be %s"
                                .formatted(field, command, JsonObject.kind(value), expected));
    }

    private static Optional<MemoryCommand.LineRange> range(Map<String, ? extends @Nullable Object> input) {
        Object value = input.get("view_range");
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof List<?> list && list.size() == 2) {
            Optional<Long> start = number(list.get(0));
            Optional<Long> end = number(list.get(1));
            if (start.isPresent() && end.isPresent()) {
                return Optional.of(new MemoryCommand.LineRange(start.get(), end.get()));
            }
        }
        throw new CommandRefusal("Error: Invalid `view_range` parameter: it should be two line numbers, [start, end];"
                + " an end of -1 stands for the last line");
    }

    private static Optional<Long> number(@Nullable Object value) {
        return switch (value) {
            case Long whole -> Optional.of(whole);
            case Integer whole -> Optional.of(whole.longValue());
            case null, default -> Optional.empty();
        };
    }
}
