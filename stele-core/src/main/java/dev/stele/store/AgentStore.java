package dev.stele.store;

import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.VerifyReport;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The open store of one agent. Thread-safe; several processes may have the same agent open.
 *
 * <p>All methods block and are meant for virtual threads. After {@link AgentReplacedException} the caller opens the agent anew.
 */
public interface AgentStore extends AutoCloseable {

    AgentName agent();

    /**
     * Runs a query in one read transaction: all it sees is of one moment, and it neither waits for writers nor makes
     * them wait. The view is dead after the call.
     *
     * @throws AgentBusyException if no read connection came free in time
     * @throws StelePersistenceException if the store failed
     */
    <T extends @Nullable Object> T read(Function<? super StoreView, T> query);

    /**
     * Runs an edit and returns once it is on stable storage. Edits of all threads are committed in groups; each is
     * atomic by itself: if it throws, it leaves no trace and the others of its group are not touched.
     *
     * <p>The edit may be run more than once and must have no effect but on the store. It must not block, call models
     * or touch the outside.
     *
     * @throws AgentBusyException if the edit did not get its turn in time, in which case it was not done
     * @throws StelePersistenceException if the store failed
     */
    <T extends @Nullable Object> T write(Function<? super StoreEdit, T> edit);

    /**
     * A number that stays the same until something is committed by whatever process, and never comes back; empty when
     * that cannot be told just now. Costs no query: what was read after one number is still true while it is the same.
     */
    OptionalLong stamp();

    /** Waits until a change after {@code number} may exist, at most {@code millis}; a hint, never a promise. */
    void awaitChange(long number, long millis) throws InterruptedException;

    /**
     * Where a file of this name may be kept that is derived from this memory and shared by the processes of this machine;
     * empty where there is no such place. It may vanish at any time, and does when something is forgotten.
     */
    Optional<Path> derived(String name);

    /**
     * Takes a right that one holder has at a time, over all threads and processes; it is free again when it is closed or its
     * process dies. To be closed by the thread that took it.
     *
     * @param name of the right, a plain word
     * @return empty if somebody else has it
     */
    Optional<Lease> lease(String name);

    /** See {@link #lease}. */
    interface Lease extends AutoCloseable {

        /** Whether it is still held, as far as can be told without asking: one on a server that could not be reached passes on. */
        default boolean held() {
            return true;
        }

        @Override
        void close();
    }

    /** Moves the oldest live messages beyond {@code keep} out of the database, to the archive if {@code archive}. */
    long retain(int keep, boolean archive);

    /** Checks database, change log, embeddings, keyword index and archive. Reads beside writers. */
    VerifyReport verify();

    /** Writes a consistent copy with all archive files into one new file, while others read and write. */
    void backup(Path target);

    /**
     * Makes what was deleted unreadable in the files too: index leftovers, free pages, the write-ahead log.
     *
     * @return whether nothing is left to be done: while somebody reads what was there before, it must stay, and is for another time
     */
    boolean scrub();

    /** Finishes accepted writes and lets go of every file and thread. Idempotent. */
    @Override
    void close();
}
