package dev.stele.store.sqlite;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.Deadline;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentBusyException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.sql.Transactions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets the processes that want to write one agent in strictly in the order they came.
 *
 * <p>SQLite's own waiting is a lottery with sleeps of up to 100 ms. This is a queue lock in the manner of Craig, Landin
 * and Hagersten, made of byte-range locks on a file: who comes draws a ticket number, locks the byte of that number, and
 * waits until the byte of the number before is free, be it because that process is done or because it died. The kernel
 * frees the locks of a dead process, so nothing here can go stale and nothing is ever cleaned up. One more byte, the
 * turn itself, is locked by whoever writes; it keeps writers apart even where a waiting process gave up its ticket.
 * The queue gives order only: safety stays with SQLite.
 *
 * <p>Waiting is by polling and not by a blocking lock call: the kernel's deadlock check takes two processes that wait for
 * two agents crosswise for a deadlock although other threads hold them, and a blocking call cannot be given a limit.
 *
 * <p>Locks of a file belong to the process and closing any handle of the file drops them all, so all queues of one file
 * in this process share one handle, which the static registry keeps. Thread-safe.
 */
final class InterProcessQueueLock implements AutoCloseable {

    private static final long DESK = 1L << 40;
    private static final long TURN = DESK + 1;
    private static final long TICKETS = 1L << 41;
    private static final int HOLDER_AT = 64;
    private static final int HOLDER_BYTES = 128;
    private static final long MIN_PAUSE = 20_000;
    private static final long MAX_PAUSE = 250_000;

    private static final String SELF =
            "pid %d, running since %s".formatted(ProcessHandle.current().pid(), started());

    @GuardedBy("REGISTRY")
    private static final Map<Path, InterProcessQueueLock> QUEUES = new HashMap<>();

    private static final ReentrantLock REGISTRY = new ReentrantLock();

    private final Path file;
    /** Reads and writes the bytes of the file: a channel would be closed, for everyone, by an interrupt of one thread. */
    @GuardedBy("paper")
    private final RandomAccessFile bytes;
    /** Who reads or writes {@link #bytes}, whose position all share. */
    private final ReentrantLock paper = new ReentrantLock();
    /** Locks the file, which no interrupt ends. */
    private final FileChannel channel;
    /** Orders the threads of this process, of which one at a time stands in the queue of processes. */
    private final ReentrantLock threads = new ReentrantLock(true);

    @GuardedBy("REGISTRY")
    private int users;

    private InterProcessQueueLock(Path file) throws IOException {
        this.file = file;
        DurableFiles.ensureFile(file);
        this.bytes = new RandomAccessFile(file.toFile(), "rw");
        this.channel = bytes.getChannel();
    }

    /** The queue of a file, made with it if needed; its directory must be there. Every open needs one {@link #close}. */
    static InterProcessQueueLock open(Path file) {
        REGISTRY.lock();
        try {
            Path real = DurableFiles.parent(file).toRealPath().resolve(file.getFileName());
            InterProcessQueueLock queue = QUEUES.get(real);
            if (queue == null) {
                queue = new InterProcessQueueLock(real);
                QUEUES.put(real, queue);
            }
            queue.users++;
            return queue;
        } catch (IOException e) {
            throw new StelePersistenceException("The queue of writers " + file + " cannot be opened: " + e, e);
        } finally {
            REGISTRY.unlock();
        }
    }

    /** The right to write; closed exactly once, by the thread that took it. */
    final class Turn implements Transactions.Turn {
        private final FileLock ticket;
        private final FileLock turn;

        private Turn(FileLock ticket, FileLock turn) {
            this.ticket = ticket;
            this.turn = turn;
        }

        @Override
        public void close() {
            release(turn);
            release(ticket);
            threads.unlock();
        }
    }

