package dev.stele;

import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Cursor;
import dev.stele.model.Ids;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.store.StoreEdit;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What an agent is to learn from, and what came of it. What is recorded here is on stable storage when the call returns, and is learnt
 * from by and by, by whatever process works on it: once, in the order in which it happened for each user. Thread-safe.
 */
public final class Interactions {

    private final AgentName agent;
    private final Memory memory;

    Interactions(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /** Records an interaction; returns at once, learning comes later. The same draft again under the same id is one. */
    public Interaction record(InteractionDraft draft) {
        return record(draft, Optional.empty());
    }

    /**
     * {@link #record(InteractionDraft)}, once for an idempotency key.
     *
     * @throws LimitExceededException if as many wait as may
     */
    public Interaction record(InteractionDraft draft, Optional<String> key) {
        InteractionDraft whole = prepare(draft);
        memory.stores().markDue(agent);
        Interaction recorded = memory.write(
                agent,
                edit -> Memory.once(
                        edit,
                        key,
                        List.of("interaction of a type", draft.toJson()),
                        () -> add(edit, whole, Memory.now()),
                        made -> List.of(made.id()),
                        ids -> found(ids.getFirst(), edit.reflection().interaction(ids.getFirst()))));
        due(Optional.of(recorded));
        return recorded;
    }

    /** Says, after a write, that there is something to learn from: an interaction, or any. */
    void due(Optional<Interaction> recorded) {
        memory.stores().markDue(agent);
        memory.learning().wake(agent, recorded.map(Lesson::lane));
    }

    /** Checks what can be checked before the write, and names it. */
    InteractionDraft prepare(InteractionDraft draft) {
        int bytes = Json.write(draft.data()).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > memory.limits().messageBytes()) {
            throw new LimitExceededException(
                    "The data of the interaction has %d bytes; at most %d are taken (limits.message-bytes)."
                            .formatted(bytes, memory.limits().messageBytes()));
        }
        return draft.id().isPresent() ? draft : draft.withId(Ids.next());
    }

    /** @throws LimitExceededException if as many wait as may */
    private Interaction add(StoreEdit edit, InteractionDraft draft, Instant now) {
        return addIfRoom(edit, draft, now)
                .orElseThrow(() -> new LimitExceededException(
                        "%d interactions of agent \"%s\" wait to be learnt from, which is the most (reflect.max-waiting); let the memory agent catch up."
                                .formatted(memory.config().reflection().waiting(), agent)));
    }

    /** The interaction as it was added, or was there already; empty if as many wait as may. */
    Optional<Interaction> addIfRoom(StoreEdit edit, InteractionDraft draft, Instant now) {
        Optional<Interaction> there = edit.reflection().interaction(draft.id().orElseThrow());
        if (there.isPresent()) {
            if (!there.get().draft().equals(draft)) {
                throw new ConflictException("There is another interaction with the id "
                        + Json.write(draft.id().get()) + "; choose another id.");
            }
            return there;
        }
        int most = memory.config().reflection().waiting();
        return edit.reflection().pendingCount(most) < most
                ? Optional.of(edit.reflection().add(draft, now))
                : Optional.empty();
    }

    public Optional<Interaction> get(String id) {
        return memory.read(agent, view -> view.reflection().interaction(id));
    }

    /** Interactions, newest first. */
    public Page<Interaction> list(
            Optional<String> user, Optional<InteractionState> state, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return memory.read(agent, view -> view.reflection().interactions(user, state, memory.checkLimit(limit), from));
    }

    /**
     * Lets one that was given up be tried anew.
     *
     * @throws ConflictException if it is not given up
     */
    public Interaction retry(String id) {
        memory.stores().markDue(agent);
        Interaction retried = memory.writeExisting(agent, edit -> {
            Interaction there = found(id, edit.reflection().interaction(id));
            if (there.state() != InteractionState.FAILED) {
                throw new ConflictException("Interaction %s is %s; only one that failed can be tried anew."
                        .formatted(Json.write(id), there.state().word()));
            }
            Interaction again = there.retried(Memory.now());
            edit.reflection().update(again);
            return again;
        });
        due(Optional.of(retried));
        return retried;
    }

    static Interaction found(String id, Optional<Interaction> interaction) {
        return interaction.orElseThrow(() -> new NotFoundException("There is no interaction " + Json.write(id) + "."));
    }
}
