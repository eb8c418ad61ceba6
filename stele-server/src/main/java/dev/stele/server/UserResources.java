package dev.stele.server;

import dev.stele.Stele;
import dev.stele.Users;
import dev.stele.context.ContextQuery;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Role;
import dev.stele.model.UserContext;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;

/** REST resources of users, their contexts, and contexts of prompts. */
record UserResources(Stele stele) {

    private static final int DEFAULT_PAGE_SIZE = 50;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/agents/{agent}/users",
                        "listUsers",
                        "List the ids of the users of an agent in order",
                        this::list)
                .add(
                        "POST",
                        "/v1/agents/{agent}/context",
                        "buildContext",
                        "Build the context of a prompt about a topic within a number of tokens",
                        this::context)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}",
                        "getUser",
                        "Get the context of a user, now or as of a time",
                        this::get)
                .add(
                        "PATCH",
                        "/v1/agents/{agent}/users/{user}",
                        "updateUser",
                        "Change the context of a user by a JSON merge patch",
                        this::patch)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/users/{user}",
                        "deleteUser",
                        "Erase a user with all data about the user, or preview that",
                        this::forget)
                .add(
                        "GET",
                        "/v1/agents/{agent}/users/{user}/history",
                        "listUserVersions",
                        "List the versions of the context of a user, newest first",
                        this::history)
                .add(
                        "POST",
                        "/v1/agents/{agent}/users/{user}/interactions",
                        "recordUserInteraction",
                        "Store a message and its response, count the interaction, and learn from it on request",
                        this::interact);
    }

    private Users users(Exchange exchange) {
        return stele.agent(exchange.agent()).users();
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("limit", "after");
        Page<String> page =
                users(exchange).list(exchange.queryNumber("limit", DEFAULT_PAGE_SIZE), exchange.query("after"));
        return Reply.json(Json.fields()
                .keep("items", page.items())
                .put("next", page.next())
                .map());
    }

    private Reply context(Exchange exchange) {
        exchange.allowQuery();
        ContextQuery query = ContextQuery.fromJson(exchange.jsonObject("context"));
        return Reply.json(stele.agent(exchange.agent()).context(query).toJson());
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery("as_of");
        String user = exchange.path("user");
        Optional<UserContext> existing = exchange.query("as_of")
                .map(UserResources::time)
                .map(time -> users(exchange).asOf(user, time))
                .orElseGet(() -> users(exchange).get(user));
        UserContext context =
                existing.orElseThrow(() -> new NotFoundException("Nothing is known of user " + Json.write(user) + "."));
        return NoteResources.versioned(context.toJson(), context.version());
    }

    private static Instant time(String text) {
        try {
            return JsonObject.parseInstant(text);
        } catch (DateTimeParseException e) {
            throw new InvalidInputException("The parameter \"as_of\" is " + Json.write(text)
                    + "; it must be a time such as 2026-05-08T13:56:00Z.");
        }
    }

    private Reply patch(Exchange exchange) {
        exchange.allowQuery();
        UserContext context =
                users(exchange).patch(exchange.path("user"), exchange.jsonObject("user context"), exchange.ifMatch());
        return NoteResources.versioned(context.toJson(), context.version());
    }

    private Reply forget(Exchange exchange) {
        exchange.allowQuery("preview");
        String user = exchange.path("user");
        Users users = users(exchange);
        return Erasures.reply(exchange, preview -> preview ? users.previewForget(user) : users.forget(user));
    }

    private Reply history(Exchange exchange) {
        exchange.allowQuery("limit", "after");
        return MessageResources.page(
                users(exchange)
                        .history(
                                exchange.path("user"),
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                                exchange.query("after")),
                version -> Json.fields()
                        .put("at", version.at())
                        .put("context", version.context().toJson())
                        .map());
    }

    private Reply interact(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json =
                exchange.jsonObject("interaction").only("message", "response", "session", "at", "metadata", "learn");
        String user = exchange.path("user");
        String session = json.optionalString("session").orElseGet(() -> MessageDraft.defaultSession(Optional.of(user)));
        Optional<Instant> at = json.optionalInstant("at");
        var drafts = new ArrayList<MessageDraft>();
        Optional<String> message = json.optionalString("message");
        if (message.isPresent()) {
            MessageDraft draft =
                    MessageDraft.of(session, Role.USER, message.get()).withMetadata(json.map("metadata"));
            drafts.add(at.map(draft::withAt).orElse(draft).withUser(user));
        }
        Optional<String> response = json.optionalString("response");
        if (response.isPresent()) {
            MessageDraft draft = MessageDraft.of(session, Role.ASSISTANT, response.get());
            drafts.add(at.map(draft::withAt).orElse(draft).withUser(user));
        }
        Optional<InteractionDraft> interaction = json.optionalBoolean("learn").orElse(false)
                ? Optional.of(InteractionDraft.of("chat", user).withSession(session))
                : Optional.empty();
        UserContext context = stele.agent(exchange.agent())
                .recordInteraction(user, drafts, interaction, exchange.idempotencyKey())
                .user();
        return Reply.json(201, context.toJson(), Map.of("ETag", "\"" + context.version() + "\""));
    }
}
