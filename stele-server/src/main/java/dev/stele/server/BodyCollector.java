package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.arena.Block;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.TypedArena;
import java.io.EOFException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Non-blocking receiver that collects the body of a request before the request runs. Thread-safe.
 *
 * <p>A slow client occupies only its connection and the bytes that have arrived, but no thread. Memory grows with the
 * bytes that arrive, not with the announced length. The collector gives up when the client sends more slowly than
 * {@code server.min-rate}.
 *
 * <p>The thread of the connection calls {@link #run} whenever bytes arrive; the {@link Watchdog} calls {@link
 * #inspect}. {@code lock} guards the memory and decides which of the two ends the collection. The {@link Completion} is
 * called exactly once, outside the lock.
 */
final class BodyCollector implements Invocable.Task, Watchdog.Watched {

    private static final int INITIAL_BYTES = 4_096;

    private final Request request;
    private final Watchdog watchdog;
    private final TypedArena memory;
    private final long maxBytes;
    private final Quota bytesInUse;
    private final Caller caller;
    private final long startNanos = System.nanoTime();
    private final long graceNanos;
    private final long minBytesPerSecond;
    private final Completion completion;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable Block block;

    @GuardedBy("lock")
    private Permit permit = Permit.NONE;

    @GuardedBy("lock")
    private long length;

    @GuardedBy("lock")
    private boolean ended;

    /**
     * Whether the watchdog inspects this collector, because the body did not arrive at once. The first demand for more
     * bytes publishes the field to other threads.
     */
    private boolean watching;

    /** Callback for the end of a collection. Exactly one of its methods is called, once. */
    interface Completion {
        /** Receives the complete body, which the receiver must close. */
        void collected(RequestBody body);

        /**
         * Reports that the body cannot be received.
         *
         * @param reason a {@link HttpProblem}, or an error such as exhausted memory
         */
        void failed(Throwable reason);
    }

    /**
     * Limits of receiving a body.
     *
     * @param maxBytes maximum size in bytes
     * @param grace time that a client may take in addition to the time that the minimum rate allows
     * @param minBytesPerSecond minimum rate, at least 1
     */
    record Limits(long maxBytes, Duration grace, long minBytesPerSecond) {}

    /**
     * @param memory arena for the body
     * @param bytesInUse quota of the bytes of all bodies
     * @param caller caller that the bytes are charged to
     */
    BodyCollector(
            Request request,
            Watchdog watchdog,
            TypedArena memory,
            Limits limits,
            Quota bytesInUse,
            Caller caller,
            Completion completion) {
        this.request = request;
        this.watchdog = watchdog;
        this.memory = memory;
        this.maxBytes = limits.maxBytes();
        this.graceNanos = limits.grace().toNanos();
        this.minBytesPerSecond = limits.minBytesPerSecond();
        this.bytesInUse = bytesInUse;
        this.caller = caller;
        this.completion = completion;
    }

    /** Starts the collection. The collection may end before this method returns. */
    void start() {
        if (request.getLength() > maxBytes) {
            end(tooLarge(maxBytes));
            return;
        }
        run();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** Reads the bytes that have arrived, and registers itself for more if the body is not complete. */
    @Override
    public void run() {
        try {
            while (true) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    if (!watching) {
                        watching = true;
                        watchdog.watch(this);
                    }
                    request.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    end(incomplete(chunk.getFailure()));
                    return;
                }
                boolean last = chunk.isLast();
                try {
                    append(chunk.getByteBuffer());
                } finally {
                    chunk.release();
                }
                if (last) {
                    end(null);
                    return;
                }
            }
        } catch (Throwable e) { // exhausted memory or any other failure: release the memory and report it to the client
            end(e);
        }
    }

    private void append(ByteBuffer bytes) {
        int count = bytes.remaining();
        lock.lock();
        try {
            if (ended || count == 0) {
                return; // bytes that arrive after the end are discarded
            }
            if (length + count > maxBytes) {
                throw tooLarge(maxBytes);
            }
            Block current = block;
            if (current == null || current.size() < length + count) {
                long doubled = current == null ? INITIAL_BYTES : 2 * current.size();
                grow(Math.min(maxBytes, Math.max(length + count, doubled)));
            }
            Block target = java.util.Objects.requireNonNull(block);
            MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, target.memory(), length, count);
            length += count;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void grow(long size) {
        Permit grownPermit = bytesInUse.take(caller, size);
        boolean grown = false;
        try {
            Block current = block;
            block = current == null ? memory.allocateDirty(size, OverBudgetPolicy.FAIL) : memory.resize(current, size);
            grown = true;
        } finally {
            (grown ? permit : grownPermit).close();
        }
        permit = grownPermit;
    }

    /**
     * @param failure reason for the end, or null if the body is complete
     */
    private void end(@Nullable Throwable failure) {
        RequestBody body = null;
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            if (failure == null) {
                body = block == null ? RequestBody.NONE : new RequestBody.Collected(block, length, permit);
            } else {
                if (block != null) {
                    block.release();
                }
                permit.close();
            }
            block = null;
            permit = Permit.NONE;
        } finally {
            lock.unlock();
        }
        if (watching) {
            watchdog.unwatch(this);
        }
        if (body == null) {
            completion.failed(java.util.Objects.requireNonNull(failure));
        } else {
            completion.collected(body);
        }
    }

    @Override
    public void inspect(long now) {
        long arrived;
        lock.lock();
        try {
            arrived = length;
        } finally {
            lock.unlock();
        }
        if (now - startNanos > graceNanos + (long) (arrived * 1e9 / minBytesPerSecond)) {
            end(new HttpProblem(
                    408,
                    "body-too-slow",
                    "The body arrived too slowly: %d bytes in %d s (server.body-grace, server.min-rate). Nothing was done."
                            .formatted(arrived, (now - startNanos) / 1_000_000_000)));
        }
    }

    /** Returns the error for a body that is larger than {@code server.max-body-bytes}. */
    static HttpProblem tooLarge(long maxBytes) {
        return new HttpProblem(
                413,
                "body-too-large",
                "The body has more than %d bytes (server.max-body-bytes); split it into several requests."
                        .formatted(maxBytes));
    }

    private static HttpProblem incomplete(@Nullable Throwable failure) {
        String why = failure == null || failure instanceof EOFException || failure.getMessage() == null
                ? "the connection was closed"
                : failure.getMessage();
        return new HttpProblem(400, "incomplete-body", "The body ended early: " + why + ".");
    }
}
