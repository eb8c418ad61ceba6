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
import dev.stele.model.MessageWindow;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Session;
import dev.stele.model.WindowRemoval;
import dev.stele.store.SessionWindow;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

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
        return engine.readIfExists(agent, view -> SessionWindow.messages(view, normal))
                .orElse(List.of());
    }

    /** Returns the ids of the sessions that have a window; empty if there is no such session or agent. */
    public List<String> windows() {
        return findWindows().stream().map(MessageWindow::session).toList();
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
     * Returns the state of the window of a session.
     *
     * @param id the id of the session
     * @return the window; empty if there is no such window, session or agent
     */
    public Optional<MessageWindow> findWindow(String id) {
        String normal = Ids.check("session", id);
        return engine.readIfExists(agent, view -> SessionWindow.find(view.documents(), normal))
                .flatMap(Function.identity());
    }

    /** Returns all windows, the oldest first; empty if there is no such agent. All are read at once. */
    public List<MessageWindow> findWindows() {
        return engine.readIfExists(agent, view -> SessionWindow.all(view.documents()))
                .orElse(List.of());
    }

    /**
     * Opens the window of a session, which may have no messages yet, or replaces its user and its properties. A window
     * that is opened stays until {@link #closeWindow} or the erasure of the session. Its version and its
     * messages stay as they are.
     *
     * @param id the id of the session
     * @param user user for whom it is opened; empty for none. When the user is erased, so are the properties
     * @param properties JSON values that are kept with the window, at least one if there is no user
     * @return the window
     * @throws InvalidInputException if there is neither a user nor a property
     */
    public MessageWindow openWindow(
            String id, Optional<String> user, Map<String, ? extends @Nullable Object> properties) {
        String session = Ids.check("session", id);
        Optional<String> owner = user.map(name -> Ids.check("user", name));
        MessageWindow opened = MessageWindow.empty(session).withOpener(owner, properties);
        if (!opened.isOpened()) {
            throw new InvalidInputException("A window is opened with a user or a property; give one.");
        }
        engine.checkContent("window", session, opened.properties());
        return engine.write(agent, edit -> {
            MessageWindow window =
                    SessionWindow.find(edit.documents(), session).orElse(opened).withOpener(owner, properties);
            SessionWindow.put(edit.documents(), window, edit.time());
            return window;
        });
    }

    /**
     * Closes the window of a session. Its messages stay in the session. A window that does not exist has no effect.
     *
     * @param id the id of the session
     */
    public void closeWindow(String id) {
        String session = Ids.check("session", id);
        if (findWindow(session).isPresent()) {
            engine.<@Nullable Object>write(agent, edit -> {
                SessionWindow.delete(edit.documents(), session);
                return null;
            });
        }
    }

    /**
     * Adds messages to a session and to the end of its window, in one write. A message with the id of one that is in the
     * window already, and the same content, is not added again. Any number of threads and processes may append to one
     * window, and no message is lost.
     *
     * @param id the id of the session
     * @param messages the messages, in order, all of this session
     * @return the messages
     * @throws NotFoundException if there is no such window; see {@link #openWindow}
     * @throws InvalidInputException if a message belongs to another session
     * @throws dev.stele.model.ConflictException if another message has one of the ids
     * @throws LimitExceededException if there are too many messages, or one is too long
     */
    public List<Message> appendToWindow(String id, List<MessageDraft> messages) {
        return new MessageWriter(engine, agent).appendToWindow(Ids.check("session", id), messages);
    }

    /**
     * Replaces the messages in the window of a session in one write, unless someone changed the window since the caller
     * saw it.
     *
     * @param id the id of the session
     * @param version version of the window that the caller saw
     * @param messages the messages of the window, in order, all of this session and with ids. Those whose ids exist
     *     already are kept as they are; others are added to the session
     * @param kept ids of messages that leave the window and stay in the session, where recall finds them. All others
     *     that leave it are removed from the memory; what was learned from them stays, as after retention
     * @return whether the window was replaced; false if it has another version, and nothing was changed
     * @throws NotFoundException if there is no such window
     * @throws InvalidInputException if a message belongs to another session or has no id
     * @throws LimitExceededException if there are too many new messages, or one is too long
     */
    public boolean replaceWindow(String id, long version, List<MessageDraft> messages, Set<String> kept) {
        return new MessageWriter(engine, agent)
                .replaceWindow(Ids.check("session", id), version, messages, Set.copyOf(kept));
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
