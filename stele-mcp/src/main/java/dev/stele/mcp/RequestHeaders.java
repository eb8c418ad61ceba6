package dev.stele.mcp;

import java.util.Optional;

/** HTTP headers of a message. Names are case-insensitive, and values have no surrounding blanks. */
public interface RequestHeaders {

    /** Header with the id of a session. */
    String SESSION = "Mcp-Session-Id";

    /** Header with the version of the protocol. */
    String VERSION = "MCP-Protocol-Version";

    /** Header with the id of the last event that a client received. */
    String LAST_EVENT = "Last-Event-ID";

    /** Returns the first value of a header; empty if there is none. */
    Optional<String> get(String name);
}
