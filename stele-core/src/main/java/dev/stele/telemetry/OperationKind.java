package dev.stele.telemetry;

/** Kind of a memory operation, as the semantic conventions of OpenTelemetry for generative AI distinguish them. */
public enum OperationKind {
    /** Ranked retrieval of items. */
    SEARCH("search_memory"),
    /** Creation of new items. */
    CREATE("create_memory"),
    /** Change of an existing item. */
    UPDATE("update_memory"),
    /** Write that creates or changes items without the caller choosing which. */
    UPSERT("upsert_memory"),
    /** Erasure of items. */
    DELETE("delete_memory"),
    /** Erasure of an agent with all its items. */
    DELETE_STORE("delete_memory_store");

    private final String label;

    OperationKind(String label) {
        this.label = label;
    }

    /** Returns the name of the operation in the semantic conventions. */
    public String label() {
        return label;
    }
}
