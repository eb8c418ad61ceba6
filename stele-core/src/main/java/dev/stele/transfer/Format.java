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
    LOCOMO;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Tells the format by a file's first line that is not blank. */
    static Format of(String firstLine) {
        Object tree;
        try {
            tree = Json.read(firstLine);
        } catch (InvalidInputException e) {
            // A document over many lines, or a damaged line of a chat.
            return firstLine.contains("\"role\"") || firstLine.contains("\"content\"") ? CHAT : LOCOMO;
        }
        if (tree instanceof Map<?, ?>) {
            JsonObject json = JsonObject.of("first line", tree);
            if (json.has("type") && Exporter.HEADER.equals(json.raw("type"))) {
                return STELE;
            }
            return json.has("conversation") ? LOCOMO : CHAT;
        }
        return LOCOMO;
    }
}
