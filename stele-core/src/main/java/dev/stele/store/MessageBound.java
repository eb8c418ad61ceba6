package dev.stele.store;

import dev.stele.model.Json;
import java.time.Instant;

/**
 * Maximum number of live messages of one agent: the configured one, or a larger one that an import with {@code keepAll}
 * has stored as an entry of the agent. Stateless.
 */
public final class MessageBound {

    /** Name of the entry. */
    public static final String ENTRY = "retention";

    private static final String FIELD = "max_messages";

    private MessageBound() {}

    /**
     * Returns the maximum number of live messages of an agent.
     *
     * @param view view of the agent's store
     * @param configured configured maximum ({@code memory.max-messages-per-agent}); 0 for none
     * @return maximum; 0 for none
     */
    public static int of(StoreView view, int configured) {
        return configured == 0 ? 0 : Math.max(configured, stored(view));
    }

    private static int stored(StoreView view) {
        return view.reflection()
                .entry(ENTRY)
                .map(entry -> entry.value().get(FIELD))
                .filter(Number.class::isInstance)
                .map(value -> ((Number) value).intValue())
                .orElse(0);
    }

    /**
     * Raises the maximum number of live messages of an agent.
     *
     * @param edit edit of the agent's store
     * @param configured configured maximum; 0 for none, which needs no raise
     * @param messages number of messages by which the maximum is raised
     */
    public static void raise(StoreEdit edit, int configured, long messages) {
        if (configured > 0 && messages > 0) {
            long raised = Math.min(Integer.MAX_VALUE, of(edit, configured) + messages);
            edit.reflection().put(ENTRY, Json.fields().put(FIELD, raised).map(), Instant.now());
        }
    }
}
