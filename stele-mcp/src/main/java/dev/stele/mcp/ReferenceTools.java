package dev.stele.mcp;

import static dev.stele.mcp.Schema.array;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.required;
import static dev.stele.mcp.Schema.string;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.graph.McpMemoryGraph.PlainEntity;
import dev.stele.graph.McpMemoryGraph.PlainRelation;
import dev.stele.graph.McpMemoryGraph.Said;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Factory of the nine tools of the reference memory server, with their names, arguments and results. */
final class ReferenceTools {

    private static final Schema ENTITY = object(
            required("name", string("Name of the entity; unique")),
            required("entityType", string("Type of the entity, such as person or project")),
            required("observations", array("Facts about the entity, one each", string(""))));
    private static final Schema RELATION = object(
            required("from", string("Name of the source entity")),
            required("to", string("Name of the target entity")),
            required("relationType", string("Type of the relation, in active voice, such as works_at")));

    private ReferenceTools() {}

    static List<Tool> all() {
        return List.of(
                new Tool(
                        "create_entities",
                        "Create entities",
                        "Add people, projects, places and other things to the knowledge graph. A name that exists stays unchanged; use add_observations for it.",
                        Effect.ADDITIVE,
                        object(required("entities", array("Entities to add", ENTITY))),
                        call -> {
                            List<PlainEntity> drafts = parsed(call, "entities", PlainEntity::fromJson);
                            checkBatch(
                                    call,
                                    drafts.stream()
                                            .map(PlainEntity::observations)
                                            .toList());
                            List<PlainEntity> added =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.create(graph, drafts));
                            List<String> existing = drafts.stream()
                                    .filter(draft -> !added.contains(draft))
                                    .map(PlainEntity::name)
                                    .toList();
                            return ToolResult.of(
                                    added.stream().map(PlainEntity::toJson).toList(),
                                    existing.isEmpty()
                                            ? ""
                                            : "Not changed, because the names exist: %s. Add facts to them with add_observations."
                                                    .formatted(Json.write(existing)));
                        }),
                new Tool(
                        "create_relations",
                        "Create relations",
                        "Add directed relations between entities.",
                        Effect.ADDITIVE,
                        object(required("relations", array("Relations to add", RELATION))),
                        call -> {
                            List<PlainRelation> drafts = parsed(call, "relations", PlainRelation::fromJson);
                            call.memory().graph().checkBatch(drafts.size());
                            List<PlainRelation> added =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.relate(graph, drafts));
                            return ToolResult.of(
                                    added.stream().map(PlainRelation::toJson).toList());
                        }),
                new Tool(
                        "add_observations",
                        "Add observations",
                        "Add facts to existing entities.",
                        Effect.ADDITIVE,
                        object(required(
                                "observations",
                                array(
                                        "Facts to add, by entity",
                                        object(
                                                required("entityName", string("Name of the entity")),
                                                required("contents", array("Facts about the entity", string(""))))))),
                        call -> {
                            List<Said> drafts = parsed(
                                    call,
                                    "observations",
                                    said -> new Said(said.string("entityName"), said.strings("contents")));
                            checkBatch(call, drafts.stream().map(Said::contents).toList());
                            List<Said> added =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.observe(graph, drafts));
                            List<Map<String, @Nullable Object>> results = added.stream()
                                    .map(said -> Json.fields()
                                            .keep("entityName", said.entityName())
                                            .keep("addedObservations", said.contents())
                                            .map())
                                    .toList();
                            return ToolResult.of(results);
                        }),
                new Tool(
                        "delete_entities",
                        "Delete entities",
                        "Removes entities, with their observations and relations, from the graph. Unknown names are skipped.",
                        Effect.DESTRUCTIVE,
                        object(required("entityNames", array("Names of the entities to remove", string("")))),
                        call -> {
                            List<String> names = call.arguments().strings("entityNames");
                            call.memory().graph().checkBatch(names.size());
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteEntities(graph, names));
                            return ToolResult.ofText("Entities deleted successfully");
                        }),
                new Tool(
                        "delete_observations",
                        "Delete observations",
                        "Removes facts, given word for word, from entities. Unknown facts are skipped.",
                        Effect.DESTRUCTIVE,
                        object(required(
                                "deletions",
                                array(
                                        "Facts to remove, by entity",
                                        object(
                                                required("entityName", string("Name of the entity")),
                                                required("observations", array("Facts, word for word", string(""))))))),
                        call -> {
                            List<Said> targets = parsed(
                                    call,
                                    "deletions",
                                    said -> new Said(said.string("entityName"), said.strings("observations")));
                            checkBatch(
                                    call, targets.stream().map(Said::contents).toList());
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteObservations(graph, targets));
                            return ToolResult.ofText("Observations deleted successfully");
                        }),
                new Tool(
                        "delete_relations",
                        "Delete relations",
                        "Removes relations from the graph. Unknown relations are skipped.",
                        Effect.DESTRUCTIVE,
                        object(required("relations", array("Relations to remove", RELATION))),
                        call -> {
                            List<PlainRelation> targets = parsed(call, "relations", PlainRelation::fromJson);
                            call.memory().graph().checkBatch(targets.size());
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteRelations(graph, targets));
                            return ToolResult.ofText("Relations deleted successfully");
                        }),
                new Tool(
                        "read_graph",
                        "Read graph",
                        "Reads the whole knowledge graph. For a large graph use search_nodes.",
                        Effect.READ_ONLY,
                        object(),
                        call -> graph(call, McpMemoryGraph::read)),
                new Tool(
                        "search_nodes",
                        "Search nodes",
                        "Find entities by a word or name in their name, type or observations, with their relations. For a question use recall.",
                        Effect.READ_ONLY,
                        object(required("query", string("The text to find; case does not matter"))),
                        ReferenceTools::search),
                new Tool(
                        "open_nodes",
                        "Open nodes",
                        "Read entities by exact name, with their relations.",
                        Effect.READ_ONLY,
                        object(required("names", array("Names of entities", string("")))),
                        call -> graph(
                                call,
                                (graph, maxRows) -> McpMemoryGraph.open(
                                        graph, call.arguments().strings("names"), maxRows))));
    }

    /** Read of a part of the graph. */
    private interface GraphRead {
        McpMemoryGraph read(dev.stele.store.GraphView graph, int maxRows);
    }

    private static ToolResult search(ToolCall call) {
        McpMemoryGraph found = read(
                call.session(),
                (graph, maxRows) ->
                        McpMemoryGraph.search(graph, call.arguments().string("query"), maxRows));
        boolean hint = found.entities().isEmpty() && call.session().tools().includes("recall");
        return ToolResult.of(
                found.toJson(),
                hint ? "No entity contains this text. recall searches by meaning, in notes and messages too." : "");
    }

    /**
     * Checks the number of entities and of their observations in one call.
     *
     * @param observations observations of each entity
     */
    private static void checkBatch(ToolCall call, List<List<String>> observations) {
        call.memory()
                .graph()
                .checkBatch(Math.max(
                        observations.size(),
                        observations.stream().mapToInt(List::size).sum()));
    }

    private static ToolResult graph(ToolCall call, GraphRead read) {
        return ToolResult.of(read(call.session(), read).toJson());
    }

    /** Reads the whole graph; empty if the agent does not exist yet. */
    static McpMemoryGraph whole(McpSession session) {
        return read(session, McpMemoryGraph::read);
    }

    private static McpMemoryGraph read(McpSession session, GraphRead read) {
        try {
            int maxRows = session.memory().graph().limits().rows();
            return session.memory().graph().read(graph -> read.read(graph, maxRows));
        } catch (NotFoundException e) {
            return new McpMemoryGraph(List.of(), List.of()); // the agent does not exist yet
        }
    }

    private static <T> List<T> parsed(ToolCall call, String field, Function<JsonObject, T> parser) {
        return call.arguments().objects(field).stream().map(parser).toList();
    }
}
