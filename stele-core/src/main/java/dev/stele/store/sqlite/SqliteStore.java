package dev.stele.store.sqlite;

import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Limits;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.VerifyReport;
import dev.stele.store.AgentReplaced;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import dev.stele.store.StoreView.ArchivedMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One agent's database: a pool of readers and, unless read-only, a group-committing writer. */
final class SqliteStore implements AgentStore {

    private static final System.Logger LOG = System.getLogger(SqliteStore.class.getName());

    /** How the names of derived files end. */
    private static final String DERIVED = ".derived";

    private static final int SEGMENT_MESSAGES = 1_000;
    /** How often other processes' commits are looked for while somebody waits for a change. */
    private static final long POLL_MILLIS = 20;

    private final AgentName agent;
    private final Path file;
    private final String what;
    private final ReaderPool readers;
    private final Optional<ChangeStamp> stamp;
    private final @Nullable WriterQueue turns;
    private final @Nullable GroupCommitWriter writer;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong committed = new AtomicLong();
    /** Wakes those who wait for a change; guards nothing. */
    private final ReentrantLock changeLock = new ReentrantLock();

    private final Condition changed = changeLock.newCondition();

    /** Opens an existing database; migrates it first unless read-only. */
    SqliteStore(AgentName agent, Path file, Limits limits, boolean readOnly, Schema schema) {
        this.agent = agent;
        this.file = file;
        this.what = "agent " + agent;
        this.readers = new ReaderPool(what, limits.readers(), limits.patience(), () -> Sqlite.reader(file));
        this.stamp = ChangeStamp.open(file, !readOnly);
        try {
            if (readOnly) {
                int found = guarded("Opening", () -> readers.use(db -> schema.check(db, file)));
                if (found < schema.version()) {
                    throw new ReadOnlyException(
                            "%s has schema %d and %d is needed; open it once for writing, which migrates it."
                                    .formatted(file, found, schema.version()));
                }
                this.turns = null;
                this.writer = null;
            } else {
                this.turns = WriterQueue.open(file.resolveSibling("writer.lock"));
                this.writer = new GroupCommitWriter(
                        what,
                        file,
                        () -> Sqlite.writer(file, false, limits.databaseBytes()),
                        turns,
                        limits.writeQueue(),
                        limits.patience(),
                        stamp,
                        this::committed);
                migrate(schema, limits);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void migrate(Schema schema, Limits limits) {
        guarded("Opening", () -> {
            if (readers.use(db -> schema.check(db, file)) < schema.version()) {
                try (Db db = Sqlite.writer(file, false, limits.databaseBytes())) {
                    schema.migrate(db, file);
                }
            }
            return null;
        });
    }

    @Override
    public AgentName agent() {
        return agent;
    }

    @Override
    public <T extends @Nullable Object> T read(Function<? super StoreView, T> query) {
        return guarded(
                "Reading",
                () -> readers.read(db -> {
                    var view = new SqliteView(db, file);
                    if (view.replaced()) {
                        throw new AgentReplaced(agent.value());
                    }
                    return query.apply(view);
                }));
    }

    @Override
    public <T extends @Nullable Object> T write(Function<? super StoreEdit, T> edit) {
        return writeInside(edit);
    }

    private <T extends @Nullable Object> T writeInside(Function<? super SqliteEdit, T> edit) {
        if (writer == null) {
            throw new ReadOnlyException("The memory of " + what + " is open for reading only; open it for writing.");
        }
        return guarded("Writing", () -> writer.write(edit));
    }

    @Override
    public OptionalLong stamp() {
        return stamp.map(ChangeStamp::now).orElse(OptionalLong.empty());
    }

    private void committed(long number) {
        committed.accumulateAndGet(number, Math::max);
        changeLock.lock();
        try {
            changed.signalAll();
        } finally {
            changeLock.unlock();
        }
    }

    @Override
    public void awaitChange(long number, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        OptionalLong asked = OptionalLong.empty();
        while (System.nanoTime() < end) {
            OptionalLong now = stamp();
            boolean maybe = now.isEmpty() || !now.equals(asked);
            if (committed.get() > number || (maybe && read(StoreView::lastChange) > number)) {
                return;
            }
            asked = now;
            changeLock.lock();
            try {
                if (committed.get() <= number) {
                    // Woken or not, the loop looks again.
                    boolean _ = changed.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
                }
            } finally {
                changeLock.unlock();
            }
        }
    }

    @Override
    public long retain(int keep, boolean archive) {
        long moved = 0;
        while (true) {
            List<ArchivedMessage> oldest = read(view -> oldest((SqliteView) view, keep));
            if (oldest.isEmpty()) {
                return moved;
            }
            if (archive) {
                moved += moveToArchive(oldest);
            } else {
                moved += writeInside(edit -> {
                    for (ArchivedMessage old : oldest) {
                        edit.message(old.message().id())
                                .filter(message -> !message.archived())
                                .ifPresent(edit::deleteMessage);
                    }
                    return oldest.size();
                });
            }
        }
    }

    private static List<ArchivedMessage> oldest(SqliteView view, int keep) {
        long excess = view.liveMessages() - keep;
        if (keep <= 0 || excess <= 0) {
            return List.of();
        }
        return view.messages.oldest(Math.min(excess, SEGMENT_MESSAGES)).stream()
                .map(message -> new ArchivedMessage(
                        message, view.messages.revisions(message.number()), view.index.embedding(message.number())))
                .toList();
    }

    private int moveToArchive(List<ArchivedMessage> messages) {
        var archive = new Archive(file.resolveSibling(""));
        Archive.Segment segment = archive.write(messages);
        try {
            writeInside(edit -> {
                edit.archive(messages, segment);
                return null;
            });
            return messages.size();
        } catch (ConflictException e) {
            archive.delete(segment.name()); // a message was edited meanwhile; the next round sees it as it is now
            return 0;
        }
    }

    @Override
    public void scrub() {
        dropStaleSegments();
        boolean due = guarded(
                "Reading", () -> readers.use(db -> db.number("select count(*) from meta where key = 'scrub'")) > 0);
        if (!due) {
            return;
        }
        dropDerived();
        writeInside(edit -> {
            edit.db.update("insert into keyword (keyword) values ('optimize')");
            edit.db.update("delete from meta where key = 'scrub'");
            return null;
        });
        // On a connection of its own, since it must run outside a transaction.
        guarded("Scrubbing", () -> {
            try (Db db = Sqlite.writer(file, false, 0)) {
                db.first("pragma wal_checkpoint(truncate)", row -> row.getInt(1));
            }
            return null;
        });
    }

    /** Deletes what others may have derived from what is forgotten now. */
    private void dropDerived() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(file.resolveSibling(""), "*" + DERIVED)) {
            for (Path derived : files) {
                Files.deleteIfExists(derived);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("what was derived from " + what + " cannot be deleted", e);
        }
    }

    @Override
    public Optional<Path> derived(String name) {
        return Optional.of(file.resolveSibling(name + DERIVED));
    }

    @Override
    public Optional<Lease> lease(String name) {
        WriterQueue queue = WriterQueue.open(file.resolveSibling(name + ".lock"));
        try {
            WriterQueue.Turn turn = queue.take(what, Deadline.in(Duration.ZERO));
            return Optional.of(() -> {
                turn.close();
                queue.close();
            });
        } catch (AgentBusyException e) {
            queue.close();
            LOG.log(System.Logger.Level.DEBUG, () -> name + " of " + what + " is somebody else's: " + e.getMessage());
            return Optional.empty();
        } catch (RuntimeException e) {
            queue.close();
            throw e;
        }
    }

    /** Writes segments anew whose files hold more than the database still counts, and deletes files nobody names. */
    private void dropStaleSegments() {
        var archive = new Archive(file.resolveSibling(""));
        for (Archive.Segment stale : read(view -> ((SqliteView) view).archived.stale())) {
            List<ArchivedMessage> kept = read(view -> ((SqliteView) view).archived.messagesOf(stale));
            Optional<Archive.Segment> fresh = kept.isEmpty() ? Optional.empty() : Optional.of(archive.write(kept));
            boolean swapped = writeInside(edit -> {
                boolean same = edit.archived.messagesOf(stale).size() == kept.size()
                        && edit.archived.segments().contains(stale);
                if (same) {
                    fresh.ifPresent(segment -> {
                        edit.archived.addSegment(segment);
                        edit.archived.moveTo(stale.name(), segment.name());
                    });
                    edit.archived.dropSegment(stale.name());
                }
                return same;
            });
            if (swapped) {
                archive.delete(stale.name());
            } else {
                fresh.ifPresent(segment -> archive.delete(segment.name()));
            }
        }
        List<String> files = archive.files();
        if (!files.isEmpty()) {
            List<String> known = read(view -> ((SqliteView) view)
                    .archived.segments().stream().map(Archive.Segment::name).toList());
            Instant longAgo = Instant.now().minus(Duration.ofHours(1));
            files.stream()
                    .filter(name -> !known.contains(name) && archive.olderThan(name, longAgo))
                    .forEach(archive::delete);
        }
    }

    @Override
    public VerifyReport verify() {
        return new Verification(agent, file, readers).run();
    }

    @Override
    public void backup(Path target) {
        guarded("Backing up", () -> {
            new Backup(agent, file).write(target, readers);
            return null;
        });
    }

    private <T extends @Nullable Object> T guarded(String doing, java.util.function.Supplier<T> action) {
        try {
            return action.get();
        } catch (SqlFailure e) {
            throw Sqlite.error(doing + " " + what, file, e.sql());
        } catch (AgentReplaced e) {
            if (turns != null) {
                turns.detach();
            }
            throw e;
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            // The readers first: the last connection to go moves the log into the database, and a reader cannot.
            readers.close();
            if (writer != null) {
                writer.close();
            }
        } catch (SqlFailure e) {
            throw new StelePersistenceException("Closing " + what + ": " + e.getMessage(), e);
        } finally {
            if (turns != null) {
                turns.close();
            }
            stamp.ifPresent(ChangeStamp::close);
        }
    }
}
