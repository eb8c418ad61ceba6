package dev.stele.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.stele.AgentMemory;
import dev.stele.chat.Chat;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The conversations of one agent that anybody watches. Whole messages come from the agent's change log, so everybody who watches one sees
 * the same messages in the same order, whichever process they were said to; pieces of an answer come from whoever makes it, and follow the
 * message they answer. Thread-safe: {@code lock} guards who watches and what was shown; frames are put into the watchers' queues under it,
 * which never waits, and nothing is read or sent.
 */
final class ChatRooms implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ChatRooms.class.getName());
    private static final int PAGE = 200;
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int MAX_MISSED = 200;
    private static final int MAX_SHOWN = 500;

    private final AgentMemory memory;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Room> rooms = new HashMap<>();

    @GuardedBy("lock")
    private @Nullable Thread follower;

    @GuardedBy("lock")
    private boolean closed;

    ChatRooms(AgentMemory memory) {
        this.memory = memory;
    }

    /** A conversation that somebody watches; guarded by the lock. */
    private static final class Room {
        /** Watchers; to each belongs what came while it was still reading what it missed, or nothing when it is up to date. */
        final Map<ChatSocket, Optional<List<Held>>> watchers = new LinkedHashMap<>();

        /** The latest messages that were shown, by their ids. */
        final Map<String, Boolean> shown = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > MAX_SHOWN;
            }
        };

        /** Pieces of answers to messages that are not shown yet. */
        final Map<String, List<String>> early = new HashMap<>();
    }

    /** @param message the id of the message a frame shows, or empty text */
    private record Held(String message, String frame) {}

    /**
     * Lets a socket watch a conversation.
     *
     * @param after the id of the last message it knows; empty to see none of the past
     */
    void join(ChatSocket socket, String session, Optional<String> after) {
        long from = lastChange();
        lock.lock();
        try {
            rooms.computeIfAbsent(session, _ -> new Room()).watchers.put(socket, Optional.of(new ArrayList<>()));
            if (follower == null && !closed) {
                follower = PlatformThreads.start("stele-rooms", () -> follow(from));
            }
        } finally {
            lock.unlock();
        }
        // Read after it began to watch: what is said meanwhile is in both and shown once.
        List<Message> missed = missed(session, after);
        lock.lock();
        try {
            Room room = rooms.get(session);
            Optional<List<Held>> held =
                    room == null ? Optional.empty() : room.watchers.getOrDefault(socket, Optional.empty());
            if (room == null || held.isEmpty()) {
                return; // it left meanwhile
            }
            socket.queue(frame("joined", session)
                    .keep("messages", missed.stream().map(Message::toJson).toList())
                    .map());
            List<String> known = missed.stream().map(Message::id).toList();
            held.get().stream()
                    .filter(one -> !known.contains(one.message()))
                    .forEach(one -> socket.queueText(one.frame()));
            room.watchers.put(socket, Optional.empty());
        } finally {
            lock.unlock();
        }
    }

    private static Json.Fields frame(String type, String session) {
        return Json.fields().put("type", type).put("session", session);
    }

    private List<Message> missed(String session, Optional<String> after) {
        if (after.isEmpty()) {
            return List.of();
        }
        try {
            List<Message> last = memory.sessions().last(session, MAX_MISSED);
            int from = last.size();
            while (from > 0 && !last.get(from - 1).id().equals(after.get())) {
                from--;
            }
            return last.subList(from, last.size());
        } catch (NotFoundException e) {
            return List.of(); // nothing was said yet
        }
    }

    void leave(ChatSocket socket, String session) {
        lock.lock();
        try {
            leaveRoom(socket, session);
        } finally {
            lock.unlock();
        }
    }

    /** Lets a socket leave all it watches. */
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
            room.watchers.remove(socket);
            if (room.watchers.isEmpty()) {
                rooms.remove(session);
            }
        }
    }

    /** Shows something that is not kept: that somebody types, or an error. */
    void show(String session, Map<String, @Nullable Object> frame) {
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

    /** Shows a piece of an answer, after the message it answers. */
    void piece(String session, String replyTo, long sequence, String text) {
        String frame = Json.write(frame("chunk", session)
                .put("replyTo", replyTo)
                .put("seq", sequence)
                .keep("text", text)
                .map());
        lock.lock();
        try {
            Room room = rooms.get(session);
            if (room != null) {
                if (room.shown.containsKey(replyTo)) {
                    send(room, "", frame);
                } else {
                    room.early.computeIfAbsent(replyTo, _ -> new ArrayList<>()).add(frame);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** An answer ended: pieces that were never shown have no message to follow. */
    void ended(String session, String replyTo) {
        lock.lock();
        try {
            Room room = rooms.get(session);
            if (room != null && room.shown.containsKey(replyTo)) {
                room.early.remove(replyTo);
            }
        } finally {
            lock.unlock();
        }
    }

    /** To be called under the lock, which guards rooms. */
    private static void send(Room room, String message, String frame) {
        room.watchers.forEach((socket, held) -> {
            if (held.isPresent()) {
                held.get().add(new Held(message, frame));
            } else {
                socket.queueText(frame);
            }
        });
    }

    private long lastChange() {
        try {
            return memory.lastChange();
        } catch (NotFoundException e) {
            return 0; // it is made by the first message
        }
    }

    private boolean isWatched() {
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

    /** Shows new messages as the log has them, for as long as anybody watches. */
    private void follow(long from) {
        long last = from;
        while (isWatched()) {
            try {
                List<Change> changes = memory.changes(last, PAGE);
                for (Change change : changes) {
                    last = change.number();
                    if (change.kind() == ChangeKind.MESSAGE_CREATED
                            && change.ref().isPresent()) {
                        memory.message(change.ref().get()).ifPresent(this::show);
                    }
                }
                if (changes.isEmpty()) {
                    memory.awaitChange(last, LOOK);
                }
            } catch (NotFoundException e) {
                if (pause()) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException | Error e) { // of whatever kind: all who watch depend on this thread
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "conversations of agent " + memory.name() + " are shown later: " + e.getMessage());
                if (pause()) {
                    return;
                }
            }
        }
    }

    /** Returns whether it was interrupted. */
    private static boolean pause() {
        try {
            Thread.sleep(Duration.ofMillis(50));
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void show(Message message) {
        lock.lock();
        try {
            Room room = rooms.get(message.session());
            if (room == null || room.shown.put(message.id(), true) != null) {
                return;
            }
            Object replyTo = message.metadata().get(Chat.REPLY_TO);
            boolean answer = message.role() == Role.ASSISTANT && replyTo != null;
            send(
                    room,
                    message.id(),
                    Json.write(frame(answer ? "complete" : "message", message.session())
                            .put("replyTo", answer ? String.valueOf(replyTo) : null)
                            .put("cut", message.metadata().get("cut"))
                            .put("message", message.toJson())
                            .map()));
            List<String> early = room.early.remove(message.id());
            if (early != null) {
                early.forEach(frame -> send(room, "", frame));
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (follower != null) {
                follower.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
