package dev.stele.transfer;

import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Front matter of a Markdown file: fields between two lines of three hyphens, in the part of YAML that note tools
 * write. A field is one line with a text, a quoted text, a list in brackets or a JSON value, or is followed by the
 * lines of a list. Anything else is skipped. Immutable.
 *
 * @param fields values by name: text or list of texts
 * @param body text after the front matter
 */
record FrontMatter(Map<String, Object> fields, String body) {

    FrontMatter {
        fields = Map.copyOf(fields);
    }

    /** Separates the front matter from the text of a file. */
    static FrontMatter of(String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().stripTrailing().equals("---")) {
            return new FrontMatter(Map.of(), text);
        }
        int end = 1;
        while (end < lines.size() && !lines.get(end).stripTrailing().equals("---")) {
            end++;
        }
        if (end == lines.size()) {
            return new FrontMatter(Map.of(), text);
        }
        return new FrontMatter(fields(lines.subList(1, end)), String.join("\n", lines.subList(end + 1, lines.size())));
    }

    private static Map<String, Object> fields(List<String> lines) {
        var fields = new LinkedHashMap<String, Object>();
        String name = "";
        for (String line : lines) {
            String stripped = line.strip();
            if (stripped.startsWith("- ") && !name.isEmpty()) {
                var list = new ArrayList<Object>();
                if (fields.get(name) instanceof List<?> items) {
                    list.addAll(items);
                }
                list.add(scalar(stripped.substring(2).strip()));
                fields.put(name, list);
                continue;
            }
            int colon = line.indexOf(':');
            if (colon <= 0 || Character.isWhitespace(line.charAt(0)) || stripped.startsWith("#")) {
                continue;
            }
            name = line.substring(0, colon).strip();
            String value = line.substring(colon + 1).strip();
            if (value.isEmpty()) {
                continue;
            }
            fields.put(
                    name,
                    value.length() > 1 && value.startsWith("[") && value.endsWith("]") && !value.startsWith("[[")
                            ? list(value.substring(1, value.length() - 1))
                            : scalar(value));
        }
        return fields;
    }

    private static List<Object> list(String text) {
        var items = new ArrayList<Object>();
        var item = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && quoted && i + 1 < text.length()) {
                item.append(c).append(text.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
                item.append(c);
            } else if (c == ',' && !quoted) {
                items.add(scalar(item.toString().strip()));
                item.setLength(0);
            } else {
                item.append(c);
            }
        }
        if (!item.toString().isBlank()) {
            items.add(scalar(item.toString().strip()));
        }
        return items;
    }

    private static String scalar(String text) {
        if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
            try {
                return Json.read(text) instanceof String value ? value : text;
            } catch (dev.stele.model.InvalidInputException e) {
                return text.substring(1, text.length() - 1);
            }
        }
        if (text.length() >= 2 && text.startsWith("'") && text.endsWith("'")) {
            return text.substring(1, text.length() - 1).replace("''", "'");
        }
        return text;
    }

    /** Returns the text of a field; empty text if there is none. */
    String text(String name) {
        return fields.get(name) instanceof String text ? text : "";
    }

    /** Returns a field unchecked; null if there is none. */
    @Nullable
    Object raw(String name) {
        return fields.get(name);
    }
}