    /**
     * Waits for the turn.
     *
     * @param what what is to be written, for the error
     * @throws AgentBusyException at the deadline, naming who writes
     */
    Turn take(String what, Deadline deadline) {
        if (!deadline.lock(threads)) {
            throw busy(what);
        }
        FileLock ticket = null;
        try {
            ticket = draw(what, deadline);
            FileLock before = await(ticket.position() - 1, what, deadline);
            release(before);
            return new Turn(ticket, await(TURN, what, deadline));
        } catch (IOException e) {
            release(ticket);
            threads.unlock();
            throw new StelePersistenceException("The queue of writers " + file + " failed: " + e, e);
        } catch (RuntimeException e) {
            release(ticket);
            threads.unlock();
            throw e;
        }
    }

    private FileLock draw(String what, Deadline deadline) throws IOException {
        FileLock desk = await(DESK, what, deadline);
        try {
            byte[] number = read(0, Long.BYTES);
            long next = number.length == Long.BYTES
                    ? Math.max(1, ByteBuffer.wrap(number).getLong())
                    : 1;
            FileLock ticket = channel.tryLock(TICKETS + next, 1, false);
            while (ticket == null) { // the file was put back to an earlier state while tickets were out
                next++;
                ticket = channel.tryLock(TICKETS + next, 1, false);
            }
            write(0, ByteBuffer.allocate(Long.BYTES).putLong(next + 1).array());
            return ticket;
        } finally {
            release(desk);
        }
    }

    private FileLock await(long place, String what, Deadline deadline) throws IOException {
        long pause = MIN_PAUSE;
        boolean interrupted = false;
        try {
            while (true) {
                FileLock lock = channel.tryLock(place, 1, false);
                if (lock != null) {
                    if (place == TURN) {
                        sign();
                    }
                    return lock;
                }
                if (deadline.passed()) {
                    throw busy(what);
                }
                LockSupport.parkNanos(pause);
                interrupted |= Thread.interrupted(); // who is interrupted does not rest
                pause = Math.min(MAX_PAUSE, pause * 2);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Writes who holds the turn, for people to read; it decides nothing. */
    private void sign() throws IOException {
        var text = new byte[HOLDER_BYTES];
        Arrays.fill(text, (byte) ' ');
        byte[] self = SELF.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(self, 0, text, 0, Math.min(self.length, HOLDER_BYTES));
        write(HOLDER_AT, text);
    }

    /** As many bytes as are there, up to {@code length}. */
    private byte[] read(long at, int length) throws IOException {
        paper.lock();
        try {
            bytes.seek(at);
            var read = new byte[length];
            int got = bytes.read(read);
            return Arrays.copyOf(read, Math.max(0, got));
        } finally {
            paper.unlock();
        }
    }

    private void write(long at, byte[] what) throws IOException {
        paper.lock();
        try {
            bytes.seek(at);
            bytes.write(what);
        } finally {
            paper.unlock();
        }
    }

    /** Who writes now, or did last. Reads through the shared handle, for closing another would drop the locks. */
    String holder() {
        try {
            byte[] text = read(HOLDER_AT, HOLDER_BYTES);
            return text.length == 0 ? "nobody that is known" : new String(text, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            return "unknown (" + e + ")";
        }
    }

    private AgentBusyException busy(String what) {
        return new AgentBusyException("No turn to write " + what + ": " + file + " is held by " + holder()
                + ". Nothing was written; try again, or look what that process is doing.");
    }

    private static void release(@Nullable FileLock lock) {
        if (lock != null) {
            try {
                lock.release();
            } catch (IOException e) {
                throw new StelePersistenceException("A lock could not be released: " + e, e);
            }
        }
    }

    private static String started() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .orElseGet(Instant::now)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    /** Lets the next {@link #open} of this path make a new queue: the file there is another one since the agent was replaced. */
    void detach() {
        REGISTRY.lock();
        try {
            QUEUES.remove(file, this);
        } finally {
            REGISTRY.unlock();
        }
    }

    @Override
    public void close() {
        REGISTRY.lock();
        try {
            if (--users == 0) {
                QUEUES.remove(file, this);
                channel.close(); // and the file with it
            }
        } catch (IOException e) {
            throw new StelePersistenceException("The queue of writers " + file + " did not close: " + e, e);
        } finally {
            REGISTRY.unlock();
        }
    }
}
