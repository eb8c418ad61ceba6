package dev.stele.server.support;

import dev.stele.model.Json;
import java.util.Map;

/** Messages of the Model Context Protocol for tests. */
public final class McpMessages {

    /** Request that starts a session. */
    public static final String INITIALIZE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";

    private McpMessages() {}

    /** Returns a request that calls a tool outside a session. */
    public static String call(String tool, Map<String, ?> arguments) {
        return Json.write(Map.of(
                "jsonrpc",
                "2.0",
                "id",
                1L,
                "method",
                "tools/call",
                "params",
                Map.of(
                        "name",
                        tool,
                        "arguments",
                        arguments,
                        "_meta",
                        Map.of(
                                "io.modelcontextprotocol/protocolVersion",
                                "2026-07-28",
                                "io.modelcontextprotocol/clientCapabilities",
                                Map.of()))));
    }

    /** Returns the names and values of the headers of a request that calls a tool outside a session. */
    public static String[] headers(String tool) {
        return new String[] {
            "Accept",
            "application/json, text/event-stream",
            "MCP-Protocol-Version",
            "2026-07-28",
            "Mcp-Method",
            "tools/call",
            "Mcp-Name",
            tool
        };
    }
}
