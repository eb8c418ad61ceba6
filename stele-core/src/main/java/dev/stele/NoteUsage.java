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
 * Counter of note recalls since the counts were last stored, so that reads write nothing themselves. Counts are lost
 * with the process; the only effect is that a note expires a little sooner. Thread-safe.
 */
final class NoteUsage {

    /**
     * Maximum number of notes of one agent that are counted between two stores; uses of further notes are not counted.
     */
    private static final int MAX_NOTES_PER_AGENT = 10_000;

    record Count(long times, Instant last) {
        Count once(Instant now) {
            return new Count(times + 1, now);
        }
    }

    private final Map<AgentName, Map<String, Count>> counts = new ConcurrentHashMap<>();

    /**
     * Counts the notes among recalled hits, and adds the agent to the agents whose maintenance is due.
     *
     * @param written receives the agent if a note was counted
     */
    void count(AgentName agent, List<Hit> hits, Set<AgentName> written) {
        List<String> notes = hits.stream()
                .filter(hit -> hit.kind() == ItemKind.NOTE)
                .map(Hit::id)
                .toList();
        if (notes.isEmpty()) {
            return;
        }
        Instant now = Memory.now();
        // Maps are changed inside compute only, so the map that take removes is not changed any more.
        counts.compute(agent, (_, existing) -> {
            Map<String, Count> next = existing == null ? new HashMap<>() : existing;
            for (String note : notes) {
                if (next.size() < MAX_NOTES_PER_AGENT || next.containsKey(note)) {
                    next.merge(note, new Count(1, now), (before, _) -> before.once(now));
                }
            }
            return next;
        });
        written.add(agent);
    }

    /** Removes and returns the counts of an agent since the last call. */
    Map<String, Count> take(AgentName agent) {
        Map<String, Count> taken = counts.remove(agent);
        return taken == null ? Map.of() : taken;
    }
}
