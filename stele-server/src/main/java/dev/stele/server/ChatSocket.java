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
 * Server end of one chat WebSocket. Its frames are JSON objects with a field {@code type}. Thread-safe.
 *
 * <p>Received frames are processed one after another. Each is admitted like a request and runs on a request thread, so
 * that a WebSocket cannot bypass the limits of requests. Frames to the client go through a bounded queue, which a
 * thread of the socket sends, so that a client that does not read delays only itself. When the queue is full, the
 * socket is closed; the client may connect again and join after the last message that it received.
 */
public final class ChatSocket implements Session.Listener.AutoDemanding, Watchdog.Watched {

    private static final System.Logger LOG = System.getLogger(ChatSocket.class.getName());

    /** Maximum number of frames that wait to be sent to the client. */
    private static final int MAX_OUT_FRAMES = 4_096;
    /** Maximum number of characters in the frames that wait to be sent to the client. */
    private static final long MAX_OUT_CHARS = 4L << 20;
    /** Maximum number of received frames that wait to be processed. */
    private static final int MAX_IN_FRAMES = 256;
    /** Maximum number of characters in the received frames that wait to be processed. */
    private static final long MAX_IN_CHARS = 4L << 20;
    /** Time that a client has to read the close frame before the connection is cut. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private static final int GOING_AWAY = 1001;
    private static final int POLICY_VIOLATION = 1008;
    private static final int TRY_AGAIN_LATER = 1013;

    private final AgentName agent;
    private final Caller caller;
    private final Chat chat;
    private final ChatRooms rooms;
    private final Services services;
    private final BooleanSupplier revoked;
    private final Runnable onClose;
    private final BlockingQueue<String> out = new LinkedBlockingQueue<>(MAX_OUT_FRAMES);
    private final AtomicLong outChars = new AtomicLong();
    private final BlockingQueue<String> in = new LinkedBlockingQueue<>(MAX_IN_FRAMES);
    private final AtomicLong inChars = new AtomicLong();
    /** Whether a received frame is being processed. Its end starts the next frame. */
    private final AtomicBoolean processing = new AtomicBoolean();

    private final AtomicBoolean closed = new AtomicBoolean();
    /** Whether the socket is being closed: frames are neither processed nor queued any more. */
    private final AtomicBoolean closing = new AtomicBoolean();
    /** User of each conversation that the client has joined. */
    private final Map<String, Optional<String>> joined = new ConcurrentHashMap<>();

    private final AtomicReference<@Nullable Session> session = new AtomicReference<>();
    private final Thread writer;

    /**
     * Services that all sockets share.
     *
     * @param running quota of answers in progress
     * @param maxJoined maximum number of conversations that one socket may have joined
     */
    record Services(Admission admission, RequestThreads threads, Watchdog watchdog, Quota running, int maxJoined) {}

    /**
     * @param caller caller that frames and answers are charged to
     * @param rooms conversations of the agent
     * @param revoked whether the API key with which the socket was opened has been revoked
     * @param onClose called once when the socket is closed
     */
    ChatSocket(
            AgentName agent,
            Caller caller,
            Chat chat,
            ChatRooms rooms,
            Services services,
            BooleanSupplier revoked,
            Runnable onClose) {
        this.agent = agent;
        this.caller = caller;
        this.chat = chat;
        this.rooms = rooms;
        this.services = services;
        this.revoked = revoked;
        this.onClose = onClose;
        // A virtual thread, because it waits only for the network, in Java code.
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
        if (closing.get()) {
            return;
        }
        // A single frame may exceed the maximum if no other frame waits.
        boolean fits = inChars.getAndAdd(text.length()) == 0 || inChars.get() <= MAX_IN_CHARS;
        if (!fits || !in.offer(text)) {
            inChars.addAndGet(-text.length());
            queue(error(
                    "overloaded",
                    "More than %d frames or %d characters wait to be processed; wait for answers."
                            .formatted(MAX_IN_FRAMES, MAX_IN_CHARS),
                    Optional.empty(),
                    Optional.empty()));
            return;
        }
        if (processing.compareAndSet(false, true)) {
            processNext();
        }
    }

