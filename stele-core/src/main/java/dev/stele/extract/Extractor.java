package dev.stele.extract;

/**
 * Strategy that proposes notes and graph facts for an interaction. Implementations must be thread-safe; they are called
 * on platform threads while no lock is held.
 */
public interface Extractor {

    /**
     * Proposes notes and facts. The method may throw; the caller then retries the interaction later.
     *
     * @param material interaction, its messages and the existing notes
     * @return proposals, which may be empty
     */
    Proposals propose(ExtractionInput material);
}
