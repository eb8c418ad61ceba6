package dev.stele.store.sql;

import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Message;
import dev.stele.model.VerifyReport;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import dev.stele.store.StoreView.ArchivedMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Base class of stores on SQL databases. It implements retention, verification, scrubbing and the notification of
 * waiting readers in terms of read and write transactions that the subclass provides.
 */
public abstract class SqlStore implements AgentStore {

    /** Maximum number of messages in an archive segment. */
    private static final int SEGMENT_MESSAGES = 1_000;
    /**
     * Minimum age of an unreferenced archive file before it is deleted; a younger file may belong to a move in
     * progress.
     */
    private static final Duration MIN_ORPHAN_AGE = Duration.ofHours(1);

    /** Time by which the clock of a file system may be ahead. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(1);

    private final AgentName agent;
    private final Archive archive;
    private final Duration pollInterval;
    private final AtomicLong committed = new AtomicLong();
    /** Used to wake threads that wait for a change; guards no state. */
    private final ReentrantLock changeLock = new ReentrantLock();

    private final Condition changed = changeLock.newCondition();

    /**
     * Creates the base of a store.
     *
     * @param pollInterval interval between checks for commits of other processes while a thread waits for a change
     */
    protected SqlStore(AgentName agent, ArchiveSegments segments, Duration pollInterval) {
        this.agent = agent;
        this.archive = new Archive(segments);
        this.pollInterval = pollInterval;
    }

    @Override
    public final AgentName agent() {
        return agent;
    }

    @Override
    public final <T extends @Nullable Object> T read(Function<? super StoreView, T> query) {
        return readRows(query);
    }

    @Override
    public final <T extends @Nullable Object> T stream(Function<? super StoreView, T> query) {
        return streamRows(query);
    }

    @Override
    public final <T extends @Nullable Object> T write(Function<? super StoreEdit, T> edit) {
        return writeRows(edit);
    }

    @Override
    public final <T extends @Nullable Object> CompletableFuture<T> submit(Function<? super StoreEdit, T> edit) {
        return submitRows(edit);
    }

    /** Runs a query in one read transaction, see {@link #read}. */
    protected abstract <T extends @Nullable Object> T readRows(Function<? super SqlView, T> query);

    /** Runs a query in one read transaction and at most once, see {@link #stream}. */
    protected abstract <T extends @Nullable Object> T streamRows(Function<? super SqlView, T> query);

    /** Runs an edit in a write transaction, see {@link #write}. */
    protected abstract <T extends @Nullable Object> T writeRows(Function<? super SqlEdit, T> edit);

    /** Submits an edit, see {@link #submit}. */
    protected abstract <T extends @Nullable Object> CompletableFuture<T> submitRows(Function<? super SqlEdit, T> edit);

    /** Checks the database itself and reports each problem. */
    protected abstract void verifyDatabase(SqlView view, Consumer<String> problem);

    /**
     * Checks the files beside the database.
     *
     * @param problem receives what is damaged or missing
     * @param remark receives what is worth knowing and no damage
     */
    protected abstract void verifyFiles(Consumer<String> problem, Consumer<String> remark);

    /**
     * Reports archive segments that the database does not reference: residue of a killed process, or what remains of
     * messages that the database has lost.
     */
    final void verifyUnreferencedSegments(Consumer<String> problem, Consumer<String> remark) {
        List<String> names = archive.olderThan(Instant.now().plus(CLOCK_TOLERANCE));
        if (names.isEmpty()) {
            return;
        }
        // Read after the names: a file is written before its row.
        record Known(long lastChange, Set<String> segments) {}
        Known known = readRows(view -> new Known(view.lastChange(), Set.copyOf(view.segments())));
        for (String name : names) {
            if (!known.segments().contains(name)) {
                OptionalLong last = archive.lastNumber(name);
                if (last.isEmpty()) {
                    continue; // deleted meanwhile
                }
                if (last.getAsLong() > known.lastChange()) {
                    problem.accept(
                            "the archive segment %s is not referenced and has message %d, but the database ends with change %d: it lost changes"
                                    .formatted(name, last.getAsLong(), known.lastChange()));
                } else {
                    remark.accept("the archive segment " + name
                            + " is not referenced; an operation is running or was cut off, and maintenance deletes it");
                }
            }
        }
    }

