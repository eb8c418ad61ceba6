package dev.stele.mcp;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Selection of tools that a session lists and accepts. A model reads the descriptions of all tools of a session with
 * each request, so a session should list only those that its model needs.
 */
public enum ToolProfile {
    /** The ten tools that most agents need: notes, recall and the graph by names. The default. */
    AGENT(
            "remember",
            "recall",
            "get_context",
            "update_note",
            "forget",
            "create_entities",
            "create_relations",
            "add_observations",
            "search_nodes",
            "open_nodes"),
    /** Tools of notes, messages, sessions and users. */
    MEMORY(
            "remember",
            "recall",
            "get_context",
            "update_note",
            "forget",
            "list_notes",
            "list_sessions",
            "get_session",
            "set_participants",
            "get_user",
            "status"),
    /** Tools of the knowledge graph, with all tools of the reference memory server. */
    GRAPH(
            "create_entities",
            "create_relations",
            "add_observations",
            "delete_entities",
            "delete_observations",
            "delete_relations",
            "read_graph",
            "search_nodes",
            "open_nodes",
            "connect",
            "neighbors",
            "path",
            "graph_query",
            "status"),
    /** The tool {@code memory}, which edits text files, and recall. */
    FILES("memory", "recall"),
    /** All tools of the server. */
    ALL;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of returns an unmodifiable set
    private final Set<String> tools;

    ToolProfile(String... tools) {
        this.tools = Set.of(tools);
    }

    /**
     * Returns the profile of a label.
     *
     * @param label {@code agent}, {@code memory}, {@code graph}, {@code files} or {@code all}
     * @throws InvalidInputException if there is no such profile
     */
    public static ToolProfile of(String label) {
        return Arrays.stream(values())
                .filter(profile -> profile.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("There is no tool profile %s; use one of %s."
                        .formatted(
                                Json.write(label),
                                Arrays.stream(values()).map(ToolProfile::label).collect(Collectors.joining(", ")))));
    }

    /** Returns the name of the profile in options. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether the profile includes a tool. */
    boolean includes(String tool) {
        return this == ALL || tools.contains(tool);
    }
}
