package dev.stele.postgres;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.DatabaseConfig;
import dev.stele.store.TaskStore;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The agents of one PostgreSQL database. Thread-safe. The owner must close it.
 *
 * <p>Each agent is created and deleted in one transaction, so an agent never exists partly.
 */
public final class PostgresStores implements AgentStores {

    /** Tables with rows of agents. Deletion of an agent and backups cover exactly these tables. */
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
            "participant",
            "graph_text",
            "interaction",
            "consolidation",
            "agent_record",
            "document",
            "passage");

    /** Minimum major version of the server: the first with {@code pg_current_xact_id}. */
    private static final int MIN_SERVER_VERSION = 13;

    private static final System.Logger LOG = System.getLogger(PostgresStores.class.getName());

    /** Minimum age of an archive directory without an agent before it is deleted. */
    private static final Duration MIN_RESIDUE_AGE = Duration.ofHours(1);

    private static final Pattern AGENT_NUMBER = Pattern.compile("\\d{1,18}");

    private final ConnectionPool connections;
    private final Limits limits;
    private final ChangeNotifier notifier;
    private final PostgresTasks tasks;

    private PostgresStores(ConnectionPool connections, Limits limits) {
        this.connections = connections;
        this.limits = limits;
        this.notifier = new ChangeNotifier(connections);
        this.tasks = new PostgresTasks(connections);
    }

    /**
     * Opens a database. Creates or upgrades its tables unless it is opened read-only.
     *
     * @param limits limits of stores, including the time to wait for the server
     * @throws StelePersistenceException if the server cannot be reached or is too old, or its tables cannot be used
     */
    public static PostgresStores open(DatabaseConfig database, Limits limits, boolean readOnly) {
        var connections = new ConnectionPool(database, limits.waitTimeout(), readOnly);
        PostgresStores stores = null;
        try {
            prepare(connections, new Migrator(database.partitions()));
            stores = new PostgresStores(connections, limits);
            stores.prepareArchive();
            stores.sweepArchives();
            return stores;
        } catch (Throwable e) { // whatever it is, a failed open leaves nothing open
            Closing.closeAfter(e, stores, connections);
            throw e;
        }
    }

    /** Checks or migrates the tables on an unpooled connection, and waits for a server that is still starting. */
    private static void prepare(ConnectionPool connections, Migrator migrator) {
        var deadline = Deadline.in(connections.patience());
        var pause = new BackoffPause();
        while (true) {
            try (Connection connection = connections.openUnpooled()) {
                checkVersion(connection, connections.place());
                if (!connections.readOnly()) {
                    migrator.migrate(connection);
                    return;
                }
                try (Statement statement = connection.createStatement()) {
                    int schema = migrator.check(statement);
                    if (schema < migrator.version()) {
                        throw new StelePersistenceException(
                                "The database %s has schema version %d, but version %d is needed; open it once for writing, which migrates it."
                                        .formatted(connections.place(), Math.max(0, schema), migrator.version()),
                                null);
                    }
                    return;
                }
            } catch (SQLException e) {
                if (!SqlStateTranslator.isTransient(e) || !pause.before(deadline)) {
                    throw SqlStateTranslator.error("Opening the memory", connections.place(), e);
                }
            }
        }
    }

    /** Refuses a server that cannot report the status of a transaction. */
    private static void checkVersion(Connection connection, String place) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < MIN_SERVER_VERSION) {
            throw new StelePersistenceException(
                    "The server of %s is PostgreSQL %d, but %d or newer is needed; upgrade it, or use another server."
                            .formatted(place, version, MIN_SERVER_VERSION),
                    null);
        }
    }

    private Optional<Long> number(AgentName agent) {
        return connections.read("Looking for agent " + agent, PostgresDialect.PLAIN, 0, db -> number(db, agent));
    }

    /** Returns the number of an agent; empty if there is no such agent. */
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
        Optional<Long> existing = number(agent);
        return store(agent, existing.isPresent() ? existing : create(agent));
    }

    @Override
    public AgentStore openExisting(AgentName agent) {
        return store(agent, number(agent));
    }

    private AgentStore store(AgentName agent, Optional<Long> number) {
        return new PostgresStore(
                agent, number.orElseThrow(() -> AgentStores.missing(agent)), connections, notifier, limits);
    }

    /** Creates an agent, unless another node creates it concurrently, and returns its number. */
    private Optional<Long> create(AgentName agent) {
        Optional<Long> created = connections.write("Creating agent " + agent, PostgresDialect.PLAIN, 0, db -> {
            Optional<Long> added = add(db, agent);
            added.ifPresent(number -> {
                var rows = db.of(PostgresDialect.SHARED, number);
                SqlEdit.create(rows, agent);
                rows.send();
            });
            return added;
        });
        return created.or(() -> number(agent));
    }

    /** Adds an agent and returns its number; empty if an agent of that name exists. */
    static Optional<Long> add(SqlSession db, AgentName agent) {
        return db.first(
                "insert into stele.agent (name) values (?) on conflict do nothing returning number",
                row -> row.number(1),
                agent.value());
    }

    @Override
    public void delete(AgentName agent) {
        Optional<Long> removed =
                connections.write("Deleting agent " + agent, PostgresDialect.PLAIN, 0, db -> remove(db, agent));
        deleteArchive(removed.orElseThrow(() -> AgentStores.missing(agent)));
    }

    /** Deletes the archive directory of a removed agent. After a failure, a later start of a node deletes it. */
    private void deleteArchive(long number) {
        connections.database().archive().ifPresent(archive -> {
            try {
                DurableFiles.deleteTree(archive.resolve(String.valueOf(number)));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, () -> "an archive is deleted later: " + e);
            }
        });
    }

    /** Creates the directory of the archives, if one is configured. */
    private void prepareArchive() {
        Optional<Path> archive = connections.database().archive();
        if (archive.isPresent() && !connections.readOnly()) {
            try {
                DurableFiles.createDirectories(archive.get());
            } catch (IOException e) {
                throw new StelePersistenceException(
                        "The directory " + archive.get() + " of store.archive cannot be created: " + e, e);
            }
        }
    }

    /**
     * Deletes the archive directories of agents that do not exist, which a crash after their removal left behind. A
     * young directory may belong to an agent whose restoration is not committed yet.
     */
    private void sweepArchives() {
        Optional<Path> archive = connections.database().archive().filter(Files::isDirectory);
        if (archive.isEmpty() || connections.readOnly()) {
            return;
        }
        Instant longAgo = Instant.now().minus(MIN_RESIDUE_AGE);
        var old = new ArrayList<Path>();
        try (var directories = Files.newDirectoryStream(archive.get())) {
            for (Path directory : directories) {
                boolean ofAgent =
                        AGENT_NUMBER.matcher(directory.getFileName().toString()).matches();
                if (ofAgent && Files.getLastModifiedTime(directory).toInstant().isBefore(longAgo)) {
                    old.add(directory);
                }
            }
            if (!old.isEmpty()) {
                Set<String> existing = numbers();
                for (Path directory : old) {
                    if (!existing.contains(directory.getFileName().toString())) {
                        DurableFiles.deleteTree(directory);
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "archives of removed agents are deleted later: " + e);
        }
    }

    /**
     * Deletes an agent with all its rows. The row lock makes concurrent writers of any node either commit before or
     * fail.
     *
     * @return number of the agent; empty if there was none
     */
    static Optional<Long> remove(SqlSession db, AgentName agent) {
        Optional<Long> number = db.first(
                "select number from stele.agent where name = ? for update", row -> row.number(1), agent.value());
        number.ifPresent(existing -> {
            var rows = db.of(PostgresDialect.SHARED, existing);
            TABLES.forEach(table -> rows.delete(table, "true"));
            rows.delete("lease", "true");
            db.update("delete from stele.due where agent = ?", existing);
            db.update("delete from stele.agent where number = ?", existing);
        });
        return number;
    }

    /** Returns the numbers of all agents as text. */
    private Set<String> numbers() {
        return connections.read(
                "Listing agents",
                PostgresDialect.PLAIN,
                0,
                db -> Set.copyOf(db.list("select number from stele.agent", row -> String.valueOf(row.number(1)))));
    }

    @Override
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        return new TableBackup(connections).restore(backup, as, replace, this::deleteArchive);
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
        Closing.closeAll(notifier, connections);
    }
}
