package dev.stele.transfer;

import dev.stele.model.Json;
import dev.stele.model.TextPrefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Content of a message of another system, reduced to text. Text parts are joined; images and files are named in the
 * text only if there is no other text, and their names are kept as attachments. Immutable.
 *
 * @param text text of the message; empty if there is none
 * @param attachments type and name of each image or file
 */
record Contents(String text, List<Map<String, @Nullable Object>> attachments) {

    /** Maximum length of a name of an attachment; a longer one, such as a data URL, is cut off. */
    private static final int MAX_NAME_CHARS = 200;

    private static final List<String> TEXTS = List.of("text", "thinking", "content", "value", "transcript", "refusal");
    private static final List<String> NAMES = List.of(
            "name",
            "file_name",
            "filename",
            "title",
            "file_id",
            "asset_pointer",
            "url",
            "image_url",
            "uri",
            "file_uuid",
            "id");

    /** Types of parts that are not said to anyone, or that carry no content. */
    private static final List<String> IGNORED = List.of(
            "thinking", "reasoning", "redacted_thinking", "token_budget", "thoughts", "reasoning_recap", "flag");

    Contents {
        attachments = List.copyOf(attachments);
    }

    /**
     * Reads a content: text, a list of parts, or an object with parts.
     *
     * @param content content field of a message; null for none
     */
    static Contents of(@Nullable Object content) {
        var text = new StringBuilder();
        var attachments = new ArrayList<Map<String, @Nullable Object>>();
        collect(content, text, attachments, 0);
        return new Contents(text.toString(), attachments);
    }

    private static void collect(
            @Nullable Object content, StringBuilder text, List<Map<String, @Nullable Object>> attachments, int depth) {
        switch (content) {
            case null -> {}
            case String piece -> append(text, piece);
            case List<?> parts
            when depth < Json.MAX_DEPTH -> parts.forEach(part -> collect(part, text, attachments, depth + 1));
            case Map<?, ?> part when depth < Json.MAX_DEPTH -> collect(part, text, attachments, depth + 1);
            case Number number -> append(text, number.toString());
            default -> {}
        }
    }

    private static void collect(
            Map<?, ?> part, StringBuilder text, List<Map<String, @Nullable Object>> attachments, int depth) {
        String type = typeOf(part);
        if (IGNORED.contains(type)) {
            return;
        }
        if (type.equals("tool_use")) {
            append(text, call(part.get("name"), part.get("input")));
            return;
        }
        if (part.get("parts") instanceof List<?> parts) {
            collect(parts, text, attachments, depth);
            return;
        }
        boolean isMedia = type.contains("image")
                || type.contains("audio")
                || type.contains("video")
                || type.contains("file")
                || type.contains("document")
                || part.containsKey("asset_pointer");
        if (isMedia && !(part.get("text") instanceof String)) {
            attachments.add(attachment(type, part));
            return;
        }
        for (String name : TEXTS) {
            Object value = part.get(name);
            if (value instanceof String || value instanceof List<?>) {
                collect(value, text, attachments, depth);
                return;
            }
        }
    }

    private static String typeOf(Map<?, ?> part) {
        for (String name : List.of("type", "content_type", "kind")) {
            if (part.get(name) instanceof String type) {
                return type.toLowerCase(java.util.Locale.ROOT);
            }
        }
        return "";
    }

    /** Returns the type and the name of an image or file. */
    static Map<String, @Nullable Object> attachment(String type, Map<?, ?> part) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("type", type.isEmpty() ? "file" : type);
        for (String name : NAMES) {
            Object value = part.get(name);
            if (value instanceof Map<?, ?> nested) {
                value = nested.get("url");
            }
            if (value instanceof String text && !text.isBlank() && !text.startsWith("data:")) {
                fields.put("name", TextPrefix.of(text, MAX_NAME_CHARS));
                break;
            }
        }
        return fields;
    }

    /** Returns the text for a call of a tool. */
    static String call(@Nullable Object name, @Nullable Object arguments) {
        String given = arguments instanceof String text ? text : arguments == null ? "" : Json.write(arguments);
        return "[tool call: %s(%s)]".formatted(name == null ? "unknown" : name, given);
    }

    private static void append(StringBuilder text, String piece) {
        if (!piece.isBlank()) {
            text.append(text.isEmpty() ? "" : "\n").append(piece);
        }
    }

    /** Returns a copy with more attachments. */
    Contents with(List<Map<String, @Nullable Object>> more) {
        var all = new ArrayList<Map<String, @Nullable Object>>(attachments);
        all.addAll(more);
        return new Contents(text, all);
    }

    /** Returns a copy with a text before the present one. */
    Contents withText(String before) {
        var joined = new StringBuilder(before);
        append(joined, text);
        return new Contents(joined.toString(), attachments);
    }

    /** Returns the text, or the names of the attachments if there is no text; empty if there is neither. */
    Optional<String> textOrNames() {
        if (!text.isBlank()) {
            return Optional.of(text);
        }
        if (attachments.isEmpty()) {
            return Optional.empty();
        }
        var names = new StringBuilder();
        for (Map<String, @Nullable Object> attachment : attachments) {
            Object name = attachment.get("name");
            append(
                    names,
                    name == null
                            ? "[" + attachment.get("type") + "]"
                            : "[%s: %s]".formatted(attachment.get("type"), name));
        }
        return Optional.of(names.toString());
    }
}