    /** Returns the location of the database, for error messages. */
    protected abstract String place();

    /**
     * Notifies waiting threads of a commit.
     *
     * @param number number of the latest change, or of an earlier one
     */
    protected final void committed(long number) {
        committed.accumulateAndGet(number, Math::max);
        changeLock.lock();
        try {
            changed.signalAll();
        } finally {
            changeLock.unlock();
        }
    }

    @Override
    public final void awaitChange(long number, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        OptionalLong previousStamp = OptionalLong.empty();
        while (System.nanoTime() < end) {
            OptionalLong now = stamp();
            boolean maybe = now.isEmpty() || !now.equals(previousStamp);
            if (committed.get() > number || (maybe && read(StoreView::lastChange) > number)) {
                return;
            }
            previousStamp = now;
            changeLock.lock();
            try {
                if (committed.get() <= number) {
                    // The loop checks again, whether it was signalled or timed out.
                    boolean _ = changed.await(
                            Math.min(pollInterval.toNanos(), end - System.nanoTime()), TimeUnit.NANOSECONDS);
                }
            } finally {
                changeLock.unlock();
            }
        }
    }

    /**
     * Runs an operation on the files of the store.
     *
     * @throws dev.stele.store.AgentReplacedException if it failed because the agent was deleted or restored meanwhile
     */
    protected <T extends @Nullable Object> T onFiles(Supplier<T> operation) {
        return operation.get();
    }

    @Override
    public final long retain(int keep, boolean toArchive) {
        return onFiles(() -> retainAll(keep, toArchive));
    }

    private long retainAll(int keep, boolean toArchive) {
        long moved = 0;
        while (true) {
            List<ArchivedMessage> oldest = readRows(view -> oldest(view, keep));
            if (oldest.isEmpty()) {
                return moved;
            }
            moved += toArchive ? moveToArchive(oldest) : delete(oldest);
        }
    }

    private static List<ArchivedMessage> oldest(SqlView view, int keep) {
        long excess = view.liveMessages() - keep;
        if (keep <= 0 || excess <= 0) {
            return List.of();
        }
        return view.messages.oldest(0, Math.min(excess, SEGMENT_MESSAGES)).stream()
                .map(message -> new ArchivedMessage(
                        message, view.messages.revisions(message.number()), view.index.embedding(message.number())))
                .toList();
    }

    private int delete(List<ArchivedMessage> messages) {
        return writeRows(edit -> {
            for (ArchivedMessage old : messages) {
                Optional<Message> live = edit.message(old.message().id()).filter(message -> !message.archived());
                live.ifPresent(edit::expireMessage);
            }
            return messages.size();
        });
    }

    private int moveToArchive(List<ArchivedMessage> messages) {
        try (var _ = archive.hold().orElse(() -> {})) {
            return moveHeld(messages);
        }
    }

    private int moveHeld(List<ArchivedMessage> messages) {
        Archive.Segment segment = archive.write(messages);
        try {
            writeRows(edit -> {
                edit.archive(messages, segment);
                return null;
            });
            return messages.size();
        } catch (ConflictException e) {
            archive.delete(segment.name()); // a message was edited meanwhile; the next round reads its new text
            return 0;
        }
    }

    @Override
    public final boolean scrub() {
        return onFiles(this::scrubAll);
    }

