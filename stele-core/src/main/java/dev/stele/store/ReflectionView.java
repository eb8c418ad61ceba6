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

/** What an agent is to learn from, what it did with its notes, and what it is. As {@link StoreView}. */
public interface ReflectionView {

    Optional<Interaction> interaction(String id);

    /** Interactions, newest first. */
    Page<Interaction> interactions(
            Optional<String> user, Optional<InteractionState> state, int limit, Optional<Cursor> after);

    /** Of each user the first that waits, and the first of nobody's; oldest first. */
    List<Interaction> firstPending(int limit);

    /** The first that waits of the same user, or of nobody, from one on: that one if it does. */
    Optional<Interaction> pendingFrom(Interaction one);

    /** How many wait, counted up to a bound. */
    long pendingCount(int most);

    void eachInteraction(Consumer<Interaction> to);

    Optional<ConsolidationRecord> consolidation(String id);

    /** Consolidations, newest first. */
    Page<ConsolidationRecord> consolidations(Optional<String> user, int limit, Optional<Cursor> after);

    /** The latest one of a user's notes. */
    Optional<ConsolidationRecord> latestConsolidation(Optional<String> user);

    /** How often notes were of use, by their numbers; unused ones are left out. */
    Map<Long, Use> uses(Collection<Long> notes);

    /** What was last written under a name about the agent itself. */
    Optional<Entry> entry(String name);

    /**
     * @param count how often
     * @param last when for the last time
     */
    record Use(long count, Instant last) {}

    /**
     * @param version 1 for the first, then one more with each
     * @param value as JSON values
     */
    record Entry(long version, Instant at, Map<String, @Nullable Object> value) {}
}
