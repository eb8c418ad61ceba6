package dev.stele.mcp;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests of one client that are being handled, with their threads, so that the client can cancel them. Thread-safe.
 */
final class RunningRequests {

    /** Number of remembered cancellations from which those of ended requests are dropped. */
    private static final int MAX_CANCELED = 1_024;

    private final Map<Object, Thread> threads = new ConcurrentHashMap<>();
    private final Set<Object> canceled = ConcurrentHashMap.newKeySet();

    /**
     * Registers the calling thread as the one that handles a request; interrupts it if the request is already canceled.
     */
    void start(Object request) {
        threads.put(request, Thread.currentThread());
        if (canceled.contains(request)) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Ends a request. The thread is not interrupted for it afterwards; an earlier interrupt is for the caller to clear.
     *
     * @return whether the client still expects its response
     */
    boolean end(Object request) {
        threads.remove(request);
        return !canceled.remove(request);
    }

    /** Cancels a request: interrupts its thread and suppresses its response. Unknown requests are remembered. */
    void cancel(Object request) {
        if (canceled.size() >= MAX_CANCELED) {
            canceled.retainAll(threads.keySet()); // the others have already ended
        }
        canceled.add(request);
        interrupt(request);
    }

    /** Interrupts the threads of all requests. */
    void interruptAll() {
        threads.keySet().forEach(this::interrupt);
    }

    /**
     * Interrupts the thread of a request within the map, so that {@link #end} returns after the interrupt or prevents
     * it: a later one would hit what the thread does next.
     */
    private void interrupt(Object request) {
        threads.computeIfPresent(request, (_, thread) -> {
            thread.interrupt();
            return thread;
        });
    }
}
