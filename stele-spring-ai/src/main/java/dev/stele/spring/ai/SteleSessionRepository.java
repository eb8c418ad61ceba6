package dev.stele.spring.ai;

import dev.stele.AgentMemory;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageWindow;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.session.EventFilter;
import org.springframework.ai.session.Session;
import org.springframework.ai.session.SessionEvent;
import org.springframework.ai.session.SessionRepository;

/**
 * Session repository over the sessions of an agent. The active events of a session are the window of the session of the
 * same id, and archived events are the messages that left it; recall finds both. Thread-safe; any number of processes
 * may append to one session, and no event is lost. An event is durable when {@link #appendEvent} returns.
 *
 * <p>A session belongs to its user: when that user is forgotten, so are the session and its events. Values of metadata
 * that have no JSON form are returned as text. {@link #findByUserId} and {@link #findExpiredSessionIds} read all sessions
 * of the agent.
 *
 * <p>Needs the library {@code org.springaicommunity:spring-ai-session}, which this module does not bring along.
 */
public final class SteleSessionRepository implements SessionRepository {

    /** Maximum number of messages that are read at once. */
    private static final int MAX_PAGE = 200;

    private final AgentMemory memory;

    /**
     * Creates a repository.
     *
     * @param memory memory of the agent that chats
     */
    public SteleSessionRepository(AgentMemory memory) {
        this.memory = Objects.requireNonNull(memory, "memory is null");
    }

    /**
     * Stores a session, or replaces its user, times and metadata; its events stay.
     *
     * @return the given session
     * @throws InvalidInputException if the id or the user id is not valid
     * @throws dev.stele.model.LimitExceededException if the metadata are too large
     */
    @Override
    public Session save(Session session) {
        require(session, "session");
        memory.sessions().openWindow(session.id(), Optional.of(session.userId()), SessionCodec.properties(session));
        return session;
    }

    @Override
    public @Nullable Session findById(String sessionId) {
        return memory.sessions()
                .findWindow(require(sessionId, "sessionId"))
                .flatMap(SessionCodec::session)
                .orElse(null);
    }

    @Override
    public List<Session> findByUserId(String userId) {
        require(userId, "userId");
        return sessions().stream()
                .filter(session -> session.userId().equals(userId))
                .toList();
    }

    @Override
    public List<String> findExpiredSessionIds(Instant before) {
        require(before, "before");
        return sessions().stream()
                .filter(session -> {
                    Instant expiresAt = session.expiresAt();
                    return expiresAt != null && expiresAt.isBefore(before);
                })
                .map(Session::id)
                .toList();
    }

    private List<Session> sessions() {
        return memory.sessions().findWindows().stream()
                .flatMap(window -> SessionCodec.session(window).stream())
                .toList();
    }

    /** Erases a session with its events and all that was derived from them. An unknown id has no effect. */
    @Override
    public void delete(String sessionId) {
        String id = require(sessionId, "sessionId");
        if (memory.exists()) {
            memory.sessions().closeWindow(id); // first: nothing can be appended to the session from now on
            if (memory.sessions().get(id).isPresent()) {
                memory.sessions().delete(id);
            }
        }
    }

    /**
     * Appends an event. An event whose id the session has already is not appended again.
     *
     * @throws IllegalArgumentException if there is no such session
     * @throws dev.stele.model.ConflictException if the session has another event of that id
     * @throws dev.stele.model.LimitExceededException if the event is too large
     */
    @Override
    public void appendEvent(SessionEvent event) {
        require(event, "event");
        MessageWindow window = requireWindow(event.getSessionId());
        try {
            memory.sessions().appendToWindow(window.session(), List.of(draft(window, event)));
        } catch (NotFoundException e) {
            throw unknown(event.getSessionId(), e);
        }
    }

    private static MessageDraft draft(MessageWindow window, SessionEvent event) {
        return SessionCodec.draft(window.session(), window.user(), event);
    }

