package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Format of a file that can be imported. */
public enum ImportFormat {
    /** Export of Stele itself, see {@link Exporter}. */
    STELE,
    /** Messages with role and content, and conversations of such messages, see {@link ChatReader}. */
    CHAT,
    /** Export of ChatGPT, see {@link ChatGptReader}. */
    CHATGPT,
    /** Export of Claude, see {@link ClaudeReader}. */
    CLAUDE,
    /** Activity of Gemini from Google Takeout, see {@link GeminiReader}. */
    GEMINI,
    /** Activity of Microsoft Copilot as CSV, see {@link CopilotReader}. */
    COPILOT,
    /** Messages of LangChain, see {@link LangChainReader}. */
    LANGCHAIN,
    /** Messages of LangChain4j, see {@link LangChain4jReader}. */
    LANGCHAIN4J,
    /** Conversations of the LoCoMo data set, see {@link LocomoReader}. */
    LOCOMO,
    /** Memories of mem0, see {@link Mem0Reader}. */
    MEM0,
    /** Messages, facts and graphs of Zep and Graphiti, see {@link ZepReader}. */
    ZEP,
    /** Portable AI Memory, see {@link PamReader}. */
    PAM,
    /** Open Memory Interchange, see {@link OmiReader}. */
    OMI,
    /** File of the reference memory server of the Model Context Protocol, see {@link McpMemoryReader}. */
    MCP_MEMORY,
    /** Notes of Basic Memory and Obsidian, see {@link MarkdownReader}. */
    MARKDOWN,
    /** Files of the memory directory that the memory tool of Claude keeps, see {@link MemoryFileReader}. */
    MEMORY_FILES;

    /** Returns the name used in options and reports: lower-case words separated by hyphens. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Returns the format with a name, ignoring case.
     *
     * @throws InvalidInputException if there is no such format; the message lists all formats
     */
    public static ImportFormat of(String label) {
        return Arrays.stream(values())
                .filter(format -> format.label().equals(label.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(
                        "The format " + Json.write(label) + " is unknown; use one of " + labels() + "."));
    }

    /** Returns the names of all formats, separated by commas. */
    public static String labels() {
        return Arrays.stream(values()).map(ImportFormat::label).collect(Collectors.joining(", "));
    }

    /** Returns whether the text of a file of this format is read as a whole and not as JSON values. */
    boolean isText() {
        return this == COPILOT || this == MARKDOWN || this == MEMORY_FILES;
    }
}
