package dev.stele.io;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * File operations that an interrupt of the thread does not end. An interrupt closes a channel in the middle of an
 * operation, also one that arrives late: {@link Thread#interrupt()} first sets the flag and then closes the channel, and
 * the thread may have cleared the flag and opened the channel in between. Stateless.
 */
public final class UninterruptibleIo {

    private UninterruptibleIo() {}

    /**
     * Operation that opens its own channels and may be repeated from its start.
     *
     * @param <T> type of the result
     */
    public interface Operation<T> {
        /** Runs the operation. */
        T run() throws IOException;
    }

    /**
     * Runs an operation, again if an interrupt closed its channel. The flag of the thread is set afterwards if an
     * interrupt arrived.
     *
     * @return result of the operation
     * @throws IOException if the operation fails for another reason
     */
    public static <T> T call(Operation<T> operation) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return operation.run();
                } catch (ClosedByInterruptException e) {
                    Thread.interrupted();
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
