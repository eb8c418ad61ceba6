package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Detector of the format of a file by the fields that its first values have. A format is detected by fields that only
 * this format has; the general chat format comes last. Stateless.
 */
final class FormatDetector {

    /** Front matter, or an observation, relation or link of a Markdown note. */
    private static final Pattern MARKDOWN_NOTE = Pattern.compile(
            "\\A---\\R.*?^---\\s*$|^\\s*[-*] \\[[^\\]\\r\\n]{2,}\\] |\\[\\[[^\\]\\r\\n]+\\]\\]",
            Pattern.MULTILINE | Pattern.DOTALL);

    /** Values of the field {@code type} of a message of LangChain. */
    private static final Set<String> LANGCHAIN_TYPES =
            Set.of("human", "ai", "system", "tool", "function", "chat", "HumanMessageChunk", "AIMessageChunk");

    /** Values of the field {@code type} of a message of LangChain4j. */
    private static final Set<String> LANGCHAIN4J_TYPES = Set.of("USER", "AI", "SYSTEM", "TOOL_EXECUTION_RESULT");

    private FormatDetector() {}

    /**
     * Detects a format.
     *
     * @param name name of the file with its folders; empty if unknown
     * @param head first characters of the file
     * @return format; empty if the file has none of the formats
     */
    static Optional<ImportFormat> detect(String name, String head) {
        String start = head.stripLeading();
        if (CopilotReader.isHeader(firstLine(start))) {
            return Optional.of(ImportFormat.COPILOT);
        }
        String lower = name.toLowerCase(Locale.ROOT);
        boolean isMarkdown = lower.endsWith(".md") || lower.endsWith(".markdown");
        if (isMarkdown || lower.endsWith(".txt") || start.startsWith("---\n") || start.startsWith("---\r\n")) {
            boolean isNote = MARKDOWN_NOTE.matcher(head).find();
            if (isNote || isMarkdown || lower.endsWith(".txt")) {
                return Optional.of(isNote ? ImportFormat.MARKDOWN : ImportFormat.MEMORY_FILES);
            }
        }
        return start.indexOf('{') < 0 ? Optional.empty() : detectJson(new JsonShape(start));
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private static Optional<ImportFormat> detectJson(JsonShape shape) {
        if (shape.texts("type").contains(Exporter.HEADER)) {
            return Optional.of(ImportFormat.STELE);
        }
        if (shape.texts("schema").stream().anyMatch(text -> text.startsWith("portable-ai-memory"))) {
            return Optional.of(ImportFormat.PAM);
        }
        if (shape.texts("format").contains("open-memory-interchange")) {
            return Optional.of(ImportFormat.OMI);
        }
        if (shape.has("mapping")
                && (shape.hasAny("current_node", "conversation_id", "create_time") || shape.hasPrefix("mapping."))) {
            return Optional.of(ImportFormat.CHATGPT);
        }
        if (shape.hasAny("chat_messages", "conversations_memory", "project_memories")) {
            return Optional.of(ImportFormat.CLAUDE);
        }
        if ((shape.has("header", "title") && shape.hasAny("time", "products", "safeHtmlItem", "activityControls"))
                || shape.hasAny("userInteractions.userInteraction", "safeHtmlItem.html")) {
            return Optional.of(ImportFormat.GEMINI);
        }
        if (shape.hasPrefix("conversation.session_") || shape.hasAny("conversation.speaker_a")) {
            return Optional.of(ImportFormat.LOCOMO);
        }
        if (shape.hasAny("entityType", "relationType", "entities.entityType", "relations.relationType")) {
            return Optional.of(ImportFormat.MCP_MEMORY);
        }
        if (isZep(shape)) {
            return Optional.of(ImportFormat.ZEP);
        }
        if (shape.hasAny("results.memory", "memories.memory")
                || (shape.has("memory") && shape.hasAny("id", "hash", "user_id"))) {
            return Optional.of(ImportFormat.MEM0);
        }
        if (shape.hasAny("data.content", "messages.data.content", "kwargs.content", "messages.kwargs.content")
                || (shape.has("content", "type")
                        && !shape.has("role")
                        && shape.texts("type").stream().anyMatch(LANGCHAIN_TYPES::contains))) {
            return Optional.of(ImportFormat.LANGCHAIN);
        }
        if (shape.hasAny("contents", "text") && shape.texts("type").stream().anyMatch(LANGCHAIN4J_TYPES::contains)) {
            return Optional.of(ImportFormat.LANGCHAIN4J);
        }
        boolean isChat = shape.has("role", "content")
                || shape.has("messages.role")
                || shape.has("role", "parts")
                || (shape.has("role") && shape.hasAny("tool_calls", "function_call"));
        return isChat ? Optional.of(ImportFormat.CHAT) : Optional.empty();
    }

    private static boolean isZep(JsonShape shape) {
        boolean facts =
                shape.has("fact") && shape.hasAny("source_node_uuid", "target_node_uuid", "valid_at", "uuid", "rating");
        return facts
                || shape.hasAny("edges.fact", "facts.fact", "relevant_facts.fact", "role_type", "messages.role_type")
                || (shape.hasAny("nodes.uuid", "nodes.labels") && shape.hasAny("edges", "nodes.summary"));
    }

    /** Returns the error for a file without a known format; its message names the fields that the file has. */
    static InvalidInputException unknown(String head) {
        Object tree;
        String start = firstLine(head.strip());
        try {
            tree = Json.read(start);
        } catch (InvalidInputException e) {
            tree = null;
        }
        String fields = tree instanceof Map<?, ?> map && !map.isEmpty()
                ? "; its first line has the fields "
                        + map.keySet().stream().limit(10).map(String::valueOf).toList()
                : "";
        return new InvalidInputException(
                "The file has none of the formats that can be imported%s. Name its format with --format (format= in HTTP): %s."
                        .formatted(fields, ImportFormat.labels()));
    }
}
