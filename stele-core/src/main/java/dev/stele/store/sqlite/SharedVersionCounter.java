package dev.stele.store.sqlite;

import dev.stele.concurrent.Closing;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.UninterruptibleIo;
import dev.stele.model.ClosedException;
import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sequence lock (seqlock) that detects commits without a query: a number in a memory page that all processes that have
 * the agent open share. The number is odd while a commit may be in progress, and a different even number
 * afterwards. Thread-safe.
 *
 * <p>An unchanged even number means that nothing was committed, because a writer makes the number odd before it
 * commits. A reader that reads n, then the database, then n again has seen all commits that ended before the first n,
 * and no commit began before the second n. A writer that dies in between leaves the number odd, and readers then query
 * the database; the next commit makes it even. The write lock ensures that one writer at a time changes the number.
 *
 * <p>The page also has the number of the latest change that was committed, which is written after the commit is on
 * stable storage. A database that ends before this number has lost its write-ahead log, or is an older copy. A file of
 * a process of an earlier version, or after a loss of power, may have a lower number or 0, which says nothing.
 *
 * <pre>
 *   offset  bytes  content, in the byte order of the machine
 *   0       8      sequence number
 *   8       8      number of the latest committed change; 0 if it is unknown
 * </pre>
 */
final class SharedVersionCounter implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(SharedVersionCounter.class.getName());
    private static final VarHandle NUMBER = ValueLayout.JAVA_LONG.varHandle();

    /** Name of the file. */
    static final String FILE = "changes.stamp";

    /** Offset of the number of the latest committed change. */
    private static final long CHANGE_OFFSET = Long.BYTES;

    private static final long FILE_BYTES = 2 * Long.BYTES;

    private final Path file;
    private final boolean write;
    private final ReentrantLock opening = new ReentrantLock();

    /** The mapped counter; null as long as it could not be mapped, and after the close. */
    private volatile @Nullable Mapped mapped;

    private volatile boolean closed;

    private record Mapped(Arena lifetime, MemorySegment page) {}

    private SharedVersionCounter(Path file, boolean write) {
        this.file = file;
        this.write = write;
    }

    /**
     * Returns the counter of a database. If its file cannot be opened, as on a full disk, readers query the database,
     * and writers have to {@link #require} it.
     *
     * @param database path of the database file
     * @param write whether the file may be created and changed
     */
    static SharedVersionCounter of(Path database, boolean write) {
        var counter = new SharedVersionCounter(database.resolveSibling(FILE), write);
        try {
            counter.open();
        } catch (IOException | UnsupportedOperationException e) {
            LOG.log(System.Logger.Level.DEBUG, "no stamp for " + database + "; every read asks the database", e);
        }
        return counter;
    }

    /**
     * Opens the counter, unless it is open. A writer calls this method before each transaction, because a commit that
     * the counter does not show would leave other processes with outdated caches.
     *
     * @throws StelePersistenceException if the file cannot be opened
     */
    void require() {
        if (mapped != null) {
            return;
        }
        try {
            open();
        } catch (IOException | UnsupportedOperationException e) {
            throw new StelePersistenceException(
                    "The version counter " + file + " cannot be opened ("
                            + (e instanceof IOException failure ? FileErrors.reason(failure) : e.getMessage())
                            + "), and other processes would not notice a write. Nothing was written; free space or "
                            + "make the file writable, then try again.",
                    e);
        }
        if (mapped == null) {
            throw new ClosedException("The version counter " + file + " is closed; open the memory again to write.");
        }
    }

    private void open() throws IOException {
        opening.lock();
        try {
            if (mapped == null && !closed) {
                mapped = UninterruptibleIo.call(this::map);
            }
        } finally {
            opening.unlock();
        }
    }

    private Mapped map() throws IOException {
        Set<OpenOption> options = write
                ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
                : Set.of(StandardOpenOption.READ);
        Arena lifetime = Arena.ofShared();
        try (var channel = DurableFiles.open(file, options)) {
            if (write && channel.size() < Long.BYTES) {
                // The initial number is random, so that successive agents of the same name have no numbers in common.
                long first = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE >> 1) & ~1L;
                channel.write(
                        ByteBuffer.allocate(Long.BYTES)
                                .order(ByteOrder.nativeOrder())
                                .putLong(0, first),
                        0);
            }
            if (write && channel.size() < FILE_BYTES) {
                channel.write(ByteBuffer.allocate(Long.BYTES), CHANGE_OFFSET);
            }
            if (channel.size() < FILE_BYTES) {
                throw new IOException("the file is shorter than the numbers in it");
            }
            var mode = write ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
            return new Mapped(lifetime, channel.map(mode, 0, FILE_BYTES, lifetime));
        } catch (IOException | RuntimeException | Error e) {
            Closing.closeAfter(e, lifetime);
            throw e;
        }
    }

    private MemorySegment page() {
        Mapped current = mapped;
        if (current == null) {
            throw new IllegalStateException("the version counter is not open");
        }
        return current.page();
    }

    /**
     * Returns a number that is unchanged until the next commit; empty while a commit may be in progress, and if the
     * counter is not open.
     */
    OptionalLong now() {
        Mapped current = mapped;
        if (current == null) {
            return OptionalLong.empty();
        }
        try {
            long number = (long) NUMBER.getVolatile(current.page(), 0L);
            return (number & 1) == 0 ? OptionalLong.of(number) : OptionalLong.empty();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.TRACE, "asked after it was closed", e);
            return OptionalLong.empty();
        }
    }

    /** Marks the begin of a commit. The caller holds the write lock. */
    void commitBegins() {
        NUMBER.setVolatile(page(), 0L, (long) NUMBER.getVolatile(page(), 0L) | 1);
    }

    /** Returns the number of the latest change that is known to be committed; 0 if none is known. */
    long lastChange() {
        Mapped current = mapped;
        if (current == null) {
            return 0;
        }
        try {
            return (long) NUMBER.getVolatile(current.page(), CHANGE_OFFSET);
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.TRACE, "asked after it was closed", e);
            return 0;
        }
    }

    /**
     * Marks the successful end of a commit. The caller holds the write lock. After a failed commit the number stays
     * odd.
     *
     * @param lastChange number of the latest change, which is on stable storage now
     */
    void commitEnded(long lastChange) {
        NUMBER.setVolatile(page(), CHANGE_OFFSET, lastChange);
        NUMBER.setVolatile(page(), 0L, ((long) NUMBER.getVolatile(page(), 0L) | 1) + 1);
    }

    @Override
    public void close() {
        opening.lock();
        try {
            closed = true;
            Mapped current = mapped;
            mapped = null;
            if (current != null) {
                current.lifetime().close();
            }
        } finally {
            opening.unlock();
        }
    }
}
