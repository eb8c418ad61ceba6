package dev.stele.mcp;

import dev.stele.Stele;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Factory of MCP servers with all tools, resources and prompts of a memory. Stateless. */
public final class McpServers {

    /** Names of tools that walk the graph, some of them through all of it; their calls run in a bounded pool. */
    private static final Set<String> HEAVY =
            Set.of("read_graph", "search_nodes", "open_nodes", "neighbors", "path", "graph_query", "get_context");

    private McpServers() {}

    /**
     * Creates a server for the agents of one memory.
     *
     * @param stele the memory, which must stay open as long as the server is used
     * @param runner runs the calls of tools within limits
     * @param limits limits of tasks
     * @return the server, to be passed to a transport and to be closed after it
     */
    public static McpServer of(Stele stele, ToolRunner runner, TaskLimits limits) {
        List<Tool> tools = new ArrayList<>(ReferenceTools.all());
        tools.addAll(MemoryTools.all());
        tools.addAll(SessionTools.all());
        tools.addAll(GraphTools.all());
        tools.add(MemoryFileTool.create());
        tools.add(StatusTool.of(stele));
        tools.add(BackupTool.of(stele));
        tools.replaceAll(tool -> HEAVY.contains(tool.name()) ? tool.asHeavy() : tool);
        return new McpServer(tools, new Resources(), new Prompts(), runner, limits);
    }

    /**
     * Formats a JSON tree for people, with one value a line and an indent of two spaces a level.
     *
     * @param tree names and JSON values
     * @return the JSON text, without a line break at the end
     */
    public static String pretty(Map<String, ?> tree) {
        return PrettyJson.write(tree);
    }
}
