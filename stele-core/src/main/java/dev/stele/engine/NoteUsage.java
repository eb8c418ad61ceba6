package dev.stele.engine;

import dev.stele.model.AgentName;
import dev.stele.model.ItemKind;
import dev.stele.recall.Hit;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counter of note recalls since the counts were last stored, so that reads write nothing themselves. Counts are lost
 * with the process; the only effect is that a note expires a little sooner. Thread-safe.
 */
public final class NoteUsage {

    /**
     * Maximum number of notes of one agent that are counted between two stores; uses of further notes are not counted.
     */
    private static final int MAX_NOTES_PER_AGENT = 10_000;

    /**
     * Uses of a note.
     *
     * @param times number of recalls
     * @param last time of the last recall
     */
    public record Count(long times, Instant last) {
        Count once(Instant now) {
            return new Count(times + 1, now);
        }
    }

    private final Map<AgentName, Map<String, Count>> counts = new ConcurrentHashMap<>();

    /**
     * Counts the notes among recalled hits.
     *
     * @param now the time of the recall
     * @return whether there were notes to count
     */
    boolean count(AgentName agent, List<Hit> hits, Instant now) {
        List<String> notes = hits.stream()
                .filter(hit -> hit.kind() == ItemKind.NOTE)
                .map(Hit::id)
                .toList();
        if (notes.isEmpty()) {
            return false;
        }
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
        return true;
    }

    /** Returns the counts of an agent since {@link #take} was called last, which stay. */
    public Map<String, Count> pending(AgentName agent) {
        var copy = new HashMap<String, Count>();
        counts.computeIfPresent(agent, (_, existing) -> {
            copy.putAll(existing);
            return existing;
        });
        return copy;
    }

    /** Removes and returns the counts of an agent since the last call. */
    public Map<String, Count> take(AgentName agent) {
        Map<String, Count> taken = counts.remove(agent);
        return taken == null ? Map.of() : taken;
    }
}
