package dev.stele.server;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends a stream whose client is too slow or may no longer use it: the time that its thread spends blocked in reading or
 * writing may exceed a grace period by no more than the least rate allows for the bytes that were moved. Time that the
 * server itself needs does not count. The thread is interrupted, and its stream fails from then on.
 *
 * <p>Created on the thread that streams and for it; inspected by the {@link Watchdog}. Fields that both read are volatile
 * and written by the streaming thread alone.
 */
final class StallGuard implements Watchdog.Watched, AutoCloseable {

    private final Watchdog watchdog;
    private final long graceNanos;
    private final long minBytesPerSecond;
    private final BooleanSupplier revoked;
    private final Thread thread = Thread.currentThread();
    private final AtomicBoolean aborted = new AtomicBoolean();
    private volatile @Nullable String reason;
    /** When the thread began to wait for the client, or 0. */
    private volatile long blockedSince;
    /** How long it had waited before, since its last pause on purpose. */
    private volatile long blockedNanos;

    private volatile long bytes;

    /**
     * @param grace how long a client may be waited for in addition to what the rate allows
     * @param minBytesPerSecond least rate
     * @param revoked whether the caller's key was revoked
     */
    StallGuard(Watchdog watchdog, Duration grace, long minBytesPerSecond, BooleanSupplier revoked) {
        this.watchdog = watchdog;
        this.graceNanos = grace.toNanos();
        this.minBytesPerSecond = minBytesPerSecond;
        this.revoked = revoked;
        watchdog.watch(this);
    }

    @Override
    public void inspect(long now) {
        if (revoked.getAsBoolean()) {
            abort("The key was revoked.");
            return;
        }
        long since = blockedSince;
        if (since == 0) {
            return;
        }
        long allowed = graceNanos + (long) (bytes * 1e9 / minBytesPerSecond);
        if (blockedNanos + (now - since) > allowed) {
            abort("The client moved %d bytes in %d s, which is too slow (server.min-rate)."
                    .formatted(bytes, (blockedNanos + now - since) / 1_000_000_000));
        }
    }

    private void abort(String why) {
        if (aborted.compareAndSet(false, true)) {
            reason = why;
            thread.interrupt();
        }
    }

    private void begin() throws IOException {
        check();
        blockedSince = Math.max(1, System.nanoTime());
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void end(long moved) throws IOException {
        blockedNanos += System.nanoTime() - blockedSince;
        blockedSince = 0;
        bytes += Math.max(0, moved);
        check();
    }

    private void check() throws IOException {
        if (aborted.get()) {
            throw new IOException(String.valueOf(reason));
        }
    }

    InputStream reading(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                begin();
                int one = super.read();
                end(1);
                return one;
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                begin();
                int count = super.read(to, offset, length);
                end(count);
                return count;
            }
        };
    }

    OutputStream writing(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int one) throws IOException {
                begin();
                out.write(one);
                end(1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                begin();
                out.write(from, offset, length); // as one piece: the inherited one writes byte by byte
                end(length);
            }

            @Override
            public void flush() throws IOException {
                begin();
                out.flush();
                end(0);
            }
        };
    }

    @Override
    public void close() throws IOException {
        watchdog.unwatch(this);
        Thread.interrupted(); // what was meant for the stream must not reach what this thread does next
    }
}
