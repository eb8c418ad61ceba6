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

/**
 * Registry of the open chat WebSockets, and factory of new ones. Thread-safe.
 *
 * <p>All sockets of an agent share one {@link ChatRooms}, which exists while the agent has sockets.
 */
final class ChatSockets implements AutoCloseable {

    private final Stele stele;
    private final Chat chat;
    private final Quota quota;
    private final ChatSocket.Services services;
    private final AccessFilter accessFilter;
    /** Modified only by the atomic operations of the map. */
    private final Map<AgentName, SharedRooms> rooms = new ConcurrentHashMap<>();

    private final Set<ChatSocket> sockets = ConcurrentHashMap.newKeySet();

    /**
     * @param quota quota of open WebSockets
     */
    ChatSockets(Stele stele, Chat chat, Quota quota, ChatSocket.Services services, AccessFilter accessFilter) {
        this.stele = stele;
        this.chat = chat;
        this.quota = quota;
        this.services = services;
        this.accessFilter = accessFilter;
    }

    /**
     * Rooms of an agent with a reference count.
     *
     * @param sockets number of sockets that use the rooms, at least 1
     */
    private record SharedRooms(ChatRooms rooms, int sockets) {}

    private ChatRooms acquireRooms(AgentName agent) {
        return java.util.Objects.requireNonNull(rooms.compute(
                        agent,
                        (name, existing) -> existing == null
                                ? new SharedRooms(new ChatRooms(stele.agent(name)), 1)
                                : new SharedRooms(existing.rooms(), existing.sockets() + 1)))
                .rooms();
    }

    private void releaseRooms(AgentName agent) {
        rooms.computeIfPresent(agent, (_, existing) -> {
            if (existing.sockets() > 1) {
                return new SharedRooms(existing.rooms(), existing.sockets() - 1);
            }
            existing.rooms().close();
            return null;
        });
    }

    /**
     * Returns the reply that upgrades a request to a chat WebSocket.
     *
     * @throws HttpProblem 426 if the request is no WebSocket handshake, 503 if the maximum number of sockets is open
     */
    Reply open(Exchange exchange) {
        exchange.allowQuery();
        if (!exchange.isUpgrade()) {
            throw new HttpProblem(
                    426,
                    "upgrade-required",
                    "This path is a WebSocket; connect with a WebSocket client, or send a message with POST.",
                    Map.of("Upgrade", "websocket", "Connection", "Upgrade"));
        }
        AgentName agent = exchange.agent();
        Caller caller = exchange.caller();
        BooleanSupplier revoked = exchange.ended(accessFilter);
        Permit open = quota.take(caller);
        ChatRooms agentRooms = acquireRooms(agent);
        var created = new AtomicReference<@Nullable ChatSocket>();
        var permit = new Permit(() -> {
            try (open) {
                ChatSocket socket = created.get();
                if (socket != null) {
                    sockets.remove(socket);
                }
                releaseRooms(agent);
            }
        });
        return new Reply.WebSocket(
                () -> {
                    var socket = new ChatSocket(agent, caller, chat, agentRooms, services, revoked, permit::close);
                    created.set(socket);
                    sockets.add(socket);
                    return socket;
                },
                permit);
    }

    /** Returns the number of open WebSockets. */
    int count() {
        return Math.toIntExact(quota.held());
    }

    /** Closes all WebSockets because the server stops. Does not wait for the clients. */
    @Override
    public void close() {
        sockets.forEach(ChatSocket::closeForShutdown);
        rooms.values().forEach(shared -> shared.rooms().close());
    }
}
