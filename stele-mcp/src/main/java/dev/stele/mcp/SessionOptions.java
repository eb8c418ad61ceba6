package dev.stele.mcp;

import dev.stele.audit.Actor;
import dev.stele.audit.Surface;

/**
 * Options of a session of a client. Immutable.
 *
 * @param readOnly whether tools that write are hidden and refused
 * @param searchFirst whether the client must search for a topic before it writes about the topic
 * @param tools tools that the session lists and accepts
 * @param administrator whether the client may use the tools for the operation of the memory, such as {@code backup};
 *     otherwise they are hidden and refused
 * @param actor who the client is, for the audit log
 */
public record SessionOptions(
        boolean readOnly, boolean searchFirst, ToolProfile tools, boolean administrator, Actor actor) {

    /** Options of a session that reads and writes by the default tools. */
    public static final SessionOptions DEFAULT = new SessionOptions(false, false, ToolProfile.AGENT);

    /** Creates the options of a client of the user who runs this process, who is an administrator. */
    public SessionOptions(boolean readOnly, boolean searchFirst, ToolProfile tools) {
        this(readOnly, searchFirst, tools, true, Actor.ofProcess(Surface.MCP));
    }
}
