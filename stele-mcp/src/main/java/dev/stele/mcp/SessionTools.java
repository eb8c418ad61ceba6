package dev.stele.mcp;

import static dev.stele.mcp.Schema.array;
import static dev.stele.mcp.Schema.bool;
import static dev.stele.mcp.Schema.integer;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.optional;
import static dev.stele.mcp.Schema.required;
import static dev.stele.mcp.Schema.string;

import dev.stele.mcp.Tool.Effect;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.transfer.ImportFormat;
import dev.stele.transfer.ImportOptions;
import dev.stele.transfer.ImportReport;
import dev.stele.transfer.ImportSource;
import dev.stele.transfer.VectorTime;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Factory of the tools for sessions and users of an agent, and for imports. */
final class SessionTools {

    private SessionTools() {}

    static List<Tool> all() {
        return List.of(
                new Tool(
                        "list_sessions",
                        "List sessions",
                        "Lists conversations, latest message first.",
                        Effect.READ_ONLY,
                        object(
                                optional("user", string("Only conversations with this user")),
                                optional("limit", integer("Maximum number of sessions (20)")),
                                optional("after", string("\"next\" of the page before"))),
                        call -> MemoryTools.page(
                                call.memory()
                                        .sessions()
                                        .list(
                                                call.arguments().optionalString("user"),
                                                MemoryTools.limit(call, "limit", MemoryTools.DEFAULT_ITEMS),
                                                call.arguments().optionalString("after")),
                                Session::toJson)),
                new Tool(
                        "get_session",
                        "Get a session",
                        "Reads the latest messages of a conversation, oldest first.",
                        Effect.READ_ONLY,
                        object(
                                required("session", string("Id of the session")),
                                optional("limit", integer("Maximum number of messages (20)")),
                                optional("before", string("\"next\" of the page before, to read older messages")),
                                optional("archived", bool("Include archived messages (false)")),
                                optional("detail", MemoryTools.DETAIL)),
                        SessionTools::getSession),
                new Tool(
                        "set_participants",
                        "Set participants",
                        "Declare the users who share a conversation, a room: each may write to it and see all of it. With no users it belongs to its owner alone again.",
                        Effect.IDEMPOTENT,
                        object(
                                required("session", string("Id of the session; created if there is none")),
                                required("users", array("Ids of all participants, the owner included", string("")))),
                        call -> ToolResult.of(call.memory()
                                .sessions()
                                .setParticipants(
                                        call.arguments().string("session"),
                                        call.arguments().strings("users"))
                                .toJson())),
                new Tool(
                        "get_user",
                        "Get a user",
                        "Reads what the agent knows about a user: friendship, trust, preferences, traits, moods.",
                        Effect.READ_ONLY,
                        object(required("user", string("Id of the user")), optional("as_of", MemoryTools.TIME)),
                        SessionTools::getUser),
                new Tool(
                                "import",
                                "Import",
                                "Imports the text of an export: chats, notes or graphs of other assistants and memories. Importing a text again adds no duplicates.",
                                Effect.IDEMPOTENT,
                                object(
                                        required("content", string("The text of the export")),
                                        optional("format", string("Format; detected by the content if omitted")),
                                        optional("user", string("User of items that name none")),
                                        optional("session", string("Conversation of messages that name none")),
                                        optional("learn", bool("Distill notes from the messages (false)"))),
                                SessionTools::importText)
                        .withTasks(Tool.TaskSupport.IF_ACCEPTED));
    }

    private static ToolResult getSession(ToolCall call) {
        JsonObject arguments = call.arguments();
        String session = arguments.string("session");
        if (call.memory().sessions().get(session).isEmpty()) {
            throw new NotFoundException("There is no session " + Json.write(session) + ".");
        }
        return MemoryTools.page(
                call.memory()
                        .sessions()
                        .messages(
                                session,
                                MemoryTools.limit(call, "limit", MemoryTools.DEFAULT_ITEMS),
                                arguments.optionalString("before"),
                                arguments.optionalBoolean("archived").orElse(false)),
                message -> call.isFull() ? message.toJson() : slim(message));
    }

    private static ToolResult importText(ToolCall call) {
        JsonObject arguments = call.arguments();
        String content = arguments.string("content");
        var options = new ImportOptions(
                arguments.optionalString("format").map(ImportFormat::of),
                arguments.optionalString("user"),
                arguments.optionalString("session"),
                arguments.optionalBoolean("learn").orElse(false),
                false,
                VectorTime.IN_BACKGROUND);
        var source = ImportSource.of(new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)), "");
        ImportReport report = call.memory()
                .importFrom(
                        source,
                        options,
                        chars -> call.progress((double) chars, content.length(), chars + " characters imported"));
        return ToolResult.of(report.toJson(), String.join(" ", report.notices()));
    }

    private static ToolResult getUser(ToolCall call) {
        String user = call.arguments().string("user");
        Optional<UserContext> context = call.arguments()
                .optionalInstant("as_of")
                .map(time -> call.memory().users().asOf(user, time))
                .orElseGet(() -> call.memory().users().get(user));
        return ToolResult.of(
                context.orElseThrow(() -> new NotFoundException("There is no user " + Json.write(user) + "."))
                        .toJson());
    }

    /** Returns the fields of a message that a model needs. */
    static Map<String, @Nullable Object> slim(Message message) {
        return Json.fields()
                .put("id", message.id())
                .put("session", message.session())
                .put("role", message.role().label())
                .put("at", message.at())
                .put("content", message.content())
                .map();
    }
}
