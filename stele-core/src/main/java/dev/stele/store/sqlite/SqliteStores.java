package dev.stele.store.sqlite;

import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.AgentStore;
import dev.stele.store.AgentStores;
import dev.stele.store.StoreView;
import dev.stele.store.TaskStore;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlView;
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
 * Repository of the agents in a data directory: {@code agents/<agent>/memory.db}, with {@code writer.lock}, {@code
 * name} and {@code archive/} beside it. Creating or deleting an agent renames its whole directory once, so that an
 * agent is never partially visible.
 *
 * <p>A process that removes a directory (delete, restore) first appends "replaced" as the last change of its database.
 * Processes that have the agent open detect the change at their next call and open the present agent. Removal requires
 * the lock file {@code agents/.lifecycle.lock}. Creation needs no lock, because a rename onto an existing agent fails.
 */
public final class SqliteStores implements AgentStores {

    private static final String DATABASE = "memory.db";
    private static final System.Logger LOG = System.getLogger(SqliteStores.class.getName());
    /** Minimum age of residue before it is deleted; younger files may belong to work in progress of another process. */
    private static final Duration MIN_RESIDUE_AGE = Duration.ofHours(1);

    /** Start of the names of files that name the backup by which an agent is being replaced. */
    private static final String RESTORE = ".restore-";

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

    /**
     * Opens a data directory. Creates it unless {@code readOnly}.
     *
     * @throws StelePersistenceException if the directory cannot be used
     */
    public static SqliteStores open(Path data, Limits limits, boolean readOnly) {
        return open(data, limits, readOnly, Schema.CURRENT);
    }

