package dev.stele.extract;

/** Thinks of what may be learnt from an interaction. Thread-safe; called on virtual threads and under no lock. */
public interface Extractor {

    /** May fail; it is asked again later then. */
    Proposals propose(ExtractionInput material);
}
