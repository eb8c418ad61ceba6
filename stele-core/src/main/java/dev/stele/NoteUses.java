package dev.stele;

import dev.stele.model.AgentName;
import dev.stele.model.ItemKind;
import dev.stele.recall.Hit;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How often notes were recalled since this was last written down: reads write nothing themselves. What is counted here is lost with the
 * process, which only makes a note fade a little sooner. Thread-safe.
 */
final class NoteUses {

    private static final int MAX_OF_AGENT = 10_000;

    record Count(long times, Instant last) {
        Count once(Instant now) {
            return new Count(times + 1, now);
        }
    }

    private final Map<AgentName, Map<String, Count>> counts = new ConcurrentHashMap<>();

    /** Counts notes among hits; says so by adding the agent to those that housekeeping looks after. */
    void count(AgentName agent, List<Hit> hits, Set<AgentName> written) {
        List<String> notes = hits.stream()
                .filter(hit -> hit.kind() == ItemKind.NOTE)
                .map(Hit::id)
                .toList();
        if (notes.isEmpty()) {
            return;
        }
        Instant now = Memory.now();
        // Changed inside compute alone: whoever takes one away has it for itself.
        counts.compute(agent, (_, there) -> {
            Map<String, Count> next = there == null ? new HashMap<>() : there;
            for (String note : notes) {
                if (next.size() < MAX_OF_AGENT || next.containsKey(note)) {
                    next.merge(note, new Count(1, now), (before, _) -> before.once(now));
                }
            }
            return next;
        });
        written.add(agent);
    }

    /** What was counted for an agent since the last time. */
    Map<String, Count> take(AgentName agent) {
        Map<String, Count> taken = counts.remove(agent);
        return taken == null ? Map.of() : taken;
    }
}
