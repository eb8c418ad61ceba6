package dev.stele.store.sqlite;

import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.TaskStore;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.UncheckedSqlException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A data directory: {@code agents/<agent>/memory.db} with {@code writer.lock}, {@code name} and {@code archive/} beside
 * it. Agents appear and go by one rename of their whole directory, so there is never half an agent.
 *
 * <p>Whoever takes a directory away (forget, restore) first writes "replaced" as the last change of its database, so
 * that processes that still have it open notice at their next call and open what is there now. Taking away happens under
 * the lock file {@code agents/.lifecycle.lock}; making needs no lock, since a rename onto an agent that is there fails.
 */
public final class SqliteStores implements AgentStores {

    private static final String DATABASE = "memory.db";
    private static final System.Logger LOG = System.getLogger(SqliteStores.class.getName());
    /** Leftovers of a crash are older than this; younger ones may be somebody's work in progress. */
    private static final Duration LEFTOVER = Duration.ofHours(1);

    private final Path root;
    private final Limits limits;
    private final boolean readOnly;
    private final Schema schema;
    private final SqliteTasks tasks;

    private SqliteStores(Path data, Limits limits, boolean readOnly, Schema schema) {
        this.root = data.toAbsolutePath().normalize().resolve("agents");
        this.limits = limits;
        this.readOnly = readOnly;
        this.schema = schema;
        this.tasks =
                new SqliteTasks(data.toAbsolutePath().normalize().resolve("tasks.db"), readOnly, limits.patience());
    }

    /** Opens a data directory, making it unless read-only. */
    public static SqliteStores open(Path data, Limits limits, boolean readOnly) {
        return open(data, limits, readOnly, Schema.CURRENT);
    }

    static SqliteStores open(Path data, Limits limits, boolean readOnly, Schema schema) {
        Sqlite.checkVersion();
        var stores = new SqliteStores(data, limits, readOnly, schema);
        if (!readOnly) {
            try {
                DurableFiles.createDirectories(stores.root);
                stores.sweep();
            } catch (IOException e) {
                throw new StelePersistenceException(
                        "The data directory " + data + " cannot be used: " + e + ". Choose another with --data.", e);
            }
        }
        return stores;
    }

    @Override
    public boolean exists(AgentName agent) {
        return Files.exists(database(agent));
    }