    static SqliteStores open(Path data, Limits limits, boolean readOnly, Schema schema) {
        Sqlite.checkVersion();
        var stores = new SqliteStores(data, limits, readOnly, schema);
        if (!readOnly) {
            try {
                DurableFiles.createDirectories(stores.root);
                stores.completeRestores();
                stores.sweep();
            } catch (IOException e) {
                throw FileErrors.of("The data directory " + data + " cannot be used (choose another with --data)", e);
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
            throw FileErrors.of("The agents in " + root + " cannot be listed", e);
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
            return Optional.empty(); // deleted during the listing, or not an agent
        } catch (IOException e) {
            throw FileErrors.of("The name of the agent in " + directory + " cannot be read", e);
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
        return openUnlessRemoved(agent).orElseGet(() -> {
            create(agent);
            return openExisting(agent);
        });
    }

    @Override
    public AgentStore openExisting(AgentName agent) {
        return openUnlessRemoved(agent).orElseThrow(() -> AgentStores.missing(agent));
    }

    /**
     * Opens an agent; empty if it does not exist, or if its removal was begun. The removal is completed here unless the
     * directory is open for reading only.
     */
    private Optional<AgentStore> openUnlessRemoved(AgentName agent) {
        Path file = database(agent);
        try {
            if (exists(agent)) {
                var store = new SqliteStore(agent, file, limits, readOnly, schema);
                if (!isMarked(store)) {
                    return Optional.of(store);
                }
                store.close();
                if (!readOnly) {
                    completeRemoval(agent);
                }
            }
        } catch (UncheckedSqlException | StelePersistenceException | AgentReplacedException e) {
            if (exists(agent)) {
                throw e instanceof UncheckedSqlException failure
                        ? Sqlite.error("Opening agent " + agent, file, failure.sql())
                        : e;
            }
            LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " was taken away while it was opened: " + e);
        }
        return Optional.empty();
    }

    private Path directory(AgentName agent) {
        return root.resolve(AgentDirectory.nameFor(agent));
    }

    private Path database(AgentName agent) {
        return directory(agent).resolve(DATABASE);
    }

    /**
     * Creates an agent in a temporary directory and renames the directory into place, unless another process has
     * created the agent first.
     */
    private void create(AgentName agent) {
        Path staging = root.resolve(".new-" + UUID.randomUUID());
        try {
            DurableFiles.createDirectories(staging);
            Path file = staging.resolve(DATABASE);
            build(agent, file);
            DurableFiles.forceFile(file);
            DurableFiles.write(
                    staging.resolve("name"), out -> out.write(agent.value().getBytes(StandardCharsets.UTF_8)));
            publish(staging, directory(agent));
        } catch (UncheckedSqlException e) {
            throw Sqlite.error("Making agent " + agent, staging, e.sql());
        } catch (IOException e) {
            throw FileErrors.of("Agent \"%s\" could not be made in %s".formatted(agent, root), e);
        } finally {
            discard(staging);
        }
    }

    private void build(AgentName agent, Path file) {
        try (SqlSession db = Sqlite.writer(file, true, 0)) {
            // The file is not visible before it is complete and forced to the disk as a whole. Single steps need no
            // flush.
            db.execute("pragma synchronous = off");
            schema.migrate(db, file);
            db.run("begin immediate");
            SqlEdit.create(db, agent);
            db.run("commit");
        }
    }

    /**
     * Renames a finished directory into place.
     *
     * @return false if the agent exists already
     */
    private static boolean publish(Path staging, Path target) throws IOException {
        try {
            DurableFiles.move(staging, target);
            return true;
        } catch (IOException e) {
            if (Files.exists(target.resolve(DATABASE)) || e instanceof FileAlreadyExistsException) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void delete(AgentName agent) {
        requireWritable("forget agent " + agent);
        try (var _ = lifecycle("agent " + agent)) {
            if (!exists(agent)) {
                throw new NotFoundException("There is no agent \"" + agent + "\" in " + root + ".");
            }
            takeAway(agent, false);
        }
    }

    /**
     * Removes an agent that a killed process had marked as removed. If another process is removing it, this method waits
     * for that process.
     */
    private void completeRemoval(AgentName agent) {
        try (var _ = lifecycle("agent " + agent)) {
            if (exists(agent) && isMarked(agent)) {
                LOG.log(System.Logger.Level.INFO, () -> "the interrupted removal of agent " + agent + " is completed");
                takeAway(agent, false);
            }
        }
    }

    private static boolean isMarked(AgentStore store) {
        try {
            store.read(StoreView::lastChange);
            return false;
        } catch (AgentReplacedException e) {
            return true;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /**
     * Acquires the lock under which directories of agents are removed and replaced.
     *
     * @param label what is removed or replaced, for the error message
     */
    private Lifecycle lifecycle(String label) {
        InterProcessQueueLock queue = InterProcessQueueLock.open(root.resolve(".lifecycle.lock"));
        try {
            return new Lifecycle(queue, queue.take(label, Deadline.in(limits.patience())));
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, queue);
            throw e;
        }
    }

    private record Lifecycle(InterProcessQueueLock queue, InterProcessQueueLock.Turn turn) implements AutoCloseable {
        @Override
        public void close() {
            Closing.closeAll(turn, queue);
        }
    }

    private boolean isMarked(AgentName agent) {
        try (SqlSession db = Sqlite.reader(database(agent))) {
            return new SqlView(db, SqliteStore.archive(database(agent))).replaced();
        } catch (UncheckedSqlException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " cannot be read: " + e);
            return false;
        }
    }

    /** Returns the file that names the unpacked backup by which an agent is being replaced. */
    private Path intent(AgentName agent) {
        return root.resolve(RESTORE + AgentDirectory.nameFor(agent));
    }

    /**
     * Puts unpacked backups in place whose process was killed after it had begun to remove the agent that they replace.
     */
    private void completeRestores() throws IOException {
        List<Path> intents;
        try (var files = Files.list(root)) {
            intents = files.filter(file -> file.getFileName().toString().startsWith(RESTORE))
                    .toList();
        }
        if (intents.isEmpty()) {
            return;
        }
        try (var _ = lifecycle("the data directory")) {
            for (Path intent : intents) {
                if (Files.exists(intent)) {
                    completeRestore(intent);
                    Files.deleteIfExists(intent);
                }
            }
        }
    }

    private void completeRestore(Path intent) throws IOException {
        Path staging = root.resolve(Files.readString(intent));
        if (!Files.isDirectory(staging)) {
            return; // it was put in place
        }
        var agent = new AgentName(Files.readString(staging.resolve("name")));
        LOG.log(System.Logger.Level.INFO, () -> "the interrupted restoration of agent " + agent + " is completed");
        if (exists(agent)) {
            takeAway(agent, true);
        }
        publish(staging, directory(agent));
    }

    /**
     * Marks an agent as replaced and moves its directory aside. The caller holds the lifecycle lock.
     *
     * @param keepDamaged whether a database that is too damaged to be marked is kept under {@code damaged/} of the data
     *     directory
     */
    private void takeAway(AgentName agent, boolean keepDamaged) {
        Path directory = directory(agent);
        Path file = database(agent);
        boolean damaged = false;
        try (var stamp = SharedVersionCounter.of(file, true);
                var queue = InterProcessQueueLock.open(file.resolveSibling("writer.lock"));
                var _ = queue.take("agent " + agent, Deadline.in(limits.patience()));
                SqlSession db = Sqlite.writer(file, false, 0)) {
            db.run("begin immediate");
            var edit = new SqlEdit(db, SqliteStore.archive(file));
            if (!edit.replaced()) {
                edit.markReplaced();
            }
            stamp.commitBegins();
            db.run("commit");
            stamp.commitEnded();
        } catch (UncheckedSqlException e) {
            if (!Sqlite.isDamage(e.sql())) {
                throw Sqlite.error("Removing agent " + agent, file, e.sql());
            }
            damaged = true;
            LOG.log(System.Logger.Level.WARNING, () -> "agent " + agent + " is damaged and could not be marked: " + e);
        }
        try {
            if (damaged && keepDamaged) {
                Path damagedCopy =
                        root.resolveSibling("damaged").resolve(directory.getFileName() + "-" + UUID.randomUUID());
                DurableFiles.createDirectories(DurableFiles.parent(damagedCopy));
                DurableFiles.move(directory, damagedCopy);
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "the damaged files of agent " + agent + " are kept in " + damagedCopy);
                return;
            }
            Path trash = root.resolve(".trash-" + UUID.randomUUID());
            DurableFiles.move(directory, trash);
            discard(trash);
        } catch (IOException e) {
            throw FileErrors.of("Agent \"%s\" could not be removed from %s".formatted(agent, root), e);
        }
    }

    @Override
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        requireWritable("restore " + backup);
        Path staging = root.resolve(".new-" + UUID.randomUUID());
        try {
            DurableFiles.createDirectories(staging);
            Backup.Manifest manifest = Backup.unpack(backup, staging);
            AgentName agent = as.orElse(manifest.agent());
            Path file = staging.resolve(DATABASE);
            prepare(agent, file);
            DurableFiles.forceFile(file);
            DurableFiles.write(
                    staging.resolve("name"), out -> out.write(agent.value().getBytes(StandardCharsets.UTF_8)));
            try (var _ = lifecycle("agent " + agent)) {
                if (exists(agent)) {
                    if (!replace) {
                        throw new ConflictException("There is an agent \"" + agent
                                + "\" already; forget it first, restore under another name, or ask to replace it.");
                    }
                    DurableFiles.write(
                            intent(agent),
                            out -> out.write(staging.getFileName().toString().getBytes(StandardCharsets.UTF_8)));
                    takeAway(agent, true);
                }
                boolean published = publish(staging, directory(agent));
                Files.deleteIfExists(intent(agent));
                if (!published) {
                    throw new ConflictException(
                            "An agent \"" + agent + "\" was made meanwhile; nothing was restored. Try again.");
                }
            }
            return agent;
        } catch (UncheckedSqlException e) {
            throw Sqlite.error("Restoring " + backup, backup, e.sql());
        } catch (IOException e) {
            throw FileErrors.of("The backup " + backup + " could not be restored", e);
        } finally {
            discard(staging);
        }
    }

    /** Migrates an unpacked database, checks its integrity and sets the agent's name. */
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

    private void requireWritable(String operation) {
        if (readOnly) {
            throw new ReadOnlyException("The data directory is open for reading only; cannot " + operation + ".");
        }
    }

    private static void discard(Path directory) {
        try {
            DurableFiles.deleteTree(directory);
        } catch (IOException e) {
            // The directory has no meaning any more and is deleted by the sweep at a later start.
            LOG.log(System.Logger.Level.DEBUG, () -> "left for a later sweep: " + directory + ": " + e);
        }
    }

    /** Deletes residue of agents that crashed processes had partially created or deleted. */
    private void sweep() throws IOException {
        Instant longAgo = Instant.now().minus(MIN_RESIDUE_AGE);
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
                throw FileErrors.of("The note " + mark + " cannot be written", e);
            }
        }
    }

    @Override
    public void clearDue(AgentName agent) {
        try {
            Files.deleteIfExists(mark(agent));
        } catch (IOException e) {
            throw FileErrors.of("The note " + mark(agent) + " cannot be deleted", e);
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
                // A mark has the name of its agent's directory.
                Optional<AgentName> agent = nameOf(root.resolve(mark.getFileName()));
                if (agent.isPresent()) {
                    due.add(agent.get());
                } else {
                    Files.deleteIfExists(mark); // the agent was deleted
                }
            }
            return due;
        } catch (IOException e) {
            throw FileErrors.of("The notes in " + marks() + " cannot be read", e);
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
