package dev.stele.mcp;

import dev.stele.Stele;
import dev.stele.audit.AuditEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Factory of MCP servers with all tools, resources and prompts of a memory. Stateless. */
public final class McpServers {

    /** Names of tools that walk the graph, some of them through all of it; their calls run in a bounded pool. */
    private static final Set<String> HEAVY =
            Set.of("read_graph", "search_nodes", "open_nodes", "neighbors", "path", "graph_query", "get_context");

    /** Default of the maximum number of entities that the graph viewer shows. */
    public static final int DEFAULT_GRAPH_NODES = 300;

    private McpServers() {}

    /**
     * Creates a server for the agents of one memory, whose graph viewer shows {@value #DEFAULT_GRAPH_NODES} entities
     * and whose calls are not audited.
     *
     * @param stele the memory, which must stay open as long as the server is used
     * @param runner runs the calls of tools within limits
     * @param limits limits of tasks
     * @return the server, to be passed to a transport and to be closed after it
     */
    public static McpServer of(Stele stele, ToolRunner runner, TaskLimits limits) {
        return of(stele, runner, limits, DEFAULT_GRAPH_NODES, _ -> {});
    }

    /**
     * Creates a server for the agents of one memory.
     *
     * @param stele the memory, which must stay open as long as the server is used
     * @param runner runs the calls of tools within limits
     * @param limits limits of tasks
     * @param graphNodes maximum number of entities that the graph viewer shows ({@code mcp.graph-nodes})
     * @param audit receives an entry for each call of a tool that the audit log contains, on the thread of the call;
     *     usually {@link dev.stele.audit.AuditLog#add}
     * @return the server, to be passed to a transport and to be closed after it
     */
    public static McpServer of(
            Stele stele, ToolRunner runner, TaskLimits limits, int graphNodes, Consumer<AuditEntry> audit) {
        List<Tool> tools = new ArrayList<>(ReferenceTools.all());
        tools.addAll(MemoryTools.all());
        tools.addAll(SessionTools.all());
        tools.addAll(GraphTools.all());
        tools.add(MemoryFileTool.create());
        tools.add(StatusTool.of(stele));
        tools.add(BackupTool.of(stele));
        tools.replaceAll(tool -> HEAVY.contains(tool.name()) ? tool.asHeavy() : tool);
        return new McpServer(tools, new Resources(graphNodes), new Prompts(), runner, limits, audit);
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
