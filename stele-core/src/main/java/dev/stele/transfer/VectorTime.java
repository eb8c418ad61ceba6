package dev.stele.transfer;

/** Time at which imported items get their vectors. Computing them takes far longer than the rest of an import. */
public enum VectorTime {
    /** With the items, so that they are found by meaning when the import ends. */
    DURING_IMPORT,
    /** In the background after the import, which ends when the items are durable and found by words. */
    IN_BACKGROUND,
    /** When the caller asks for it by {@link dev.stele.AgentMemory#embed}, or by a later maintenance. */
    ON_REQUEST
}
