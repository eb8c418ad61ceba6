package dev.stele.store.sql;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.Closing;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.FileIdentity;
import dev.stele.model.AgentBusyException;
import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Fair lock between processes: processes that want to write to one agent acquire it strictly in the order in which they
 * requested it. Thread-safe.
 *
 * <p>SQLite's own waiting is random, with sleeps of up to 100 ms. This class is a CLH queue lock (Craig, Landin and
 * Hagersten) made of byte-range locks on a file. A process draws a ticket number, locks the byte of that number, and
 * waits until the byte of the previous number is free, because its owner has finished or has died. The kernel releases
 * the locks of a dead process. State therefore cannot become stale, and no cleanup is needed. One more byte, the write
 * lock, is locked by the process that writes; it excludes other writers even if a waiting process abandoned its ticket.
 * The queue provides order only: SQLite itself provides safety.
 *
 * <pre>
 *   offset     bytes  content or meaning
 *   0          8      next ticket number, big-endian
 *   64         128    description of the latest lock holder, ASCII
 *   2^40       1      locked while a ticket is drawn
 *   2^40 + 1   1      write lock: locked by the process that writes
 *   2^41 + n   1      locked by the process that holds ticket n
 * </pre>
 *
 * <p>Processes wait by polling instead of a blocking lock call, for two reasons. The kernel's deadlock check reports a
 * deadlock when two processes wait crosswise for two agents, although other threads hold the locks. A blocking call
 * also has no timeout.
 *
 * <p>File locks belong to the process, and closing any handle of a file releases all its locks. All queues of one file
 * in this process therefore share one handle, which the static registry keeps. The registry goes by the identity of the
 * file and not by its path, because the directory of a file may be renamed and another one put in its place.
 */
