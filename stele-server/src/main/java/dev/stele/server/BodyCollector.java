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
 * Collects a request's body before the request runs, without a thread: a client that sends slowly holds its connection and
 * the bytes that arrived, and nothing that other requests need. Memory grows with what arrived and not with what was
 * announced. A body whose client is slower than {@code server.min-rate} is given up.
 *
 * <p>Called by the connection's thread whenever bytes arrive and by the {@link Watchdog}. {@code lock} guards the block of
 * memory and decides who ends the collection; the end itself is told outside the lock, exactly once.
 */
final class BodyCollector implements Invocable.Task, Watchdog.Watched {

    private static final int FIRST_BYTES = 4_096;

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

    /** Whether the body did not come at once. Written before the first demand, which comes before all that reads it. */
    private boolean watching;

    /** Learns how a collection ended. */
    interface Completion {
        /** The body is whole. The receiver closes it. */
        void collected(RequestBody body);

        /** There is no body; the reason is a {@link HttpProblem} or an error of memory. */
        void failed(Throwable reason);
    }

    /** What bodies are held to. */
    record Limits(long maxBytes, Duration grace, long minBytesPerSecond) {}

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

    /** Begins, and may end before it returns. */
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

    /** Takes what has arrived. */
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
        } catch (Throwable e) { // of memory, of the server: the client is told, and nothing is kept
            end(e);
        }
    }

    private void append(ByteBuffer bytes) {
        int count = bytes.remaining();
        lock.lock();
        try {
            if (ended || count == 0) {
                return; // what comes after the end is dropped
            }
            if (length + count > maxBytes) {
                throw tooLarge(maxBytes);
            }
            Block known = block;
            if (known == null || known.size() < length + count) {
                long grown = known == null ? FIRST_BYTES : 2 * known.size();
                grow(Math.min(maxBytes, Math.max(length + count, grown)));
            }
            Block into = java.util.Objects.requireNonNull(block);
            MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, into.memory(), length, count);
            length += count;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void grow(long size) {
        Permit more = bytesInUse.take(caller, size);
        boolean done = false;
        try {
            Block known = block;
            block = known == null ? memory.allocateDirty(size, OverBudgetPolicy.FAIL) : memory.resize(known, size);
            done = true;
        } finally {
            (done ? permit : more).close();
        }
        permit = more;
    }

    /** @param failure why it ended, or null if the body is whole */
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
                    "The body came too slowly: %d bytes in %d s (server.body-grace, server.min-rate). Nothing was done."
                            .formatted(arrived, (now - startNanos) / 1_000_000_000)));
        }
    }

    static HttpProblem tooLarge(long maxBytes) {
        return new HttpProblem(
                413,
                "body-too-large",
                "The body has more than %d bytes (server.max-body-bytes); send less at once.".formatted(maxBytes));
    }

    private static HttpProblem incomplete(@Nullable Throwable failure) {
        String why = failure == null || failure instanceof EOFException || failure.getMessage() == null
                ? "the connection was closed"
                : failure.getMessage();
        return new HttpProblem(400, "incomplete-body", "The body ended early: " + why + ".");
    }
}
