package dev.stele.mcp;

import static dev.stele.mcp.Schema.anyObject;
import static dev.stele.mcp.Schema.array;
import static dev.stele.mcp.Schema.bool;
import static dev.stele.mcp.Schema.enumeration;
import static dev.stele.mcp.Schema.integer;
import static dev.stele.mcp.Schema.number;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.optional;
import static dev.stele.mcp.Schema.required;
import static dev.stele.mcp.Schema.string;

import dev.stele.AgentMemory;
import dev.stele.context.ContextQuery;
import dev.stele.context.PromptContext;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.Erased;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.model.RememberedNote;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Factory of the tools that store, find and erase messages and notes. */
final class MemoryTools {

    /** Number of items in a list if the call gives no limit. */
    static final int DEFAULT_ITEMS = 20;

    static final Schema DETAIL = enumeration("Fields of the items (slim)", "slim", "full");
    static final Schema TIME = string("Time or date, such as 2026-05-08T13:56:00Z");
    /** Arguments of {@code remember} that a call with messages may have. */
    private static final List<String> MESSAGE_ARGUMENTS = List.of("messages", "session", "user");

    private MemoryTools() {}

    static List<Tool> all() {
        return List.of(
                remember(),
                recall(),
                forget(),
                new Tool(
                        "update_note",
                        "Update a note",
                        "Correct a note when a fact was wrong or has changed. The version before is kept.",
                        Effect.IDEMPOTENT,
                        object(
                                required("id", string("Id of the note")),
                                required(
                                        "changes",
                                        anyObject(
                                                "New values of content, category, tags, importance and others; null resets a field")),
                                optional("version", integer("Fails if this is not the current version"))),
                        call -> ToolResult.of(call.memory()
                                .notes()
                                .update(
                                        call.arguments().string("id"),
                                        JsonObject.of("changes", call.raw().get("changes")),
                                        call.arguments()
                                                .optionalLong("version")
                                                .map(java.util.OptionalLong::of)
                                                .orElse(java.util.OptionalLong.empty()))
                                .toJson())),
                new Tool(
                        "list_notes",
                        "List notes",
                        "Lists notes, newest first. To answer a question, use recall.",
                        Effect.READ_ONLY,
                        object(
                                optional("category", string("Only notes of this category")),
                                optional("tag", string("Only notes with this tag")),
                                optional("user", string("Only notes about this user")),
                                optional("session", string("Only items from this session")),
                                optional("superseded", bool("Include superseded notes (false)")),
                                optional("limit", integer("Maximum number of notes (20)")),
                                optional("after", string("\"next\" of the page before")),
                                optional("detail", DETAIL)),
                        MemoryTools::listNotes),
                new Tool(
                        "get_context",
                        "Get context",
                        "Read what the memory has about a topic as one text: profile of the user, facts of the graph, recalled items, latest turns of a session. Call it at the start of a task.",
                        Effect.READ_ONLY,
                        object(
                                required("topic", string("The topic, in words")),
                                optional("user", string("User whose profile is added")),
                                optional("session", string("Session whose latest turns are added")),
                                optional("max_tokens", integer("Maximum number of tokens (1500)"))),
                        call -> {
                            PromptContext context = call.memory()
                                    .context(new ContextQuery(
                                            call.arguments().string("topic"),
                                            call.arguments().optionalString("user"),
                                            call.arguments().optionalString("session"),
                                            limit(call, "max_tokens", ContextQuery.DEFAULT_TOKENS)));
                            return ToolResult.ofText(context.text());
                        }));
    }

    private static Tool remember() {
        return new Tool(
                "remember",
                "Remember",
                "Store a note: one fact that will matter later, in a sentence that stands alone. Or store messages of a conversation verbatim.",
                Effect.ADDITIVE,
                object(
                        optional("content", string("The statement of a note")),
                        optional(
                                "category",
                                string(
                                        "preference, interest, behavior, knowledge, learning, fact (default) or another word")),
                        optional("tags", array("Tags to filter by", string(""))),
                        optional("importance", number("0 to 1 (0.5)")),
                        optional("confidence", number("0 to 1 (1)")),
                        optional("user", string("User it is about")),
                        optional("session", string("Conversation it comes from")),
                        optional("provenance", array("Ids of messages it comes from", string(""))),
                        optional("valid_from", TIME),
                        optional("valid_to", TIME),
                        optional("supersedes", string("Id of a note that this note replaces")),
                        optional("id", string("Own id of the note")),
                        optional(
                                "messages",
                                array(
                                        "Messages in place of a note, stored atomically",
                                        object(
                                                required("content", string("Text of the message")),
                                                optional(
                                                        "role",
                                                        enumeration(
                                                                "Role of the speaker",
                                                                "user",
                                                                "assistant",
                                                                "system",
                                                                "tool")),
                                                optional("session", string("The conversation")),
                                                optional("user", string("User of the conversation")),
                                                optional("at", TIME),
                                                optional("id", string("Id to use")))))),
                MemoryTools::remember);
    }

