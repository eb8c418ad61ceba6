/**
 * The Model Context Protocol (MCP) over a memory, independent of any web server.
 *
 * <p>{@link dev.stele.mcp.McpServers#of} assembles a server with its tools, resources and prompts. A transport reads
 * messages from a client and passes each one to the server: {@link dev.stele.mcp.StdioTransport} reads lines from
 * standard input; {@link dev.stele.mcp.McpHttp} implements sessions and event streams of Streamable HTTP, and a web
 * server adapts its requests to that class. Messages are JSON trees in between. The state of one client is a session
 * that belongs to its transport.
 *
 * <p>All revisions of the protocol share one frame, {@link dev.stele.mcp.Request}. The revision of a request decides
 * where its metadata is ({@link dev.stele.mcp.RequestMeta}), what its result is wrapped in
 * ({@link dev.stele.mcp.Envelope}), and how its client is asked for inputs ({@link dev.stele.mcp.ClientInput}). Tools,
 * resources and prompts do not depend on it.
 */
@NullMarked
package dev.stele.mcp;

import org.jspecify.annotations.NullMarked;
