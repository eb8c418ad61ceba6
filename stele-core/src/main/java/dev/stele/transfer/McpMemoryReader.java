package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Reader of the file of the Model Context Protocol reference memory server. A line is an object, or several objects
 * after an interrupted write, or one document with lists of entities and relations.
 */
final class McpMemoryReader {

    private McpMemoryReader() {}

    static List<ImportEntry> read(String line) {
        var entries = new ArrayList<ImportEntry>();
        for (String object : objects(line)) {
            JsonObject json = Json.readObject("line", object);
            if (json.has("entities") || (json.has("relations") && !json.has("type"))) {
                for (JsonObject entity : json.objects("entities")) {
                    entries.add(entry(entity, "entity"));
                }
                for (JsonObject relation : json.objects("relations")) {
                    entries.add(entry(relation, "relation"));
                }
            } else {
                entries.add(entry(json, json.optionalString("type").orElse("")));
            }
        }
        return entries;
    }

    private static ImportEntry entry(JsonObject json, String type) {
        var fields = new java.util.LinkedHashMap<>(json.raw());
        fields.put("type", type);
        return new ImportEntry.OfPlain(McpMemoryGraph.readLine(JsonObject.of(type.isEmpty() ? "line" : type, fields))
                .orElseThrow(() -> new InvalidInputException(
                        "The type " + Json.write(type) + " is unknown; it is entity or relation.")));
    }

    /**
     * Splits a line into its top-level objects. Text outside of objects is kept as an element, so that the parser
     * refuses it.
     */
    private static List<String> objects(String line) {
        var objects = new ArrayList<String>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                i = JsonQuotes.closing(line, i, line.length());
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                objects.add(line.substring(start, i + 1));
                start = i + 1;
            }
        }
        if (!line.substring(start).isBlank()) {
            objects.add(line.substring(start));
        }
        return objects;
    }
}
