package dev.stele.model;

/** A bounded wait ran out; the message names who holds what was waited for. The write was not done; try again. */
public final class AgentBusyException extends SteleException {
    public AgentBusyException(String message) {
        super("agent-busy", message, null);
    }
}
