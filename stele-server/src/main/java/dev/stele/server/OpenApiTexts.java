package dev.stele.server;

import dev.stele.model.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/** Texts of the {@link OpenApi} document: tags, descriptions of operations, parameters, headers and responses. */
final class OpenApiTexts {

    static final String ABOUT =
            "Durable memory for AI agents. Times are ISO 8601. Errors are problem details of RFC 9457."
                    + " Lists come in pages: pass `next` of one as `after` of the following. Unknown fields and parameters are"
                    + " errors.";

    /** Descriptions of the tags. */
    static final Map<String, String> TAGS = new LinkedHashMap<>();

    static {
        TAGS.put("agents", "Agents, their statistics and the log of their changes.");
        TAGS.put("messages", "Messages and the sessions that they belong to.");
        TAGS.put("notes", "Notes: statements that stand alone, with versions.");
        TAGS.put("recall", "Search of the memory, contexts of prompts, and tools of agents.");
        TAGS.put("users", "Users that an agent talks with, and what it keeps of them.");
        TAGS.put("graph", "Knowledge graph: entities, observations and relations with their past.");
        TAGS.put("chat", "Answers of an agent, and the persona, schedule and access rules behind them.");
        TAGS.put("reflection", "Interactions, the notes that are learned from them, and consolidation.");
        TAGS.put("documents", "Documents in collections, search in them, and explanations from them.");
        TAGS.put("transfer", "Export and import of the memory of an agent.");
        TAGS.put("tasks", "Background jobs.");
        TAGS.put("arenas", "Off-heap memory of the server.");
        TAGS.put("mcp", "Model Context Protocol over HTTP.");
        TAGS.put("server", "Health, metrics, settings, login and dashboard of the server.");
    }

    /** Tags by the first segment of the path below the agent, or below the version, where it is no tag itself. */
    private static final Map<String, String> TAG_OF_SEGMENT = Map.ofEntries(
            Map.entry("stats", "agents"),
            Map.entry("changes", "agents"),
            Map.entry("retention", "agents"),
            Map.entry("backups", "agents"),
            Map.entry("restore", "agents"),
            Map.entry("sessions", "messages"),
            Map.entry("context", "recall"),
            Map.entry("memory-tool", "recall"),
            Map.entry("hooks", "recall"),
            Map.entry("entities", "graph"),
            Map.entry("observations", "graph"),
            Map.entry("relations", "graph"),
            Map.entry("conversations", "chat"),
            Map.entry("persona", "chat"),
            Map.entry("schedule", "chat"),
            Map.entry("access", "chat"),
            Map.entry("state", "chat"),
            Map.entry("willingness", "chat"),
            Map.entry("models", "chat"),
            Map.entry("interactions", "reflection"),
            Map.entry("reflect", "reflection"),
            Map.entry("consolidations", "reflection"),
            Map.entry("collections", "documents"),
            Map.entry("elaborate", "documents"),
            Map.entry("export", "transfer"),
            Map.entry("import", "transfer"));

    /** Last segments of the routes of a user that are about reflection. */
    private static final Set<String> REFLECTION_OF_USER =
            Set.of("consolidation", "summary", "insights", "knowledge", "primer");

    /** Details of operations by name, which follow the summary. */
    private static final Map<String, String> DETAILS = Map.ofEntries(
            Map.entry(
                    "chat",
                    "A client that prefers text/event-stream receives the stored question, with `searched=true` what"
                            + " was searched, the pieces of the answer, the sources that it cites, and the reply. A"
                            + " repeated `id` returns the existing answer."),
            Map.entry(
                    "explainSelection",
                    "The answer is a stream of events: with `searched=true` what was searched, the pieces of the"
                            + " explanation, the sources that it cites, and its end."),
            Map.entry(
                    "listChanges",
                    "A client that prefers text/event-stream receives the changes as they happen, without an end. The"
                            + " name of an event is the kind of the change, its id the number, from which Last-Event-ID"
                            + " resumes."),
            Map.entry(
                    "followServer",
                    "The answer is a stream of events without an end: a sample each second, and the changes of an"
                            + " agent."),
            Map.entry("createNote", "The field `outcome` says whether the note was added or was known already."),
            Map.entry("getReadiness", "A server that is not ready answers 503."),
            Map.entry(
                    "addDocument", "With JSON the fields of the body name the document, with a file the query does."));

