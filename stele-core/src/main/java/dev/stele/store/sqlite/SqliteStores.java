package dev.stele.store.sqlite;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.FileIdentity;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.VerifyReport;
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
import java.nio.file.DirectoryIteratorException;
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

    private static final String DATABASE = AgentFile.DATABASE;
    private static final System.Logger LOG = System.getLogger(SqliteStores.class.getName());
    /** Minimum age of residue before it is deleted; younger files may belong to work in progress of another process. */
    private static final Duration MIN_RESIDUE_AGE = Duration.ofHours(1);

    /** Start of the names of files that name the backup by which an agent is being replaced. */
    private static final String RESTORE = ".restore-";

    /** Start of the names of directories that are being filled. */
    private static final String STAGING = ".new-";

    /** Start of the names of directories that are being deleted. */
    private static final String TRASH = ".trash-";

    /** Name of the lock under which directories of agents are removed and replaced. */
    private static final String LIFECYCLE_LOCK = ".lifecycle.lock";

    private final Path root;
    /** Identity of the directory of the agents at the time at which it was opened; empty if there was none. */
    private final Optional<FileIdentity> identity;

    private final Limits limits;
    private final boolean readOnly;
    private final Schema schema;
    private final SqliteTasks tasks;

    private SqliteStores(Path data, Limits limits, boolean readOnly, Schema schema) {
        this.root = root(data);
        this.identity = FileIdentity.of(root);
        this.limits = limits;
        this.readOnly = readOnly;
        this.schema = schema;
        this.tasks = new SqliteTasks(
                root.resolveSibling("tasks.db"), readOnly, limits.waitTimeout(), this::requireReachable);
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
        if (readOnly) {
            return new SqliteStores(data, limits, true, schema);
        }
        try {
            DurableFiles.createDirectories(root(data));
            var stores = new SqliteStores(data, limits, false, schema);
            stores.completeRestores();
            stores.sweep();
            return stores;
        } catch (IOException e) {
            throw FileErrors.of("The data directory " + data + " cannot be used (choose another with --data)", e);
        }
    }

    private static Path root(Path data) {
        return data.toAbsolutePath().normalize().resolve("agents");
    }

    /** Returns whether the directory of the agents is still the one that was opened. */
    @Override
    public boolean reachable() {
        return identity.equals(FileIdentity.of(root)) || identity.isEmpty();
    }

    /** Refuses to make files in a directory that was put in the place of the one that was opened. */
    private void requireReachable() {
        if (!reachable()) {
            throw new StelePersistenceException(
                    "The directory " + root
                            + " was removed or replaced while it was open. Nothing was written; put it back, or restart Stele to use what is there now.",
                    null);
        }
    }

    /** Returns whether an agent exists, damaged or not. */
    @Override
    public boolean exists(AgentName agent) {
        // The first check is repeated, because a restoration may have put the agent in place meanwhile.
        return AgentFile.isAgent(directory(agent))
                || Files.exists(intent(agent))
                || AgentFile.isAgent(directory(agent));
    }

    @Override
    public List<AgentName> agents() {
        return entries().stream()
                .flatMap(entry -> entry.agent().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * Directory of an agent, or of an unpacked backup by which an agent is being replaced.
     *
     * @param agent name of the agent; empty if it cannot be determined
     */
    private record Entry(Path directory, Optional<AgentName> agent) {}

    /** Returns the directories of all agents, damaged or not. */
    private List<Entry> entries() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        var entries = new ArrayList<Entry>();
        try (var files = Files.newDirectoryStream(root)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.startsWith(RESTORE)) {
                    Optional<AgentName> agent = nameOf(root.resolve(name.substring(RESTORE.length())));
                    agent.ifPresent(known -> entries.add(new Entry(file, Optional.of(known))));
                } else if (!name.startsWith(".") && AgentFile.isAgent(file)) {
                    entries.add(new Entry(file, nameOf(file)));
                }
            }
            return entries;
        } catch (IOException | DirectoryIteratorException e) {
            IOException failure = e instanceof IOException known ? known : new IOException(e.getMessage(), e);
            throw FileErrors.of("The agents in " + root + " cannot be listed", failure);
        }
    }

    /**
     * Returns the name of the agent of a directory: the name of the directory itself, the file {@code name}, or the
     * name in the database. A name that does not lead to the directory is damaged and does not count.
     */
    private Optional<AgentName> nameOf(Path directory) {
        String name = directory.getFileName().toString();
        if (AgentDirectory.isPlain(name)) {
            return named(name, name);
        }
        return AgentFile.name(directory)
                .or(() -> nameBeingRestored(name))
                .flatMap(text -> named(text, name))
                .or(() -> nameInDatabase(directory.resolve(DATABASE)).flatMap(text -> named(text, name)));
    }

    private Optional<String> nameBeingRestored(String directory) {
        try {
            return AgentFile.name(root.resolve(Files.readString(root.resolve(RESTORE + directory))));
        } catch (IOException e) {
            return Optional.empty(); // it is not being restored
        }
    }

    private static Optional<AgentName> named(String text, String directory) {
        try {
            return Optional.of(new AgentName(text))
                    .filter(agent -> AgentDirectory.nameFor(agent).equals(directory));
        } catch (InvalidInputException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> nameInDatabase(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (SqlSession db = Sqlite.reader(file)) {
            return new SqlView(db, SqliteStore.archive(file)).agentName();
        } catch (UncheckedSqlException | StelePersistenceException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the name in " + file + " cannot be read: " + e);
            return Optional.empty();
        }
    }

    @Override
    public VerifyReport verify() {
        var problems = new ArrayList<String>();
        var remarks = new ArrayList<String>();
        if (!reachable()) {
            problems.add("the directory " + root + " was removed or replaced while it was open; restart Stele");
        }
        for (Entry entry : entries()) {
            if (entry.agent().isEmpty()) {
                problems.add("the directory " + entry.directory()
                        + " has files of an agent whose name is in neither its file \"name\" nor its database; "
                        + Sqlite.RECOVERY);
            }
        }
        if (Files.isDirectory(root)) {
            try (var files = Files.newDirectoryStream(root)) {
                files.forEach(file -> remark(file).ifPresent(remarks::add));
            } catch (IOException | DirectoryIteratorException e) {
                problems.add("the directory " + root + " cannot be read: " + e);
            }
        }
        return new VerifyReport("", 0, problems, remarks);
    }

    /** Returns what is worth saying about an entry of the directory that is no agent. */
    private static Optional<String> remark(Path file) {
        String name = file.getFileName().toString();
        if (name.startsWith(RESTORE)) {
            return Optional.of("a restoration is running or was cut off, and the next start completes it: " + file);
        }
        if (name.startsWith(STAGING) || name.startsWith(TRASH)) {
            return Optional.of(
                    "an agent is being made or erased, or that was cut off, and a later start deletes it: " + file);
        }
        return name.equals(LIFECYCLE_LOCK) || (!name.startsWith(".") && AgentFile.isAgent(file))
                ? Optional.empty()
                : Optional.of(file + " is none of Stele");
    }

    @Override
    public AgentStore open(AgentName agent) {
        var deadline = Deadline.in(limits.waitTimeout());
        while (true) {
            Optional<AgentStore> existing = openUnlessRemoved(agent);
            if (existing.isPresent()) {
                return existing.get();
            }
            requireWritable("create agent \"" + agent + "\"");
            if (deadline.passed()) {
                throw new AgentBusyException("Agent \"" + agent + "\" was erased or restored again and again for "
                        + limits.waitTimeout() + "; try again.");
            }
            create(agent);
        }
    }

    @Override
    public AgentStore openExisting(AgentName agent) {
        return openUnlessRemoved(agent).orElseThrow(() -> AgentStores.missing(agent));
    }

    /**
     * Opens an agent; empty if it does not exist, or if its removal was begun. The removal is completed here unless the
     * directory is open for reading only. An agent that is being restored is waited for.
     */
    private Optional<AgentStore> openUnlessRemoved(AgentName agent) {
        Path file = database(agent);
        requireReachable();
        var deadline = Deadline.in(limits.waitTimeout());
        var pause = new BackoffPause();
        while (exists(agent)) {
            Optional<FileIdentity> present = FileIdentity.of(file);
            try {
                if (present.isEmpty()) {
                    completeRestore(agent);
                    requireDatabase(agent);
                    if (!pause.before(deadline)) {
                        throw new AgentBusyException(
                                "Agent \"" + agent + "\" is being restored; try again, or open it for writing once.");
                    }
                } else {
                    var store = new SqliteStore(agent, file, present.get(), limits, readOnly, schema);
                    if (!isMarked(store)) {
                        repairName(agent);
                        return Optional.of(store);
                    }
                    store.close();
                    if (!readOnly) {
                        completeRemoval(agent);
                    } else if (!Files.exists(intent(agent)) || !pause.before(deadline)) {
                        return Optional.empty();
                    }
                }
            } catch (UncheckedSqlException | StelePersistenceException | AgentReplacedException e) {
                boolean isInPlace = present.equals(FileIdentity.of(file));
                if (isInPlace || deadline.passed()) {
                    throw e instanceof UncheckedSqlException failure
                            ? Sqlite.error("Opening agent " + agent, file, failure.sql())
                            : e;
                }
                LOG.log(System.Logger.Level.DEBUG, () -> "agent " + agent + " was replaced while it was opened: " + e);
            }
        }
        return Optional.empty();
    }

    /** Throws if the directory of an agent has files of the agent but no database. */
    private void requireDatabase(AgentName agent) {
        if (!Files.exists(database(agent)) && AgentFile.isAgent(directory(agent))) {
            throw new StelePersistenceException.Corrupt(
                    "The database " + database(agent)
                            + " is missing, though its directory has other files of the agent. Nothing was changed; "
                            + Sqlite.RECOVERY,
                    null);
        }
    }

    /** Writes the name of an agent again if its file is missing or damaged. */
    private void repairName(AgentName agent) {
        Path directory = directory(agent);
        if (!readOnly && !AgentFile.name(directory).equals(Optional.of(agent.value()))) {
            LOG.log(System.Logger.Level.WARNING, () -> "the name of agent " + agent + " is written to its file again");
            try {
                writeName(directory, agent);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, () -> "the name of agent " + agent + " is not written: " + e);
            }
        }
    }

    private static void writeName(Path directory, AgentName agent) throws IOException {
        DurableFiles.write(
                directory.resolve(AgentFile.NAME),
                out -> out.write(agent.value().getBytes(StandardCharsets.UTF_8)));
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
        requireReachable();
        Path staging = root.resolve(STAGING + UUID.randomUUID());
        try {
            DurableFiles.createDirectories(staging);
            Path file = staging.resolve(DATABASE);
            build(agent, file);
            DurableFiles.forceFile(file);
            writeName(staging, agent);
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
            if (AgentFile.isAgent(target)) {
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
            takeAway(agent, false, () -> {});
        }
    }

    /**
     * Removes an agent that a killed process had marked as removed. If another process is removing it, this method
     * waits for that process.
     */
    private void completeRemoval(AgentName agent) {
        try (var _ = lifecycle("agent " + agent)) {
            if (exists(agent) && isMarked(agent)) {
                LOG.log(System.Logger.Level.INFO, () -> "the interrupted removal of agent " + agent + " is completed");
                takeAway(agent, false, () -> {});
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
        requireReachable();
        InterProcessQueueLock queue = InterProcessQueueLock.open(root.resolve(LIFECYCLE_LOCK));
        try {
            return new Lifecycle(queue, queue.take(label, Deadline.in(limits.waitTimeout())));
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
        if (!Files.exists(database(agent))) {
            return false;
        }
        try (SqlSession db = Sqlite.reader(database(agent))) {
            return new SqlView(db, SqliteStore.archive(database(agent))).replaced();
        } catch (UncheckedSqlException | StelePersistenceException e) {
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
                completeRestore(intent);
            }
        }
    }

    /** Waits for the restoration of an agent, and completes it if it was cut off. */
    private void completeRestore(AgentName agent) {
        if (!Files.exists(intent(agent)) || readOnly) {
            return;
        }
        try (var _ = lifecycle("agent " + agent)) {
            completeRestore(intent(agent));
        } catch (IOException e) {
            throw FileErrors.of("The restoration of agent \"%s\" could not be completed".formatted(agent), e);
        }
    }

    /**
     * Completes a restoration that was cut off, or drops it if the old agent was not changed yet. The caller holds the
     * lifecycle lock.
     */
    private void completeRestore(Path intent) throws IOException {
        if (!Files.exists(intent)) {
            return;
        }
        Path staging = root.resolve(Files.readString(intent));
        Optional<String> name = AgentFile.name(staging);
        if (name.isPresent()) { // otherwise it was put in place
            var agent = new AgentName(name.get());
            if (AgentFile.isAgent(directory(agent)) && !isMarked(agent)) {
                // Writers have used the agent since.
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "the restoration of agent " + agent
                                + " was cut off before it changed anything and is dropped; restore it again");
                discard(staging);
            } else {
                LOG.log(
                        System.Logger.Level.INFO,
                        () -> "the interrupted restoration of agent " + agent + " is completed");
                putInPlace(staging, agent, () -> {});
            }
        }
        Files.deleteIfExists(intent);
    }

    /**
     * Puts an unpacked backup in the place of an agent. An agent that a writer makes after the old one was removed, and
     * before the new one is in place, is removed too: the write came before the restoration.
     *
     * @param announce runs before the first change to the old agent
     */
    private void putInPlace(Path staging, AgentName agent, Step announce) throws IOException {
        while (!publish(staging, directory(agent))) {
            takeAway(agent, true, announce);
        }
    }

    /** Step of a removal. */
    private interface Step {
        void run() throws IOException;
    }

    /**
     * Marks an agent as replaced and moves its directory aside. The caller holds the lifecycle lock. The write lock of
     * the agent is held until the directory is moved, so that no writer opens its files meanwhile.
     *
     * @param keepDamaged whether a database that is too damaged to be marked is kept under {@code damaged/} of the data
     *     directory
     * @param announce runs before the first change to the agent
     */
    private void takeAway(AgentName agent, boolean keepDamaged, Step announce) {
        Path directory = directory(agent);
        try (var queue = InterProcessQueueLock.open(directory.resolve("writer.lock"));
                var _ = queue.take("agent " + agent, Deadline.in(limits.waitTimeout()))) {
            announce.run();
            boolean damaged = !markReplaced(agent);
            if (damaged && keepDamaged) {
                Path damagedCopy =
                        root.resolveSibling("damaged").resolve(directory.getFileName() + "-" + UUID.randomUUID());
                DurableFiles.createDirectories(DurableFiles.parent(damagedCopy));
                DurableFiles.move(directory, damagedCopy);
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "the damaged files of agent " + agent + " are kept in " + damagedCopy);
            } else {
                Path trash = root.resolve(TRASH + UUID.randomUUID());
                DurableFiles.move(directory, trash);
                discard(trash);
            }
        } catch (IOException e) {
            throw FileErrors.of("Agent \"%s\" could not be removed from %s".formatted(agent, root), e);
        }
    }

    /**
     * Marks an agent as replaced. The caller holds its write lock.
     *
     * @return false if the database is too damaged to be marked
     */
    private boolean markReplaced(AgentName agent) {
        Path file = database(agent);
        if (!Files.exists(file)) {
            return false;
        }
        try (var stamp = SharedVersionCounter.of(file, true);
                SqlSession db = Sqlite.writer(file, false, 0)) {
            stamp.require();
            db.run("begin immediate");
            var edit = new SqlEdit(db, SqliteStore.archive(file));
            if (!edit.replaced()) {
                edit.markReplaced();
            }
            stamp.commitBegins();
            db.run("commit");
            stamp.commitEnded(edit.lastChange());
            return true;
        } catch (UncheckedSqlException e) {
            if (!Sqlite.isDamage(e.sql())) {
                throw Sqlite.error("Removing agent " + agent, file, e.sql());
            }
            LOG.log(System.Logger.Level.WARNING, () -> "agent " + agent + " is damaged and could not be marked: " + e);
            return false;
        } catch (StelePersistenceException.Corrupt e) {
            LOG.log(System.Logger.Level.WARNING, () -> "agent " + agent + " is damaged and could not be marked: " + e);
            return false;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A file that names the unpacked backup is written before the old agent is marked as replaced. Whatever happens
     * after the mark, the restoration is completed by the next call or start that finds the file.
     */
    @Override
    public AgentName restore(Path backup, Optional<AgentName> as, boolean replace) {
        requireWritable("restore " + backup);
        requireReachable();
        Path staging = root.resolve(STAGING + UUID.randomUUID());
        try {
            DurableFiles.createDirectories(staging);
            Backup.Manifest manifest = Backup.unpack(backup, staging);
            AgentName agent = as.orElse(manifest.agent());
            Path file = staging.resolve(DATABASE);
            prepare(agent, file);
            DurableFiles.forceFile(file);
            writeName(staging, agent);
            markDue(agent); // the backup may have pending interactions, and a crash after the next step leaves the mark
            try (var _ = lifecycle("agent " + agent)) {
                completeRestore(intent(agent)); // of an earlier call that failed
                if (replace) {
                    putInPlace(staging, agent, () -> announce(staging, agent));
                    Files.deleteIfExists(intent(agent));
                } else if (!publish(staging, directory(agent))) {
                    throw new ConflictException("There is an agent \"" + agent
                            + "\" already; forget it first, restore under another name, or ask to replace it.");
                }
            }
            return agent;
        } catch (UncheckedSqlException e) {
            throw Sqlite.error("Restoring " + backup, backup, e.sql());
        } catch (IOException e) {
            throw FileErrors.of("The backup " + backup + " could not be restored", e);
        } finally {
            if (!isAnnounced(staging)) {
                discard(staging);
            }
        }
    }

    /** Writes the file that names the unpacked backup by which an agent is being replaced. */
    private void announce(Path staging, AgentName agent) throws IOException {
        DurableFiles.write(
                intent(agent), out -> out.write(staging.getFileName().toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns whether a file names an unpacked backup, which must then be kept. */
    private boolean isAnnounced(Path staging) {
        try {
            Optional<String> agent = AgentFile.name(staging);
            return agent.isPresent()
                    && Files.readString(intent(new AgentName(agent.get())))
                            .equals(staging.getFileName().toString());
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException | InvalidInputException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "an unpacked backup is kept: " + staging + ": " + e);
            return true;
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
                boolean leftover = name.startsWith(TRASH)
                        || (name.startsWith(STAGING)
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
        requireReachable();
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
