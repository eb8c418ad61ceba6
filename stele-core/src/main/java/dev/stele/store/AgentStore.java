package dev.stele.store;

import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.VerifyReport;
import dev.stele.model.WriterStats;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Open store of one agent: the unit of transactions, leases and backups. Thread-safe. Several processes may have the
 * same agent open.
 *
 * <p>All methods block and are intended for virtual threads. After an {@link AgentReplacedException} the caller must
 * open the agent again.
 */
public interface AgentStore extends AutoCloseable {

    /** Returns the name of the agent. */
    AgentName agent();

    /**
     * Runs a query in one read transaction. The query sees a consistent snapshot as of a single point in time. It does
     * not wait for writers and does not block them. The view must not be used after the call.
     *
     * <p>The query may be run more than once, for example after the connection to a server was lost. It must therefore
     * have no effect besides its result; {@link #stream} runs a query that has one.
     *
     * @param query function of the snapshot; its result is the result of this method
     * @throws AgentBusyException if no read connection became available in time
     * @throws StelePersistenceException if the store failed
     */
    <T extends @Nullable Object> T read(Function<? super StoreView, T> query);

    /**
     * Runs a query like {@link #read}, but at most once: it may write what it reads to an output.
     *
     * @param query function of the snapshot; its result is the result of this method
     * @throws AgentBusyException if no read connection became available in time; the query was not run
     * @throws StelePersistenceException if the store failed, or if the agent was deleted or restored after the query
     *     had begun
     */
    <T extends @Nullable Object> T stream(Function<? super StoreView, T> query);

    /**
     * Submits an edit and blocks until it is durably committed. Edits of all threads are committed in groups. Each edit
     * is atomic: if it throws, its changes are rolled back and the other edits of its group are not affected.
     *
     * <p>The edit may be run more than once. It must therefore have no effect besides the changes to the store, and
     * must not block, call models or access anything outside the store.
     *
     * @param edit function of the write transaction; its result is the result of this method
     * @throws AgentBusyException if the edit did not start in time; nothing was written
     * @throws StelePersistenceException if the store failed
     */
    <T extends @Nullable Object> T write(Function<? super StoreEdit, T> edit);

    /**
     * Submits an edit like {@link #write}, without waiting for its commit.
     *
     * @param edit function of the write transaction
     * @return the result of the edit, completed on the thread that commits, which dependents must not hold up. It fails
     *     as {@link #write} does. Canceling it withdraws an edit that did not start
     * @throws AgentBusyException if too many edits wait already; nothing was written
     */
    <T extends @Nullable Object> CompletableFuture<T> submit(Function<? super StoreEdit, T> edit);

    /**
     * Returns a version stamp of the store: it changes with every commit of any process and no value recurs. Data read
     * after a stamp was obtained is current as long as the stamp is unchanged. The call needs no query.
     *
     * @return the stamp; empty if it cannot be determined at present
     */
    OptionalLong stamp();

    /**
     * Waits until a change after change {@code number} may exist. The result is a hint: the method may return although
     * there is no change.
     *
     * @param number number of the last change that the caller has seen
     * @param millis maximum time to wait, in milliseconds
     * @throws InterruptedException if the thread was interrupted while it waited
     */
    void awaitChange(long number, long millis) throws InterruptedException;

    /**
     * Returns the location of a cache file that is derived from this memory and shared by the processes of this
     * machine. The file may be deleted at any time, and is deleted when data is erased from the memory.
     *
     * @param name base name of the file
     * @return path of the file, which need not exist; empty if the store has no directory for cache files
     */
    Optional<Path> derived(String name);

    /**
     * Tries to acquire a lease that has at most one holder among all threads and processes. The lease is released when
     * it is closed or when its process dies. It must be closed by the thread that acquired it.
     *
     * @param name name of the lease: a plain word
     * @return the lease; empty if another thread or process holds it
     */
    Optional<Lease> lease(String name);

    /** Held lease, see {@link AgentStore#lease}. */
    interface Lease extends AutoCloseable {

        /**
         * Returns whether the lease is still held, as far as is known without a round trip. A lease on a server passes
         * to another holder when the server cannot be reached.
         */
        default boolean held() {
            return true;
        }

        @Override
        void close();
    }

    /**
     * Removes the oldest live messages beyond {@code keep} from the database.
     *
     * @param keep number of live messages that remain; 0 or less removes nothing
     * @param archive whether the messages are moved to the archive instead of being deleted
     * @return number of messages that were moved or deleted
     */
    long retain(int keep, boolean archive);

    /**
     * Checks the database, the change log, the embeddings, the keyword index and the archive. Runs concurrently with
     * writers.
     */
    VerifyReport verify();

    /**
     * Writes a consistent copy with all archive files to one new file, concurrently with reads and writes.
     *
     * @param target path of the file
     */
    void backup(Path target);

    /**
     * Makes deleted data unreadable in the files too: index residue, free pages, the write-ahead log.
     *
     * @return whether everything is scrubbed; false while a reader still uses an older snapshot, whose data must stay
     *     until a later call
     */
    boolean scrub();

    /** Returns the state of this process's writes. Waits for no write. */
    WriterStats writerStats();

    /** Completes accepted writes, then releases all files and threads. Idempotent. */
    @Override
    void close();
}
