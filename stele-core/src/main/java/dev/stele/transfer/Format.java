package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Locale;
import java.util.Map;

/** Format of a file that can be imported. */
enum Format {
    STELE,
    CHAT,
    LOCOMO,
    MCP_MEMORY;

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Detects the format of a file by its first line that is not blank. */
    static Format of(String firstLine) {
        Object tree;
        try {
            tree = Json.read(firstLine);
        } catch (InvalidInputException e) {
            if (firstLine.contains("\"entityType\"") || firstLine.contains("\"relationType\"")) {
                return MCP_MEMORY; // several objects on one line, as an interrupted write leaves them
            }
            // Either a JSON document of several lines, or a damaged line of a chat.
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