    private boolean scrubAll() {
        Optional<String> due = readRows(view -> view.meta.get(MetadataTable.SCRUB));
        if (due.isEmpty()) {
            List<String> residue = unreferencedSegments();
            if (!residue.isEmpty() && awaitOlderReaders()) {
                residue.forEach(archive::delete);
            }
            return !isResidueRemovable() || scrubDatabase();
        }
        replaceStaleSegments();
        // Listed before the readers are awaited: another process may replace further segments meanwhile.
        List<String> unreferenced = unreferencedSegments();
        scrubDerived();
        writeRows(edit -> {
            edit.index.tidy();
            edit.graph.pieces.tidy();
            return null;
        });
        if (!scrubDatabase()) {
            return false;
        }
        // No reader uses a snapshot any more that refers to these segments.
        unreferenced.forEach(archive::delete);
        return writeRows(edit -> {
            boolean all = edit.meta.get(MetadataTable.SCRUB).equals(due); // otherwise other data was erased meanwhile
            if (all) {
                edit.meta.remove(MetadataTable.SCRUB);
            }
            return all;
        });
    }

    /** Deletes cache files that may contain erased data. */
    protected abstract void scrubDerived();

    /** Returns whether the database has residue of earlier erasures that it can be freed from by now. */
    protected boolean isResidueRemovable() {
        return false;
    }

    /**
     * Waits a moment until no reader uses a snapshot that is older than the call.
     *
     * @return whether there is no such reader
     */
    protected boolean awaitOlderReaders() {
        return true;
    }

    /**
     * Makes deleted data in the database files unreadable.
     *
     * @return false if readers of older snapshots prevented it for longer than a short wait
     */
    protected abstract boolean scrubDatabase();

    /**
     * Writes new files for the segments whose files contain messages that the database has deleted. The old files stay,
     * because readers of older snapshots use them.
     */
    private void replaceStaleSegments() {
        if (readRows(view -> view.archived.segments().isEmpty())) {
            return; // without an archive, nothing is locked
        }
        try (var _ = archive.hold().orElse(() -> {})) {
            readRows(view -> view.archived.stale()).forEach(this::replace);
        }
    }

    /** Replaces a segment, unless it was changed meanwhile. */
    private void replace(Archive.Segment stale) {
        List<ArchivedMessage> remaining = readRows(view -> view.archived.messagesOf(stale));
        Optional<Archive.Segment> fresh =
                remaining.isEmpty() ? Optional.empty() : Optional.of(archive.write(remaining));
        boolean swapped = writeRows(edit -> {
            boolean unchanged = edit.archived.messagesOf(stale).size() == remaining.size()
                    && edit.archived.segments().contains(stale);
            if (unchanged) {
                fresh.ifPresent(segment -> {
                    edit.archived.addSegment(segment);
                    edit.archived.moveTo(stale.name(), segment.name());
                });
                edit.archived.dropSegment(stale.name());
            }
            return unchanged;
        });
        if (!swapped) {
            fresh.ifPresent(segment -> archive.delete(segment.name()));
        }
    }

    /**
     * Returns segment files that the database does not reference: replaced ones, and residue of killed processes. A
     * reader of an older snapshot may still use them.
     */
    private List<String> unreferencedSegments() {
        if (archive.olderThan(Instant.now().plus(CLOCK_TOLERANCE)).isEmpty()) {
            return List.of(); // without an archive, nothing is locked
        }
        Optional<ArchiveSegments.Hold> hold = archive.hold();
        try (var _ = hold.orElse(() -> {})) {
            // Files are added under the hold only, so that any other file without a row is residue.
            Duration minAge = hold.isPresent() ? Duration.ZERO : MIN_ORPHAN_AGE;
            List<String> old =
                    archive.olderThan(Instant.now().plus(CLOCK_TOLERANCE).minus(minAge));
            if (old.isEmpty()) {
                return List.of();
            }
            Set<String> referenced = readRows(view -> Set.copyOf(view.segments()));
            return old.stream().filter(name -> !referenced.contains(name)).toList();
        }
    }

    @Override
    public final VerifyReport verify() {
        return onFiles(() -> new Verification(this).run());
    }
}