    /** Descriptions of parameters by name, or by operation and name. */
    private static final Map<String, String> PARAMETERS = Map.ofEntries(
            Map.entry("agent", "Name of the agent."),
            Map.entry("session", "Id of the session."),
            Map.entry("user", "Id of the user."),
            Map.entry("id", "Id of the item."),
            Map.entry("entity", "Id, name or alias of the entity."),
            Map.entry("collection", "Name of the collection."),
            Map.entry("document", "Id of the document."),
            Map.entry("event", "Event of the coding agent."),
            Map.entry("task", "Id of the job."),
            Map.entry("kind", "Kind of memory."),
            Map.entry("name", "Name of the file."),
            Map.entry("limit", "Maximum number of items."),
            Map.entry("after", "`next` of the page before."),
            Map.entry("before", "`next` of the page before, for earlier messages."),
            Map.entry("listChanges after", "Number of the last known change."),
            Map.entry("followServer after", "Number of the last known change of the agent."),
            Map.entry("listChanges limit", "Maximum number of changes of a page."),
            Map.entry("archived", "Whether archived messages are included."),
            Map.entry("superseded", "Whether superseded notes are included."),
            Map.entry("preview", "Whether nothing is erased and the answer lists what would be."),
            Map.entry("forget", "Whether the item is erased; otherwise it is retired and its past stays."),
            Map.entry("merge", "Whether a note that says the same takes over what is new."),
            Map.entry("searched", "Whether the answer also lists what was searched for it."),
            Map.entry("operation", "Name of an operation, such as deleteUser."),
            Map.entry("surface", "Only what was done through this surface."),
            Map.entry("counts", "Whether the answer has only the number of items."),
            Map.entry(
                    "duplicates",
                    "Whether notes and entities that may be the same are searched, which reads all of them."),
            Map.entry("key", "Id of the key."),
            Map.entry("as_of", "Time as of which the memory is read."),
            Map.entry("since", "Time after which changes are listed."),
            Map.entry("history", "Whether the answer has earlier versions."),
            Map.entry("relations", "Maximum number of relations in the answer; all if omitted."),
            Map.entry("category", "Category of the notes."),
            Map.entry("tag", "Tag of the notes."),
            Map.entry("source", "Source of the notes: user, reported, model, assistant, document or data."),
            Map.entry("min_importance", "Minimum importance, 0 to 1."),
            Map.entry("pinned", "Whether the notes are pinned."),
            Map.entry("type", "Types, separated by commas."),
            Map.entry("listEntities type", "Type of the entities."),
            Map.entry("text", "Text that names, types or observations contain."),
            Map.entry("query", "Question or keywords."),
            Map.entry("depth", "Maximum number of relations from the start."),
            Map.entry("direction", "Direction of the relations."),
            Map.entry("count", "Maximum number of paths."),
            Map.entry("from", "Entity at the start."),
            Map.entry("to", "Entity at the end."),
            Map.entry("concept", "Name of the concept."),
            Map.entry("state", "State of the items."),
            Map.entry("days", "Length of the period in days."),
            Map.entry("topic", "Topic, in words."),
            Map.entry("refresh", "Whether a cached primer is made anew."),
            Map.entry("mentioned", "Whether the message names the agent."),
            Map.entry("max_tokens", "Maximum number of tokens of the recalled context."),
            Map.entry("format", "Format of the file."),
            Map.entry("importFile user", "User of items that name none."),
            Map.entry("importFile session", "Session of messages that name none."),
            Map.entry("learn", "Whether notes are learned from the messages."),
            Map.entry("keep_all", "Whether the bound of live messages is raised for this import."),
            Map.entry("wait", "Whether the answer waits for the vectors."),
            Map.entry("addDocument id", "Id of the document, for a file."),
            Map.entry("addDocument collection", "Name of the collection, for a file."),
            Map.entry("title", "Title of the document, for a file."),
            Map.entry("read_only", "Whether tools that write are refused."),
            Map.entry("search_before_write", "Whether a topic must be searched before it is written about."),
            Map.entry("tools", "Profile of the tools."),
            Map.entry("Idempotency-Key", "Key of this write; a repeated key returns the result of the first write."),
            Map.entry("If-Match", "ETag of the version that may be changed."),
            Map.entry("Last-Event-ID", "Id of the last event that the client received."),
            Map.entry("X-Stele-Client", "Any value; shows that no page of another origin sent the request."),
            Map.entry("Mcp-Session-Id", "Session of a revision with sessions."),
            Map.entry("MCP-Protocol-Version", "Revision of the protocol."));

    private OpenApiTexts() {}

    /** Returns the tag of a route. */
    static String tag(Router.Route route) {
        if (route.template().startsWith(McpResources.PATH)) {
            return "mcp";
        }
        String[] segments = route.template()
                .replace("/v1/agents/{agent}", "/v1")
                .substring(1)
                .split("/", -1);
        if (route.template().equals("/v1/agents/{agent}")) {
            return "agents";
        }
        if (!segments[0].equals("v1")) {
            return "server";
        }
        if (segments[1].equals("users") && REFLECTION_OF_USER.contains(segments[segments.length - 1])) {
            return "reflection";
        }
        String tag = TAG_OF_SEGMENT.getOrDefault(segments[1], segments[1]);
        return TAGS.containsKey(tag) ? tag : "server";
    }

    /** Returns the description of an operation: what it does, further details, and the scope that a key needs. */
    static String description(Router.Route route) {
        String details = DETAILS.getOrDefault(route.name(), "");
        String access = AccessFilter.isPublic(route)
                ? "Needs no key."
                : "A key needs the scope %s."
                        .formatted(AccessFilter.needed(route).label());
        return route.summary() + ". " + (details.isEmpty() ? "" : details + " ") + access;
    }

    /** Returns the description of a parameter. */
    static @Nullable String parameter(Router.Route route, String name) {
        return Optional.ofNullable(PARAMETERS.get(route.name() + " " + name)).orElse(PARAMETERS.get(name));
    }

    /**
     * Returns the description of a response.
     *
     * @param empty whether the response has no body
     */
    static String response(String status, boolean empty) {
        if (!Character.isDigit(status.charAt(0))) {
            return "Another failure; the problem says which.";
        }
        String phrase = HttpStatus.getMessage(Integer.parseInt(status));
        return status.charAt(0) >= '4'
                ? phrase + "; the body says why and what to do."
                : phrase + (empty ? ", without a body." : ".");
    }

    /** Returns the headers of responses by name. */
    static Map<String, @Nullable Object> headers() {
        var headers = Json.fields();
        for (String[] header : Arrays.asList(new String[][] {
            {"ETag", "Version of the item, for the header If-Match.", "string"},
            {"Location", "Path of the new item.", "string"},
            {"RetryAfter", "Seconds after which the request may succeed; nothing was done.", "count"},
        })) {
            headers.put(
                    header[0],
                    Json.fields()
                            .put("description", header[1])
                            .put("schema", OpenApiSchemas.type(header[2]))
                            .map());
        }
        return headers.map();
    }
}
