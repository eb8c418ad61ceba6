package dev.stele.store.sqlite;

import dev.stele.concurrent.BackoffPause;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.FileIdentity;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.WriterStats;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.StoreView;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.DirectoryArchiveSegments;
import dev.stele.store.sql.GroupCommitWriter;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlEdit;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlStore;
import dev.stele.store.sql.SqlView;
import dev.stele.store.sql.UncheckedSqlException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Store of one agent in a SQLite database file: a pool of read connections and, unless read-only, a group-commit
 * writer.
 */
final class SqliteStore extends SqlStore {

    private static final System.Logger LOG = System.getLogger(SqliteStore.class.getName());

    /** Interval between checks for commits of other processes while a caller waits for a change. */
    private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

    /** Maximum time that a scrub waits for readers of older snapshots, in milliseconds. */
    private static final int MAX_SCRUB_WAIT_MILLIS = 250;

    /** Interval between checks whether the database is still at its path, while a version is all that is asked for. */
    private static final Duration PLACE_CHECK_INTERVAL = Duration.ofMillis(100);

    private final Path file;
    private final long maxRewrittenBytes;
    private final Duration maxQueueWait;
    private final FileIdentity identity;
    /** Time of the latest check whether the database is at its path, by {@link System#nanoTime}. A race is harmless. */
    private volatile long placeChecked = System.nanoTime();

