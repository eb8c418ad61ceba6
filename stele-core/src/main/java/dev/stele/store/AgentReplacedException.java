package dev.stele.store;

/**
 * The agent was forgotten or restored, perhaps by another process, so this open store reads files that are no longer
 * the agent's. Not an error of the caller: whoever holds the store opens the agent again and repeats the call.
 */
public final class AgentReplacedException extends RuntimeException {
    public AgentReplacedException(String agent) {
        super("agent " + agent + " was replaced while it was open", null, false, false);
    }
}
