package dev.stele.store;

import dev.stele.model.AgentName;
import dev.stele.model.NotFoundException;
import dev.stele.model.VerifyReport;
import java.nio.file.Path;
import java.util.List;

/**
 * Repository of the agents of one data directory or one database: opens, creates, deletes and restores agents.
 * Thread-safe.
 */
public interface AgentStores extends AutoCloseable {

    /** Returns whether an agent exists. */
    boolean exists(AgentName agent);

    /** Returns the names of all agents, sorted. */
    List<AgentName> agents();

    /**
     * Opens an agent. Creates it if it does not exist and this repository is writable.
     *
     * @throws NotFoundException if the agent does not exist and cannot be created
     */
    AgentStore open(AgentName agent);

    /**
     * Opens an existing agent.
     *
     * @throws NotFoundException if the agent does not exist or was deleted meanwhile
     */
    AgentStore openExisting(AgentName agent);

    /** Returns the exception that {@link #openExisting} throws for an agent that does not exist. */
    static NotFoundException missing(AgentName agent) {
        return new NotFoundException("There is no agent \"" + agent + "\"; the first write to an agent creates it.");
    }

    /**
     * Deletes an agent with all its data. Stores of the agent that are open in any process throw {@link
     * AgentReplacedException} on their next call.
     */
    void delete(AgentName agent);

    /**
     * Restores an agent from a backup file.
     *
     * @param backup the backup file
     * @param as name of the restored agent; empty for the name in the backup
     * @param replace whether an existing agent of that name is replaced
     * @return name of the restored agent
     */
    AgentName restore(Path backup, java.util.Optional<AgentName> as, boolean replace);

    /** Returns the queue of background jobs of all agents. */
    TaskStore tasks();

    /**
     * Marks an agent as having pending work, so that workers find it without opening every agent. Call this method
     * before the work is written and again afterwards, because a worker may have cleared the mark in between after
     * completing the earlier work.
     */
    void markDue(AgentName agent);

    /** Removes the mark of an agent. The caller must check for pending work once more afterwards. */
    void clearDue(AgentName agent);

    /** Returns the marked agents: all agents with pending work, and possibly some without. */
    List<AgentName> due();

    /**
     * Returns whether the storage can be reached at present and is the one that was opened. Takes at most a few
     * seconds.
     */
    boolean reachable();

    /** Checks what is stored beside the agents, such as directories whose agent cannot be determined. */
    default VerifyReport verify() {
        return new VerifyReport("", 0, List.of(), List.of());
    }

    /** Releases the resources of this repository. */
    @Override
    void close();
}
