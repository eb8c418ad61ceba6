package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.AgentMemory;
import dev.stele.change.ChangeFollower;
import dev.stele.chat.Chat;
import dev.stele.concurrent.GuardedLoop;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.Role;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publish-subscribe hub for the conversations of one agent: sends new messages to the sockets that joined a
 * conversation. Thread-safe.
 *
 * <p>Complete messages come from the change log of the agent. All subscribers of a conversation therefore receive the
 * same messages in the same order, no matter which process wrote them. Chunks of an answer come from the thread that
 * produces the answer, and are delivered after the message that they answer.
 *
 * <p>{@code lock} guards the rooms. Frames are put into the queues of the subscribers under the lock, which never
 * blocks; the memory is read and frames are sent outside the lock.
 */
final class ChatRooms implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ChatRooms.class.getName());
    /** Maximum number of changes that are read at once. */
    private static final int PAGE_SIZE = 200;

    private static final Duration POLL_INTERVAL = Duration.ofMillis(500);
    /** Interval between checks whether the first message has created the agent. */
    private static final Duration CREATION_CHECK_INTERVAL = Duration.ofMillis(50);
    /** Maximum pause after a failed read; all subscribers wait for it. */
    private static final Duration MAX_PAUSE = Duration.ofSeconds(1);
    /** Maximum number of earlier messages that a socket receives when it joins. */
    private static final int MAX_BACKLOG_MESSAGES = 200;
    /** Maximum number of delivered messages of a room whose ids are remembered. */
    private static final int MAX_DELIVERED_IDS = 500;

    private final AgentMemory memory;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Room> rooms = new HashMap<>();

    @GuardedBy("lock")
    private @Nullable GuardedLoop follower;

    @GuardedBy("lock")
    private boolean closed;

    /**
     * @param memory agent whose conversations are sent
     */
    ChatRooms(AgentMemory memory) {
        this.memory = memory;
    }

    /** A conversation with at least one subscriber. Guarded by the lock. */
    private static final class Room {
        /**
         * The subscribers. While a subscriber still receives its backlog, its value holds the frames that arrived in
         * the meantime; afterwards the value is empty.
         */
        final Map<ChatSocket, Optional<List<HeldFrame>>> subscribers = new LinkedHashMap<>();

        /** Ids of the messages that were delivered last. */
        final Map<String, Boolean> delivered = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > MAX_DELIVERED_IDS;
            }
        };

        /** Frames with chunks of answers, by the id of the message that they answer and that is not delivered yet. */
        final Map<String, List<String>> pendingChunks = new HashMap<>();
    }

    /**
     * Frame for a subscriber that still receives its backlog.
     *
     * @param message id of the message in the frame, or empty text
     */
    private record HeldFrame(String message, String frame) {}

    /**
     * Subscribes a socket to a conversation.
     *
     * @param after id of the last message that the client has; the socket first receives the messages after it. Empty
     *     to receive no earlier messages.
     */
    void join(ChatSocket socket, String session, Optional<String> after) {
        ChangeFollower changes = memory.follow(); // the first message may create the agent
        lock.lock();
        try {
            rooms.computeIfAbsent(session, _ -> new Room()).subscribers.put(socket, Optional.of(new ArrayList<>()));
            if (follower == null && !closed) {
                var delivery = new Delivery(changes);
                follower = GuardedLoop.start(
                        "stele-rooms", LOG, PlatformThreads::unstarted, MAX_PAUSE, delivery::deliverNext);
            }
        } finally {
            lock.unlock();
        }
        // Read after the subscription: messages written in the meantime are in both lists, and are sent only once.
        List<Message> backlog = backlog(session, after);
        lock.lock();
        try {
            Room room = rooms.get(session);
            Optional<List<HeldFrame>> held =
                    room == null ? Optional.empty() : room.subscribers.getOrDefault(socket, Optional.empty());
            if (room == null || held.isEmpty()) {
                return; // the socket left in the meantime
            }
            socket.queue(frame("joined", session)
                    .keep("messages", backlog.stream().map(Message::toJson).toList())
                    .map());
            List<String> sent = backlog.stream().map(Message::id).toList();
            held.get().stream()
                    .filter(frame -> !sent.contains(frame.message()))
                    .forEach(frame -> socket.queueText(frame.frame()));
            room.subscribers.put(socket, Optional.empty());
        } finally {
            lock.unlock();
        }
    }

    private static Json.Fields frame(String type, String session) {
        return Json.fields().put("type", type).put("session", session);
    }

    private List<Message> backlog(String session, Optional<String> after) {
        if (after.isEmpty()) {
            return List.of();
        }
        try {
            List<Message> last = memory.sessions().last(session, MAX_BACKLOG_MESSAGES);
            int from = last.size();
            while (from > 0 && !last.get(from - 1).id().equals(after.get())) {
                from--;
            }
            return last.subList(from, last.size());
        } catch (NotFoundException e) {
            return List.of(); // the conversation has no messages yet
        }
    }

    /** Unsubscribes a socket from a conversation. */
    void leave(ChatSocket socket, String session) {
        lock.lock();
        try {
            leaveRoom(socket, session);
        } finally {
            lock.unlock();
        }
    }

    /** Unsubscribes a socket from all conversations. */
    void leave(ChatSocket socket) {
        lock.lock();
        try {
            List.copyOf(rooms.keySet()).forEach(session -> leaveRoom(socket, session));
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void leaveRoom(ChatSocket socket, String session) {
        Room room = rooms.get(session);
        if (room != null) {
            room.subscribers.remove(socket);
            if (room.subscribers.isEmpty()) {
                rooms.remove(session);
            }
        }
    }

    /** Sends a transient frame to all subscribers of a conversation, such as a typing indicator or an error. */
    void publish(String session, Map<String, @Nullable Object> frame) {
        lock.lock();
        try {
            Room room = rooms.get(session);
            if (room != null) {
                send(room, "", Json.write(frame));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a chunk of an answer to all subscribers, after the message that it answers.
     *
     * @param replyTo id of the message that is answered
     * @param sequence number of the chunk in the answer, from 0
     */
    void publishChunk(String session, String replyTo, long sequence, String text) {
        String frame = Json.write(frame("chunk", session)
                .put("reply_to", replyTo)
                .put("seq", sequence)
                .keep("text", text)
                .map());
        lock.lock();
        try {
            Room room = rooms.get(session);
            if (room != null) {
                if (room.delivered.containsKey(replyTo)) {
                    send(room, "", frame);
                } else {
                    room.pendingChunks
                            .computeIfAbsent(replyTo, _ -> new ArrayList<>())
                            .add(frame);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends an answer. Discards chunks of it that were not delivered although the message that it answers was. */
    void endAnswer(String session, String replyTo) {
        lock.lock();
        try {
            Room room = rooms.get(session);
            if (room != null && room.delivered.containsKey(replyTo)) {
                room.pendingChunks.remove(replyTo);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Must be called under the lock, which guards the rooms. */
    private static void send(Room room, String message, String frame) {
        room.subscribers.forEach((socket, held) -> {
            if (held.isPresent()) {
                held.get().add(new HeldFrame(message, frame));
            } else {
                socket.queueText(frame);
            }
        });
    }

    private boolean hasSubscribers() {
        lock.lock();
        try {
            if (closed || rooms.isEmpty()) {
                follower = null;
                return false;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Delivery of new messages in the order of the change log, while there are subscribers. For one thread. */
    private final class Delivery {
        private final ChangeFollower changes;
        /** Changes that were read and not delivered yet, since a read of a message that fails is repeated. */
        private final Deque<Change> pending = new ArrayDeque<>();

        Delivery(ChangeFollower changes) {
            this.changes = changes;
        }

        void deliverNext(GuardedLoop loop) throws InterruptedException {
            if (!hasSubscribers()) {
                loop.stop();
                return;
            }
            try {
                if (pending.isEmpty()) {
                    pending.addAll(changes.next(PAGE_SIZE));
                }
                if (pending.isEmpty()) {
                    changes.await(POLL_INTERVAL);
                }
                for (Change change = pending.peek(); change != null; change = pending.peek()) {
                    Optional<Message> created = change.kind() == ChangeKind.MESSAGE_CREATED
                            ? change.ref().flatMap(memory::message)
                            : Optional.empty();
                    pending.remove();
                    created.ifPresent(ChatRooms.this::deliver);
                }
            } catch (NotFoundException e) {
                loop.await(CREATION_CHECK_INTERVAL);
            }
        }
    }

    private void deliver(Message message) {
        lock.lock();
        try {
            Room room = rooms.get(message.session());
            if (room == null || room.delivered.put(message.id(), true) != null) {
                return;
            }
            Object replyTo = message.metadata().get(Chat.REPLY_TO);
            boolean answer = message.role() == Role.ASSISTANT && replyTo != null;
            send(
                    room,
                    message.id(),
                    Json.write(frame(answer ? "complete" : "message", message.session())
                            .put("reply_to", answer ? String.valueOf(replyTo) : null)
                            .put("cut", message.metadata().get("cut"))
                            .put("message", message.toJson())
                            .map()));
            List<String> chunks = room.pendingChunks.remove(message.id());
            if (chunks != null) {
                chunks.forEach(frame -> send(room, "", frame));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the delivery. Does not wait for a read in progress. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (follower != null) {
                follower.stop();
                follower.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
