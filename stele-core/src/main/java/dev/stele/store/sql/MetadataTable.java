package dev.stele.store.sql;

import java.util.Optional;

/** Key-value table of properties of an agent's memory as a whole. */
final class MetadataTable {

    /** Key of the agent's name. */
    static final String AGENT = "agent";
    /** Key that exists while deleted content must still be made unreadable. */
    static final String SCRUB = "scrub";
    /**
     * Key that exists while unused parts of pages may contain deleted content, because the database was not rewritten.
     */
    static final String RESIDUE = "residue";
    /** Highest version of a user context that was erased. */
    static final String ERASED_VERSION = "erased_version";
    /** Key of the serving model's name. */
    static final String MODEL = "model";
    /** Key of the analyzer version of the index terms. */
    static final String RULES = "rules";

    private final SqlSession db;

    MetadataTable(SqlSession db) {
        this.db = db;
    }

    Optional<String> get(String key) {
        return db.first("select value from {meta} where key = ?", row -> row.text(1), key);
    }

    void put(String key, String value) {
        db.put("meta", 1, "key, value", key, value);
    }

    void remove(String key) {
        db.delete("meta", "key = ?", key);
    }
}
