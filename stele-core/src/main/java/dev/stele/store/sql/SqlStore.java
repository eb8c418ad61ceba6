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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What stores on SQL have in common: what moves to the archive, what is checked, who is told of a change. */
public abstract class SqlStore implements AgentStore {

    private static final int SEGMENT_MESSAGES = 1_000;
    /** Files that nobody names may belong to a move that is under way while they are younger. */
    private static final Duration LEFTOVER = Duration.ofHours(1);

    private final AgentName agent;
    private final Archive archive;
    private final Duration look;
    private final AtomicLong committed = new AtomicLong();
    /** Wakes those who wait for a change; guards nothing. */
    private final ReentrantLock changeLock = new ReentrantLock();

    private final Condition changed = changeLock.newCondition();

    /** @param look how often others' commits are looked for while somebody waits for a change */
    protected SqlStore(AgentName agent, ArchiveSegments segments, Duration look) {
        this.agent = agent;
        this.archive = new Archive(segments);
        this.look = look;
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
    public final <T extends @Nullable Object> T write(Function<? super StoreEdit, T> edit) {
        return writeRows(edit);
    }

    /** As {@link #read}. */
    protected abstract <T extends @Nullable Object> T readRows(Function<? super SqlView, T> query);

    /** As {@link #write}. */
    protected abstract <T extends @Nullable Object> T writeRows(Function<? super SqlEdit, T> edit);

    /** What is to be checked of the database itself. */
    protected abstract void verifyDatabase(SqlView view, Consumer<String> problem);

    /** Where the memory is, for people. */
    protected abstract String place();

    /** To be called when somebody has committed, with the number of the latest change or one before it. */
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
                    boolean _ = changed.await(Math.min(look.toNanos(), end - System.nanoTime()), TimeUnit.NANOSECONDS);
                }
            } finally {
                changeLock.unlock();
            }
        }
    }

    @Override
    public final long retain(int keep, boolean toArchive) {
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
        return view.messages.oldest(Math.min(excess, SEGMENT_MESSAGES)).stream()
                .map(message -> new ArchivedMessage(
                        message, view.messages.revisions(message.number()), view.index.embedding(message.number())))
                .toList();
    }

    private int delete(List<ArchivedMessage> messages) {
        return writeRows(edit -> {
            for (ArchivedMessage old : messages) {
                Optional<Message> live = edit.message(old.message().id()).filter(message -> !message.archived());
                live.ifPresent(edit::deleteMessage);
            }
            return messages.size();
        });
    }

    private int moveToArchive(List<ArchivedMessage> messages) {
        Archive.Segment segment = archive.write(messages);
        try {
            writeRows(edit -> {
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
    public final boolean scrub() {
        dropStaleSegments();
        Optional<String> due = readRows(view -> view.meta.get(MetadataTable.SCRUB));
        if (due.isEmpty()) {
            return true;
        }
        scrubDerived();
        writeRows(edit -> {
            edit.index.tidy();
            edit.graph.pieces.tidy();
            return null;
        });
        if (!scrubDatabase()) {
            return false;
        }
        return writeRows(edit -> {
            boolean all = edit.meta.get(MetadataTable.SCRUB).equals(due); // else something else was forgotten meanwhile
            if (all) {
                edit.meta.remove(MetadataTable.SCRUB);
            }
            return all;
        });
    }

    /** Deletes what may have been derived from what is forgotten now. */
    protected abstract void scrubDerived();

    /** Makes unreadable what the database keeps of what was deleted; returns whether it could, soon. */
    protected abstract boolean scrubDatabase();

    /** Writes segments anew whose files hold more than the database still counts, and deletes files nobody names. */
    private void dropStaleSegments() {
        for (Archive.Segment stale : readRows(view -> view.archived.stale())) {
            List<ArchivedMessage> kept = readRows(view -> view.archived.messagesOf(stale));
            Optional<Archive.Segment> fresh = kept.isEmpty() ? Optional.empty() : Optional.of(archive.write(kept));
            boolean swapped = writeRows(edit -> {
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
        List<String> old = archive.olderThan(Instant.now().minus(LEFTOVER));
        if (!old.isEmpty()) {
            List<String> known = readRows(view ->
                    view.archived.segments().stream().map(Archive.Segment::name).toList());
            old.stream().filter(name -> !known.contains(name)).forEach(archive::delete);
        }
    }

    @Override
    public final VerifyReport verify() {
        return new Verification(this).run();
    }
}
