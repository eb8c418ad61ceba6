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
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;

/** Talking with agents over HTTP: whole answers, streamed ones, WebSockets, and agents among themselves. */
final class ChatResources {

    private static final int DEFAULT_TURNS = 6;

    private final Stele stele;
    private final Chat chat;
    private final ChatSockets sockets;
    private final Semaphore running;
    private final int mostRunning;

    ChatResources(Stele stele, Chat chat, ChatSockets sockets, int mostRunning) {
        this.stele = stele;
        this.chat = chat;
        this.sockets = sockets;
        this.mostRunning = mostRunning;
        this.running = new Semaphore(mostRunning);
    }

    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/chat",
                        "Say something and get an answer: server-sent events when they are accepted, else JSON",
                        this::chat)
                .add(
                        "GET",
                        "/v1/agents/{agent}/chat",
                        "A WebSocket of conversations: join, leave, message, typing",
                        sockets::open)
                .add(
                        "POST",
                        "/v1/agents/{agent}/conversations",
                        "Let the agent talk with another one for some turns",
                        this::converse);
    }

    /** A place among the answers under way. */
    private void begin() {
        if (!running.tryAcquire()) {
            throw new HttpProblem(
                    503,
                    "overloaded",
                    "There are %d answers under way, which is the most (chat.max-running). Nothing was done; try again."
                            .formatted(mostRunning));
        }
    }

    private Reply chat(Exchange exchange) {
        exchange.onlyQuery();
        ChatRequest request = ChatRequest.fromJson(exchange.jsonObject("message"));
        AgentName agent = exchange.agent();
        boolean stream = exchange.header(HttpHeader.ACCEPT)
                .filter(types -> types.contains("text/event-stream"))
                .isPresent();
        begin();
        boolean handedOver = false;
        try {
            // What is refused is refused before the answer begins, and not in a stream.
            Chat.Asked asked = chat.ask(agent, request);
            if (stream) {
                handedOver = true;
                return EventStream.of(sink -> asked.answer(heard(sink)).toJson(), running::release);
            }
            return Reply.json(asked.answer(ChatListener.NONE).toJson());
        } finally {
            if (!handedOver) {
                running.release();
            }
        }
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
        exchange.onlyQuery();
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
        begin();
        try {
            List<ChatReply> said = chat.converse(
                    agent,
                    with,
                    session.orElse("with-" + agent + "-" + with),
                    json.string("opening"),
                    json.optionalInt("turns").orElse(DEFAULT_TURNS));
            return Reply.json(
                    201,
                    Json.fields()
                            .put("session", session.orElse("with-" + agent + "-" + with))
                            .keep("turns", said.stream().map(ChatReply::toJson).toList())
                            .map(),
                    Map.of());
        } finally {
            running.release();
        }
    }
}