    @Override
    public List<AgentName> agents() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (var directories = Files.list(root)) {
            return directories
                    .filter(directory -> !directory.getFileName().toString().startsWith("."))
                    .flatMap(directory -> nameOf(directory).stream())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new StelePersistenceException("The agents in " + root + " cannot be listed: " + e, e);
        }
    }

    private static Optional<AgentName> nameOf(Path directory) {
        String name = directory.getFileName().toString();
        try {
            if (AgentDirectory.isPlain(name)) {
                return Files.exists(directory.resolve(DATABASE)) ? Optional.of(new AgentName(name)) : Optional.empty();
            }
            return Optional.of(new AgentName(Files.readString(directory.resolve("name"))));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // it went while we looked, or is nothing of ours
        } catch (IOException e) {
            throw new StelePersistenceException("The name of the agent in " + directory + " cannot be read: " + e, e);
        }
    }

    @Override
    public AgentStore open(AgentName agent) {
        if (!exists(agent)) {
            if (readOnly) {
                throw AgentStores.missing(agent);
            }
            create(agent);
        }
        return openExisting(agent);
    }

    @Override
    public AgentStore openExisting(AgentName agent) {
        Path file = database(agent);
        try {
            if (exists(agent)) {
                return new SqliteStore(agent, file, limits, readOnly, schema);
            }
        } catch (UncheckedSqlException | StelePersistenceException | AgentReplacedException e) {
            if (exists(agent)) {
                throw e instanceof UncheckedSqlException failure
                        ? Sqlite.error("Opening agent " + agent, file, failure.sql())
                        : e;
            }
            LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " was taken away while it was opened: " + e);
        }
        throw AgentStores.missing(agent);
    }

    private Path directory(AgentName agent) {
        return root.resolve(AgentDirectory.nameFor(agent));
    }

    private Path database(AgentName agent) {
        return directory(agent).resolve(DATABASE);
    }

    /** Makes an agent in a directory of its own and renames it into place, unless somebody else was faster. */
    private void create(AgentName agent) {
        Path making = root.resolve(".new-" + UUID.randomUUID());
        try {
            DurableFiles.createDirectories(making);
            Path file = making.resolve(DATABASE);
            build(agent, file);
            DurableFiles.forceFile(file);
            DurableFiles.write(
                    making.resolve("name"), out -> out.write(agent.value().getBytes(StandardCharsets.UTF_8)));
            publish(making, directory(agent));
        } catch (UncheckedSqlException e) {
            throw Sqlite.error("Making agent " + agent, making, e.sql());
        } catch (IOException e) {
            throw new StelePersistenceException(
                    "Agent \"%s\" could not be made in %s: %s".formatted(agent, root, e), e);
        } finally {
            discard(making);
        }
    }

    private void build(AgentName agent, Path file) {
        try (SqlSession db = Sqlite.writer(file, true, 0)) {
            // Nobody sees this file before it is whole and forced to the disk as one, so no step needs to be.
            db.execute("pragma synchronous = off");
            schema.migrate(db, file);
            db.run("begin immediate");
            SqlEdit.create(db, agent);
            db.run("commit");
        }
    }

    /** Renames a finished directory into place; false if an agent is there already. */
    private static boolean publish(Path made, Path place) throws IOException {
        try {
            DurableFiles.move(made, place);
            return true;
        } catch (IOException e) {
            if (Files.exists(place.resolve(DATABASE)) || e instanceof FileAlreadyExistsException) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void delete(AgentName agent) {
        requireWritable("forget agent " + agent);
        try (var lifecycle = InterProcessQueueLock.open(root.resolve(".lifecycle.lock"));
                var _ = lifecycle.take("agent " + agent, Deadline.in(limits.patience()))) {
            if (!exists(agent)) {
                throw new NotFoundException("There is no agent \"" + agent + "\" in " + root + ".");
            }
            takeAway(agent, false);
        }
    }

    /**
     * Marks an agent as replaced and moves its directory aside. Under the lifecycle lock.
     *
     * @param keepDamaged whether a database too damaged to be marked is kept under {@code damaged/} of the data directory
     */
    private void takeAway(AgentName agent, boolean keepDamaged) {
        Path directory = directory(agent);
        Path file = database(agent);
        boolean damaged = false;
        Optional<SharedVersionCounter> stamp = SharedVersionCounter.open(file, true);
        try (var queue = InterProcessQueueLock.open(file.resolveSibling("writer.lock"));
                var _ = queue.take("agent " + agent, Deadline.in(limits.patience()));
                SqlSession db = Sqlite.writer(file, false, 0)) {
            db.run("begin immediate");
            var edit = new SqlEdit(db, SqliteStore.archive(file));
            if (!edit.replaced()) {
                edit.markReplaced();
            }
            stamp.ifPresent(SharedVersionCounter::commitBegins);
            db.run("commit");
            stamp.ifPresent(SharedVersionCounter::commitEnded);
        } catch (UncheckedSqlException e) {
            damaged = true;
            LOG.log(System.Logger.Level.WARNING, () -> "agent " + agent + " is damaged and could not be marked: " + e);
        } finally {
            stamp.ifPresent(SharedVersionCounter::close);
        }
        try {
            if (damaged && keepDamaged) {
                Path kept = root.resolveSibling("damaged").resolve(directory.getFileName() + "-" + UUID.randomUUID());
                DurableFiles.createDirectories(DurableFiles.parent(kept));
                DurableFiles.move(directory, kept);
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "the damaged files of agent " + agent + " are kept in " + kept);
                return;
            }
            Path trash = root.resolve(".trash-" + UUID.randomUUID());
            DurableFiles.move(directory, trash);
            discard(trash);
        } catch (IOException e) {
            throw new StelePersistenceException(
                    "Agent \"%s\" could not be removed from %s: %s".formatted(agent, root, e), e);
        }
    }

    @Override
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        requireWritable("restore " + backup);
        Path making = root.resolve(".new-" + UUID.randomUUID());
        try {
            DurableFiles.createDirectories(making);
            Backup.Manifest manifest = Backup.unpack(backup, making);
            AgentName agent = as.orElse(manifest.agent());
            Path file = making.resolve(DATABASE);
            prepare(agent, file);
            DurableFiles.forceFile(file);
            DurableFiles.write(
                    making.resolve("name"), out -> out.write(agent.value().getBytes(StandardCharsets.UTF_8)));
            try (var lifecycle = InterProcessQueueLock.open(root.resolve(".lifecycle.lock"));
                    var _ = lifecycle.take("agent " + agent, Deadline.in(limits.patience()))) {
                if (exists(agent)) {
                    if (!replace) {
                        throw new ConflictException("There is an agent \"" + agent
                                + "\" already; forget it first, restore under another name, or ask to replace it.");
                    }
                    takeAway(agent, true);
                }
                if (!publish(making, directory(agent))) {
                    throw new ConflictException(
                            "An agent \"" + agent + "\" was made meanwhile; nothing was restored. Try again.");
                }
            }
            return agent;
        } catch (UncheckedSqlException e) {
            throw Sqlite.error("Restoring " + backup, backup, e.sql());
        } catch (IOException e) {
            throw new StelePersistenceException("The backup " + backup + " could not be restored: " + e, e);
        } finally {
            discard(making);
        }
    }

    /** Migrates an unpacked database and gives it its name. */
    private void prepare(AgentName agent, Path file) {
        try (SqlSession db = Sqlite.writer(file, false, 0)) {
            schema.migrate(db, file);
            String state =
                    db.first("pragma integrity_check(1)", row -> row.text(1)).orElse("");
            if (!state.equals("ok")) {
                throw new StelePersistenceException.Corrupt("The backup's database is damaged: " + state, null);
            }
            SqlEdit.rename(db, agent);
        }
    }

    private void requireWritable(String what) {
        if (readOnly) {
            throw new ReadOnlyException("The data directory is open for reading only; cannot " + what + ".");
        }
    }

    private static void discard(Path directory) {
        try {
            DurableFiles.deleteTree(directory);
        } catch (IOException e) {
            // It has no meaning any more and is swept at a later start.
            LOG.log(System.Logger.Level.DEBUG, () -> "left for a later sweep: " + directory + ": " + e);
        }
    }

    /** Clears away what crashed processes left of agents half made or half deleted. */
    private void sweep() throws IOException {
        Instant longAgo = Instant.now().minus(LEFTOVER);
        try (var entries = Files.list(root)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                boolean leftover = name.startsWith(".trash-")
                        || (name.startsWith(".new-")
                                && Files.getLastModifiedTime(entry).toInstant().isBefore(longAgo));
                if (leftover) {
                    discard(entry);
                }
            }
        } catch (NoSuchFileException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "somebody else sweeps " + root + " too: " + e);
        }
    }

    @Override
    public void markDue(AgentName agent) {
        Path mark = mark(agent);
        if (!Files.exists(mark)) {
            try {
                DurableFiles.createDirectories(DurableFiles.parent(mark));
                DurableFiles.createFile(mark);
            } catch (FileAlreadyExistsException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "somebody else noted it first: " + e);
            } catch (IOException e) {
                throw new StelePersistenceException("The note " + mark + " cannot be written: " + e, e);
            }
        }
    }

    @Override
    public void clearDue(AgentName agent) {
        try {
            Files.deleteIfExists(mark(agent));
        } catch (IOException e) {
            throw new StelePersistenceException("The note " + mark(agent) + " cannot be deleted: " + e, e);
        }
    }

    @Override
    public List<AgentName> due() {
        if (!Files.isDirectory(marks())) {
            return List.of();
        }
        var due = new ArrayList<AgentName>();
        try (var marks = Files.list(marks())) {
            for (Path mark : marks.toList()) {
                // A mark is named as its agent's directory is.
                Optional<AgentName> agent = nameOf(root.resolve(mark.getFileName()));
                if (agent.isPresent()) {
                    due.add(agent.get());
                } else {
                    Files.deleteIfExists(mark); // the agent is forgotten
                }
            }
            return due;
        } catch (IOException e) {
            throw new StelePersistenceException("The notes in " + marks() + " cannot be read: " + e, e);
        }
    }

    private Path marks() {
        return root.resolveSibling("reflect");
    }

    private Path mark(AgentName agent) {
        return marks().resolve(AgentDirectory.nameFor(agent));
    }

    @Override
    public TaskStore tasks() {
        return tasks;
    }

    @Override
    public void close() {
        tasks.close();
    }
}
