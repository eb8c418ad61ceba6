package dev.stele.engine;

import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Ids;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.store.StoreEdit;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writer of the interactions of one agent, which queues them for reflection. Thread-safe.
 *
 * <p>A write has three steps: {@link #prepare} before it, {@link #addIfRoom} inside the edit, and {@link #signal} after
 * it. The agent is marked as due on both sides of the edit: before, so that a crash right after the commit leaves the
 * mark; after, because a worker that finds nothing pending removes the mark.
 */
public final class InteractionWriter {

    private final Engine engine;
    private final AgentName agent;

    public InteractionWriter(Engine engine, AgentName agent) {
        this.engine = engine;
        this.agent = agent;
    }

    /**
     * Records an interaction, at most once for an idempotency key.
     *
     * @param draft the interaction; an id is generated if it has none
     * @param key the idempotency key; empty to record always
     * @param sources ids of the items from which the data of the interaction was made
     * @return the interaction that was recorded, or the existing one of the same id and draft
     * @throws ConflictException if a different interaction has the id, or the key was used for another request
     * @throws LimitExceededException if the maximum number of interactions is pending, or the data is too long
     */
    public Interaction write(InteractionDraft draft, Optional<String> key, List<String> sources) {
        InteractionDraft prepared = prepare(draft);
        Interaction recorded = engine.write(
                agent,
                edit -> Engine.idempotent(
                        edit,
                        key,
                        new RequestForm<>(
                                List.of("interaction of a type", draft.toJson(), sources), ids -> stored(edit, ids)),
                        new RequestForm<>(List.of("interaction of a type", draft.toJson()), ids -> stored(edit, ids)),
                        () -> {
                            Interaction added = add(edit, prepared, Engine.now());
                            edit.lineage().derive(added.number(), edit.lineage().numbers(sources));
                            return added;
                        },
                        created -> List.of(created.id())));
        signal(Optional.of(recorded));
        return recorded;
    }

    private static Interaction stored(StoreEdit edit, List<String> ids) {
        String id = ids.getFirst();
        return NotFoundException.require("interaction", id, edit.reflection().interaction(id));
    }

    /**
     * Records an interaction whose data was made from items, unless one of these was erased meanwhile: what was derived
     * from an erased item must not be stored.
     *
     * @param sources ids of the items
     * @return the interaction; empty if a source does not exist any more
     * @throws LimitExceededException if the maximum number of interactions is pending, or the data is too long
     */
    public Optional<Interaction> writeUnlessErased(InteractionDraft draft, List<String> sources) {
        InteractionDraft prepared = prepare(draft);
        Set<String> distinct = Set.copyOf(sources);
        Optional<Interaction> recorded = engine.writeExisting(agent, edit -> {
            List<Long> numbers = edit.lineage().numbers(distinct);
            if (numbers.size() < distinct.size()) {
                return Optional.empty();
            }
            Interaction added = add(edit, prepared, Engine.now());
            edit.lineage().derive(added.number(), numbers);
            return Optional.of(added);
        });
        recorded.ifPresent(added -> signal(Optional.of(added)));
        return recorded;
    }

    /**
     * Validates a draft before the write, generates an id if it has none, and marks the agent as due.
     *
     * @throws LimitExceededException if the data is too long
     */
    InteractionDraft prepare(InteractionDraft draft) {
        int bytes = Json.write(draft.data()).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > engine.limits().messageBytes()) {
            throw new LimitExceededException(
                    "The data of the interaction has %d bytes; at most %d are taken (limits.message-bytes)."
                            .formatted(bytes, engine.limits().messageBytes()));
        }
        engine.stores().markDue(agent);
        return draft.id().isPresent() ? draft : draft.withId(Ids.next());
    }

    /** @throws LimitExceededException if the maximum number of interactions is pending */
    private Interaction add(StoreEdit edit, InteractionDraft draft, Instant now) {
        return addIfRoom(edit, draft, now)
                .orElseThrow(() -> new LimitExceededException(
                        ("%d interactions of agent \"%s\" are pending, the maximum (reflect.max-waiting); try again after"
                                        + " reflection has processed some, or raise the maximum.")
                                .formatted(engine.config().reflection().waiting(), agent)));
    }

    /**
     * Adds a prepared interaction, or returns the existing one of its id; empty if the maximum number of interactions
     * is pending.
     */
    Optional<Interaction> addIfRoom(StoreEdit edit, InteractionDraft draft, Instant now) {
        Optional<Interaction> existing =
                edit.reflection().interaction(draft.id().orElseThrow());
        if (existing.isPresent()) {
            if (!existing.get().draft().equals(draft)) {
                throw new ConflictException("There is another interaction with the id "
                        + Json.write(draft.id().get()) + "; choose another id.");
            }
            return existing;
        }
        int maxPending = engine.config().reflection().waiting();
        return edit.reflection().pendingCount(maxPending) < maxPending
                ? Optional.of(edit.reflection().add(draft, now))
                : Optional.empty();
    }

    /**
     * Notifies the reflection worker, after a write, of a pending interaction. Never fails.
     *
     * @param pending the interaction; empty if the write may have added any number of them
     */
    public void signal(Optional<Interaction> pending) {
        engine.notifyPending(agent, pending.map(Interaction::userQueue));
    }
}
