package dev.stele.server;

import dev.stele.concurrent.InterruptibleSection;
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
 * Timeout for blocking reads and writes: aborts a stream whose client is slower than a minimum rate or whose API key
 * was revoked.
 *
 * <p>The time that the streaming thread has been blocked may be at most the grace period plus the time that the minimum
 * rate allows for the bytes transferred so far. Time that the server needs for its own work is not counted. To abort a
 * stream the guard interrupts its thread; afterwards every read and write throws an {@code IOException}.
 *
 * <p>The streaming thread creates, uses and closes the guard. The {@link Watchdog} calls {@link #inspect} on its own
 * thread. Fields that both threads read are volatile and written only by the streaming thread.
 */
final class StallGuard implements Watchdog.Watched, AutoCloseable {

    private final Watchdog watchdog;
    private final long graceNanos;
    private final long minBytesPerSecond;
    private final BooleanSupplier revoked;
    private final InterruptibleSection section = new InterruptibleSection();
    private final AtomicBoolean aborted = new AtomicBoolean();
    private volatile @Nullable String reason;
    /** {@link System#nanoTime} at which the current read or write started; 0 if none is in progress. */
    private volatile long blockedSince;
    /** Total duration of the completed reads and writes. */
    private volatile long blockedNanos;
    /** Number of bytes transferred. */
    private volatile long bytes;

    /**
     * @param grace time that the thread may be blocked in addition to the time that the rate allows
     * @param minBytesPerSecond minimum rate, at least 1
     * @param revoked whether the API key of the caller was revoked
     */
    StallGuard(Watchdog watchdog, Duration grace, long minBytesPerSecond, BooleanSupplier revoked) {
        this.watchdog = watchdog;
        this.graceNanos = grace.toNanos();
        this.minBytesPerSecond = minBytesPerSecond;
        this.revoked = revoked;
        section.enter();
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
            abort("The client transferred %d bytes in %d s, which is too slow (server.min-rate)."
                    .formatted(bytes, (blockedNanos + now - since) / 1_000_000_000));
        }
    }

    private void abort(String abortReason) {
        if (aborted.compareAndSet(false, true)) {
            reason = abortReason;
            section.interrupt();
        }
    }

    private void begin() throws IOException {
        check();
        blockedSince = Math.max(1, System.nanoTime());
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only the streaming thread writes
    private void end(long transferred) throws IOException {
        blockedNanos += System.nanoTime() - blockedSince;
        blockedSince = 0;
        bytes += Math.max(0, transferred);
        check();
    }

    private void check() throws IOException {
        if (aborted.get()) {
            throw new IOException(String.valueOf(reason));
        }
    }

    /** Returns a stream that reads from another one under the control of this guard. */
    InputStream reading(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                begin();
                int value = super.read();
                end(1);
                return value;
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

    /** Returns a stream that writes to another one under the control of this guard. */
    OutputStream writing(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int value) throws IOException {
                begin();
                out.write(value);
                end(1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                begin();
                out.write(from, offset, length); // the inherited method would write byte by byte
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
        section.leave();
    }
}
