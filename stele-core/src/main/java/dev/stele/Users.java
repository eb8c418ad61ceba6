package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Cursor;
import dev.stele.model.Erased;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Contexts of an agent's users: immutable records of what the agent knows about each user. Every version is kept.
 * Obtained from {@link AgentMemory#users}. Thread-safe.
 */
public final class Users {

    private final AgentName agent;
    private final Engine engine;

    Users(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Returns the ids of the users that the agent knows, in ascending order.
     *
     * @param limit maximum number of ids, from 1 to {@code limits.results}
     */
    public List<String> list(int limit) {
        return list(limit, Optional.empty()).items();
    }

    /**
     * Returns a page of the ids of the users that the agent knows, in ascending order.
     *
     * @param limit maximum number of ids, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     */
    public Page<String> list(int limit, Optional<String> after) {
        int checked = engine.checkLimit(limit);
        List<String> ids = engine.read(agent, view -> view.userIds(after.orElse(""), checked + 1));
        return ids.size() <= checked
                ? new Page<>(ids, Optional.empty())
                : new Page<>(ids.subList(0, checked), Optional.of(ids.get(checked - 1)));
    }

    /** Returns the context of a user; empty if the agent has no context of the user. */
    public Optional<UserContext> get(String user) {
        return engine.userContext(agent, user);
    }

    /**
     * Returns the context of a user as of a point in time; empty if there was none.
     *
     * @param user the id of the user
     * @param time the point in time
     */
    public Optional<UserContext> asOf(String user, Instant time) {
        return engine.read(agent, view -> view.userAsOf(user, time));
    }

    /**
     * Lists the versions of a context, newest first.
     *
     * @param user the id of the user
     * @param limit maximum number of versions, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     */
    public Page<UserVersion> history(String user, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return engine.read(agent, view -> view.userHistory(user, engine.checkLimit(limit), from));
    }

    /**
     * Updates a context by a function, atomically across threads and processes: of a hundred concurrent increments none
     * is lost.
     *
     * @param user the id of the user
     * @param change computes the new context from the current one, or from {@link UserContext#stranger} for an unknown
     *     user. It runs outside any lock, and runs again if another writer was faster, so it must have no side effects
     * @return the context after the update
     * @throws AgentBusyException if other writers keep changing the context first for as long as
     *     {@code limits.wait-timeout}
     * @throws InvalidInputException if the function returns the context of another user
     */
    public UserContext update(String user, UnaryOperator<UserContext> change) {
        String normal = Ids.check("user", user);
        return observed(normal, () -> updateNormal(normal, change));
    }

    private UserContext updateNormal(String user, UnaryOperator<UserContext> change) {
        long deadlineNanos = System.nanoTime() + engine.limits().waitTimeout().toNanos();
        UserContext latest = current(user);
        while (true) {
            Instant now = Engine.now();
            UserContext seen = latest;
            UserContext changed = change.apply(seen);
            if (!changed.userId().equals(user)) {
                throw new InvalidInputException(
                        "The context of user " + Json.write(user) + " cannot become that of another user.");
            }
            Attempt attempt = engine.write(agent, edit -> {
                UserContext stored = edit.user(user).orElseGet(() -> UserContext.stranger(user, now));
                return stored.version() == seen.version()
                        ? new Attempt(engine.putUser(edit, seen, changed, now), true)
                        : new Attempt(stored, false);
            });
            if (attempt.done()) {
                return attempt.context();
            }
            // The attempt returned the context that the other writer left; it need not be read again.
            latest = attempt.context();
            Engine.checkPatience(deadlineNanos, "the context of user " + Json.write(user));
        }
    }

    /**
     * Result of an attempt to update a context: the new context if {@code done}, else the context of the writer that
     * was faster.
     */
    private record Attempt(UserContext context, boolean done) {}

    private UserContext current(String user) {
        return engine.readIfExists(agent, view -> view.user(user))
                .flatMap(Function.identity())
                .orElseGet(() -> UserContext.stranger(user, Engine.now()));
    }

    /**
     * Updates a context by a JSON merge patch (RFC 7396).
     *
     * @param user the id of the user
     * @param patch the patch of the context's fields
     * @param expected the version that the caller has read (0 for an unknown user); empty to update any version
     * @return the context after the update
     * @throws ConflictException if the context has a version other than {@code expected}
     */
    public UserContext patch(String user, JsonObject patch, OptionalLong expected) {
        String normal = Ids.check("user", user);
        return observed(normal, () -> patchNormal(normal, patch, expected));
    }

    private UserContext patchNormal(String user, JsonObject patch, OptionalLong expected) {
        Instant now = Engine.now();
        // An invalid patch is rejected before the write where possible: a failing patch must not create an agent.
        UserContext.stranger(user, now).patched(patch);
        return engine.write(agent, edit -> {
            UserContext seen = edit.user(user).orElseGet(() -> UserContext.stranger(user, now));
            if (expected.isPresent() && expected.getAsLong() != seen.version()) {
                throw ConflictException.version(
                        "The context of user %s has version %d and not %d; read it again and repeat the change."
                                .formatted(Json.write(user), seen.version(), expected.getAsLong()));
            }
            return engine.putUser(edit, seen, seen.patched(patch), now);
        });
    }

    /**
     * Counts one interaction: adds one to the number of conversations and raises the friendship level slightly.
     *
     * @param user the id of the user
     * @param at the time of the interaction
     * @return the context after the update
     */
    public UserContext recordInteraction(String user, Instant at) {
        String normal = Ids.check("user", user);
        return observed(normal, () -> engine.write(agent, edit -> engine.countInteraction(edit, normal, at)));
    }

    /** Runs a write of a user's context and tells the observer of it. */
    private UserContext observed(String user, Supplier<UserContext> write) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.UPSERT, agent, user),
                        write,
                        _ -> OperationOutcome.Succeeded.of(1));
    }

    /**
     * Erases a user with all related data: the context and its history, the user's messages with the replies to them,
     * the user's conversations, notes about the user, everything that was derived from any of these (see
     * {@link dev.stele.erasure.Erasure}), and the ids of all of it in the change log. Conversations with other users
     * keep the messages of the other users.
     *
     * @param user the id of the user
     * @return what was erased
     * @throws NotFoundException if the agent has no data about the user
     */
    public Erased forget(String user) {
        return forget(user, false);
    }

    /**
     * Returns what {@link #forget} would erase, and changes nothing.
     *
     * @throws NotFoundException if the agent has no data about the user
     */
    public Erased previewForget(String user) {
        return forget(user, true);
    }

    private Erased forget(String user, boolean preview) {
        return engine.erase(agent, preview, user, (edit, erasure) -> {
            erasure.user(Ids.normal(user));
            if (erasure.isNothing()) {
                throw new NotFoundException("Nothing is known of user " + Json.write(user) + ".");
            }
        });
    }
}
