package dev.stele.server;

import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.model.AgentName;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** All WebSockets of chats, with the rooms in which they meet. Thread-safe. */
final class ChatSockets implements AutoCloseable {

    private final Stele stele;
    private final Chat chat;
    private final Semaphore places;
    private final int most;
    private final Map<AgentName, ChatRooms> rooms = new ConcurrentHashMap<>();
    private final Set<ChatSocket> open = ConcurrentHashMap.newKeySet();

    ChatSockets(Stele stele, Chat chat, int most) {
        this.stele = stele;
        this.chat = chat;
        this.most = most;
        this.places = new Semaphore(most);
    }

    Reply open(Exchange exchange) {
        exchange.onlyQuery();
        if (!exchange.isUpgrade()) {
            throw new HttpProblem(
                    426,
                    "upgrade-required",
                    "This is a WebSocket; connect with a WebSocket client, or POST a message here.",
                    Map.of("Upgrade", "websocket", "Connection", "Upgrade"));
        }
        if (!places.tryAcquire()) {
            throw new HttpProblem(
                    503,
                    "too-many-sockets",
                    "There are %d WebSockets open, which is the most (chat.max-sockets).".formatted(most));
        }
        AgentName agent = exchange.agent();
        ChatRooms ofAgent = rooms.computeIfAbsent(agent, name -> new ChatRooms(stele.agent(name)));
        return new Reply.Socket(
                () -> {
                    var socket = new ChatSocket(agent, chat, ofAgent, gone -> {
                        open.remove(gone);
                        places.release();
                    });
                    open.add(socket);
                    return socket;
                },
                places::release);
    }

    /** How many are open. */
    int count() {
        return most - places.availablePermits();
    }

    @Override
    public void close() {
        open.forEach(ChatSocket::goAway);
        rooms.values().forEach(ChatRooms::close);
    }
}
