package dev.stele.mcp;

import static dev.stele.mcp.Schema.any;
import static dev.stele.mcp.Schema.choice;
import static dev.stele.mcp.Schema.flag;
import static dev.stele.mcp.Schema.list;
import static dev.stele.mcp.Schema.may;
import static dev.stele.mcp.Schema.must;
import static dev.stele.mcp.Schema.number;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.text;
import static dev.stele.mcp.Schema.whole;

import dev.stele.AgentMemory;
import dev.stele.context.ContextQuery;
import dev.stele.context.PromptContext;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tools for what an agent remembers in words: messages, notes, users. */
final class MemoryTools {

    private static final int LISTED = 20;
    private static final Schema DETAIL =
            choice("slim (default) for what one needs, full for all there is", "slim", "full");
    private static final Schema TIME = text("A time such as 2026-05-08T13:56:00Z, or a date");
    private static final Schema ITEMS =
            object(must("items", list("", any("One of them"))), may("next", text("Where the next page begins")));

    private MemoryTools() {}

    static List<Tool> all() {
        return List.of(
                remember(),
                recall(),
                forget(),
                new Tool(
                        "update_note",
                        "Update a note",
                        "Changes fields of a note; the version before is kept. Give the version you have seen to be told when somebody else changed it since.",
                        Effect.SETS,
                        object(
                                must("id", text("The note's id")),
                                must(
                                        "changes",
                                        any(
                                                "Fields to change, such as content, category, tags, importance; null takes one back to its default")),
                                may("version", whole("The version you have seen"))),
                        any("The note as it now is"),
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
                        "Lists notes, newest first. For an answer to a question use recall.",
                        Effect.READS,
                        object(
                                may("category", text("Only of this category")),
                                may("tag", text("Only with this tag")),
                                may("user", text("Only about this user")),
                                may("session", text("Only from this session")),
                                may("superseded", flag("Superseded ones, too")),
                                may("limit", whole("Most notes (20)")),
                                may("after", text("\"next\" of an earlier page")),
                                may("detail", DETAIL)),
                        ITEMS,
                        MemoryTools::listNotes),
                new Tool(
                        "get_context",
                        "Get context",
                        "Fills a prompt about a topic within a number of tokens: the user's profile, what the graph knows of what the topic names, what is recalled, and the latest turns of a session.",
                        Effect.READS,
                        object(
                                must("topic", text("What it is about, in words")),
                                may("user", text("Whose profile to add")),
                                may("session", text("The session whose latest turns to add")),
                                may("max_tokens", whole("Most tokens (1500)"))),
                        object(
                                must("text", text("")),
                                must("tokens", whole("")),
                                must("sections", list("", any("A part of the text")))),
                        call -> {
                            PromptContext context = call.memory()
                                    .context(new ContextQuery(
                                            call.arguments().string("topic"),
                                            call.arguments().optionalString("user"),
                                            call.arguments().optionalString("session"),
                                            limit(call, "max_tokens", ContextQuery.DEFAULT_TOKENS)));
                            return ToolResult.of(context.text(), context.toJson());
                        }),
                new Tool(
                        "list_sessions",
                        "List sessions",
                        "Lists conversations, the one with the latest message first.",
                        Effect.READS,
                        object(
                                may("user", text("Only with this user")),
                                may("limit", whole("Most sessions (20)")),
                                may("after", text("\"next\" of an earlier page"))),
                        ITEMS,
                        call -> page(
                                call.memory()
                                        .sessions()
                                        .list(
                                                call.arguments().optionalString("user"),
                                                limit(call, "limit", LISTED),
                                                call.arguments().optionalString("after")),
                                Session::toJson)),
                new Tool(
                        "get_session",
                        "Get a session",
                        "Reads the latest messages of a conversation, oldest of them first.",
                        Effect.READS,
                        object(
                                must("session", text("The session's id")),
                                may("limit", whole("Most messages (20)")),
                                may("before", text("\"next\" of an earlier page, to go further back")),
                                may("archived", flag("Archived messages, too")),
                                may("detail", DETAIL)),
                        ITEMS,
                        MemoryTools::getSession),
                new Tool(
                        "get_user",
                        "Get a user",
                        "Reads what the agent knows of a user: friendship, trust, preferences, traits, moods.",
                        Effect.READS,
                        object(must("user", text("The user's id")), may("as_of", TIME)),
                        any("The user's context"),
                        MemoryTools::getUser));
    }

