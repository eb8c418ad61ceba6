package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.io.PercentEncoding;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.model.Entity;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Session;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Resources of a memory, which a client reads and subscribes to by URI: the whole graph as
 * {@code memory://knowledge-graph}, and sessions, users, notes and entities under {@code stele://agent/NAME/}, as lists
 * and as single items. Immutable.
 */
class Resources {

    static final String GRAPH = "memory://knowledge-graph";

    /** Maximum number of items in a list. */
    private static final int MAX_ITEMS = 100;

    private static final List<String> KINDS = List.of("sessions", "users", "notes", "entities");

    /** Maximum number of entities that the graph viewer shows. */
    private final int graphNodes;

    Resources() {
        this(McpServers.DEFAULT_GRAPH_NODES);
    }

    /** @param graphNodes maximum number of entities that the graph viewer shows */
    Resources(int graphNodes) {
        this.graphNodes = graphNodes;
    }

    /** Result of {@code resources/list}. */
    Map<String, @Nullable Object> list(McpSession session) {
        var all = new ArrayList<Map<String, @Nullable Object>>();
        all.add(resource(
                GRAPH,
                "knowledge-graph",
                "Knowledge graph",
                "All entities and relations, in the form of the reference memory server"));
        String root = root(session.memory().name());
        all.add(resource(root + "sessions", "sessions", "Sessions", "Conversations, latest first"));
        all.add(resource(root + "users", "users", "Users", "Users that the agent knows"));
        all.add(resource(root + "notes", "notes", "Notes", "Notes, newest first"));
        all.add(resource(root + "entities", "entities", "Entities", "Entities of the graph"));
        all.add(GraphViewer.resource());
        return Json.fields().keep("resources", all).map();
    }

    private static Map<String, @Nullable Object> resource(String uri, String name, String title, String description) {
        return Json.fields()
                .put("uri", uri)
                .put("name", name)
                .put("title", title)
                .put("description", description)
                .put("mimeType", "application/json")
                .map();
    }

    /** Result of {@code resources/templates/list}. */
    Map<String, @Nullable Object> templates(McpSession session) {
        String root = root(session.memory().name());
        return Json.fields()
                .keep(
                        "resourceTemplates",
                        List.of(
                                template(root + "sessions/{session}", "session", "A session with its latest messages"),
                                template(root + "users/{user}", "user", "What the agent knows of a user"),
                                template(root + "notes/{note}", "note", "A note with its earlier versions"),
                                template(
                                        root + "entities/{entity}",
                                        "entity",
                                        "An entity with its observations and relations")))
                .map();
    }

    private static Map<String, @Nullable Object> template(String uri, String name, String description) {
        return Json.fields()
                .put("uriTemplate", uri)
                .put("name", name)
                .put("description", description)
                .put("mimeType", "application/json")
                .map();
    }

    /**
     * Result of {@code resources/read}.
     *
     * @throws RpcError if there is no such resource
     */
    Map<String, @Nullable Object> read(McpSession session, String uri) {
        if (GraphViewer.URI.equals(uri)) {
            return GraphViewer.read(graphNodes);
        }
        Object tree = GRAPH.equals(uri)
                ? ReferenceTools.whole(session).toJson()
                : tree(session.memory(), uri)
                        .orElseThrow(() ->
                                new RpcError(RpcError.NO_RESOURCE, "There is no resource " + Json.write(uri) + "."));
        return Json.fields()
                .keep(
                        "contents",
                        List.of(Json.fields()
                                .put("uri", uri)
                                .put("mimeType", "application/json")
                                .put("text", PrettyJson.write(tree))
                                .map()))
                .map();
    }

    private static Optional<Object> tree(AgentMemory memory, String uri) {
        String root = root(memory.name());
        if (!uri.startsWith(root)) {
            return Optional.empty();
        }
        String[] parts = uri.substring(root.length()).split("/", 2);
        if (!KINDS.contains(parts[0])) {
            return Optional.empty();
        }
        try {
            return parts.length == 1
                    ? Optional.of(items(memory, parts[0]))
                    : item(memory, parts[0], URLDecoder.decode(parts[1].replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (NotFoundException e) {
            return parts.length == 1 ? Optional.of(Map.of("items", List.of())) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // invalid percent encoding
        }
    }

    private static Map<String, @Nullable Object> items(AgentMemory memory, String kind) {
        List<?> items = switch (kind) {
            case "sessions" ->
                memory.sessions().list(Optional.empty(), MAX_ITEMS, Optional.empty()).items().stream()
                        .map(Session::toJson)
                        .toList();
            case "users" -> memory.users().list(MAX_ITEMS);
            case "notes" ->
                memory.notes().list(NoteFilter.ALL, MAX_ITEMS, Optional.empty()).items().stream()
                        .map(Note::toJson)
                        .toList();
            default ->
                memory.graph().entities(Optional.empty(), 0, MAX_ITEMS).stream()
                        .map(Entity::toJson)
                        .toList();
        };
        return Json.fields().keep("items", items).map();
    }

    private static Optional<Object> item(AgentMemory memory, String kind, String id) {
        return switch (kind) {
            case "sessions" ->
                memory.sessions().get(id).map(session -> {
                    var json = Json.fields();
                    session.toJson().forEach(json::put);
                    return json.keep(
                                    "latest",
                                    memory.sessions().last(id, MAX_ITEMS).stream()
                                            .map(Message::toJson)
                                            .toList())
                            .map();
                });
            case "users" -> memory.users().get(id).map(user -> (Object) user.toJson());
            case "notes" ->
                memory.notes().get(id).map(note -> {
                    var json = Json.fields();
                    note.toJson().forEach(json::put);
                    return json.put(
                                    "history",
                                    memory.notes().history(id).stream()
                                            .map(Note::toJson)
                                            .toList())
                            .map();
                });
            default -> Optional.of(memory.graph().get(id).toJson());
        };
    }

    /** Returns the URIs of the resources that a change affects. */
    static List<String> affectedBy(AgentName agent, Change change) {
        String root = root(agent);
        String id = change.ref().map(PercentEncoding::of).orElse("");
        return switch (change.kind()) {
            case ENTITY_CREATED, ENTITY_UPDATED, ENTITY_RETIRED, ENTITY_DELETED ->
                List.of(GRAPH, root + "entities", root + "entities/" + id);
            case OBSERVATION_CREATED,
                    OBSERVATION_RETIRED,
                    OBSERVATION_DELETED,
                    RELATION_CREATED,
                    RELATION_UPDATED,
                    RELATION_RETIRED,
                    RELATION_DELETED -> List.of(GRAPH, root + "entities");
            case MESSAGE_CREATED, MESSAGE_EDITED, MESSAGE_DELETED, MESSAGE_ARCHIVED -> List.of(root + "sessions");
            case SESSION_UPDATED, SESSION_DELETED -> List.of(root + "sessions", root + "sessions/" + id);
            case NOTE_CREATED, NOTE_UPDATED, NOTE_REINFORCED, NOTE_SUPERSEDED, NOTE_DELETED ->
                List.of(root + "notes", root + "notes/" + id);
            case USER_UPDATED, USER_FORGOTTEN -> List.of(root + "users", root + "users/" + id);
            case EMBEDDED,
                    INDEXED,
                    AGENT_CREATED,
                    AGENT_REPLACED,
                    AGENT_UPDATED,
                    INTERACTION_RECORDED,
                    INTERACTION_PROCESSED,
                    INTERACTION_FAILED,
                    INTERACTION_RETRIED,
                    INTERACTION_DELETED,
                    NOTES_CONSOLIDATED,
                    CONSOLIDATION_UNDONE,
                    DOCUMENT_ADDED,
                    DOCUMENT_UPDATED,
                    DOCUMENT_DELETED,
                    PASSAGE_ADDED,
                    PASSAGE_DELETED -> List.of();
        };
    }

    private static String root(AgentName agent) {
        return "stele://agent/" + PercentEncoding.of(agent.value()) + "/";
    }
}
