package dev.stele;

import dev.stele.model.AgentName;
import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The conversations of an agent. A session starts with its first message. Thread-safe. */
public final class Sessions {

    private final AgentName agent;
    private final Memory memory;

    Sessions(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /**
     * Sessions, the one with the latest message first.
     *
     * @param user only those with this user
     * @param after the cursor of the page before
     */
    public Page<Session> list(Optional<String> user, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return memory.read(agent, view -> view.sessions(user, memory.checkLimit(limit), from));
    }

    public Optional<Session> get(String id) {
        return memory.read(agent, view -> view.session(id));
    }

    /** The last live messages of a session, oldest first. */
    public List<Message> last(String id, int count) {
        return messages(id, count, Optional.empty(), false).items();
    }

    /**
     * A page of a session's messages, oldest first; its cursor leads further back in time.
     *
     * @param before the cursor of the page after it
     * @param archived whether messages of the archive are listed too
     */
    public Page<Message> messages(String id, int limit, Optional<String> before, boolean archived) {
        Optional<Cursor> from = Cursor.decode(before);
        return memory.read(agent, view -> {
            found(id, view.session(id));
            return view.messages(id, memory.checkLimit(limit), from, archived);
        });
    }

    /** Ends a session now; a later message opens it again. Ending an ended one changes nothing. */
    public Session end(String id) {
        Instant now = Memory.now();
        return change(id, session -> session.endedAt().isPresent() ? session : session.withEnd(Optional.of(now)));
    }

    /** Gives a session a title, or takes it away. */
    public Session title(String id, Optional<String> title) {
        return change(id, session -> session.withTitle(title));
    }

    /** Changes title and end together. */
    public Session change(String id, UnaryOperator<Session> change) {
        Session seen = memory.read(agent, view -> found(id, view.session(id)));
        Session wanted = change.apply(seen);
        return memory.writeExisting(agent, edit -> {
            Session now = found(id, edit.session(id));
            Session next = now.withTitle(wanted.title().equals(seen.title()) ? now.title() : wanted.title())
                    .withEnd(wanted.endedAt().equals(seen.endedAt()) ? now.endedAt() : wanted.endedAt());
            if (!next.equals(now)) {
                edit.updateSession(next);
            }
            return next;
        });
    }

    /**
     * Forgets a session and all its messages, in rows, indexes, archive and free pages.
     *
     * @return how many messages went
     */
    public long delete(String id) {
        long gone = memory.writeExisting(agent, edit -> {
            found(id, edit.session(id));
            return edit.deleteSession(id);
        });
        memory.scrub(agent);
        return gone;
    }

    private static Session found(String id, Optional<Session> session) {
        return session.orElseThrow(() -> new NotFoundException("There is no session " + Json.write(id) + "."));
    }
}
