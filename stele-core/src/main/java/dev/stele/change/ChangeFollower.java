package dev.stele.change;

import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.NotFoundException;
import dev.stele.store.StoreView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of the change log of an agent that follows it for as long as it is wanted. Obtained from {@code
 * AgentMemory.follow}. For one thread.
 *
 * <p>When an agent is restored from a backup, or erased and created again, another log takes the place of the one that
 * was read, and its numbers begin again before the position of the reader. A reader that only asks for greater numbers
 * would wait for changes that have long been there. The follower notices this, because the change at its position is
 * another one or none, and goes on in the new log.
 */
public final class ChangeFollower {

    private final Engine engine;
    private final AgentName agent;
    private long position;
    /** Time of the change at the position; null if the position is 0 or was not looked at yet. */
    private @Nullable Instant time;

    /**
     * Creates a follower.
     *
     * @param after the change number after which it starts
     */
    public ChangeFollower(Engine engine, AgentName agent, long after) {
        this.engine = engine;
        this.agent = agent;
        this.position = after;
    }

    /** Returns a follower of the changes from now on, or of all if the agent does not exist yet. */
    public static ChangeFollower latest(Engine engine, AgentName agent) {
        var follower = new ChangeFollower(engine, agent, 0);
        return engine.readIfExists(agent, view -> {
                    follower.moveTo(view, view.lastChange());
                    return follower;
                })
                .orElse(follower);
    }

    /** Returns the number of the change after which the next changes are read. */
    public long position() {
        return position;
    }

    /**
     * Returns the next changes in order, at once.
     *
     * @param limit maximum number of changes, from 1 to {@code limits.results}
     * @return the changes; none if there are none yet. If the agent was replaced, the list is one change of the kind
     *     {@link ChangeKind#AGENT_REPLACED}: what was read of the agent before is void. Its number is that of the last
     *     change of the new log that was made before the last one that was read of the former log, and the following
     *     calls go on after it, so that nothing that was written after the replacement is missed. If the times are not
     *     known, because the position came from the caller, it is the last change of the new log
     * @throws NotFoundException if the agent does not exist (any more). When it exists again, the follower goes on
     */
    public List<Change> next(int limit) {
        int checked = engine.checkLimit(limit);
        return engine.read(agent, view -> next(view, checked));
    }

    private List<Change> next(StoreView view, int limit) {
        if (position == 0) {
            return advance(view.changes(0, limit));
        }
        // One change more, the one at the position, shows in the same query whether it is still the same.
        List<Change> changes = view.changes(position - 1, limit + 1);
        Optional<Change> here = changes.stream().findFirst().filter(change -> change.number() == position);
        if (here.isEmpty() || (time != null && !here.get().at().equals(time))) {
            return List.of(replaced(view));
        }
        time = here.get().at();
        return advance(changes.subList(1, changes.size()));
    }

    private List<Change> advance(List<Change> changes) {
        if (!changes.isEmpty()) {
            position = changes.getLast().number();
            time = changes.getLast().at();
        }
        return changes;
    }

    private Change replaced(StoreView view) {
        Instant before = time;
        moveTo(view, before == null ? view.lastChange() : lastUntil(view, before));
        return new Change(position, Engine.now(), ChangeKind.AGENT_REPLACED, 0, Optional.empty());
    }

    private void moveTo(StoreView view, long number) {
        position = number;
        time = number == 0 ? null : view.changes(number - 1, 1).getFirst().at();
    }

    /** Returns the number of the last change until a time; 0 if all are later. Times never decrease with the number. */
    private static long lastUntil(StoreView view, Instant time) {
        long low = 0;
        long high = view.lastChange();
        while (low < high) {
            long middle = (low + high + 1) >>> 1;
            if (view.changes(middle - 1, 1).getFirst().at().isAfter(time)) {
                high = middle - 1;
            } else {
                low = middle;
            }
        }
        return low;
    }

    /**
     * Waits until another change, by this process or another, may have been committed, or until the timeout. A return
     * does not guarantee that there is a change.
     *
     * @param timeout maximum time to wait, which is also the time until a replacement is noticed
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws NotFoundException if the agent does not exist
     */
    public void await(Duration timeout) throws InterruptedException {
        engine.awaitChange(agent, position, timeout);
    }
}
