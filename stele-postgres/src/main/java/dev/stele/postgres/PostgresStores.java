package dev.stele.postgres;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.DatabaseConfig;
import dev.stele.store.TaskStore;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** All agents of one database. Agents come and go by one transaction, so there is never half an agent. Thread-safe. */
public final class PostgresStores implements AgentStores {

    /** The tables with rows of agents; how an agent is forgotten, and what a backup holds. */
    static final List<String> TABLES = List.of(
            "change",
            "message",
            "message_revision",
            "session",
            "note",
            "note_history",
            "note_use",
            "user_context",
            "embedding_model",
            "embedding",
            "embedding_coming",
            "idempotency",
            "archive_segment",
            "archive_file",
            "archived",
            "meta",
            "keyword",
            "entity",
            "entity_version",
            "entity_name",
            "observation",
            "relation",
            "lineage",
            "expired_source",
            "graph_text",
            "interaction",
            "consolidation",
            "agent_record",
            "document",
            "passage");

    private static final int OLDEST_SERVER = 13;

    private final ConnectionPool connections;
    private final Limits limits;
    private final ChangeNotifier notices;
    private final PostgresTasks tasks;

    private PostgresStores(ConnectionPool connections, Limits limits) {
        this.connections = connections;
        this.limits = limits;
        this.notices = new ChangeNotifier(connections);
        this.tasks = new PostgresTasks(connections);
    }

    /** Opens a database, making its tables or bringing them up to date unless read-only. */
    public static PostgresStores open(DatabaseConfig database, Limits limits, boolean readOnly) {
        var connections = new ConnectionPool(database, limits.patience(), readOnly);
        try {
            prepare(connections, new Migrator(database.partitions()));
            return new PostgresStores(connections, limits);
        } catch (RuntimeException e) {
            connections.close();
            throw e;
        }
    }

    /** Looks at the tables on a connection of its own, waiting for a server that is not up yet. */
    private static void prepare(ConnectionPool connections, Migrator migrator) {
        var deadline = Deadline.in(connections.patience());
        var pause = new BackoffPause();
        while (true) {
            try (Connection connection = connections.apart()) {
                checkVersion(connection, connections.place());
                if (!connections.readOnly()) {
                    migrator.migrate(connection);
                    return;
                }
                try (Statement statement = connection.createStatement()) {
                    int found = migrator.check(statement);
                    if (found < migrator.version()) {
                        throw new StelePersistenceException(
                                "The database %s has schema %d and %d is needed; open it once for writing, which migrates it."
                                        .formatted(connections.place(), Math.max(0, found), migrator.version()),
                                null);
                    }
                    return;
                }
            } catch (SQLException e) {
                if (!SqlStateTranslator.passes(e) || !pause.before(deadline)) {
                    throw SqlStateTranslator.error("Opening the memory", connections.place(), e);
                }
            }
        }
    }

    /** Refuses a server that could not say what became of a transaction. */
    private static void checkVersion(Connection connection, String place) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < OLDEST_SERVER) {
            throw new StelePersistenceException(
                    "The server of %s is PostgreSQL %d, and %d or newer is needed; upgrade it, or take another."
                            .formatted(place, version, OLDEST_SERVER),
                    null);
        }
    }

    private Optional<Long> number(AgentName agent) {
        return connections.read("Looking for agent " + agent, PostgresDialect.PLAIN, 0, db -> number(db, agent));
    }

    static Optional<Long> number(SqlSession db, AgentName agent) {
        return db.first("select number from stele.agent where name = ?", row -> row.number(1), agent.value());
    }

    @Override
    public boolean exists(AgentName agent) {
        return number(agent).isPresent();
    }

    @Override
    public List<AgentName> agents() {
        return connections.read(
                "Listing agents",
                PostgresDialect.PLAIN,
                0,
                db -> db.list("select name from stele.agent", row -> new AgentName(row.text(1))).stream()
                        .sorted()
                        .toList());
    }

    @Override
    public AgentStore open(AgentName agent) {
        Optional<Long> there = number(agent);
        return store(agent, there.isPresent() || connections.readOnly() ? there : create(agent));
    }

    @Override
    public AgentStore openExisting(AgentName agent) {
        return store(agent, number(agent));
    }

    private AgentStore store(AgentName agent, Optional<Long> number) {
        return new PostgresStore(
                agent, number.orElseThrow(() -> AgentStores.missing(agent)), connections, notices, limits);
    }

    /** Makes an agent unless somebody else was faster. */
    private Optional<Long> create(AgentName agent) {
        Optional<Long> made = connections.write("Making agent " + agent, PostgresDialect.PLAIN, 0, db -> {
            Optional<Long> added = add(db, agent);
            added.ifPresent(number -> {
                var rows = db.of(PostgresDialect.SHARED, number);
                SqlEdit.create(rows, agent);
                rows.send();
            });
            return added;
        });
        return made.or(() -> number(agent));
    }

    /** The number of a new agent; empty if there is one of that name, perhaps since just now. */
    static Optional<Long> add(SqlSession db, AgentName agent) {
        return db.first(
                "insert into stele.agent (name) values (?) on conflict do nothing returning number",
                row -> row.number(1),
                agent.value());
    }

    @Override
    public void delete(AgentName agent) {
        boolean there =
                connections.write("Forgetting agent " + agent, PostgresDialect.PLAIN, 0, db -> remove(db, agent));
        if (!there) {
            throw AgentStores.missing(agent);
        }
    }

    /** Removes an agent with all its rows; writers of it, on any node, come before or find nothing. */
    static boolean remove(SqlSession db, AgentName agent) {
        Optional<Long> number = db.first(
                "select number from stele.agent where name = ? for update", row -> row.number(1), agent.value());
        number.ifPresent(all -> {
            var rows = db.of(PostgresDialect.SHARED, all);
            TABLES.forEach(table -> rows.delete(table, "true"));
            rows.delete("lease", "true");
            db.update("delete from stele.due where agent = ?", all);
            db.update("delete from stele.agent where number = ?", all);
        });
        return number.isPresent();
    }

    @Override
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        return new TableBackup(connections).restore(backup, as, replace);
    }

    @Override
    public TaskStore tasks() {
        return tasks;
    }

    @Override
    public void markDue(AgentName agent) {
        connections.write(
                "Noting work of agent " + agent,
                PostgresDialect.PLAIN,
                0,
                db -> db.update(
                        "insert into stele.due (agent) select number from stele.agent where name = ? on conflict do nothing",
                        agent.value()));
    }

    @Override
    public void clearDue(AgentName agent) {
        connections.write(
                "Noting work of agent " + agent,
                PostgresDialect.PLAIN,
                0,
                db -> db.update(
                        "delete from stele.due where agent in (select number from stele.agent where name = ?)",
                        agent.value()));
    }

    @Override
    public List<AgentName> due() {
        return connections.read(
                "Looking for work",
                PostgresDialect.PLAIN,
                0,
                db -> db.list(
                        "select a.name from stele.due d join stele.agent a on a.number = d.agent",
                        row -> new AgentName(row.text(1))));
    }

    @Override
    public boolean reachable() {
        return connections.reachable();
    }

    @Override
    public void close() {
        notices.close();
        connections.close();
    }
}
