package dev.stele.engine;

import dev.stele.model.AgentName;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Signal that an interaction was recorded, from the writers to the reflection worker. The signal only saves time: the
 * worker also finds pending interactions in the store, by itself. Thread-safe.
 */
public final class ReflectionSignal {

    /** Receiver of the signal. */
    @FunctionalInterface
    public interface Listener {

        /**
         * Called after an interaction was committed, on the thread of the writer; must be fast and not throw.
         *
         * @param agent the agent of the interaction
         * @param userQueue the user queue of the interaction; empty if it is not known
         */
        void recorded(AgentName agent, Optional<String> userQueue);
    }

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** Adds a listener. */
    public void subscribe(Listener listener) {
        listeners.add(listener);
    }

    /**
     * Notifies the listeners.
     *
     * @param agent the agent whose interaction was recorded
     * @param userQueue the user queue of the interaction; empty if it is not known
     */
    public void recorded(AgentName agent, Optional<String> userQueue) {
        listeners.forEach(listener -> listener.recorded(agent, userQueue));
    }
}