    private final String label;
    private final ArchiveSegments segments;
    private final ReaderPool readers;
    private final SharedVersionCounter stamp;
    private final @Nullable InterProcessQueueLock writeLock;
    private final @Nullable GroupCommitWriter writer;
    private final @Nullable LogCheckpointer checkpointer;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Opens an existing database. Migrates it first unless {@code readOnly}.
     *
     * @param identity identity of the file, as it was before anything else was opened
     * @throws ReadOnlyException if {@code readOnly} and the database needs a migration
     */
    SqliteStore(AgentName agent, Path file, FileIdentity identity, Limits limits, boolean readOnly, Schema schema) {
        super(agent, archive(file), POLL_INTERVAL);
        this.file = file;
        this.identity = identity;
        this.maxRewrittenBytes = limits.rewriteBytes();
        this.maxQueueWait = limits.waitTimeout();
        this.label = "agent " + agent;
        this.segments = archive(file);
        this.readers = new ReaderPool(label, limits.readers(), limits.waitTimeout(), () -> Sqlite.reader(file));
        this.stamp = SharedVersionCounter.of(file, !readOnly);
        try {
            if (readOnly) {
                int databaseVersion = guarded("Opening", () -> readers.use(db -> schema.check(db, file)));
                if (databaseVersion < schema.version()) {
                    throw new ReadOnlyException(
                            "%s has schema %d and %d is needed; open it once for writing, which migrates it."
                                    .formatted(file, databaseVersion, schema.version()));
                }
                this.writeLock = null;
                this.writer = null;
                this.checkpointer = null;
            } else {
                this.writeLock = InterProcessQueueLock.open(file.resolveSibling("writer.lock"));
                var ownCheckpointer = new LogCheckpointer(file, label, writeLock);
                this.checkpointer = ownCheckpointer;
                this.writer = new GroupCommitWriter(
                        label,
                        new SqliteTransactions(
                                agent,
                                file,
                                identity,
                                segments,
                                () -> Sqlite.writer(file, false, limits.databaseBytes()),
                                writeLock,
                                stamp),
                        PlatformThreads::unstarted,
                        limits.writeQueue(),
                        limits.waitTimeout(),
                        lastChange -> {
                            committed(lastChange);
                            ownCheckpointer.committed();
                        });
                migrate(schema, limits);
            }
            requireOwnDatabase();
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, this);
            throw e;
        }
    }

    private void migrate(Schema schema, Limits limits) {
        guarded("Opening", () -> {
            if (readers.use(db -> schema.check(db, file)) < schema.version()) {
                try (SqlSession db = Sqlite.writer(file, false, limits.databaseBytes())) {
                    schema.migrate(db, file);
                }
            }
            return null;
        });
    }

    /** Refuses a database that was put in the place of the agent's own. A database without a name is accepted. */
    private void requireOwnDatabase() {
        Optional<String> recorded = guarded("Opening", () -> readers.use(db -> new SqlView(db, segments).agentName()));
        if (recorded.isPresent() && !recorded.get().equals(agent().value())) {
            throw new StelePersistenceException.Corrupt(
                    "%s is the database of agent \"%s\" and not of %s; another file was put in its place. %s"
                            .formatted(file, recorded.get(), label, Sqlite.RECOVERY),
                    null);
        }
    }

    /** Returns the archive directory that belongs to a database file. */
    static ArchiveSegments archive(Path file) {
        return new DirectoryArchiveSegments(file.resolveSibling(AgentFile.ARCHIVE));
    }

    @Override
    protected <T extends @Nullable Object> T readRows(Function<? super SqlView, T> query) {
        return guarded(
                "Reading",
                () -> readers.read(db -> {
                    var view = new SqlView(db, segments);
                    // Checked after the connection has opened its files, which may be those of another agent by now.
                    if (!identity.isAt(file) || view.replaced()) {
                        throw new AgentReplacedException(agent().value());
                    }
                    return query.apply(view);
                }));
    }

    @Override
    protected <T extends @Nullable Object> T streamRows(Function<? super SqlView, T> query) {
        var begun = new AtomicBoolean();
        try {
            return readRows(view -> {
                begun.set(true);
                return query.apply(view);
            });
        } catch (AgentReplacedException e) {
            if (begun.get()) {
                throw new StelePersistenceException(
                        "The memory of " + label + " was erased or restored while it was being read; try again.", e);
            }
            throw e;
        }
    }

    @Override
    protected <T extends @Nullable Object> T writeRows(Function<? super SqlEdit, T> edit) {
        return guarded("Writing", () -> writer().write(edit));
    }

    @Override
    protected <T extends @Nullable Object> CompletableFuture<T> submitRows(Function<? super SqlEdit, T> edit) {
        return writer().submit(edit);
    }

    @Override
    public WriterStats writerStats() {
        return writer == null
                ? new WriterStats(agent(), 0, Optional.empty(), Optional.empty(), Duration.ZERO)
                : writer.stats(agent());
    }

    private GroupCommitWriter writer() {
        if (writer == null) {
            throw new ReadOnlyException("The memory of " + label + " is open for reading only; open it for writing.");
        }
        return writer;
    }

    @Override
    protected String place() {
        return file.toString();
    }

    /** Describes the loss of committed changes. */
    static String lostChanges(Path file, long lastChange, long committed) {
        return "The database " + file + " ends with change " + lastChange + ", but change " + committed
                + " was committed: its write-ahead log was lost, or an older copy was put in its place.";
    }

    @Override
    protected void verifyFiles(Consumer<String> problem, Consumer<String> remark) {
        long committed = stamp.lastChange();
        long lastChange = read(StoreView::lastChange); // after the number, which another process may raise
        if (lastChange < committed) {
            problem.accept(lostChanges(file, lastChange, committed));
        }
        if (readRows(SqlView::hasResidue)) {
            remark.accept("unused parts of the pages of " + file
                    + " may contain erased data, since it is larger than limits.rewrite-bytes; raise that, and maintenance"
                    + " rewrites it");
        }
        Path directory = DurableFiles.parent(file);
        AgentFile.check(agent(), directory, AgentFile.list(directory), problem, remark);
    }

    @Override
    protected void verifyDatabase(SqlView view, Consumer<String> problem) {
        // FTS indexes cache their segment list per connection and refresh it only when they are queried, not when they
        // are checked. A segment that another process has merged since would be reported as missing. The queries below
        // refresh the cache.
        view.phrase(List.of("x"));
        view.graph().searchText("xxx", 1);
        for (String line : view.db().list("pragma integrity_check(100)", row -> row.text(1))) {
            if (!line.equals("ok")) {
                problem.accept("the database " + file + ": " + line);
            }
        }
    }

    @Override
    public OptionalLong stamp() {
        long now = System.nanoTime();
        if (now - placeChecked > PLACE_CHECK_INTERVAL.toNanos()) {
            if (!identity.isAt(file)) {
                return OptionalLong.empty(); // a query then finds out
            }
            placeChecked = now;
        }
        return stamp.now();
    }

    @Override
    protected boolean isResidueRemovable() {
        return readRows(view -> view.hasResidue() && view.db().dialect().bytes(view.db()) <= maxRewrittenBytes);
    }

    @Override
    protected boolean scrubDatabase() {
        boolean isResidueNoted = readRows(SqlView::hasResidue);
        // The checkpoint uses its own connection, since it must run outside a transaction. No writer acquires the write
        // lock while the checkpoint waits for readers.
        record Result(boolean rewritten, boolean checkpointed) {}
        Result result = guarded("Scrubbing", () -> {
            try (SqlSession db = Sqlite.writer(file, false, 0)) {
                db.execute("pragma busy_timeout = " + MAX_SCRUB_WAIT_MILLIS);
                // Pages keep copies of deleted rows in their unused part if their rows were moved before;
                // secure_delete overwrites a row where it lies only. Writers wait while the database is rewritten.
                boolean rewritten = db.dialect().bytes(db) <= maxRewrittenBytes;
                if (rewritten) {
                    rewrite(db);
                }
                return new Result(rewritten, truncateLog(db));
            }
        });
        if (result.rewritten() == isResidueNoted) {
            writeRows(edit -> {
                edit.noteResidue(!result.rewritten());
                return null;
            });
        }
        return result.checkpointed();
    }

    /**
     * Rewrites the database in the queue of the writers, so that they wait as long as their own limit allows and are
     * told for whom. Beside the queue they would fail when SQLite's time to wait for a lock is over.
     */
    private void rewrite(SqlSession db) {
        if (writeLock == null) {
            throw new ReadOnlyException("The memory of " + label + " is open for reading only; it is not rewritten.");
        }
        try (var _ = writeLock.take(label, Deadline.in(maxQueueWait))) {
            db.execute("vacuum");
        }
    }

    @Override
    protected boolean awaitOlderReaders() {
        return guarded("Maintaining", () -> {
            try (SqlSession db = Sqlite.writer(file, false, 0)) {
                db.execute("pragma busy_timeout = " + MAX_SCRUB_WAIT_MILLIS);
                return truncateLog(db);
            }
        });
    }

    /** Empties the write-ahead log; returns false if readers of older snapshots use it. */
    private boolean truncateLog(SqlSession db) {
        var deadline = Deadline.in(Duration.ofMillis(MAX_SCRUB_WAIT_MILLIS));
        var pause = new BackoffPause();
        Supplier<Boolean> truncation = () -> db.first("pragma wal_checkpoint(truncate)", row -> row.integer(1) == 0)
                .orElse(false);
        boolean done;
        do { // SQLite refuses it at once while another process copies the log
            done = checkpointer == null ? truncation.get() : checkpointer.exclusively(truncation);
        } while (!done && pause.before(deadline));
        if (done) {
            forceLog();
        }
        return done;
    }

    /**
     * Forces the truncation of the write-ahead log to the disk, which SQLite leaves to the system. Otherwise erased
     * data would come back in the log after a loss of power. SQLite holds no locks on this file.
     */
    private void forceLog() {
        Path log = file.resolveSibling(file.getFileName() + "-wal");
        try {
            if (Files.exists(log)) {
                DurableFiles.forceFile(log);
            }
        } catch (NoSuchFileException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> log + " was deleted by the last connection that closed: " + e);
        } catch (IOException e) {
            throw FileErrors.of("The write-ahead log of " + label + " cannot be forced to the disk", e);
        }
    }

    @Override
    protected void scrubDerived() {
        guarded("Scrubbing", () -> {
            try {
                DurableFiles.sweep(file.resolveSibling(""));
                DurableFiles.sweep(file.resolveSibling(AgentFile.ARCHIVE));
            } catch (IOException e) {
                throw FileErrors.of("The residue of " + label + " cannot be deleted", e);
            }
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(file.resolveSibling(""), "*" + AgentFile.DERIVED_SUFFIX)) {
                for (Path derived : files) {
                    Files.deleteIfExists(derived);
                }
                DurableFiles.forceDirectory(DurableFiles.parent(file));
                return null;
            } catch (DirectoryIteratorException e) {
                throw FileErrors.of(
                        "The cache files of " + label + " cannot be deleted", Objects.requireNonNull(e.getCause()));
            } catch (IOException e) {
                throw FileErrors.of("The cache files of " + label + " cannot be deleted", e);
            }
        });
    }

    @Override
    public Optional<Path> derived(String name) {
        return Optional.of(file.resolveSibling(name + AgentFile.DERIVED_SUFFIX));
    }

    @Override
    public Optional<Lease> lease(String name) {
        InterProcessQueueLock queue =
                guarded("Opening", () -> InterProcessQueueLock.open(file.resolveSibling(name + ".lock")));
        try {
            InterProcessQueueLock.Turn turn = queue.take(label, Deadline.in(Duration.ZERO));
            return Optional.of(() -> Closing.closeAll(turn, queue));
        } catch (AgentBusyException e) {
            queue.close();
            LOG.log(System.Logger.Level.DEBUG, () -> name + " of " + label + " is somebody else's: " + e.getMessage());
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, queue);
            throw e;
        }
    }

    @Override
    public void backup(Path target) {
        onFiles(() -> {
            new Backup(agent(), file).write(target, readers);
            return null;
        });
    }

    @Override
    protected <T extends @Nullable Object> T onFiles(Supplier<T> operation) {
        T result = guarded("Maintaining", operation);
        if (!identity.isAt(file)) {
            throw new AgentReplacedException(label); // the operation saw the files of another agent
        }
        return result;
    }

    private <T extends @Nullable Object> T guarded(String operation, Supplier<T> action) {
        try {
            return action.get();
        } catch (UncheckedSqlException | StelePersistenceException e) {
            if (!identity.isAt(file)) {
                throw new AgentReplacedException(label); // the directory was removed during the call
            }
            throw e instanceof UncheckedSqlException failure
                    ? Sqlite.error(operation + " " + label, file, failure.sql())
                    : e;
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            // The readers are closed first: the last connection that closes moves the write-ahead log into the
            // database, which a reader cannot do.
            Closing.closeAll(readers, writer, checkpointer, writeLock, stamp);
        } catch (UncheckedSqlException e) {
            throw new StelePersistenceException("Closing " + label + ": " + e.getMessage(), e);
        }
    }
}
