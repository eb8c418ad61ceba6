package dev.stele;

/**
 * Handle of a foreground request, during which background work gives way; see
 * {@link AgentMemory#beginForegroundRequest}. Thread-safe.
 */
public interface ForegroundRequest extends AutoCloseable {

    /** Ends the request. Idempotent. */
    @Override
    void close();
}