    private static Tool remember() {
        return new Tool(
                "remember",
                "Remember",
                "Remembers a note (one distilled statement that will matter later), or messages of a conversation as they were said.",
                Effect.ADDS,
                object(
                        may("content", text("The statement of a note")),
                        may(
                                "category",
                                text(
                                        "learning, knowledge, interest, behavior, preference, fact (default), or a word of your own")),
                        may("tags", list("Words to filter by", text(""))),
                        may("importance", number("0 to 1 (0.5)")),
                        may("confidence", number("0 to 1 (1)")),
                        may("user", text("Whom it is about")),
                        may("session", text("The conversation it comes from")),
                        may("provenance", list("Ids of the messages it comes from", text(""))),
                        may("valid_from", TIME),
                        may("valid_to", TIME),
                        may("supersedes", text("Id of a note that this one replaces")),
                        may("id", text("An id of your own; the same call again is then one note")),
                        may(
                                "messages",
                                list(
                                        "Messages in place of a note, all or none",
                                        object(
                                                must("content", text("What was said")),
                                                may(
                                                        "role",
                                                        choice("Who said it", "user", "assistant", "system", "tool")),
                                                may("session", text("The conversation")),
                                                may("user", text("With whom")),
                                                may("at", TIME),
                                                may("id", text("An id of your own")))))),
                object(may("note", any("The note")), may("messages", list("", any("A message")))),
                MemoryTools::remember);
    }

