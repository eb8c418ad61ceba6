package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.time.Instant;
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
     * @param user only sessions with this user; empty for all
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
     * Changes the title and the end of a session together. A field that the function leaves unchanged keeps the value
     * that a concurrent writer may have set.
     *
     * @param id the id of the session
     * @param change returns the session with the new title and end
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
            if (!next.equals(now)) {
                edit.updateSession(next);
            }
            return next;
        });
    }

    /**
     * Erases a session and all its messages from rows, indexes, archive and free pages.
     *
     * @param id the id of the session
     * @return the number of erased messages
     * @throws NotFoundException if there is no such session
     */
    public long delete(String id) {
        long erased = engine.writeExisting(agent, edit -> {
            NotFoundException.require("session", id, edit.session(id));
            return edit.deleteSession(id);
        });
        engine.scrub(agent);
        return erased;
    }
}
