package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Sessions;
import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * REST resources of messages and sessions.
 *
 * @param submissions runs the replies of submitted writes
 */
record MessageResources(Stele stele, Executor submissions) {

    private static final int DEFAULT_PAGE_SIZE = 20;
    private static final String[] FIELDS = {"id", "session", "user", "role", "content", "at", "metadata", "sources"};

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/messages",
                        "storeMessages",
                        "Store one message, or a list of messages atomically",
                        Router.Work.SUBMIT,
                        this::remember)
                .add(
                        "GET",
                        "/v1/agents/{agent}/messages/{id}",
                        "getMessage",
                        "Get a message with its earlier revisions",
                        this::get)
                .add(
                        "PATCH",
                        "/v1/agents/{agent}/messages/{id}",
                        "editMessage",
                        "Edit the content of a message",
                        this::edit)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/messages/{id}",
                        "deleteMessage",
                        "Erase a message and what was derived from it, or preview that",
                        this::delete)
                .add(
                        "GET",
                        "/v1/agents/{agent}/sessions",
                        "listSessions",
                        "List sessions, latest first",
                        this::sessions)
                .add("GET", "/v1/agents/{agent}/sessions/{session}", "getSession", "Get a session", this::session)
                .add(
                        "PATCH",
                        "/v1/agents/{agent}/sessions/{session}",
                        "updateSession",
                        "Change title or participants of a session, or end it",
                        this::change)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/sessions/{session}",
                        "deleteSession",
                        "Erase a session, its messages and what was derived from them, or preview that",
                        this::forget)
                .add(
                        "GET",
                        "/v1/agents/{agent}/sessions/{session}/messages",
                        "listMessages",
                        "List the messages of a session, in pages from the latest to the earliest",
                        this::messages);
    }

    private AgentMemory memory(Exchange exchange) {
        return stele.agent(exchange.agent());
    }

    private Reply remember(Exchange exchange) {
        exchange.allowQuery();
        Object body = exchange.json();
        boolean isList = body instanceof List<?>;
        List<?> items = body instanceof List<?> list ? list : java.util.Collections.singletonList(body);
        List<MessageDraft> drafts = MessageDraft.listFromJson(items.stream()
                .map(item -> JsonObject.of("message", item).only(FIELDS))
                .toList());
        String agent = exchange.path("agent");
        CompletableFuture<List<Message>> written =
                memory(exchange).submit(drafts, exchange.idempotencyKey(), submissions);
        return new Reply.Pending(written.thenApply(created -> created(created, isList, agent)), written);
    }

    private static Reply created(List<Message> created, boolean isList, String agent) {
        if (isList) {
            return Reply.json(201, created.stream().map(Message::toJson).toList(), Map.of());
        }
        if (created.isEmpty()) {
            throw new NotFoundException("The message that was stored with this idempotency key was erased.");
        }
        Message message = created.getFirst();
        return Reply.created(message.toJson(), UriPaths.of("v1", "agents", agent, "messages", message.id()));
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery();
        String id = exchange.path("id");
        AgentMemory memory = memory(exchange);
        Message message = memory.message(id)
                .orElseThrow(() -> new NotFoundException("There is no message " + Json.write(id) + "."));
        var json = Json.fields();
        message.toJson().forEach(json::put);
        json.put(
                "history",
                memory.messageHistory(id).stream()
                        .map(revision -> revision.toJson())
                        .toList());
        return Reply.json(json.map());
    }

    private Reply edit(Exchange exchange) {
        exchange.allowQuery();
        JsonObject patch = exchange.jsonObject("message").only("content");
        return Reply.json(memory(exchange)
                .editMessage(exchange.path("id"), patch.string("content"))
                .toJson());
    }

    private Reply delete(Exchange exchange) {
        exchange.allowQuery("preview");
        String id = exchange.path("id");
        AgentMemory memory = memory(exchange);
        return Erasures.reply(
                exchange, preview -> preview ? memory.previewDeleteMessage(id) : memory.deleteMessage(id));
    }

    private Reply sessions(Exchange exchange) {
        exchange.allowQuery("user", "limit", "after");
        return page(
                memory(exchange)
                        .sessions()
                        .list(
                                exchange.query("user"),
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                                exchange.query("after")),
                Session::toJson);
    }

    private Reply session(Exchange exchange) {
        exchange.allowQuery();
        String id = exchange.path("session");
        return Reply.json(memory(exchange)
                .sessions()
                .get(id)
                .orElseThrow(() -> new NotFoundException("There is no session " + Json.write(id) + "."))
                .toJson());
    }

    private Reply change(Exchange exchange) {
        exchange.allowQuery();
        JsonObject patch = exchange.jsonObject("session").only("title", "ended_at", "ended", "participants");
        if (patch.has("ended") && patch.has("ended_at")) {
            throw new InvalidInputException(
                    "The fields \"ended\" and \"ended_at\" exclude each other; send only one of them.");
        }
        if (patch.has("participants")) {
            exchange.audit(Optional.empty(), "participants"); // they decide who sees the session
        }
        Optional<String> title = patch.optionalString("title");
        Optional<Instant> endedAt = patch.optionalInstant("ended_at");
        Optional<Boolean> ended = patch.optionalBoolean("ended");
        Sessions sessions = memory(exchange).sessions();
        String id = exchange.path("session");
        List<String> participants = patch.strings("participants");
        if (!participants.isEmpty() && sessions.get(id).isEmpty()) {
            sessions.setParticipants(id, participants);
        }
        Session changed = sessions.change(id, session -> {
            Session shared = patch.has("participants") ? session.withParticipants(participants) : session;
            Session titled = patch.has("title") ? shared.withTitle(title) : shared;
            if (patch.has("ended_at")) {
                return titled.withEnd(endedAt);
            }
            if (ended.isEmpty() || ended.get() == session.endedAt().isPresent()) {
                return titled;
            }
            return titled.withEnd(ended.get() ? Optional.of(Instant.now()) : Optional.empty());
        });
        return Reply.json(changed.toJson());
    }

    private Reply forget(Exchange exchange) {
        exchange.allowQuery("preview");
        String id = exchange.path("session");
        Sessions sessions = memory(exchange).sessions();
        return Erasures.reply(exchange, preview -> preview ? sessions.previewDelete(id) : sessions.delete(id));
    }

    private Reply messages(Exchange exchange) {
        exchange.allowQuery("limit", "before", "archived");
        return page(
                memory(exchange)
                        .sessions()
                        .messages(
                                exchange.path("session"),
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                                exchange.query("before"),
                                exchange.queryFlag("archived")),
                Message::toJson);
    }

    /**
     * Returns the response for a page of a list: its items and the cursor of the next page.
     *
     * @param toJson converts an item to JSON
     */
    static <T> Reply page(Page<T> page, Function<T, Map<String, @Nullable Object>> toJson) {
        return Reply.json(Json.fields()
                .keep("items", page.items().stream().map(toJson).toList())
                .put("next", page.next())
                .map());
    }
}
