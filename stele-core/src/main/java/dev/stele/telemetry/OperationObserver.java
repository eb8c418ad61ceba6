package dev.stele.telemetry;

/**
 * Observer of memory operations, such as an exporter of traces. Implementations are thread-safe, return quickly and do
 * not use the memory. What an observer throws is logged and does not affect the operation.
 */
public interface OperationObserver {

    /**
     * Notifies of the start of an operation, on the thread that starts it.
     *
     * @param start what is known of the operation
     * @return receives the end of the operation
     */
    RunningOperation started(OperationStart start);

    /** Operation that has not ended. Used by one thread at a time. */
    interface RunningOperation {

        /**
         * Makes the operation the current one of the calling thread, for observers that relate nested work to it.
         *
         * @return ends that on the same thread when closed
         */
        Activation activate();

        /**
         * Notifies of the end of the operation; called once, on any thread.
         *
         * @param outcome the outcome
         */
        void ended(OperationOutcome outcome);
    }

    /** Time for which an operation is the current one of a thread. */
    interface Activation extends AutoCloseable {
        @Override
        void close();
    }
}
