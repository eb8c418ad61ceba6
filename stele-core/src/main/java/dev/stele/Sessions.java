package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.engine.MessageWriter;
import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.Erased;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Session;
import dev.stele.model.WindowRemoval;
import dev.stele.store.SessionWindow;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Sessions (conversations) of one agent. A session starts with its first message. Obtained from
 * {@link AgentMemory#sessions}. Thread-safe.
 */
public final class Sessions {

    private final AgentName agent;
    private final Engine engine;

    Sessions(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Lists sessions, the one with the latest message first.
     *
     * @param user only sessions that this user owns or takes part in; empty for all
     * @param limit maximum number of sessions, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     * @return a page of sessions
     */
    public Page<Session> list(Optional<String> user, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return engine.read(agent, view -> view.sessions(user, engine.checkLimit(limit), from));
    }

    /** Returns the session of an id; empty if there is none. */
    public Optional<Session> get(String id) {
        return engine.read(agent, view -> view.session(id));
    }

    /**
     * Returns the latest live (not archived) messages of a session, oldest first.
     *
     * @param id the id of the session
     * @param count maximum number of messages, from 1 to {@code limits.results}
     * @throws NotFoundException if there is no such session
     */
    public List<Message> last(String id, int count) {
        return messages(id, count, Optional.empty(), false).items();
    }

    /**
     * Returns a page of a session's messages, oldest first within the page. The first page has the latest messages;
     * each further page is older.
     *
     * @param id the id of the session
     * @param limit maximum number of messages, from 1 to {@code limits.results}
     * @param before the cursor of the previously read, later page; empty for the latest messages
     * @param archived whether archived messages are included
     * @return a page of messages
     * @throws NotFoundException if there is no such session
     */
    public Page<Message> messages(String id, int limit, Optional<String> before, boolean archived) {
        Optional<Cursor> from = Cursor.decode(before);
        return engine.read(agent, view -> {
            NotFoundException.require("session", id, view.session(id));
            return view.messages(id, engine.checkLimit(limit), from, archived);
        });
    }

    /**
     * Returns the window of a session: the messages that a chat memory presents to a language model, in its order. See
     * {@link #replaceWindow}.
     *
     * @param id the id of the session
     * @return the messages; empty if there is no such window, session or agent
     */
    public List<Message> window(String id) {
        String normal = Ids.check("session", id);
        return engine.exists(agent) ? engine.read(agent, view -> SessionWindow.messages(view, normal)) : List.of();
    }

    /** Returns the ids of the sessions that have a window; empty if there is no such session or agent. */
    public List<String> windows() {
        return engine.exists(agent) ? engine.read(agent, view -> SessionWindow.sessions(view.documents())) : List.of();
    }

    /**
     * Replaces the messages in the window of a session, in one write. This is the operation that the chat memories of
     * frameworks need: they hand over all messages that the language model is to see next.
     *
     * <p>Messages that equal those of the present window, in the same order, are kept and not written again. Others are
     * added to the session. Messages of the present window that are missing leave it; {@code removed} decides whether
     * they stay in the session, where recall finds them. If two callers replace a window at the same time, the later
     * one wins.
     *
     * @param id the id of the session
     * @param messages the messages of the window, in order, all of this session; empty to empty the window
     * @param removed what becomes of messages that leave the window
     * @return the messages in the window
     * @throws InvalidInputException if a message belongs to another session
     * @throws LimitExceededException if there are too many new messages, or one is too long
     */
    public List<Message> replaceWindow(String id, List<MessageDraft> messages, WindowRemoval removed) {
        return new MessageWriter(engine, agent).replaceWindow(Ids.check("session", id), messages, removed);
    }

    /**
     * Ends a session now. A later message opens the session again. Ending an ended session has no effect.
     *
     * @param id the id of the session
     * @return the session after the change
     * @throws NotFoundException if there is no such session
     */
    public Session end(String id) {
        Instant now = Engine.now();
        return change(id, session -> session.endedAt().isPresent() ? session : session.withEnd(Optional.of(now)));
    }

    /**
     * Sets or removes the title of a session.
     *
     * @param id the id of the session
     * @param title the new title; empty to remove the title
     * @return the session after the change
     * @throws NotFoundException if there is no such session
     */
    public Session title(String id, Optional<String> title) {
        return change(id, session -> session.withTitle(title));
    }

    /**
     * Changes the title, the end and the participants of a session together. A field that the function leaves unchanged
     * keeps the value that a concurrent writer may have set.
     *
     * @param id the id of the session
     * @param change returns the session with the new title, end and participants
     * @return the session after the change
     * @throws NotFoundException if there is no such session
     */
    public Session change(String id, UnaryOperator<Session> change) {
        Session seen = engine.read(agent, view -> NotFoundException.require("session", id, view.session(id)));
        Session changed = change.apply(seen);
        return engine.writeExisting(agent, edit -> {
            Session now = NotFoundException.require("session", id, edit.session(id));
            Session next = now.withTitle(changed.title().equals(seen.title()) ? now.title() : changed.title())
                    .withEnd(changed.endedAt().equals(seen.endedAt()) ? now.endedAt() : changed.endedAt());
            if (!changed.participants().equals(seen.participants())) {
                next = shared(next, changed.participants());
            }
            if (!next.equals(now)) {
                edit.updateSession(next);
            }
            return next;
        });
    }

    /**
     * Declares who shares a session, which makes it a room: each participant may write to it, and may see all of its
     * messages and what was derived from them. A session that does not exist is created. A user who joins later sees
     * the earlier messages, too; one who leaves sees only those of their own.
     *
     * @param id the id of the session
     * @param users ids of the participants, at most {@code limits.results}; with the owner of the session. Empty ends
     *     the sharing, after which the session belongs to its owner alone
     * @return the session after the change
     * @throws InvalidInputException if the owner is missing among the participants
     * @throws LimitExceededException if there are too many participants
     */
    public Session setParticipants(String id, Collection<String> users) {
        String normal = Ids.check("session", id);
        return engine.write(agent, edit -> {
            Session now = edit.session(normal).orElseGet(() -> Session.started(normal, Optional.empty(), edit.time()));
            edit.putSession(shared(now, users));
            return NotFoundException.require("session", id, edit.session(id));
        });
    }

    private Session shared(Session session, Collection<String> users) {
        Session shared = session.withParticipants(users);
        if (!shared.isRoom()) {
            return shared;
        }
        if (shared.participants().size() > engine.limits().results()) {
            throw new LimitExceededException("A session has at most %d participants (limits.results)."
                    .formatted(engine.limits().results()));
        }
        session.user().filter(owner -> !shared.admits(owner)).ifPresent(owner -> {
            throw new InvalidInputException("User %s owns session %s and must be one of its participants."
                    .formatted(Json.write(owner), Json.write(session.id())));
        });
        return shared;
    }

    /**
     * Erases a session with all its messages and everything that was derived from them, such as its summary.
     *
     * @param id the id of the session
     * @return what was erased
     * @throws NotFoundException if there is no such session
     */
    public Erased delete(String id) {
        return delete(id, false);
    }

    /**
     * Returns what {@link #delete} would erase, and changes nothing.
     *
     * @throws NotFoundException if there is no such session
     */
    public Erased previewDelete(String id) {
        return delete(id, true);
    }

    private Erased delete(String id, boolean preview) {
        return engine.erase(
                agent,
                preview,
                id,
                (edit, erasure) -> erasure.session(NotFoundException.require("session", id, edit.session(id))));
    }
}
