package dev.stele.server;

import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.model.AgentName;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.profile.Access;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket of a chat. Frames are JSON objects with a {@code type}. Frames that come are taken in their order, each as a request of its
 * own with a permit and a thread of the requests; frames that go are sent by a thread of the socket, so a client that does not read holds
 * up only itself. A client that lets too much wait is sent away and may join again after the last message it knows. Thread-safe.
 */
public final class ChatSocket implements Session.Listener.AutoDemanding, Watchdog.Watched {

    private static final System.Logger LOG = System.getLogger(ChatSocket.class.getName());

    /** Maximum number of frames, and of characters in them, that wait for the client to read. */
    private static final int MAX_OUT_FRAMES = 4_096;

    private static final long MAX_OUT_CHARS = 4L << 20;
    /** The same of frames that wait to be taken. */
    private static final int MAX_IN_FRAMES = 256;

    private static final long MAX_IN_CHARS = 4L << 20;
    /** How long a client may take to read that it is sent away before the connection is cut. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);

    private static final int GOING_AWAY = 1001;
    private static final int POLICY_VIOLATION = 1008;
    private static final int TRY_AGAIN_LATER = 1013;

    private final AgentName agent;
    private final Caller caller;
    private final Chat chat;
    private final ChatRooms rooms;
    private final Services services;
    private final BooleanSupplier revoked;
    private final Runnable afterwards;
    private final BlockingQueue<String> out = new LinkedBlockingQueue<>(MAX_OUT_FRAMES);
    private final AtomicLong outChars = new AtomicLong();
    private final BlockingQueue<String> in = new LinkedBlockingQueue<>(MAX_IN_FRAMES);
    private final AtomicLong inChars = new AtomicLong();
    /** Whether a frame of {@link #in} is being taken; the next one is when that ends. */
    private final AtomicBoolean taking = new AtomicBoolean();

    private final AtomicBoolean closed = new AtomicBoolean();
    /** Whether it is sent away: no frame is taken or queued any more. */
    private final AtomicBoolean leaving = new AtomicBoolean();
    /** The user of each conversation it joined. */
    private final Map<String, Optional<String>> joined = new ConcurrentHashMap<>();

    private final AtomicReference<@Nullable Session> session = new AtomicReference<>();
    private final Thread writer;

    /**
     * What sockets share.
     *
     * @param running answers under way
     * @param maxJoined maximum number of conversations that one socket has joined
     */
    record Services(Admission admission, RequestThreads threads, Watchdog watchdog, Quota running, int maxJoined) {}

    /**
     * @param revoked whether the key was revoked that the socket was opened with
     * @param afterwards is run once when the socket is closed
     */
    ChatSocket(
            AgentName agent,
            Caller caller,
            Chat chat,
            ChatRooms rooms,
            Services services,
            BooleanSupplier revoked,
            Runnable afterwards) {
        this.agent = agent;
        this.caller = caller;
        this.chat = chat;
        this.rooms = rooms;
        this.services = services;
        this.revoked = revoked;
        this.afterwards = afterwards;
        // It waits for the network alone, in plain Java.
        this.writer = Thread.ofVirtual().name("stele-socket-out").unstarted(this::write);
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        session.set(opened);
        services.watchdog().watch(this);
        writer.start();
        queue(Json.fields().put("type", "connected").put("agent", agent.value()).map());
    }

    @Override
    public void onWebSocketText(String text) {
        if (leaving.get()) {
            return;
        }
        // One frame may be longer than all that may wait, as with those that go.
        boolean room = inChars.getAndAdd(text.length()) == 0 || inChars.get() <= MAX_IN_CHARS;
        if (!room || !in.offer(text)) {
            inChars.addAndGet(-text.length());
            queue(error(
                    "overloaded",
                    "More than %d frames or %d characters wait; wait for answers."
                            .formatted(MAX_IN_FRAMES, MAX_IN_CHARS),
                    Optional.empty(),
                    Optional.empty()));
            return;
        }
        if (taking.compareAndSet(false, true)) {
            takeNext();
        }
    }

