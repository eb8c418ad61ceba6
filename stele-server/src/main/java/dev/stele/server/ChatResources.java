package dev.stele.server;

import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.language.Prompt.Source;
import dev.stele.model.AgentName;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;

/** Talking with agents over HTTP: whole answers, streamed ones, WebSockets, and agents among themselves. */
final class ChatResources {

    private static final int DEFAULT_TURNS = 6;

    private final Stele stele;
    private final Chat chat;
    private final ChatSockets sockets;
    private final Quota running;
    private final Executor streams;

    /**
     * @param running answers under way
     * @param streams threads on which answers are waited for
     */
    ChatResources(Stele stele, Chat chat, ChatSockets sockets, Quota running, Executor streams) {
        this.stele = stele;
        this.chat = chat;
        this.sockets = sockets;
        this.running = running;
        this.streams = streams;
    }

    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/chat",
                        "Say something and get an answer: server-sent events when they are accepted, else JSON",
                        Router.Work.STREAM,
                        this::chat)
                .add(
                        "GET",
                        "/v1/agents/{agent}/chat",
                        "A WebSocket of conversations: join, leave, message, typing",
                        Router.Work.STREAM,
                        sockets::open)
                .add(
                        "POST",
                        "/v1/agents/{agent}/conversations",
                        "Let the agent talk with another one for some turns",
                        this::converse);
    }

    private Reply chat(Exchange exchange) {
        exchange.allowQuery();
        ChatRequest request = ChatRequest.fromJson(exchange.jsonObject("message"));
        AgentName agent = exchange.agent();
        boolean stream = exchange.header(HttpHeader.ACCEPT)
                .filter(types -> types.contains("text/event-stream"))
                .isPresent();
        Permit permit = running.take(exchange.caller());
        boolean handedOver = false;
        try {
            // What is refused is refused before the answer begins, and not in a stream.
            Chat.Asked asked = chat.ask(agent, request);
            Reply reply = stream
                    ? EventStream.of(streams, sink -> asked.answer(heard(sink)).toJson(), abandoning(asked, permit))
                    : new Reply.Deferred(
                            () -> Reply.json(asked.answer(ChatListener.NONE).toJson()), abandoning(asked, permit));
            handedOver = true;
            return reply;
        } finally {
            if (!handedOver) {
                permit.close();
            }
        }
    }

    /** Gives a question's place in its conversation back with the permit, if it was not answered. */
    private static Permit abandoning(Chat.Asked asked, Permit permit) {
        return new Permit(() -> {
            try (permit) {
                asked.close();
            }
        });
    }

    private static ChatListener heard(EventStream.Sink sink) {
        return new ChatListener() {
            @Override
            public void remembered(Message question) {
                sink.send("message", question.toJson());
            }

            @Override
            public void sources(List<Source> sources) {
                sink.send("sources", sources.stream().map(ChatReply::json).toList());
            }

            @Override
            public void delta(String piece) {
                sink.send("delta", Json.fields().keep("text", piece).map());
            }
        };
    }

    private Reply converse(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("conversation").only("with", "opening", "session", "turns");
        AgentName with = new AgentName(json.string("with"));
        AgentName agent = exchange.agent();
        if (!exchange.reaches(with)) {
            throw new HttpProblem(403, "agent-out-of-reach", "The key does not reach agent \"" + with + "\".");
        }
        for (AgentName one : List.of(agent, with)) {
            if (!stele.exists(one)) {
                throw new NotFoundException("There is no agent \"" + one + "\"; only agents that are here can talk.");
            }
        }
        Optional<String> session = json.optionalString("session");
        String opening = json.string("opening");
        int turns = json.optionalInt("turns").orElse(DEFAULT_TURNS);
        String where = session.orElse("with-" + agent + "-" + with);
        return new Reply.Deferred(
                () -> {
                    List<ChatReply> said = chat.converse(agent, with, where, opening, turns);
                    return Reply.json(
                            201,
                            Json.fields()
                                    .put("session", where)
                                    .keep(
                                            "turns",
                                            said.stream().map(ChatReply::toJson).toList())
                                    .map(),
                            Map.of());
                },
                running.take(exchange.caller()));
    }
}
