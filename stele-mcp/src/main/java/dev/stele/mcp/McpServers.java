package dev.stele.mcp;

import dev.stele.Stele;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts together what a client of a memory may call. */
public final class McpServers {

    private McpServers() {}

    /** Names of tools that walk through the graph, by what they are given through all of it. */
    private static final Set<String> HEAVY =
            Set.of("read_graph", "search_nodes", "open_nodes", "neighbors", "path", "graph_query", "get_context");

    /** A server for the agents of one {@link Stele}. */
    public static McpServer of(Stele stele, ToolRunner runner) {
        List<Tool> tools = new ArrayList<>(ReferenceTools.all());
        tools.addAll(MemoryTools.all());
        tools.addAll(GraphTools.all());
        tools.add(StatusTool.of(stele));
        tools.replaceAll(tool -> HEAVY.contains(tool.name()) ? tool.ofLength() : tool);
        return new McpServer(tools, new Resources(), new Prompts(), runner);
    }

    /** A tree of settings as people write them. */
    public static String pretty(Map<String, ?> tree) {
        return PrettyJson.write(tree);
    }
}
