package dev.stele.store;

import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Cursor;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.Page;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Read access to the data of reflection: interactions to reflect on, consolidations, uses of notes, and entries about
 * the agent itself. See {@link StoreView}.
 */
public interface ReflectionView {

    /** Returns an interaction by id. */
    Optional<Interaction> interaction(String id);

    /**
     * Returns interactions, newest first.
     *
     * @param user only interactions of this user; empty for all
     * @param state only interactions in this state; empty for all
     */
    Page<Interaction> interactions(
            Optional<String> user, Optional<InteractionState> state, int limit, Optional<Cursor> after);

    /**
     * Returns the first pending interaction of each user queue, oldest first. Interactions without a user form one
     * queue.
     *
     * @param limit maximum number of interactions
     */
    List<Interaction> firstPending(int limit);

    /**
     * Returns the first pending interaction of the same user queue, starting at the given one. The result is the given
     * interaction if it is pending.
     *
     * @param start interaction at which the search starts
     */
    Optional<Interaction> pendingFrom(Interaction start);

    /**
     * Returns the number of pending interactions.
     *
     * @param limit bound up to which they are counted
     */
    long pendingCount(int limit);

    /** Passes all interactions to a consumer. */
    void forEachInteraction(Consumer<Interaction> to);

    /** Returns interactions by number, in order. Unknown numbers are left out. */
    List<Interaction> interactions(Collection<Long> numbers);

    /** Returns all interactions of a user, in order. */
    List<Interaction> interactionsOfUser(String user);

    /** Returns all consolidations of a user's notes, in order. */
    List<ConsolidationRecord> consolidationsOfUser(String user);

    /** Returns the interactions of a session, in order. */
    List<Interaction> interactionsOfSession(String session);

    /** Returns consolidations by number, in order. Unknown numbers are left out. */
    List<ConsolidationRecord> consolidations(Collection<Long> numbers);

    /** Returns a consolidation by id. */
    Optional<ConsolidationRecord> consolidation(String id);

    /** Returns consolidations, newest first. */
    Page<ConsolidationRecord> consolidations(Optional<String> user, int limit, Optional<Cursor> after);

    /** Returns the latest consolidation of a user's notes. */
    Optional<ConsolidationRecord> latestConsolidation(Optional<String> user);

    /** Returns the uses of notes by note number. Unused notes are left out. */
    Map<Long, Use> uses(Collection<Long> notes);

    /** Returns the latest entry about the agent itself under a name. */
    Optional<Entry> entry(String name);

    /**
     * Uses of a note.
     *
     * @param count number of uses
     * @param last time of the latest use
     */
    record Use(long count, Instant last) {}

    /**
     * Entry about the agent itself.
     *
     * @param version 1 for the first entry of a name, incremented by each write
     * @param at time of the write
     * @param value content as JSON values
     */
    record Entry(long version, Instant at, Map<String, @Nullable Object> value) {}
}
