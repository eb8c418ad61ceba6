package dev.stele.server.documents;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.WorkLimits;
import dev.stele.concurrent.WorkerPool;
import dev.stele.model.AgentBusyException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.documents.DocumentReader.Read;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads documents of strangers in processes of their own. The parsers of PDF, HTML and Markdown are large programs, and a
 * short document can make them compute for ever, recurse or fill memory; in a process with a bounded heap that is ended
 * after a bounded time, it can do so without any effect on the caller. Plain text is read in place.
 *
 * <p>A parser process takes about half a second to start, serves one document after another, and ends after a minute without
 * work or when this process ends. All of them run at low priority. Thread-safe.
 */
public final class DocumentParser implements AutoCloseable {

    private final Limits limits;
    private final WorkerPool pool;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();

    @GuardedBy("lock")
    private final Deque<ParserProcess> idle = new ArrayDeque<>();

    /**
     * Bounds of reading documents.
     *
     * @param time maximum time for one document ({@code limits.document-time})
     * @param memoryBytes maximum heap of a parser process ({@code limits.document-memory})
     * @param maxPages maximum number of pages of a PDF ({@code limits.document-pages})
     * @param parsers maximum number of parser processes ({@code documents.parsers})
     * @param maxQueued maximum number of documents that wait for one ({@code documents.queue})
     */
    public record Limits(Duration time, long memoryBytes, int maxPages, int parsers, int maxQueued) {

        public static final Limits DEFAULT = new Limits(Duration.ofSeconds(20), 256L << 20, 10_000, 1, 16);

        public Limits {
            if (time.toMillis() < 1 || memoryBytes < 1 || maxPages < 1 || parsers < 1 || maxQueued < 1) {
                throw new InvalidInputException(
                        "limits.document-time, limits.document-memory, limits.document-pages, documents.parsers and documents.queue must be greater than zero.");
            }
        }
    }

    public DocumentParser(Limits limits) {
        this.limits = limits;
        this.pool = new WorkerPool("documents", "documents.queue", limits.parsers(), limits.maxQueued(), true);
    }

    /**
     * Reads a document.
     *
     * @throws InvalidInputException if it is no document of this type
     * @throws LimitExceededException if reading it takes too long or too much memory, or it is too large
     * @throws AgentBusyException if too many documents wait to be read
     */
    public Read read(Format type, byte[] bytes) {
        if (type == Format.TEXT) {
            return DocumentReader.read(type, bytes, limits.maxPages());
        }
        try {
            // The process is waited for by its own limit, which is the shorter one.
            return pool.call(
                    WorkLimits.DEFAULT.withTime(limits.time().multipliedBy(2L + limits.maxQueued())),
                    () -> parse(type, bytes));
        } catch (RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LimitExceededException("Reading the document was cancelled.");
        } catch (Exception e) {
            throw new StelePersistenceException("The document could not be read: " + e.getMessage(), e);
        }
    }

    private Read parse(Format type, byte[] bytes) throws IOException {
        ParserProcess process = take();
        boolean reusable = false;
        try {
            Read read = process.parse(type, bytes, limits);
            reusable = true;
            return read;
        } catch (InvalidInputException e) {
            reusable = process.isReusable();
            throw e;
        } finally {
            giveBack(process, reusable);
        }
    }

    private ParserProcess take() throws IOException {
        lock.lock();
        try {
            ParserProcess known;
            while ((known = idle.pollLast()) != null) {
                if (known.isAlive()) {
                    return known;
                }
            }
        } finally {
            lock.unlock();
        }
        return ParserProcess.start(limits);
    }

    private void giveBack(ParserProcess process, boolean reusable) {
        boolean kept = false;
        lock.lock();
        try {
            if (reusable && !closed.get()) {
                idle.addLast(process);
                kept = true;
            }
        } finally {
            lock.unlock();
        }
        if (!kept) {
            process.close();
        }
    }

    /** Ends all parser processes. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        pool.close();
        lock.lock();
        try {
            idle.forEach(ParserProcess::close);
            idle.clear();
        } finally {
            lock.unlock();
        }
    }
}
