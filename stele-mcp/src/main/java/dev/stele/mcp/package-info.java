/**
 * The Model Context Protocol (MCP) over a memory, independent of any web server.
 *
 * <p>{@link dev.stele.mcp.McpServers#of} assembles a server with its tools, resources and prompts. A transport reads
 * messages from a client and passes each one to the server: {@link dev.stele.mcp.StdioTransport} reads lines from
 * standard input; {@link dev.stele.mcp.McpHttp} implements sessions and event streams of Streamable HTTP, and a web
 * server adapts its requests to that class. Messages are JSON trees in between. The state of one client is a session
 * that belongs to its transport; all other objects are immutable and shared.
 */
@NullMarked
package dev.stele.mcp;

import org.jspecify.annotations.NullMarked;
