package dev.stele.model;

/**
 * Thrown if a bounded wait times out. The message names the holder of the awaited resource. The write was not done; the
 * caller may retry it.
 */
public final class AgentBusyException extends SteleException {
    public AgentBusyException(String message) {
        super("agent-busy", message, null);
    }
}