    @Override
    public boolean compactEvents(
            String sessionId,
            List<SessionEvent> archivedEvents,
            List<SessionEvent> retainedEvents,
            long expectedVersion) {
        MessageWindow window = requireWindow(require(sessionId, "sessionId"));
        List<MessageDraft> retained = require(retainedEvents, "retainedEvents").stream()
                .map(event -> draft(window, event))
                .toList();
        Set<String> archived = require(archivedEvents, "archivedEvents").stream()
                .map(event -> SessionCodec.messageId(window.session(), event.getId()))
                .collect(Collectors.toSet());
        try {
            return memory.sessions().replaceWindow(window.session(), expectedVersion, retained, archived);
        } catch (NotFoundException e) {
            throw unknown(sessionId, e);
        }
    }

    @Override
    public long getEventVersion(String sessionId) {
        return memory.sessions()
                .findWindow(require(sessionId, "sessionId"))
                .map(MessageWindow::version)
                .orElse(0L);
    }

    @Override
    public List<SessionEvent> findEvents(String sessionId, EventFilter filter) {
        String id = require(sessionId, "sessionId");
        require(filter, "filter");
        if (findById(id) == null) {
            return List.of();
        }
        List<SessionEvent> events = (filter.excludeArchived() ? active(id) : all(id))
                .stream().filter(filter::matches).toList();
        if (filter.lastN() != null) {
            return events.subList(Math.max(0, events.size() - filter.lastN()), events.size());
        }
        if (filter.pageSize() != null) {
            long from = filter.page() == null ? 0 : (long) filter.page() * filter.pageSize();
            return events.stream().skip(from).limit(filter.pageSize()).toList();
        }
        return events;
    }

    private List<SessionEvent> active(String id) {
        return memory.sessions().window(id).stream()
                .flatMap(message -> SessionCodec.event(message, false).stream())
                .toList();
    }

    /** Returns the archived events in the order in which they were appended, and then the active ones. */
    private List<SessionEvent> all(String id) {
        var messages = new ArrayList<dev.stele.model.Message>();
        int page = Math.min(MAX_PAGE, memory.limits().results());
        try {
            Optional<String> before = Optional.empty();
            do {
                Page<dev.stele.model.Message> read = memory.sessions().messages(id, page, before, true);
                messages.addAll(read.items());
                before = read.next();
            } while (before.isPresent());
        } catch (NotFoundException e) {
            return List.of(); // a session without messages
        }
        // Read after the messages: otherwise an event that is appended meanwhile would be taken for an archived one.
        List<String> window =
                memory.sessions().findWindow(id).map(MessageWindow::messages).orElse(List.of());
        var active = new HashSet<>(window);
        Map<String, dev.stele.model.Message> messagesById = new HashMap<>();
        messages.forEach(message -> messagesById.put(message.id(), message));
        var events = new ArrayList<SessionEvent>();
        messages.stream()
                .filter(message -> !active.contains(message.id()))
                .sorted(Comparator.comparingLong(dev.stele.model.Message::number))
                .forEach(message -> SessionCodec.event(message, true).ifPresent(events::add));
        window.stream()
                .map(messagesById::get)
                .filter(Objects::nonNull)
                .forEach(message -> SessionCodec.event(message, false).ifPresent(events::add));
        return List.copyOf(events);
    }

    private MessageWindow requireWindow(String sessionId) {
        return memory.sessions()
                .findWindow(sessionId)
                .filter(window -> SessionCodec.session(window).isPresent())
                .orElseThrow(() -> unknown(sessionId, null));
    }

    private static IllegalArgumentException unknown(String sessionId, @Nullable NotFoundException cause) {
        return new IllegalArgumentException(
                "There is no session " + Json.write(sessionId) + "; save the session first.", cause);
    }

    private static <T> T require(@Nullable T value, String name) {
        if (value == null || (value instanceof String text && text.isBlank())) {
            throw new InvalidInputException("The value of " + name + " is null or blank; give one.");
        }
        return value;
    }
}
