package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.AgentMemory;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Cache of the number of items to review by agent, which every open page asks for. Thread-safe.
 *
 * <p>A count reads many notes. It is kept until the change log of the agent has an entry by which it may differ:
 * messages, embeddings and changes of the graph leave it as it is.
 */
final class ReviewCounts {

    /** Maximum number of agents whose count is kept. An entry takes about 200 bytes. */
    private static final int MAX_AGENTS = 1_000;
    /** Maximum number of changes that are read to learn whether a count still holds. */
    private static final int MAX_CHANGES = 200;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<AgentName, Cached> counts = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Count in the cache.
     *
     * @param change latest change that the count contains for sure
     */
    private record Cached(Change change, long count) {}

    /**
     * Returns the number of items to review of an agent.
     *
     * @param count counts the items; called without a lock, and only if the number may differ from the cached one
     */
    long of(AgentMemory memory, LongSupplier count) {
        // The log is read before the items are counted, so that a change beside it leads to another count.
        Optional<Cached> cached = cached(memory.name());
        List<Change> log = cached.map(known -> from(memory, known)).orElse(List.of());
        long current;
        if (cached.isPresent()
                && !log.isEmpty()
                && log.size() <= MAX_CHANGES
                && log.stream().skip(1).noneMatch(ReviewCounts::mayMatter)) {
            current = cached.get().count();
        } else {
            log = memory.changes(Math.max(0, memory.lastChange() - 1), 1);
            current = count.getAsLong();
        }
        if (!log.isEmpty()) {
            keep(memory.name(), new Cached(log.getLast(), current));
        }
        return current;
    }

    /** Returns the log from a cached change on; empty if the agent was replaced, and the change is another one now. */
    private static List<Change> from(AgentMemory memory, Cached cached) {
        List<Change> log = memory.changes(cached.change().number() - 1, MAX_CHANGES + 1);
        return log.stream()
                        .findFirst()
                        .filter(change -> change.number() == cached.change().number()
                                && change.at().equals(cached.change().at()))
                        .isPresent()
                ? log
                : List.of();
    }

    private static boolean mayMatter(Change change) {
        return switch (change.kind()) {
            case MESSAGE_CREATED, MESSAGE_EDITED, MESSAGE_ARCHIVED, SESSION_UPDATED, USER_UPDATED -> false;
            case ENTITY_CREATED, ENTITY_UPDATED, ENTITY_RETIRED, OBSERVATION_CREATED, OBSERVATION_RETIRED -> false;
            case RELATION_CREATED, RELATION_UPDATED, RELATION_RETIRED -> false;
            case DOCUMENT_ADDED, DOCUMENT_UPDATED, PASSAGE_ADDED, EMBEDDED, INDEXED, AGENT_UPDATED -> false;
            default -> true;
        };
    }

    private Optional<Cached> cached(AgentName agent) {
        lock.lock();
        try {
            return Optional.ofNullable(counts.get(agent));
        } finally {
            lock.unlock();
        }
    }

    private void keep(AgentName agent, Cached cached) {
        lock.lock();
        try {
            counts.put(agent, cached);
            List<AgentName> names = new ArrayList<>(counts.keySet());
            names.subList(0, Math.max(0, names.size() - MAX_AGENTS)).forEach(counts::remove);
        } finally {
            lock.unlock();
        }
    }
}
