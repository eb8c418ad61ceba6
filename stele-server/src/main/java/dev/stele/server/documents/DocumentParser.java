package dev.stele.server.documents;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.concurrent.WorkLimits;
import dev.stele.concurrent.WorkerPool;
import dev.stele.model.AgentBusyException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.StelePersistenceException;
import dev.stele.server.documents.DocumentReader.Format;
import dev.stele.server.documents.DocumentReader.ParsedDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sandboxed parser for documents from untrusted sources. Thread-safe. The owner must close it.
 *
 * <p>The parsers of PDF, HTML and Markdown are large libraries. A short malicious document can make them loop, recurse
 * deeply or exhaust memory. They therefore run in child processes with a bounded heap, which are killed after a time
 * limit, so that a document cannot affect the caller. Plain text is parsed in this process.
 *
 * <p>A child process starts in about half a second, parses one document after another, and ends after a minute without
 * work or when this process ends. Child processes run at low priority.
 */
public final class DocumentParser implements AutoCloseable {

    private final Limits limits;
    private final WorkerPool pool;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();

    @GuardedBy("lock")
    private final Deque<ParserProcess> idle = new ArrayDeque<>();

    /**
     * Limits of parsing documents.
     *
     * @param time maximum time for one document ({@code limits.document-time}); the start of a parser process does not
     *     count
     * @param memoryBytes maximum heap of a parser process in bytes ({@code limits.document-memory})
     * @param maxPages maximum number of pages of a PDF ({@code limits.document-pages})
     * @param parsers maximum number of parser processes ({@code documents.parsers})
     * @param maxQueued maximum number of documents that wait for a parser process ({@code documents.queue})
     */
    public record Limits(Duration time, long memoryBytes, int maxPages, int parsers, int maxQueued) {

        /** The default limits. */
        public static final Limits DEFAULT = new Limits(Duration.ofSeconds(20), 256L << 20, 10_000, 1, 16);

        /**
         * @throws InvalidInputException if a limit is not positive
         */
        public Limits {
            if (time.toMillis() < 1 || memoryBytes < 1 || maxPages < 1 || parsers < 1 || maxQueued < 1) {
                throw new InvalidInputException(
                        "limits.document-time, limits.document-memory, limits.document-pages, documents.parsers and documents.queue must be greater than zero.");
            }
        }
    }

    /** Creates a parser. Child processes are started when they are needed. */
    public DocumentParser(Limits limits) {
        this.limits = limits;
        this.pool = new WorkerPool("documents", "documents.queue", limits.parsers(), limits.maxQueued(), true);
    }

    /**
     * Parses a document, and blocks until the result is available.
     *
     * @param type format of the document
     * @param bytes content; text formats must be UTF-8
     * @throws InvalidInputException if the content is no document of this format
     * @throws LimitExceededException if the document is too large, or parsing exceeds the limits for time or memory
     * @throws AgentBusyException if too many documents wait for a parser process
     */
    public ParsedDocument read(Format type, byte[] bytes) {
        if (type == Format.TEXT) {
            return DocumentReader.read(type, bytes, limits.maxPages());
        }
        try {
            // The limit of the pool includes the time in the queue; the process enforces the limit of the document.
            return pool.call(
                    WorkLimits.DEFAULT.withTime(
                            limits.time().plus(ParserProcess.MAX_START_TIME).multipliedBy(2L + limits.maxQueued())),
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

    private ParsedDocument parse(Format type, byte[] bytes) throws IOException {
        ParserProcess process = acquire();
        boolean reusable = false;
        try {
            ParsedDocument document = process.parse(type, bytes, limits);
            reusable = true;
            return document;
        } catch (InvalidInputException e) {
            reusable = process.isReusable();
            throw e;
        } finally {
            release(process, reusable);
        }
    }

    private ParserProcess acquire() throws IOException {
        lock.lock();
        try {
            ParserProcess process;
            while ((process = idle.pollLast()) != null) {
                if (process.isAlive()) {
                    return process;
                }
            }
        } finally {
            lock.unlock();
        }
        return ParserProcess.start(limits);
    }

    private void release(ParserProcess process, boolean reusable) {
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

    /**
     * Refuses new documents and kills the parser processes: idle ones at once, busy ones after their document.
     * Idempotent.
     */
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
