package dev.stele.adk;

import com.google.adk.events.Event;
import com.google.adk.sessions.BaseSessionService;
import com.google.adk.sessions.GetSessionConfig;
import com.google.adk.sessions.ListEventsResponse;
import com.google.adk.sessions.ListSessionsResponse;
import com.google.adk.sessions.Session;
import com.google.adk.sessions.SessionException;
import com.google.adk.sessions.SessionNotFoundException;
import com.google.adk.sessions.State;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.ConflictException;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Single;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Session service over a memory. Sessions and their events are append-only: any number of threads, processes and nodes
 * may append to one session, and no event is lost. Thread-safe. The calls run when the returned value is subscribed to,
 * on the subscribing thread, which they block.
 *
 * <p>An event is durable when {@link #appendEvent} has completed. The state of a session is what its events made of its
 * initial state. The state of a user ({@code user:}) is part of the user's context, and the state of the application
 * ({@code app:}) part of the context of the user {@value #APPLICATION_USER}; values of one key are replaced atomically.
 * Values with {@code temp:} are not stored. Values become JSON values: a whole number is read as a {@code Long}.
 *
 * <p>Retention moves old events to the archive, from which they are still read; if {@code retention.archive} is off, they
 * are deleted, and their changes of the state with them.
 */
public final class SteleSessionService implements BaseSessionService {

    /** Id of the user whose context has the state of an application. */
    static final String APPLICATION_USER = "adk:app";

    /** Prefix of the preferences of a user context that are values of a state. */
    private static final String STATE_PREFERENCE = "adk:";

    /** Maximum number of messages or sessions that are read at once. */
    private static final int MAX_PAGE = 200;

    private final Stele stele;

    /**
     * Creates the service.
     *
     * @param stele the memory; not closed by the service
     */
    public SteleSessionService(Stele stele) {
        this.stele = Objects.requireNonNull(stele, "stele is null");
    }

    /**
     * Creates a session.
     *
     * @param state initial state; null for none. Keys may have the prefixes of the state of user and application
     * @param sessionId id of the session; null or blank for a new one
     * @return the session; fails with a {@link SessionException} if the user has a session of that id
     */
    @Override
    @SuppressWarnings("deprecation") // the interface still requires the method
    public Single<Session> createSession(
            String appName, String userId, @Nullable ConcurrentMap<String, Object> state, @Nullable String sessionId) {
        return createSession(appName, userId, (Map<String, Object>) state, sessionId);
    }

    @Override
    public Single<Session> createSession(
            String appName, String userId, @Nullable Map<String, Object> state, @Nullable String sessionId) {
        check(appName, userId);
        Map<String, Object> initial = new LinkedHashMap<>(state == null ? Map.of() : state);
        initial.values().removeIf(Objects::isNull); // a state has no null values
        String id = sessionId == null || sessionId.isBlank() ? UUID.randomUUID().toString() : sessionId.strip();
        return Single.fromCallable(() -> {
            AgentMemory memory = stele.agent(appName);
            Message created;
            try {
                created = memory.remember(
                        EventCodec.created(userId, id, UUID.randomUUID().toString(), initial));
            } catch (ConflictException e) {
                throw new SessionException(
                        "There is a session " + Json.write(id) + " of user " + Json.write(userId)
                                + " already; choose another id, or get that session.",
                        e);
            }
            updateShared(memory, userId, initial);
            Map<String, Object> current = new ConcurrentHashMap<>();
            EventCodec.apply(created, current);
            current.putAll(shared(memory, userId));
            return session(appName, userId, id, current, List.of(), created.at());
        });
    }

    @Override
    public Maybe<Session> getSession(
            String appName, String userId, String sessionId, Optional<GetSessionConfig> config) {
        check(appName, userId);
        Objects.requireNonNull(sessionId, "sessionId is null");
        Objects.requireNonNull(config, "config is null; use Optional.empty()");
        return Maybe.fromOptional(Optional.of(sessionId))
                .flatMap(id -> Maybe.fromCallable(() -> {
                    AgentMemory memory = stele.agent(appName);
                    List<Message> messages = messages(memory, userId, id);
                    if (messages.isEmpty()) {
                        return null; // an empty Maybe
                    }
                    Map<String, Object> state = new ConcurrentHashMap<>();
                    messages.forEach(message -> EventCodec.apply(message, state));
                    state.putAll(shared(memory, userId));
                    return session(
                            appName,
                            userId,
                            id,
                            state,
                            selected(events(messages), config),
                            messages.getLast().at());
                }));
    }

    private static List<Event> selected(List<Event> events, Optional<GetSessionConfig> config) {
        int recent = config.flatMap(GetSessionConfig::numRecentEvents).orElse(Integer.MAX_VALUE);
        Instant after = config.flatMap(GetSessionConfig::afterTimestamp).orElse(Instant.MIN);
        return events.subList(Math.max(0, events.size() - Math.max(0, recent)), events.size()).stream()
                .filter(event -> !Instant.ofEpochMilli(event.timestamp()).isBefore(after))
                .toList();
    }

    /** Lists the sessions of a user, the latest first, without their events and state. */
    @Override
    public Single<ListSessionsResponse> listSessions(String appName, String userId) {
        check(appName, userId);
        return Single.fromCallable(() -> {
            AgentMemory memory = stele.agent(appName);
            var sessions = new ArrayList<Session>();
            if (memory.exists()) {
                Optional<String> after = Optional.empty();
                do {
                    Page<dev.stele.model.Session> page = memory.sessions().list(Optional.of(userId), page(), after);
                    for (dev.stele.model.Session stored : page.items()) {
                        memory.message(EventCodec.messageId(stored.id(), ""))
                                .flatMap(SteleSessionService::idOf)
                                .ifPresent(id -> sessions.add(
                                        session(appName, userId, id, Map.of(), List.of(), stored.lastAt())));
                    }
                    after = page.next();
                } while (after.isPresent());
            }
            return ListSessionsResponse.builder().sessions(sessions).build();
        });
    }

    private static Optional<String> idOf(Message created) {
        return created.metadata().get(EventCodec.CREATED) instanceof Map<?, ?> fields
                        && fields.get("session") instanceof String id
                ? Optional.of(id)
                : Optional.empty();
    }

    /** Erases a session with its events and all that was derived from them. Completes if there is none. */
    @Override
    public Completable deleteSession(String appName, String userId, String sessionId) {
        check(appName, userId);
        Objects.requireNonNull(sessionId, "sessionId is null");
        return Completable.fromAction(() -> {
            try {
                stele.agent(appName).sessions().delete(EventCodec.sessionId(userId, sessionId));
            } catch (NotFoundException e) {
                System.getLogger(SteleSessionService.class.getName())
                        .log(System.Logger.Level.DEBUG, "a session that does not exist is not deleted", e);
            }
        });
    }

    @Override
    public Single<ListEventsResponse> listEvents(String appName, String userId, String sessionId) {
        check(appName, userId);
        Objects.requireNonNull(sessionId, "sessionId is null");
        return Single.fromCallable(() -> ListEventsResponse.builder()
                .events(events(messages(stele.agent(appName), userId, sessionId)))
                .build());
    }

    /**
     * Appends an event to a session, in the memory and in the given object. A partial event is not stored. Appending an
     * event again has no effect on the memory.
     *
     * @return the event, once it is durable; fails with a {@link SessionNotFoundException} if the session does not exist
     */
    @Override
    public Single<Event> appendEvent(Session session, Event event) {
        Objects.requireNonNull(session, "session is null");
        Objects.requireNonNull(event, "event is null");
        check(session.appName(), session.userId());
        Objects.requireNonNull(session.id(), "the id of the session is null");
        return Single.defer(() -> {
            if (event.partial().orElse(false)) {
                return BaseSessionService.super.appendEvent(session, event);
            }
            if (event.id() == null || event.id().isEmpty()) {
                event.setId(Event.generateEventId());
            }
            AgentMemory memory = stele.agent(session.appName());
            String stored = EventCodec.sessionId(session.userId(), session.id());
            if (!memory.exists()
                    || memory.message(EventCodec.messageId(stored, "")).isEmpty()) {
                throw new SessionNotFoundException("There is no session " + Json.write(session.id()) + " of user "
                        + Json.write(session.userId()) + "; create it first.");
            }
            store(memory, EventCodec.draft(session.userId(), session.id(), event));
            updateShared(memory, session.userId(), EventCodec.delta(event));
            session.lastUpdateTime(Instant.ofEpochMilli(event.timestamp()));
            return BaseSessionService.super.appendEvent(session, event);
        });
    }

    private static void store(AgentMemory memory, MessageDraft event) {
        try {
            memory.remember(event);
        } catch (ConflictException e) {
            if (memory.message(event.id().orElseThrow())
                    .filter(message -> EventCodec.isStored(message, event))
                    .isEmpty()) {
                throw e;
            }
        }
    }

    // ---- messages

    /** Returns all messages of a session in the order of appending; empty if there is no such session. */
    private List<Message> messages(AgentMemory memory, String user, String session) {
        var messages = new ArrayList<Message>();
        if (!memory.exists()) {
            return messages;
        }
        try {
            long latest = memory.lastChange();
            Optional<String> before = Optional.empty();
            do {
                Page<Message> page =
                        memory.sessions().messages(EventCodec.sessionId(user, session), page(), before, true);
                messages.addAll(page.items());
                before = page.next();
            } while (before.isPresent());
            // Pages go by the times of events, so of those appended meanwhile, a later one may be there without an
            // earlier one.
            messages.removeIf(message -> message.number() > latest);
            messages.sort(EventCodec.APPEND_ORDER);
            return messages;
        } catch (NotFoundException e) {
            return new ArrayList<>();
        }
    }

    private int page() {
        return Math.min(MAX_PAGE, stele.config().limits().results());
    }

    private static List<Event> events(List<Message> messages) {
        return messages.stream()
                .flatMap(message -> EventCodec.event(message).stream())
                .toList();
    }

    private static Session session(
            String app, String user, String id, Map<String, Object> state, List<Event> events, Instant at) {
        return Session.builder(id)
                .appName(app)
                .userId(user)
                .state(new State(new ConcurrentHashMap<>(state)))
                .events(new ArrayList<>(events))
                .lastUpdateTime(at)
                .build();
    }

    // ---- state of user and application

    private static void updateShared(AgentMemory memory, String user, Map<String, Object> delta) {
        update(memory, user, State.USER_PREFIX, delta);
        update(memory, APPLICATION_USER, State.APP_PREFIX, delta);
    }

    private static void update(AgentMemory memory, String user, String prefix, Map<String, Object> delta) {
        Map<String, Object> own = new LinkedHashMap<>(delta);
        own.keySet().removeIf(key -> !key.startsWith(prefix));
        if (own.isEmpty()) {
            return;
        }
        memory.users().update(user, context -> {
            UserContext changed = context;
            for (Map.Entry<String, Object> entry : own.entrySet()) {
                String name = STATE_PREFERENCE + entry.getKey().substring(prefix.length());
                changed = EventCodec.isRemoved(entry.getValue())
                        ? changed.withoutPreference(name)
                        : changed.withPreference(name, Json.write(EventCodec.json(entry.getKey(), entry.getValue())));
            }
            return changed;
        });
    }

    /** Returns the state of user and application, with prefixes. */
    private static Map<String, Object> shared(AgentMemory memory, String user) {
        Map<String, Object> shared = new LinkedHashMap<>();
        read(memory, user, State.USER_PREFIX, shared);
        read(memory, APPLICATION_USER, State.APP_PREFIX, shared);
        return shared;
    }

    private static void read(AgentMemory memory, String user, String prefix, Map<String, Object> shared) {
        memory.users()
                .get(user)
                .ifPresent(context -> context.preferences().forEach((name, text) -> {
                    Object value = name.startsWith(STATE_PREFERENCE) ? Json.read(text) : null;
                    if (value != null) {
                        shared.put(prefix + name.substring(STATE_PREFERENCE.length()), value);
                    }
                }));
    }

    private static void check(String appName, String userId) {
        Objects.requireNonNull(appName, "appName is null");
        Objects.requireNonNull(userId, "userId is null");
    }
}
