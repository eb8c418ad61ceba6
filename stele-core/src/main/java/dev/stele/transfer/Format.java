package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Locale;
import java.util.Map;

/** The kinds of files that can be imported. */
enum Format {
    STELE,
    CHAT,
    LOCOMO,
    MCP_MEMORY;

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Tells the format by a file's first line that is not blank. */
    static Format of(String firstLine) {
        Object tree;
        try {
            tree = Json.read(firstLine);
        } catch (InvalidInputException e) {
            if (firstLine.contains("\"entityType\"") || firstLine.contains("\"relationType\"")) {
                return MCP_MEMORY; // two objects on one line, as a writer that was cut short leaves them
            }
            // A document over many lines, or a damaged line of a chat.
            return firstLine.contains("\"role\"") || firstLine.contains("\"content\"") ? CHAT : LOCOMO;
        }
        if (tree instanceof Map<?, ?>) {
            JsonObject json = JsonObject.of("first line", tree);
            if (json.has("type") && Exporter.HEADER.equals(json.raw("type"))) {
                return STELE;
            }
            if (json.has("entityType") || json.has("relationType") || json.has("entities")) {
                return MCP_MEMORY;
            }
            return json.has("conversation") ? LOCOMO : CHAT;
        }
        return LOCOMO;
    }
}