    /** Starts to process the next frame, if there is one. Called only by the thread that set {@link #processing}. */
    private void processNext() {
        String frame = closed.get() || closing.get() ? null : in.poll();
        if (frame == null) {
            processing.set(false);
            // A frame may have arrived after the queue was polled and before the flag was cleared.
            if (!closed.get() && !closing.get() && !in.isEmpty() && processing.compareAndSet(false, true)) {
                processNext();
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
                                        process(frame);
                                    } finally {
                                        Thread.interrupted();
                                        processNext();
                                    }
                                });
                            } catch (RuntimeException | Error e) { // the pool is closed, or no thread is available
                                permit.close();
                                refuse(Problem.of(e));
                            }
                        },
                        problem -> refuse(Problem.of(problem)));
    }

    private void refuse(Problem problem) {
        queue(error(problem.code(), problem.detail(), Optional.empty(), Optional.empty()));
        processNext();
    }

    /** Closes the socket if its key was revoked. */
    @Override
    public void inspect(long now) {
        if (revoked.getAsBoolean()) {
            services.watchdog().unwatch(this);
            disconnect(POLICY_VIOLATION, "the key was revoked");
            end();
        }
    }

    @Override
    public void onWebSocketClose(int code, String reason, Callback callback) {
        end();
        callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.log(System.Logger.Level.DEBUG, "a chat WebSocket failed", cause);
        end();
    }

    private void end() {
        if (closed.compareAndSet(false, true)) {
            services.watchdog().unwatch(this);
            rooms.leave(this);
            writer.interrupt();
            onClose.run();
        }
    }

    /** Closes the socket because the server stops. Does not block. */
    void closeForShutdown() {
        Session open = session.get();
        if (open != null && !closed.get()) {
            open.close(GOING_AWAY, "the server stops", Callback.NOOP);
        }
    }

    /**
     * Sends a close frame, and cuts the connection after {@link #CLOSE_TIMEOUT}, because the close frame may wait
     * behind frames that the client does not read. Does not block, because callers that queue frames hold a lock.
     *
     * @param code status code of RFC 6455, section 7.4
     */
    private void disconnect(int code, String reason) {
        Session open = session.get();
        if (open == null || !closing.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("stele-socket-end").start(() -> {
            open.close(code, reason, Callback.NOOP);
            try {
                Thread.sleep(CLOSE_TIMEOUT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                open.disconnect();
                end();
            }
        });
    }

    /** Queues a frame for the client. Does not block; closes the socket if the queue is full. */
    void queue(Map<String, @Nullable Object> frame) {
        queueText(Json.write(frame));
    }

    /** Queues a frame in JSON text for the client, like {@link #queue}. */
    void queueText(String frame) {
        if (closing.get()) {
            return;
        }
        // A single frame may exceed the maximum if no other frame waits.
        boolean fits = outChars.getAndAdd(frame.length()) == 0 || outChars.get() <= MAX_OUT_CHARS;
        if (!fits || !out.offer(frame)) {
            outChars.addAndGet(-frame.length());
            disconnect(TRY_AGAIN_LATER, "too many frames wait to be read; join again after the last message");
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

    private void process(String text) {
        Optional<String> conversation = Optional.empty();
        Optional<String> id = Optional.empty();
        try {
            JsonObject frame = Json.readObject("frame", text);
            conversation = frame.optionalString("session");
            id = frame.optionalString("id");
            switch (frame.string("type")) {
                case "join" -> join(frame.only("type", "session", "user", "after"));
                case "leave" -> leave(frame.only("type", "session"));
                case "message" -> message(frame.only("type", "session", "id", "text"));
                case "typing" -> typing(frame.only("type", "session", "on"));
                case "ping" -> queue(Json.fields().put("type", "pong").map());
                default ->
                    throw new InvalidInputException("The frame type " + Json.write(frame.raw("type"))
                            + " is unknown; use join, leave, message, typing or ping.");
            }
        } catch (Throwable e) { // a failure of one frame must end neither the socket nor the thread
            Problem problem = Problem.of(e);
            if (problem.status() == 500) {
                LOG.log(System.Logger.Level.ERROR, "a chat frame failed", e);
            }
            queue(error(problem.code(), problem.detail(), conversation, id));
        }
    }

    private static Map<String, @Nullable Object> error(
            String code, String detail, Optional<String> conversation, Optional<String> replyTo) {
        return Json.fields()
                .put("type", "error")
                .put("session", conversation)
                .put("reply_to", replyTo)
                .put("code", code)
                .put("detail", detail)
                .map();
    }

    private void join(JsonObject frame) {
        String conversation = Ids.check("session", frame.string("session"));
        Optional<String> user = frame.optionalString("user");
        user.ifPresent(id -> Ids.check("user", id));
        if (!joined.containsKey(conversation) && joined.size() >= services.maxJoined()) {
            throw new LimitExceededException(
                    "This WebSocket has joined %d conversations, which is the maximum (chat.max-joined); leave one first."
                            .formatted(services.maxJoined()));
        }
        joined.put(conversation, user);
        rooms.join(this, conversation, frame.optionalString("after"));
        if (closed.get()) {
            rooms.leave(this); // the socket was closed while it joined, after it had left its conversations
        }
    }

    private void leave(JsonObject frame) {
        String conversation = joinedSession(frame);
        joined.remove(conversation);
        rooms.leave(this, conversation);
        queue(Json.fields().put("type", "left").put("session", conversation).map());
    }

    private String joinedSession(JsonObject frame) {
        String conversation = frame.string("session");
        if (!joined.containsKey(conversation)) {
            throw new InvalidInputException(
                    "The conversation " + Json.write(conversation) + " is not joined; send join first.");
        }
        return conversation;
    }

    private void typing(JsonObject frame) {
        String conversation = joinedSession(frame);
        String who = joined.getOrDefault(conversation, Optional.empty()).orElse(ChatRequest.ANONYMOUS);
        publishTyping(conversation, who, frame.optionalBoolean("on").orElse(true));
    }

    private void publishTyping(String conversation, String who, boolean on) {
        rooms.publish(
                conversation,
                Json.fields()
                        .put("type", "typing")
                        .put("session", conversation)
                        .put("who", who)
                        .put("on", on)
                        .map());
    }

    /** Stores a message in the order of arrival, and answers it on a stream thread. */
    private void message(JsonObject frame) {
        String conversation = joinedSession(frame);
        Optional<String> user = joined.getOrDefault(conversation, Optional.empty());
        var request = new ChatRequest(
                conversation,
                user,
                user.isPresent() ? Access.Who.PEOPLE : Access.Who.PUBLIC,
                frame.string("text"),
                frame.optionalString("id"));
        Permit permit = services.running().take(caller);
        Chat.@Nullable Asked waiting = null;
        boolean handedOver = false;
        try {
            Chat.Asked asked = chat.ask(agent, request);
            waiting = asked;
            services.threads().streams().execute(() -> {
                try (permit;
                        asked) {
                    answer(conversation, asked);
                } finally {
                    Thread.interrupted();
                }
            });
            handedOver = true;
        } finally {
            if (!handedOver) { // also if no thread can be started
                permit.close();
                if (waiting != null) {
                    waiting.close();
                }
            }
        }
    }

    private void answer(String conversation, Chat.Asked asked) {
        String question = asked.question().id();
        var sequence = new AtomicLong();
        try {
            publishTyping(conversation, agent.value(), true);
            ChatReply reply = asked.answer(new ChatListener() {
                @Override
                public void delta(String text) {
                    rooms.publishChunk(conversation, question, sequence.getAndIncrement(), text);
                }
            });
            reply.error()
                    .ifPresent(detail -> rooms.publish(
                            conversation,
                            error("model-failed", detail, Optional.of(conversation), Optional.of(question))));
        } catch (Throwable e) { // a failure of one answer must end neither the socket nor the thread
            Problem problem = Problem.of(e);
            if (problem.status() == 500) {
                LOG.log(System.Logger.Level.ERROR, "an answer failed", e);
            }
            rooms.publish(
                    conversation,
                    error(problem.code(), problem.detail(), Optional.of(conversation), Optional.of(question)));
        } finally {
            rooms.endAnswer(conversation, question);
            publishTyping(conversation, agent.value(), false);
        }
    }
}
