package dev.stele.store;

/**
 * Thrown by an open store whose agent was deleted or restored, possibly by another process: the store reads files that
 * no longer belong to the agent. It is not an error of the caller. The owner of the store must open the agent again and
 * repeat the call.
 */
public final class AgentReplacedException extends RuntimeException {
    public AgentReplacedException(String agent) {
        super("agent " + agent + " was replaced while it was open", null, false, false);
    }
}
