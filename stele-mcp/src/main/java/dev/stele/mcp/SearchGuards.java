package dev.stele.mcp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.model.AgentName;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Guards of writes for callers without sessions, one for each caller and agent. Keeps the {@value #MAX_GUARDS} most
 * recently used. Thread-safe.
 */
final class SearchGuards {

    private static final int MAX_GUARDS = 1_024;

    private record Key(String owner, AgentName agent) {}

    @GuardedBy("this")
    private final Map<Key, SearchBeforeWriteGuard> guards = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, SearchBeforeWriteGuard> eldest) {
            return size() > MAX_GUARDS;
        }
    };

    /**
     * Returns the guard of a caller.
     *
     * @param owner name of the caller; empty if callers are not distinguished
     */
    synchronized SearchBeforeWriteGuard of(String owner, AgentName agent) {
        return guards.computeIfAbsent(new Key(owner, agent), _ -> new SearchBeforeWriteGuard());
    }
}
