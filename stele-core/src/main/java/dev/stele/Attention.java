package dev.stele;

/** For as long as it is open somebody waits for an answer, see {@link AgentMemory#attend}. Thread-safe. */
public interface Attention extends AutoCloseable {

    /** Idempotent. */
    @Override
    void close();
}
