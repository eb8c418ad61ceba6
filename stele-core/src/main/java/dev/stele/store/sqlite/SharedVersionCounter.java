package dev.stele.store.sqlite;

import dev.stele.io.DurableFiles;
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
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells without a query whether anything was committed since: one number in a page of memory that all processes which
 * have the agent open share. It is odd while a commit may be under way and another even number after it.
 *
 * <p>Why an equal even number means that nothing changed: a writer makes it odd before it commits. Who reads n, then the
 * database, then n again, saw all commits that ended before the first n, and none began until the second. A writer that
 * dies in between leaves it odd, which tells readers to ask the database; the next commit makes it even. Writers take
 * turns, so one at a time changes it. Thread-safe.
 */
final class SharedVersionCounter implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(SharedVersionCounter.class.getName());
    private static final VarHandle NUMBER = ValueLayout.JAVA_LONG.varHandle();

    private final Arena lifetime;
    private final MemorySegment page;

    private SharedVersionCounter(Arena lifetime, MemorySegment page) {
        this.lifetime = lifetime;
        this.page = page;
    }

    /** The stamp beside a database, made if it is missing and may be; empty where it cannot be had. */
    static Optional<SharedVersionCounter> open(Path database, boolean write) {
        Path file = database.resolveSibling("changes.stamp");
        Set<OpenOption> options = write
                ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
                : Set.of(StandardOpenOption.READ);
        Arena lifetime = Arena.ofShared();
        try (var channel = DurableFiles.open(file, options)) {
            if (write && channel.size() < Long.BYTES) {
                // Random, so that no two lives of an agent have numbers in common.
                long first = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE >> 1) & ~1L;
                channel.write(
                        ByteBuffer.allocate(Long.BYTES)
                                .order(ByteOrder.nativeOrder())
                                .putLong(0, first),
                        0);
            }
            if (channel.size() >= Long.BYTES) {
                var mode = write ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
                return Optional.of(new SharedVersionCounter(lifetime, channel.map(mode, 0, Long.BYTES, lifetime)));
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.log(System.Logger.Level.DEBUG, "no stamp for " + database + "; every read asks the database", e);
        }
        lifetime.close();
        return Optional.empty();
    }

    /** A number that stays the same until something is committed; empty while that may be happening. */
    OptionalLong now() {
        try {
            long number = (long) NUMBER.getVolatile(page, 0L);
            return (number & 1) == 0 ? OptionalLong.of(number) : OptionalLong.empty();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.TRACE, "asked after it was closed", e);
            return OptionalLong.empty();
        }
    }

    /** To be called in the writer's turn before a commit. */
    void commitBegins() {
        NUMBER.setVolatile(page, 0L, (long) NUMBER.getVolatile(page, 0L) | 1);
    }

    /** To be called in the writer's turn when a commit has ended well. After one that failed the number stays odd. */
    void commitEnded() {
        NUMBER.setVolatile(page, 0L, ((long) NUMBER.getVolatile(page, 0L) | 1) + 1);
    }

    @Override
    public void close() {
        lifetime.close();
    }
}