public final class InterProcessQueueLock implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(InterProcessQueueLock.class.getName());

    /** Offset of the byte that is locked while a ticket is drawn. */
    private static final long DRAW_LOCK_OFFSET = 1L << 40;
    /** Offset of the byte that is the write lock. */
    private static final long WRITE_LOCK_OFFSET = DRAW_LOCK_OFFSET + 1;
    /** Offset of the byte of ticket 0. */
    private static final long TICKETS_OFFSET = 1L << 41;
    /** Offset of the description of the lock holder. */
    private static final int HOLDER_OFFSET = 64;
    /** Length of the description of the lock holder, in bytes. */
    private static final int HOLDER_BYTES = 128;
    /** Initial interval between attempts to lock a byte, in nanoseconds; it doubles with each attempt. */
    private static final long MIN_PAUSE_NANOS = 20_000;
    /** Maximum interval between attempts to lock a byte, in nanoseconds. */
    private static final long MAX_PAUSE_NANOS = 250_000;

    private static final String SELF =
            "pid %d, running since %s".formatted(ProcessHandle.current().pid(), started());

    @GuardedBy("REGISTRY")
    private static final Map<FileIdentity, InterProcessQueueLock> QUEUES = new HashMap<>();

    /**
     * Handles of files that were replaced while they were opened. They stay open, because they may denote a file of the
     * registry, whose locks closing would release.
     */
    @GuardedBy("REGISTRY")
    private static final List<RandomAccessFile> REPLACED_WHILE_OPENED = new ArrayList<>();

    private static final ReentrantLock REGISTRY = new ReentrantLock();

    private final Path file;
    private final FileIdentity identity;
    /**
     * Access to the file's bytes. A channel is not used for it: an interrupt of one thread would close the channel for
     * all threads.
     */
    @GuardedBy("paper")
    private final RandomAccessFile bytes;
    /** Guards {@link #bytes}, whose file position all threads share. */
    private final ReentrantLock paper = new ReentrantLock();
    /** Used for file locks only, which interrupts do not affect. */
    private final FileChannel channel;
    /** Fair lock between the threads of this process: only one thread at a time is in the queue of processes. */
    private final ReentrantLock threads = new ReentrantLock(true);

    /** Number of {@link #open} calls without a {@link #close}. */
    @GuardedBy("REGISTRY")
    private int openCount;

    private InterProcessQueueLock(Path file, FileIdentity identity, RandomAccessFile bytes) {
        this.file = file;
        this.identity = identity;
        this.bytes = bytes;
        this.channel = bytes.getChannel();
    }

    /**
     * Returns the queue lock of a file and creates the file if necessary. Each call must be matched by one {@link
     * #close}.
     *
     * @param file path of the lock file; its directory must exist
     * @throws StelePersistenceException if the file cannot be opened
     */
    public static InterProcessQueueLock open(Path file) {
        REGISTRY.lock();
        try {
            while (true) {
                FileIdentity identity = existing(file);
                InterProcessQueueLock queue = QUEUES.get(identity);
                if (queue == null) {
                    var bytes = new RandomAccessFile(file.toFile(), "rw");
                    if (!identity.isAt(file)) {
                        REPLACED_WHILE_OPENED.add(bytes);
                        continue;
                    }
                    queue = new InterProcessQueueLock(file, identity, bytes);
                    QUEUES.put(identity, queue);
                }
                queue.openCount++;
                return queue;
            }
        } catch (IOException e) {
            throw FileErrors.of("The queue of writers " + file + " cannot be opened", e);
        } finally {
            REGISTRY.unlock();
        }
    }

    /** Returns the identity of the file, which is created if necessary. A file that exists is not opened for it. */
    private static FileIdentity existing(Path file) throws IOException {
        Optional<FileIdentity> identity = FileIdentity.of(file);
        if (identity.isEmpty()) {
            try {
                DurableFiles.createFile(file);
            } catch (FileAlreadyExistsException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "another process has created it first: " + e);
            }
            identity = FileIdentity.of(file);
        }
        return identity.orElseThrow(() -> new NoSuchFileException(file.toString()));
    }

    /** Held write lock. It must be closed by the thread that acquired it; further calls of close do nothing. */
    public final class Turn implements Transactions.Turn {
        /** Locks on bytes of the file, in the order in which they were acquired. */
        private final List<FileLock> locks = new ArrayList<>();

        private boolean closed;

        private Turn() {}

        /** Releases all locks, also if the release of one of them fails. */
        @Override
        public void close() {
            if (closed) {
                return;
            }
            closed = true;
            try {
                Closing.closeAll(locks.reversed());
            } finally {
                threads.unlock();
            }
        }
    }

    /**
     * Acquires the write lock.
     *
     * @param label what is to be written, for the error message
     * @param deadline end of the wait
     * @return the held lock, to be closed by the calling thread
     * @throws AgentBusyException if the lock was not acquired in time; the message names the holder
     * @throws StelePersistenceException if the file cannot be read, written or locked; nothing is held then
     */
    public Turn take(String label, Deadline deadline) {
        if (!deadline.lock(threads)) {
            throw busy(label);
        }
        var turn = new Turn();
        try {
            FileLock ticket = draw(label, deadline);
            turn.locks.add(ticket);
            await(ticket.position() - 1, label, deadline).release(); // the predecessor has finished
            turn.locks.add(await(WRITE_LOCK_OFFSET, label, deadline));
            sign();
            return turn;
        } catch (IOException e) {
            var failure = FileErrors.of("The queue of writers " + file + " failed", e);
            Closing.closeAfter(failure, turn);
            throw failure;
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, turn);
            throw e;
        }
    }

    /** Draws the next ticket and locks its byte. */
    private FileLock draw(String label, Deadline deadline) throws IOException {
        try (FileLock _ = await(DRAW_LOCK_OFFSET, label, deadline)) {
            byte[] number = read(0, Long.BYTES);
            long next = number.length == Long.BYTES
                    ? Math.max(1, ByteBuffer.wrap(number).getLong())
                    : 1;
            FileLock ticket = channel.tryLock(TICKETS_OFFSET + next, 1, false);
            while (ticket == null) { // the file was reset to an earlier state while tickets were in use
                next++;
                ticket = channel.tryLock(TICKETS_OFFSET + next, 1, false);
            }
            try {
                write(0, ByteBuffer.allocate(Long.BYTES).putLong(next + 1).array());
                return ticket;
            } catch (IOException | RuntimeException | Error e) { // as on a full disk
                Closing.closeAfter(e, ticket);
                throw e;
            }
        }
    }

    /** Polls until the byte at an offset is locked. */
    private FileLock await(long offset, String label, Deadline deadline) throws IOException {
        long pause = MIN_PAUSE_NANOS;
        boolean interrupted = false;
        try {
            while (true) {
                FileLock lock = channel.tryLock(offset, 1, false);
                if (lock != null) {
                    return lock;
                }
                if (deadline.passed()) {
                    throw busy(label);
                }
                LockSupport.parkNanos(pause);
                interrupted |= Thread.interrupted(); // parkNanos returns at once while the interrupt flag is set
                pause = Math.min(MAX_PAUSE_NANOS, pause * 2);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Writes the identity of the lock holder to the file, for people to read. The lock does not depend on it, so a
     * failure is logged only.
     */
    private void sign() {
        var text = new byte[HOLDER_BYTES];
        Arrays.fill(text, (byte) ' ');
        byte[] self = SELF.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(self, 0, text, 0, Math.min(self.length, HOLDER_BYTES));
        try {
            write(HOLDER_OFFSET, text);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the holder of " + file + " cannot be written: " + e);
        }
    }

    /** Reads up to {@code length} bytes; fewer if the file is shorter. */
    private byte[] read(long offset, int length) throws IOException {
        paper.lock();
        try {
            bytes.seek(offset);
            var read = new byte[length];
            int got = bytes.read(read);
            return Arrays.copyOf(read, Math.max(0, got));
        } finally {
            paper.unlock();
        }
    }

    private void write(long offset, byte[] content) throws IOException {
        paper.lock();
        try {
            bytes.seek(offset);
            bytes.write(content);
        } finally {
            paper.unlock();
        }
    }

    /**
     * Describes the present or the latest lock holder. Reads through the shared handle, because closing another one
     * would release the locks.
     */
    public String holder() {
        try {
            byte[] text = read(HOLDER_OFFSET, HOLDER_BYTES);
            return text.length == 0 ? "nobody that is known" : new String(text, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            return "unknown (" + FileErrors.reason(e) + ")";
        }
    }

    private AgentBusyException busy(String label) {
        return new AgentBusyException("No turn to write " + label + ": " + file + " is held by " + holder()
                + ". Nothing was written; try again, or look what that process is doing.");
    }

    private static String started() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .orElseGet(Instant::now)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    @Override
    public void close() {
        REGISTRY.lock();
        try {
            if (--openCount == 0) {
                QUEUES.remove(identity, this);
                channel.close(); // also closes the file
            }
        } catch (IOException e) {
            throw FileErrors.of("The queue of writers " + file + " did not close", e);
        } finally {
            REGISTRY.unlock();
        }
    }
}
