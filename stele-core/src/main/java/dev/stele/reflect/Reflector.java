package dev.stele.reflect;

/** Thinks of what may be learnt from an interaction. Thread-safe; called on virtual threads and under no lock. */
public interface Reflector {

    /** May fail; it is asked again later then. */
    Proposals propose(Material material);
}
