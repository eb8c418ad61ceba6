package dev.stele.server;

import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.model.AgentName;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** REST resources of chats: complete answers, streamed answers, WebSockets, and conversations between two agents. */
final class ChatResources {

    private static final int DEFAULT_TURNS = 6;

    private final Stele stele;
    private final Chat chat;
    private final ChatSockets sockets;
    private final Quota running;
    private final Executor streams;

    /**
     * @param sockets WebSockets of chats
     * @param running quota of answers in progress
     * @param streams threads that produce streamed answers
     */
    ChatResources(Stele stele, Chat chat, ChatSockets sockets, Quota running, Executor streams) {
        this.stele = stele;
        this.chat = chat;
        this.sockets = sockets;
        this.running = running;
        this.streams = streams;
    }

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/chat",
                        "chat",
                        "Send a message and get an answer: server-sent events if preferred, otherwise JSON",
                        Router.Work.STREAM,
                        this::chat)
                .add(
                        "GET",
                        "/v1/agents/{agent}/chat",
                        "openChatSocket",
                        "Open a WebSocket for conversations; frames: join, leave, message, typing, ping",
                        Router.Work.STREAM,
                        sockets::open)
                .add(
                        "POST",
                        "/v1/agents/{agent}/conversations",
                        "converse",
                        "Let the agent talk with another agent for a number of turns",
                        this::converse);
    }

    private Reply chat(Exchange exchange) {
        exchange.allowQuery("searched");
        boolean searched = exchange.queryFlag("searched");
        ChatRequest request = ChatRequest.fromJson(exchange.jsonObject("message"));
        AgentName agent = exchange.agent();
        Permit permit = running.take(exchange.caller());
        boolean handedOver = false;
        try {
            // Checks the request before the stream starts, so that a refusal has its own status.
            Chat.Asked asked = chat.ask(agent, request);
            Reply reply = exchange.wantsEvents()
                    ? EventStream.of(streams, sink -> stream(asked, sink, searched), closingBoth(asked, permit))
                    : new Reply.Deferred(
                            () -> Reply.json(asked.answer(ChatListener.NONE).toJson(searched)),
                            closingBoth(asked, permit));
            handedOver = true;
            return reply;
        } finally {
            if (!handedOver) {
                permit.close();
            }
        }
    }

    private static Map<String, @Nullable Object> stream(Chat.Asked asked, EventStream.Sink sink, boolean searched) {
        var events = new AnswerEvents(sink, searched);
        ChatReply reply = asked.answer(events);
        return events.end(reply.sources(), reply.toJson());
    }

    /**
     * Returns a permit that also closes the question, so that an unanswered question does not block its conversation.
     */
    private static Permit closingBoth(Chat.Asked asked, Permit permit) {
        return new Permit(() -> {
            try (permit) {
                asked.close();
            }
        });
    }

    private Reply converse(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("conversation").only("with", "opening", "session", "turns");
        AgentName with = new AgentName(json.string("with"));
        AgentName agent = exchange.agent();
        if (!exchange.reaches(with)) {
            throw new HttpProblem(403, "agent-out-of-reach", "The key does not reach agent \"" + with + "\".");
        }
        for (AgentName name : List.of(agent, with)) {
            if (!stele.exists(name)) {
                throw new NotFoundException(
                        "There is no agent \"" + name + "\"; both agents of a conversation must exist.");
            }
        }
        Optional<String> session = json.optionalString("session");
        String opening = json.string("opening");
        int turns = json.optionalInt("turns").orElse(DEFAULT_TURNS);
        String sessionId = session.orElse("with-" + agent + "-" + with);
        return new Reply.Deferred(
                () -> {
                    List<ChatReply> replies = chat.converse(agent, with, sessionId, opening, turns);
                    return Reply.json(
                            201,
                            Json.fields()
                                    .put("session", sessionId)
                                    .keep(
                                            "turns",
                                            replies.stream()
                                                    .map(ChatReply::toJson)
                                                    .toList())
                                    .map(),
                            Map.of());
                },
                running.take(exchange.caller()));
    }
}
