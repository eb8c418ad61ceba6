package dev.stele.store;

import dev.stele.model.AgentName;
import dev.stele.model.NotFoundException;
import java.nio.file.Path;
import java.util.List;

/** All agents of one data directory (or database). Thread-safe. */
public interface AgentStores extends AutoCloseable {

    boolean exists(AgentName agent);

    /** All agents, by name. */
    List<AgentName> agents();

    /**
     * Opens an agent, creating it when it is not there and this factory is writable.
     *
     * @throws NotFoundException if it is not there and must not be created
     */
    AgentStore open(AgentName agent);

    /**
     * Opens an agent that is there.
     *
     * @throws NotFoundException if it is not, or not any more
     */
    AgentStore openExisting(AgentName agent);

    /** The error of {@link #openExisting}. */
    static NotFoundException missing(AgentName agent) {
        return new NotFoundException(
                "There is no agent \"" + agent + "\"; it is made when something is remembered for it.");
    }

    /** Forgets an agent and everything of it. Open stores of it, in any process, meet {@link AgentReplacedException}. */
    void delete(AgentName agent);

    /**
     * Brings an agent back from a backup file.
     *
     * @param replace whether an existing agent of that name gives way
     * @return the name of the restored agent
     */
    AgentName restore(Path backup, java.util.Optional<AgentName> as, boolean replace);

    /** Background jobs of all agents. */
    TaskStore tasks();

    /**
     * Notes that an agent has work waiting, so that whoever does such work finds it without opening every agent. To be called before
     * the work is written and again after, since somebody may just have been done with what was there before.
     */
    void markDue(AgentName agent);

    /** Takes the note away; whoever does must look once more whether there is work. */
    void clearDue(AgentName agent);

    /** Agents that have work waiting, and perhaps some that have none. */
    List<AgentName> due();

    /** Whether the memory can be reached just now; takes a few seconds at most. */
    default boolean reachable() {
        return true;
    }

    @Override
    void close();
}
