package dev.stele.server;

import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.model.AgentName;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** All WebSockets of chats, with the rooms in which they meet. Thread-safe. */
final class ChatSockets implements AutoCloseable {

    private final Stele stele;
    private final Chat chat;
    private final Quota quota;
    private final ChatSocket.Services services;
    private final AccessFilter gate;
    /** Changed by the map's atomic operations alone. */
    private final Map<AgentName, Entered> rooms = new ConcurrentHashMap<>();

    private final Set<ChatSocket> sockets = ConcurrentHashMap.newKeySet();

    /** @param quota WebSockets that are open */
    ChatSockets(Stele stele, Chat chat, Quota quota, ChatSocket.Services services, AccessFilter gate) {
        this.stele = stele;
        this.chat = chat;
        this.quota = quota;
        this.services = services;
        this.gate = gate;
    }

    /** @param sockets how many there are for it; without any it is dropped */
    private record Entered(ChatRooms rooms, int sockets) {}

    private ChatRooms enter(AgentName agent) {
        return java.util.Objects.requireNonNull(rooms.compute(
                        agent,
                        (name, known) -> known == null
                                ? new Entered(new ChatRooms(stele.agent(name)), 1)
                                : new Entered(known.rooms(), known.sockets() + 1)))
                .rooms();
    }

    private void leave(AgentName agent) {
        rooms.computeIfPresent(agent, (_, known) -> {
            if (known.sockets() > 1) {
                return new Entered(known.rooms(), known.sockets() - 1);
            }
            known.rooms().close();
            return null;
        });
    }

    Reply open(Exchange exchange) {
        exchange.allowQuery();
        if (!exchange.isUpgrade()) {
            throw new HttpProblem(
                    426,
                    "upgrade-required",
                    "This is a WebSocket; connect with a WebSocket client, or POST a message here.",
                    Map.of("Upgrade", "websocket", "Connection", "Upgrade"));
        }
        AgentName agent = exchange.agent();
        Caller caller = exchange.caller();
        BooleanSupplier revoked = exchange.key()
                .<BooleanSupplier>map(key -> () -> gate.isRevoked(key))
                .orElse(() -> false);
        Permit open = quota.take(caller);
        ChatRooms ofAgent = enter(agent);
        var made = new AtomicReference<@Nullable ChatSocket>();
        var permit = new Permit(() -> {
            try (open) {
                ChatSocket socket = made.get();
                if (socket != null) {
                    sockets.remove(socket);
                }
                leave(agent);
            }
        });
        return new Reply.WebSocket(
                () -> {
                    var socket = new ChatSocket(agent, caller, chat, ofAgent, services, revoked, permit::close);
                    made.set(socket);
                    sockets.add(socket);
                    return socket;
                },
                permit);
    }

    /** How many are open. */
    int count() {
        return Math.toIntExact(quota.held());
    }

    @Override
    public void close() {
        sockets.forEach(ChatSocket::goAway);
        rooms.values().forEach(entered -> entered.rooms().close());
    }
}
