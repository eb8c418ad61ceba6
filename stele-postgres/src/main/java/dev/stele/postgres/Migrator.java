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
 * Brings the tables to the version that this Stele works with, in one transaction, under a lock that lets one node at a time. Step n
 * leads from version n - 1 to n; a released step never changes. Each step says for which version of the code its tables still are, so
 * that nodes of two versions that are next to each other work side by side while a cluster is upgraded.
 */
final class Migrator {

    private static final System.Logger LOG = System.getLogger(Migrator.class.getName());

    /** @param oldest the oldest version of the code that works on the tables after it */
    record Step(SqlScript script, int oldest) {}

    private static final List<Step> STEPS = List.of(new Step(SqlScript.resource(Migrator.class, "schema-1.sql"), 1));

    private static final long LOCK = 0x7374656c65_00L;
    private static final Pattern CREATED = Pattern.compile("create table (stele\\.(\\w+))");

    private final int partitions;

    /** @param partitions into how many parts tables are cut when they are made, 0 for none */
    Migrator(int partitions) {
        this.partitions = partitions;
    }

    int version() {
        return STEPS.size();
    }

    /** @throws StelePersistenceException.NewerSchema if the tables are of a version that this Stele is too old for */
    void migrate(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            if (check(statement) >= version()) {
                connection.rollback();
                return;
            }
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            // Another node may have done it while this one waited.
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
                trigrams(connection, statement);
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** The version of the tables, which this Stele must be able to work with; -1 if there are none. */
    int check(Statement statement) throws SQLException {
        // Not to_regclass(): for a transaction that has asked it once, a name stays missing though another node commits
        // its table.
        try (ResultSet there = statement.executeQuery(
                "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'stele' and c.relname = 'schema')")) {
            there.next();
            if (!there.getBoolean(1)) {
                return -1;
            }
        }
        try (ResultSet row =
                statement.executeQuery("select version, oldest from stele.schema order by version desc limit 1")) {
            if (!row.next()) {
                return 0;
            }
            int found = row.getInt(1);
            if (row.getInt(2) > version()) {
                throw new StelePersistenceException.NewerSchema(
                        "The database has schema %d, which needs a Stele that knows schema %d, and this one knows up to %d. Upgrade this one; nothing was changed."
                                .formatted(found, row.getInt(2), version()));
            }
            return found;
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

    /** An index for pieces of texts, where the server has what it takes; without it they are looked through. */
    private static void trigrams(Connection connection, Statement statement) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            statement.execute("create extension if not exists pg_trgm");
            statement.execute("create index graph_text_pieces on stele.graph_text using gin (body gin_trgm_ops)");
            connection.releaseSavepoint(before);
        } catch (SQLException e) {
            connection.rollback(before);
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "no index of trigrams (" + e.getSQLState() + "): pieces of names are looked for without one");
        }
    }
}