    private static ToolResult remember(ToolCall call) {
        JsonObject arguments = call.arguments();
        if (arguments.has("messages") == arguments.has("content")) {
            throw new InvalidInputException("Give content for a note, or messages; one of the two.");
        }
        if (arguments.has("messages")) {
            List<Message> stored = call.memory().remember(MessageDraft.listFromJson(messages(arguments)));
            return ToolResult.of(Json.fields()
                    .keep("messages", stored.stream().map(SessionTools::slim).toList())
                    .map());
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(arguments.raw());
        Object supersedes = fields.remove("supersedes");
        fields.putIfAbsent("category", "fact");
        NoteDraft draft = NoteDraft.fromJson(JsonObject.of("note", fields));
        RememberedNote remembered = supersedes instanceof String replaced
                ? new RememberedNote(
                        RememberedNote.Outcome.ADDED, call.memory().notes().supersede(replaced, draft))
                : call.memory().notes().remember(draft, Optional.empty());
        return ToolResult.of(Json.fields()
                .keep("outcome", remembered.outcome().label())
                .keep("note", slim(remembered.note()))
                .map());
    }

    /** Returns the messages of a call, with the session and user of the call where a message names none. */
    private static List<JsonObject> messages(JsonObject arguments) {
        for (String name : arguments.names()) {
            if (!MESSAGE_ARGUMENTS.contains(name)) {
                throw new InvalidInputException("The argument \"%s\" is for a note; beside messages there may be %s."
                        .formatted(name, String.join(", ", MESSAGE_ARGUMENTS)));
            }
        }
        return arguments.objects("messages").stream()
                .map(message -> {
                    Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.raw());
                    arguments.optionalString("session").ifPresent(session -> fields.putIfAbsent("session", session));
                    arguments.optionalString("user").ifPresent(user -> fields.putIfAbsent("user", user));
                    return JsonObject.of("message", fields);
                })
                .toList();
    }

    private static Tool recall() {
        return new Tool(
                "recall",
                "Recall",
                "Search messages, notes and facts by meaning and words, best first. Call it before you answer about people, projects, preferences or earlier conversations.",
                Effect.READ_ONLY,
                object(
                        required("query", string("The question, in words")),
                        optional("limit", integer("Maximum number of hits (10)")),
                        optional(
                                "mode",
                                enumeration("Method of search (hybrid)", "hybrid", "semantic", "keyword", "graph")),
                        optional("kinds", array("Only these: message, note, observation", string(""))),
                        optional("user", string("Only items with or about this user")),
                        optional("session", string("Only items from this session")),
                        optional("category", string("Only notes of this category")),
                        optional("tags", array("Only notes with all of these tags", string(""))),
                        optional("from", TIME),
                        optional("to", TIME),
                        optional("as_of", TIME),
                        optional("archived", bool("Search archived messages too (false)")),
                        optional("max_tokens", integer("Maximum number of tokens of all hits together")),
                        optional("diversity", number("0 to 1: prefer hits that differ (0)")),
                        optional("fold", bool("List equal items once (true)")),
                        optional("min_score", number("Minimum score (0)")),
                        optional("reference_date", string("What \"yesterday\" refers to (now)")),
                        optional("time_zone", string("Zone of days, as Europe/Lisbon (UTC)")),
                        optional("detail", DETAIL)),
                MemoryTools::recall);
    }

    private static ToolResult recall(ToolCall call) {
        JsonObject arguments = call.arguments();
        var filter = new LinkedHashMap<String, @Nullable Object>();
        if (arguments.has("kinds")) {
            filter.put("kind", arguments.raw("kinds"));
        }
        for (String name : List.of("user", "session", "category", "tags", "from", "to", "archived")) {
            if (arguments.has(name)) {
                filter.put(name, arguments.raw(name));
            }
        }
        var query = new LinkedHashMap<String, @Nullable Object>();
        for (String name : List.of(
                "query",
                "limit",
                "mode",
                "as_of",
                "max_tokens",
                "diversity",
                "fold",
                "min_score",
                "reference_date",
                "time_zone")) {
            if (arguments.has(name)) {
                query.put(name, arguments.raw(name));
            }
        }
        if (call.isFull()) {
            query.put("explain", true);
        }
        query.put("filter", filter);
        RecallResult result = call.memory().recall(RecallQuery.fromJson(JsonObject.of("recall", query)));
        Map<String, @Nullable Object> tree = Json.fields()
                .keep(
                        "hits",
                        result.hits().stream()
                                .map(hit -> call.isFull() ? hit.toJson() : slim(hit))
                                .toList())
                .put("confidence", Json.rounded(result.confidence()))
                .put("notice", result.notice())
                .put("archived_not_searched", result.archivedNotSearched() ? true : null)
                .map();
        return ToolResult.of(tree);
    }

    private static Map<String, @Nullable Object> slim(Hit hit) {
        return Json.fields()
                .put("kind", hit.kind().label())
                .put("id", hit.id())
                .put("at", hit.at())
                .put("who", hit.speaker().or(hit::entity))
                .put("category", hit.category())
                .put("session", hit.session())
                .put("content", hit.content())
                .put("score", Json.rounded(hit.score()))
                .put(
                        "also",
                        hit.duplicates().stream()
                                .map(item -> item.id() + " at " + item.at())
                                .toList())
                .map();
    }

