package dev.stele;

import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Cursor;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreEdit.Forgotten;
import dev.stele.store.StoreView.UserVersion;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** What an agent knows of its users: immutable contexts, of which every version is kept. Thread-safe. */
public final class Users {

    private final AgentName agent;
    private final Memory memory;

    Users(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /** Ids of whom the agent knows, in their order. */
    public List<String> list(int limit) {
        return memory.read(agent, view -> view.userIds(memory.checkLimit(limit)));
    }

    /** The context of a user, or empty for one never met. */
    public Optional<UserContext> get(String user) {
        return memory.onExisting(agent, store -> memory.contexts().get(store, user));
    }

    /** The context as it was at a time. */
    public Optional<UserContext> asOf(String user, Instant time) {
        return memory.read(agent, view -> view.userAsOf(user, time));
    }

    /** Versions of a context, newest first. */
    public Page<UserVersion> history(String user, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return memory.read(agent, view -> view.userHistory(user, memory.checkLimit(limit), from));
    }

    /**
     * Changes a context by a function, atomically across threads and processes: of a hundred increments at once none is
     * lost. The function gets {@link UserContext#stranger} for a user never met; it runs outside any lock, and again when
     * another writer was faster, so it must have no effect but its result.
     */
    public UserContext update(String user, UnaryOperator<UserContext> change) {
        Ids.check("user", user);
        long end = System.nanoTime() + memory.limits().patience().toNanos();
        UserContext latest = current(user);
        while (true) {
            Instant now = Memory.now();
            UserContext seen = latest;
            UserContext wanted = change.apply(seen);
            if (!wanted.userId().equals(user)) {
                throw new InvalidInputException(
                        "The context of user " + Json.write(user) + " cannot become that of another user.");
            }
            Attempt attempt = memory.write(agent, edit -> {
                UserContext there = edit.user(user).orElseGet(() -> UserContext.stranger(user, now));
                return there.version() == seen.version()
                        ? new Attempt(put(edit, seen, wanted, now), true)
                        : new Attempt(there, false);
            });
            if (attempt.done()) {
                return attempt.context();
            }
            // Whoever was faster left what is to be changed now; it need not be read again.
            latest = attempt.context();
            checkPatience(end, "the context of user " + Json.write(user));
        }
    }

    /** How an attempt to change a context ended: with the new one, or with that of somebody who was faster. */
    private record Attempt(UserContext context, boolean done) {}

    private UserContext current(String user) {
        return (memory.isThere(agent) ? memory.read(agent, view -> view.user(user)) : Optional.<UserContext>empty())
                .orElseGet(() -> UserContext.stranger(user, Memory.now()));
    }

    /**
     * Changes a context by a JSON merge patch (RFC 7396).
     *
     * @param expected the version the caller has seen (0 for none), or empty to change whatever is there
     * @throws ConflictException if the context has another version than expected
     */
    public UserContext patch(String user, JsonObject patch, OptionalLong expected) {
        Ids.check("user", user);
        Instant now = Memory.now();
        // Refused before anything is written if it can be known: a patch that fails must not make an agent.
        UserContext.stranger(user, now).patched(patch);
        return memory.write(agent, edit -> {
            UserContext seen = edit.user(user).orElseGet(() -> UserContext.stranger(user, now));
            if (expected.isPresent() && expected.getAsLong() != seen.version()) {
                throw ConflictException.version(
                        "The context of user %s has version %d and not %d; read it again and repeat the change."
                                .formatted(Json.write(user), seen.version(), expected.getAsLong()));
            }
            return put(edit, seen, seen.patched(patch), now);
        });
    }

    /** Counts one interaction at a time: one conversation more, and the friendship a little firmer. */
    public UserContext interact(String user, Instant at) {
        Ids.check("user", user);
        return memory.write(agent, edit -> interact(edit, user, at));
    }

    UserContext interact(StoreEdit edit, String user, Instant at) {
        UserContext seen = edit.user(user).orElseGet(() -> UserContext.stranger(user, at));
        return put(edit, seen, seen.withInteraction(at), Memory.now());
    }

    private UserContext put(StoreEdit edit, UserContext seen, UserContext wanted, Instant now) {
        UserContext next = wanted.withVersion(seen.version() + 1);
        edit.putUser(next, now, memory.limits().userHistory());
        return next;
    }

    /**
     * Forgets a user with everything about them: context and history, their messages and conversations, notes about
     * them or distilled from what they said, and their names in the change log; in rows, indexes, archive and free pages.
     * Conversations that other users took part in keep the others' messages.
     *
     * @throws NotFoundException if there is nothing about the user
     */
    public Forgotten forget(String user) {
        Forgotten gone = memory.writeExisting(agent, edit -> {
            Forgotten forgotten = edit.forgetUser(user, Memory.now());
            if (forgotten.isNothing()) {
                throw new NotFoundException("Nothing is known of user " + Json.write(user) + ".");
            }
            return forgotten;
        });
        memory.scrub(agent);
        return gone;
    }

    static void checkPatience(long end, String what) {
        if (System.nanoTime() > end) {
            throw new AgentBusyException(
                    "Other writers kept changing " + what + " first; nothing was changed. Try again.");
        }
    }
}
