package dev.stele.store.sql;

import java.util.Optional;

/** What is to be known of an agent's memory as a whole, as words under words. */
final class MetadataTable {

    /** Under which name the agent is known. */
    static final String AGENT = "agent";
    /** Whether deleted content is still to be made unreadable. */
    static final String SCRUB = "scrub";
    /** The model whose vectors serve. */
    static final String MODEL = "model";
    /** By which rules words are analysed. */
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