    private static Map<String, @Nullable Object> slim(Note note) {
        return Json.fields()
                .put("id", note.id())
                .put("version", note.version())
                .put("category", note.category())
                .put("content", note.content())
                .put("tags", note.body().tags())
                .put("user", note.body().user())
                .put("superseded_by", note.supersededBy())
                .put("created_at", note.createdAt())
                .map();
    }

    private static Tool forget() {
        return new Tool(
                "forget",
                "Forget",
                "Erase an item, or all data of a user, permanently. Call it only if the person asks for it.",
                Effect.DESTRUCTIVE,
                object(
                        required(
                                "kind",
                                enumeration(
                                        "Kind of the item",
                                        "note",
                                        "message",
                                        "session",
                                        "user",
                                        "entity",
                                        "observation",
                                        "relation")),
                        required("id", string("Id of the item; for an entity, its name or id")),
                        optional("retire", bool("Only mark an entity, observation or relation as past (false)"))),
                call -> {
                    String kind = call.arguments().string("kind");
                    String id = call.arguments().string("id");
                    boolean retire = call.arguments().optionalBoolean("retire").orElse(false);
                    if (retire) {
                        retire(call.memory(), kind, id);
                        return ToolResult.of(Json.fields()
                                .put("retired", id)
                                .put("kind", kind)
                                .map());
                    }
                    if (kind.equals("user")) {
                        confirm(call, id);
                    }
                    Erased erased = forget(call.memory(), kind, id);
                    var counts = Json.fields();
                    erased.counts().forEach((what, count) -> counts.put(what.label(), count));
                    return ToolResult.of(Json.fields()
                            .put("forgotten", id)
                            .put("kind", kind)
                            .put("erased", counts.map())
                            .map());
                });
    }

    /** Lets the person confirm that all data of a user is erased, if the client can ask; else the client decides. */
    private static void confirm(ToolCall call, String user) {
        InputRequest question = InputRequest.elicitation(
                "Erase everything that the memory has about user %s, permanently?".formatted(Json.write(user)),
                Map.of("erase", Map.of("type", "boolean", "title", "Erase everything")));
        if (call.canAsk(question)) {
            JsonObject answer = Objects.requireNonNull(
                    call.ask(Map.of("confirmation", question)).get("confirmation"));
            boolean accepted =
                    answer.optionalString("action").filter("accept"::equals).isPresent()
                            && Boolean.TRUE.equals(answer.map("content").get("erase"));
            if (!accepted) {
                throw new InvalidInputException("The person did not confirm, so nothing was erased.");
            }
        }
    }

    private static Erased forget(AgentMemory memory, String kind, String id) {
        return switch (kind) {
            case "note" -> memory.notes().delete(id);
            case "message" -> memory.deleteMessage(id);
            case "session" -> memory.sessions().delete(id);
            case "user" -> memory.users().forget(id);
            case "entity" -> memory.graph().delete(id);
            case "observation" -> memory.graph().deleteObservation(id);
            default -> memory.graph().deleteRelation(id);
        };
    }

    private static void retire(AgentMemory memory, String kind, String id) {
        switch (kind) {
            case "entity" -> memory.graph().retire(id);
            case "observation" -> memory.graph().retireObservation(id);
            case "relation" -> memory.graph().retireRelation(id);
            default ->
                throw new InvalidInputException(
                        "A " + kind + " cannot be retired; only entities, observations and relations can.");
        }
    }

    private static ToolResult listNotes(ToolCall call) {
        JsonObject arguments = call.arguments();
        NoteFilter.Builder filter = NoteFilter.builder()
                .superseded(arguments.optionalBoolean("superseded").orElse(false));
        arguments.optionalString("category").ifPresent(filter::category);
        arguments.optionalString("tag").ifPresent(filter::tag);
        arguments.optionalString("user").ifPresent(filter::user);
        arguments.optionalString("session").ifPresent(filter::session);
        return page(
                call.memory()
                        .notes()
                        .list(filter.build(), limit(call, "limit", DEFAULT_ITEMS), arguments.optionalString("after")),
                note -> call.isFull() ? note.toJson() : slim(note));
    }

    /** Conversion of an item to its JSON form. */
    interface JsonForm<T> {
        Map<String, @Nullable Object> of(T value);
    }

    static <T> ToolResult page(Page<T> page, JsonForm<T> form) {
        var items = new ArrayList<Map<String, @Nullable Object>>();
        page.items().forEach(item -> items.add(form.of(item)));
        return ToolResult.of(
                Json.fields().keep("items", items).put("next", page.next()).map());
    }

    /** Returns an integer argument, at most {@link Integer#MAX_VALUE}, or a default if the call does not give it. */
    static int limit(ToolCall call, String name, int defaultLimit) {
        long limit = call.arguments().optionalLong(name).orElse((long) defaultLimit);
        return (int) Math.min(Integer.MAX_VALUE, limit);
    }
}
