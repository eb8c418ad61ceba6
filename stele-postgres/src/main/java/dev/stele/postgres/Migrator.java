package dev.stele.postgres;

import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.SqlScript;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Schema migration: creates the tables or upgrades them to the version of this program. Immutable and thread-safe.
 *
 * <p>All steps run in one transaction under an advisory lock that admits one node at a time. Step <i>n</i> leads from
 * version <i>n</i> - 1 to <i>n</i>; a released step never changes. Each step states the oldest version of the program
 * that can use the resulting tables, so that nodes of two adjacent versions can run together while a cluster is
 * upgraded.
 */
final class Migrator {

    private static final System.Logger LOG = System.getLogger(Migrator.class.getName());

    /**
     * Migration step.
     *
     * @param oldest oldest schema version whose programs can use the tables after this step
     */
    record Step(SqlScript script, int oldest) {}

    private static final List<Step> STEPS = List.of(
            new Step(SqlScript.resource(Migrator.class, "schema-1.sql"), 1),
            new Step(SqlScript.resource(Migrator.class, "schema-2.sql"), 2),
            new Step(SqlScript.resource(Migrator.class, "schema-3.sql"), 3),
            new Step(SqlScript.resource(Migrator.class, "schema-4.sql"), 4));

    /** Key of the advisory lock. */
    private static final long LOCK = 0x7374656c65_00L;

    private static final Pattern CREATED = Pattern.compile("create table (stele\\.(\\w+))");

    private final int partitions;

    /**
     * @param partitions number of hash partitions of new tables; 0 to create tables without partitions
     */
    Migrator(int partitions) {
        this.partitions = partitions;
    }

    /** Returns the schema version of this program. */
    int version() {
        return STEPS.size();
    }

    /**
     * Creates or upgrades the tables.
     *
     * @param connection connection without a transaction in progress
     * @throws StelePersistenceException.NewerSchema if this program is too old for the tables
     * @throws SQLException if the server refuses a statement; nothing was changed
     */
    void migrate(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            if (check(statement) >= version()) {
                connection.rollback();
                return;
            }
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            // Another node may have migrated the tables while this one waited for the lock.
            int from = check(statement);
            if (from < 0) {
                statement.execute("create schema if not exists stele");
                statement.execute(
                        "create table stele.schema (version bigint primary key, oldest bigint not null, at timestamptz not null default now())");
                from = 0;
            }
            for (int next = from; next < version(); next++) {
                for (String sql : STEPS.get(next).script().statements()) {
                    run(statement, sql);
                }
                statement.execute("insert into stele.schema (version, oldest) values (%d, %d)"
                        .formatted(next + 1, STEPS.get(next).oldest()));
            }
            if (from == 0) {
                createTrigramIndex(connection, statement);
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /**
     * Returns the schema version of the database; -1 if it has no tables of Stele.
     *
     * @throws StelePersistenceException.NewerSchema if this program is too old for the tables
     */
    int check(Statement statement) throws SQLException {
        // Not to_regclass(): after a transaction has called it once, the name stays missing for the transaction
        // although
        // another node commits the table.
        try (ResultSet exists = statement.executeQuery(
                "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'stele' and c.relname = 'schema')")) {
            exists.next();
            if (!exists.getBoolean(1)) {
                return -1;
            }
        }
        try (ResultSet row =
                statement.executeQuery("select version, oldest from stele.schema order by version desc limit 1")) {
            if (!row.next()) {
                return 0;
            }
            int schema = row.getInt(1);
            if (row.getInt(2) > version()) {
                throw new StelePersistenceException.NewerSchema(
                        "The database has schema version %d, which needs a program for version %d or newer, but this program supports up to version %d. Upgrade this program; nothing was changed."
                                .formatted(schema, row.getInt(2), version()));
            }
            return schema;
        }
    }

    private void run(Statement statement, String template) throws SQLException {
        statement.execute(template.replace("{partitioned}", partitions > 0 ? "partition by hash (agent)" : ""));
        Matcher table = CREATED.matcher(template);
        if (partitions > 0 && template.contains("{partitioned}") && table.find()) {
            for (int part = 0; part < partitions; part++) {
                statement.execute(
                        "create table stele.%1$s_%2$d partition of %3$s for values with (modulus %4$d, remainder %2$d)"
                                .formatted(table.group(2), part, table.group(1), partitions));
            }
        }
    }

    /**
     * Creates the trigram index if the server has the extension {@code pg_trgm}; without it searches scan the texts.
     */
    private static void createTrigramIndex(Connection connection, Statement statement) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            statement.execute("create extension if not exists pg_trgm");
            statement.execute("create index graph_text_pieces on stele.graph_text using gin (body gin_trgm_ops)");
            connection.releaseSavepoint(before);
        } catch (SQLException e) {
            connection.rollback(before);
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "no trigram index (" + e.getSQLState() + "): searches for parts of names scan all names");
        }
    }
}
