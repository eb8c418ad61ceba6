package dev.stele.mcp;

/**
 * Options of a session of a client. Immutable.
 *
 * @param readOnly whether tools that write are hidden and refused
 * @param searchFirst whether the client must search for a topic before it writes about the topic
 * @param tools tools that the session lists and accepts
 */
public record SessionOptions(boolean readOnly, boolean searchFirst, ToolProfile tools) {

    /** Options of a session that reads and writes by the default tools. */
    public static final SessionOptions DEFAULT = new SessionOptions(false, false, ToolProfile.AGENT);
}