    /** Has the next frame taken, or nothing if there is none. Called by the thread that set {@link #taking}. */
    private void takeNext() {
        String frame = closed.get() || leaving.get() ? null : in.poll();
        if (frame == null) {
            taking.set(false);
            // One may have come between the look and the mark.
            if (!closed.get() && !leaving.get() && !in.isEmpty() && taking.compareAndSet(false, true)) {
                takeNext();
            }
            return;
        }
        inChars.addAndGet(-frame.length());
        services.admission()
                .admit(
                        Optional.of(agent.value()),
                        caller,
                        permit -> {
                            try {
                                services.threads().writes().execute(() -> {
                                    try (permit) {
                                        take(frame);
                                    } finally {
                                        Thread.interrupted();
                                        takeNext();
                                    }
                                });
                            } catch (RuntimeException | Error e) { // the pool is closed, or the system gives no thread
                                permit.close();
                                refuse(Problem.of(e));
                            }
                        },
                        problem -> refuse(Problem.of(problem)));
    }

    private void refuse(Problem problem) {
        queue(error(problem.code(), problem.detail(), Optional.empty(), Optional.empty()));
        takeNext();
    }

    /** Ends the socket of a key that was revoked. */
    @Override
    public void inspect(long now) {
        if (revoked.getAsBoolean()) {
            services.watchdog().unwatch(this);
            sendAway(POLICY_VIOLATION, "the key was revoked");
            end();
        }
    }

    @Override
    public void onWebSocketClose(int code, String reason, Callback callback) {
        end();
        callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable why) {
        LOG.log(System.Logger.Level.DEBUG, "a socket of a chat ended", why);
        end();
    }

    private void end() {
        if (closed.compareAndSet(false, true)) {
            services.watchdog().unwatch(this);
            rooms.leave(this);
            writer.interrupt();
            afterwards.run();
        }
    }

    /** The server stops. */
    void goAway() {
        Session open = session.get();
        if (open != null && !closed.get()) {
            open.close(GOING_AWAY, "the server stops", Callback.NOOP);
        }
    }

