package dev.stele.mcp;

import dev.stele.Stele;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Puts together what a client of a memory may call. */
public final class McpServers {

    private McpServers() {}

    /** A server for the agents of one {@link Stele}. */
    public static McpServer of(Stele stele) {
        List<Tool> tools = new ArrayList<>(ReferenceTools.all());
        tools.addAll(MemoryTools.all());
        tools.addAll(GraphTools.all());
        tools.add(StatusTool.of(stele));
        return new McpServer(tools, new Resources(), new Prompts());
    }

    /** A tree of settings as people write them. */
    public static String pretty(Map<String, ?> tree) {
        return PrettyJson.write(tree);
    }
}
