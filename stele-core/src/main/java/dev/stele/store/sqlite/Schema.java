package dev.stele.store.sqlite;

import dev.stele.concurrent.Closing;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.SqlScript;
import dev.stele.store.sql.SqlSession;
import java.nio.file.Path;
import java.util.List;

/**
 * Schema migrations from an empty database to the current version. Step n migrates version n - 1 to n. A released step
 * never changes.
 *
 * @param steps scripts in their order
 */
record Schema(List<SqlScript> steps) {

    static final Schema CURRENT = new Schema(List.of(
            resource("schema-1.sql"),
            resource("schema-2.sql"),
            resource("schema-3.sql"),
            resource("schema-4.sql"),
            resource("schema-5.sql"),
            resource("schema-6.sql"),
            resource("schema-7.sql"),
            resource("schema-8.sql"),
            resource("schema-9.sql"),
            resource("schema-10.sql")));

    int version() {
        return steps.size();
    }

    /**
     * Migrates a database to this schema in one transaction. A failure leaves the database unchanged.
     *
     * @throws StelePersistenceException.NewerSchema if the database has a newer version than this schema
     */
    void migrate(SqlSession db, Path file) {
        if (check(db, file) == version()) {
            return;
        }
        db.execute("begin immediate");
        try {
            // Another process may have migrated while this one waited for the lock.
            for (int from = check(db, file); from < version(); from++) {
                for (String statement : steps.get(from).statements()) {
                    db.execute(statement);
                }
                db.execute("pragma user_version = " + (from + 1));
            }
            db.execute("commit");
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, () -> db.execute("rollback")); // a full disk may have rolled back already
            throw e;
        }
    }

    /**
     * Returns the version of the database.
     *
     * @throws StelePersistenceException.NewerSchema if the database has a newer version than this schema
     */
    int check(SqlSession db, Path file) {
        int databaseVersion = (int) db.number("pragma user_version");
        if (databaseVersion > version()) {
            throw new StelePersistenceException.NewerSchema(
                    "%s has schema %d and this Stele knows up to %d; it was written by a newer Stele. Upgrade this one; nothing was changed."
                            .formatted(file, databaseVersion, version()));
        }
        return databaseVersion;
    }

    static SqlScript resource(String name) {
        return SqlScript.resource(Schema.class, name);
    }
}