    /**
     * Tells the client to go, and cuts the connection if it stays: the close frame waits behind what a client does not read. Never waits
     * itself, since the caller that puts frames holds a lock.
     */
    private void sendAway(int code, String why) {
        Session open = session.get();
        if (open == null || !leaving.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("stele-socket-end").start(() -> {
            open.close(code, why, Callback.NOOP);
            try {
                Thread.sleep(CLOSE_GRACE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                open.disconnect();
                end();
            }
        });
    }

    /** Puts a frame behind those that wait; never waits itself. */
    void queue(Map<String, @Nullable Object> frame) {
        queueText(Json.write(frame));
    }

    void queueText(String frame) {
        if (leaving.get()) {
            return;
        }
        // One frame may be longer than all that may wait: it waits alone.
        boolean room = outChars.getAndAdd(frame.length()) == 0 || outChars.get() <= MAX_OUT_CHARS;
        if (!room || !out.offer(frame)) {
            outChars.addAndGet(-frame.length());
            sendAway(TRY_AGAIN_LATER, "too much waits to be read; join again after the last message");
        }
    }

    private void write() {
        try {
            while (!closed.get()) {
                String frame = out.take();
                Session open = session.get();
                if (open == null) {
                    return;
                }
                var sent = new Callback.Completable();
                open.sendText(frame, sent);
                sent.get();
                outChars.addAndGet(-frame.length());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "a frame could not be sent", e);
            end();
        }
    }

    private void take(String text) {
        Optional<String> where = Optional.empty();
        Optional<String> id = Optional.empty();
        try {
            JsonObject frame = Json.readObject("frame", text);
            where = frame.optionalString("session");
            id = frame.optionalString("id");
            switch (frame.string("type")) {
                case "join" -> join(frame.only("type", "session", "user", "after"));
                case "leave" -> leave(frame.only("type", "session"));
                case "message" -> message(frame.only("type", "session", "id", "text"));
                case "typing" -> typing(frame.only("type", "session", "on"));
                case "ping" -> queue(Json.fields().put("type", "pong").map());
                default ->
                    throw new InvalidInputException("The frame has the type " + Json.write(frame.raw("type"))
                            + "; it is join, leave, message, typing or ping.");
            }
        } catch (Throwable e) { // one bad frame must not end the socket, or the thread
            Problem problem = Problem.of(e);
            if (problem.status() == 500) {
                LOG.log(System.Logger.Level.ERROR, "a frame of a chat failed", e);
            }
            queue(error(problem.code(), problem.detail(), where, id));
        }
    }

    private static Map<String, @Nullable Object> error(
            String code, String detail, Optional<String> where, Optional<String> replyTo) {
        return Json.fields()
                .put("type", "error")
                .put("session", where)
                .put("replyTo", replyTo)
                .put("code", code)
                .put("detail", detail)
                .map();
    }

    private void join(JsonObject frame) {
        String where = Ids.check("session", frame.string("session"));
        Optional<String> user = frame.optionalString("user");
        user.ifPresent(given -> Ids.check("user", given));
        if (!joined.containsKey(where) && joined.size() >= services.maxJoined()) {
            throw new LimitExceededException(
                    "This WebSocket has joined %d conversations, which is the maximum (chat.max-joined); leave one first."
                            .formatted(services.maxJoined()));
        }
        joined.put(where, user);
        rooms.join(this, where, frame.optionalString("after"));
        if (closed.get()) {
            rooms.leave(this); // it ended before it had joined, and left nothing then
        }
    }

    private void leave(JsonObject frame) {
        String where = joinedSession(frame);
        joined.remove(where);
        rooms.leave(this, where);
        queue(Json.fields().put("type", "left").put("session", where).map());
    }

    private String joinedSession(JsonObject frame) {
        String where = frame.string("session");
        if (!joined.containsKey(where)) {
            throw new InvalidInputException(
                    "The conversation " + Json.write(where) + " is not joined; send join first.");
        }
        return where;
    }

    private void typing(JsonObject frame) {
        String where = joinedSession(frame);
        String who = joined.getOrDefault(where, Optional.empty()).orElse(ChatRequest.NOBODY);
        showTyping(where, who, frame.optionalBoolean("on").orElse(true));
    }

    private void showTyping(String where, String who, boolean on) {
        rooms.show(
                where,
                Json.fields()
                        .put("type", "typing")
                        .put("session", where)
                        .put("who", who)
                        .put("on", on)
                        .map());
    }

    /** Remembers it in the order in which it came, and answers it on a thread of its own. */
    private void message(JsonObject frame) {
        String where = joinedSession(frame);
        Optional<String> user = joined.getOrDefault(where, Optional.empty());
        var request = new ChatRequest(
                where,
                user,
                user.isPresent() ? Access.Who.PEOPLE : Access.Who.PUBLIC,
                frame.string("text"),
                frame.optionalString("id"));
        Permit permit = services.running().take(caller);
        boolean handedOver = false;
        try {
            Chat.Asked asked = chat.ask(agent, request);
            services.threads().streams().execute(() -> {
                try (permit;
                        asked) {
                    answer(where, asked);
                } finally {
                    Thread.interrupted();
                }
            });
            handedOver = true;
        } finally {
            if (!handedOver) {
                permit.close();
            }
        }
    }

    private void answer(String where, Chat.Asked asked) {
        String question = asked.question().id();
        var sequence = new AtomicLong();
        try {
            showTyping(where, agent.value(), true);
            ChatReply reply = asked.answer(new ChatListener() {
                @Override
                public void delta(String piece) {
                    rooms.piece(where, question, sequence.getAndIncrement(), piece);
                }
            });
            reply.error()
                    .ifPresent(why ->
                            rooms.show(where, error("model-failed", why, Optional.of(where), Optional.of(question))));
        } catch (Throwable e) { // as in take
            Problem problem = Problem.of(e);
            if (problem.status() == 500) {
                LOG.log(System.Logger.Level.ERROR, "an answer failed", e);
            }
            rooms.show(where, error(problem.code(), problem.detail(), Optional.of(where), Optional.of(question)));
        } finally {
            rooms.ended(where, question);
            showTyping(where, agent.value(), false);
        }
    }
}