    private static ToolResult remember(ToolCall call) {
        JsonObject given = call.arguments();
        if (given.has("messages") == given.has("content")) {
            throw new InvalidInputException("Give content for a note, or messages; one of the two.");
        }
        if (given.has("messages")) {
            List<Message> made = call.memory()
                    .remember(given.objects("messages").stream()
                            .map(MessageDraft::fromJson)
                            .toList());
            return ToolResult.of(Json.fields()
                    .keep("messages", made.stream().map(MemoryTools::slim).toList())
                    .map());
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(given.raw());
        Object supersedes = fields.remove("supersedes");
        move(fields, "valid_from", "validFrom");
        move(fields, "valid_to", "validTo");
        fields.putIfAbsent("category", "fact");
        NoteDraft draft = NoteDraft.fromJson(JsonObject.of("note", fields));
        Note note = supersedes instanceof String old
                ? call.memory().notes().supersede(old, draft)
                : call.memory().notes().create(draft);
        return ToolResult.of(Json.fields().keep("note", slim(note)).map());
    }

    private static void move(Map<String, @Nullable Object> fields, String from, String to) {
        if (fields.containsKey(from)) {
            fields.put(to, fields.remove(from));
        }
    }

    private static Tool recall() {
        return new Tool(
                "recall",
                "Recall",
                "Answers a question from memory: the messages, notes and observations that fit best by meaning, words, time and what they stand beside, best first. Each has its date and its words as they are.",
                Effect.READS,
                object(
                        must("query", text("The question, in words; \"quoted\" words must be there as they are")),
                        may("limit", whole("Most hits (10)")),
                        may("mode", choice("How to look (hybrid)", "hybrid", "semantic", "keyword", "graph")),
                        may("kinds", list("Only these: message, note, observation", text(""))),
                        may("user", text("Only with or about this user")),
                        may("session", text("Only from this session")),
                        may("category", text("Only notes of this category")),
                        may("tags", list("Only notes with all of these tags", text(""))),
                        may("from", TIME),
                        may("to", TIME),
                        may("as_of", TIME),
                        may("max_tokens", whole("Most tokens of all hits together")),
                        may(
                                "diversity",
                                number("How much it counts against a hit that it is like a better one, 0 to 1 (0)")),
                        may("detail", DETAIL)),
                object(
                        must("hits", list("", any("What was found, with its text"))),
                        may("notice", text("What kept recall from being complete"))),
                MemoryTools::recall);
    }

    private static ToolResult recall(ToolCall call) {
        JsonObject given = call.arguments();
        var filter = new LinkedHashMap<String, @Nullable Object>();
        if (given.has("kinds")) {
            filter.put("kind", given.raw("kinds"));
        }
        for (String name : List.of("user", "session", "category", "tags", "from", "to")) {
            if (given.has(name)) {
                filter.put(name, given.raw(name));
            }
        }
        var query = new LinkedHashMap<String, @Nullable Object>();
        for (String name : List.of("query", "limit", "mode", "max_tokens", "diversity")) {
            if (given.has(name)) {
                query.put(name, given.raw(name));
            }
        }
        if (given.has("as_of")) {
            query.put("asOf", given.raw("as_of"));
        }
        if (call.full()) {
            query.put("explain", true);
        }
        query.put("filter", filter);
        RecallResult result = call.memory().recall(RecallQuery.fromJson(JsonObject.of("recall", query)));
        Map<String, @Nullable Object> tree = Json.fields()
                .keep(
                        "hits",
                        result.hits().stream()
                                .map(hit -> call.full() ? hit.toJson() : slim(hit))
                                .toList())
                .put("notice", result.notice())
                .map();
        return ToolResult.of(tree);
    }

    private static Map<String, @Nullable Object> slim(Hit hit) {
        return Json.fields()
                .put("kind", hit.kind().word())
                .put("id", hit.id())
                .put("at", hit.at())
                .put("who", hit.speaker().or(hit::entity))
                .put("category", hit.category())
                .put("session", hit.session())
                .put("content", hit.content())
                .put("score", Math.round(hit.score() * 1000) / 1000.0)
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
                .put("supersededBy", note.supersededBy())
                .put("createdAt", note.createdAt())
                .map();
    }

    private static Map<String, @Nullable Object> slim(Message message) {
        return Json.fields()
                .put("id", message.id())
                .put("session", message.session())
                .put("role", message.role().word())
                .put("at", message.at())
                .put("content", message.content())
                .map();
    }

    private static Tool forget() {
        return new Tool(
                "forget",
                "Forget",
                "Forgets something for good, in every file: a note, message, session, observation, relation, entity, or all of a user. Entities and what belongs to them can be retired instead, which keeps the past.",
                Effect.REMOVES,
                object(
                        must(
                                "kind",
                                choice(
                                        "What it is",
                                        "note",
                                        "message",
                                        "session",
                                        "user",
                                        "entity",
                                        "observation",
                                        "relation")),
                        must("id", text("Its id; of an entity a name will do")),
                        may("retire", flag("Only end an entity, observation or relation, and keep its past"))),
                object(must("forgotten", text("")), must("kind", text(""))),
                call -> {
                    String kind = call.arguments().string("kind");
                    String id = call.arguments().string("id");
                    boolean retire = call.arguments().optionalBoolean("retire").orElse(false);
                    forget(call.memory(), kind, id, retire);
                    return ToolResult.of(
                            (retire ? "Retired " : "Forgot ") + kind + " " + id + ".",
                            Json.fields().put("forgotten", id).put("kind", kind).map());
                });
    }

    private static void forget(AgentMemory memory, String kind, String id, boolean retire) {
        if (retire && !List.of("entity", "observation", "relation").contains(kind)) {
            throw new InvalidInputException(
                    "A " + kind + " cannot be retired; only entities, observations and relations can.");
        }
        switch (kind) {
            case "note" -> memory.notes().delete(id);
            case "message" -> memory.deleteMessage(id);
            case "session" -> memory.sessions().delete(id);
            case "user" -> memory.users().forget(id);
            case "entity" -> {
                if (retire) {
                    memory.graph().retire(id);
                } else {
                    memory.graph().delete(id);
                }
            }
            case "observation" -> {
                if (retire) {
                    memory.graph().retireObservation(id);
                } else {
                    memory.graph().deleteObservation(id);
                }
            }
            default -> {
                if (retire) {
                    memory.graph().retireRelation(id);
                } else {
                    memory.graph().deleteRelation(id);
                }
            }
        }
    }

    private static ToolResult listNotes(ToolCall call) {
        JsonObject given = call.arguments();
        var filter = new NoteFilter(
                given.optionalString("category"),
                given.optionalString("tag"),
                given.optionalString("user"),
                given.optionalString("session"),
                Optional.empty(),
                Optional.empty(),
                given.optionalBoolean("superseded").orElse(false));
        return page(
                call.memory().notes().list(filter, limit(call, "limit", LISTED), given.optionalString("after")),
                note -> call.full() ? note.toJson() : slim(note));
    }

    private static ToolResult getSession(ToolCall call) {
        JsonObject given = call.arguments();
        String session = given.string("session");
        if (call.memory().sessions().get(session).isEmpty()) {
            throw new NotFoundException("There is no session " + Json.write(session) + ".");
        }
        return page(
                call.memory()
                        .sessions()
                        .messages(
                                session,
                                limit(call, "limit", LISTED),
                                given.optionalString("before"),
                                given.optionalBoolean("archived").orElse(false)),
                message -> call.full() ? message.toJson() : slim(message));
    }

    private static ToolResult getUser(ToolCall call) {
        String user = call.arguments().string("user");
        Optional<UserContext> found = call.arguments()
                .optionalInstant("as_of")
                .map(time -> call.memory().users().asOf(user, time))
                .orElseGet(() -> call.memory().users().get(user));
        return ToolResult.of(
                found.orElseThrow(() -> new NotFoundException("There is no user " + Json.write(user) + "."))
                        .toJson());
    }

    private interface Shown<T> {
        Map<String, @Nullable Object> of(T value);
    }

    private static <T> ToolResult page(Page<T> page, Shown<T> shown) {
        var items = new ArrayList<Map<String, @Nullable Object>>();
        page.items().forEach(item -> items.add(shown.of(item)));
        return ToolResult.of(
                Json.fields().keep("items", items).put("next", page.next()).map());
    }

    static int limit(ToolCall call, String name, int otherwise) {
        long given = call.arguments().optionalLong(name).orElse((long) otherwise);
        return (int) Math.min(Integer.MAX_VALUE, given);
    }
}
