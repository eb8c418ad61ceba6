package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.engine.InteractionWriter;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Cursor;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import java.util.List;
import java.util.Optional;

/**
 * Queue of interactions from which an agent learns, with the outcome of each reflection.
 *
 * <p>A recorded interaction is on stable storage when the call returns. A reflection worker of any process processes it
 * later in the background: once, and for each user in the order of recording. Obtained from
 * {@link AgentMemory#interactions}. Thread-safe.
 */
public final class Interactions {

    private final AgentName agent;
    private final Engine engine;

    Interactions(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Records an interaction and returns without waiting for its reflection. Recording the same draft again under the
     * same id returns the existing interaction.
     *
     * @param draft the interaction; an id is generated if it has none
     * @return the interaction that was recorded, or the existing one
     * @throws ConflictException if a different interaction has the id
     * @throws LimitExceededException if the maximum number of interactions is pending, or the data is too long
     */
    public Interaction record(InteractionDraft draft) {
        return record(draft, Optional.empty());
    }

    /**
     * Records an interaction as {@link #record(InteractionDraft)} does, at most once for an idempotency key.
     *
     * @param draft the interaction; an id is generated if it has none
     * @param key the idempotency key; a repeated call with the same key and draft returns the interaction of the first
     *     call
     * @return the interaction
     * @throws ConflictException if a different interaction has the id, or the key was used for another request
     * @throws LimitExceededException if the maximum number of interactions is pending, or the data is too long
     */
    public Interaction record(InteractionDraft draft, Optional<String> key) {
        return record(draft, key, List.of());
    }

    /**
     * Records an interaction as {@link #record(InteractionDraft, Optional)} does, with the items from which its data
     * was made.
     *
     * @param draft the interaction; an id is generated if it has none
     * @param key the idempotency key; empty for none
     * @param sources ids of the passages, notes and other items that the data quotes; erasing one of them erases the
     *     interaction if its data has words that only that item had. Unknown ids are ignored
     * @return the interaction
     * @throws ConflictException if a different interaction has the id, or the key was used for another request
     * @throws LimitExceededException if the maximum number of interactions is pending, or the data is too long
     */
    public Interaction record(InteractionDraft draft, Optional<String> key, List<String> sources) {
        return new InteractionWriter(engine, agent).write(draft, key, sources);
    }

    /**
     * Records an interaction whose data was made from items, unless one of these was erased meanwhile.
     *
     * @param draft the interaction; an id is generated if it has none
     * @param sources ids of the passages, notes and other items that the data quotes
     * @return the interaction; empty if a source does not exist any more
     * @throws LimitExceededException if the maximum number of interactions is pending, or the data is too long
     * @throws NotFoundException if the agent does not exist
     */
    public Optional<Interaction> recordUnlessErased(InteractionDraft draft, List<String> sources) {
        return new InteractionWriter(engine, agent).writeUnlessErased(draft, sources);
    }

    /** Returns the interaction of an id; empty if there is none. */
    public Optional<Interaction> get(String id) {
        return engine.read(agent, view -> view.reflection().interaction(id));
    }

    /**
     * Lists interactions, newest first.
     *
     * @param user only interactions of this user; empty for all
     * @param state only interactions in this state; empty for all
     * @param limit maximum number of interactions, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     * @return a page of interactions
     */
    public Page<Interaction> list(
            Optional<String> user, Optional<InteractionState> state, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return engine.read(agent, view -> view.reflection().interactions(user, state, engine.checkLimit(limit), from));
    }

    /**
     * Returns a failed interaction to the queue.
     *
     * @param id the id of the interaction
     * @return the interaction after the change
     * @throws ConflictException if the interaction has not failed
     * @throws NotFoundException if there is no such interaction
     */
    public Interaction retry(String id) {
        engine.stores().markDue(agent);
        Interaction retried = engine.writeExisting(agent, edit -> {
            Interaction existing = NotFoundException.require(
                    "interaction", id, edit.reflection().interaction(id));
            if (existing.state() != InteractionState.FAILED) {
                throw new ConflictException("Interaction %s is %s; only one that failed can be tried anew."
                        .formatted(Json.write(id), existing.state().label()));
            }
            Interaction pending = existing.retried(Engine.now());
            edit.reflection().update(pending);
            return pending;
        });
        new InteractionWriter(engine, agent).signal(Optional.of(retried));
        return retried;
    }
}
