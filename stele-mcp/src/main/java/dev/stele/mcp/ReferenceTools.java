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
    private static final Schema GRAPH =
            object(required("entities", array("", ENTITY)), required("relations", array("", RELATION)));
    private static final Schema DONE = object(required("success", Schema.bool("")), required("message", string("")));

    private ReferenceTools() {}

    static List<Tool> all() {
        return List.of(
                new Tool(
                        "create_entities",
                        "Create entities",
                        "Adds entities to the knowledge graph. Existing names are not changed.",
                        Effect.ADDITIVE,
                        object(required("entities", array("Entities to add", ENTITY))),
                        object(required("entities", array("Entities that were added", ENTITY))),
                        call -> {
                            List<PlainEntity> drafts = parsed(call, "entities", PlainEntity::fromJson);
                            List<PlainEntity> added =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.create(graph, drafts));
                            return listResult(
                                    "entities",
                                    added.stream().map(PlainEntity::toJson).toList());
                        }),
                new Tool(
                        "create_relations",
                        "Create relations",
                        "Adds directed relations between entities. Existing relations are not changed; an entity that does not exist yet may be added later.",
                        Effect.ADDITIVE,
                        object(required("relations", array("Relations to add", RELATION))),
                        object(required("relations", array("Relations that were added", RELATION))),
                        call -> {
                            List<PlainRelation> drafts = parsed(call, "relations", PlainRelation::fromJson);
                            List<PlainRelation> added =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.relate(graph, drafts));
                            return listResult(
                                    "relations",
                                    added.stream().map(PlainRelation::toJson).toList());
                        }),
                new Tool(
                        "add_observations",
                        "Add observations",
                        "Adds facts to existing entities. Facts that the entity has already, word for word, are skipped.",
                        Effect.ADDITIVE,
                        object(required(
                                "observations",
                                array(
                                        "Facts to add, by entity",
                                        object(
                                                required("entityName", string("Name of the entity")),
                                                required("contents", array("Facts about the entity", string(""))))))),
                        object(required(
                                "results",
                                array(
                                        "Facts that were added, by entity",
                                        object(
                                                required("entityName", string("")),
                                                required("addedObservations", array("", string(""))))))),
                        call -> {
                            List<Said> drafts = parsed(
                                    call,
                                    "observations",
                                    said -> new Said(said.string("entityName"), said.strings("contents")));
                            List<Said> added =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.observe(graph, drafts));
                            List<Map<String, @Nullable Object>> results = added.stream()
                                    .map(said -> Json.fields()
                                            .keep("entityName", said.entityName())
                                            .keep("addedObservations", said.contents())
                                            .map())
                                    .toList();
                            return listResult("results", results);
                        }),
                new Tool(
                        "delete_entities",
                        "Delete entities",
                        "Removes entities, with their observations and relations, from the graph. Unknown names are skipped.",
                        Effect.DESTRUCTIVE,
                        object(required("entityNames", array("Names of the entities to remove", string("")))),
                        DONE,
                        call -> {
                            List<String> names = call.arguments().strings("entityNames");
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteEntities(graph, names));
                            return success("Entities deleted successfully");
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
                        DONE,
                        call -> {
                            List<Said> targets = parsed(
                                    call,
                                    "deletions",
                                    said -> new Said(said.string("entityName"), said.strings("observations")));
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteObservations(graph, targets));
                            return success("Observations deleted successfully");
                        }),
                new Tool(
                        "delete_relations",
                        "Delete relations",
                        "Removes relations from the graph. Unknown relations are skipped.",
                        Effect.DESTRUCTIVE,
                        object(required("relations", array("Relations to remove", RELATION))),
                        DONE,
                        call -> {
                            List<PlainRelation> targets = parsed(call, "relations", PlainRelation::fromJson);
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteRelations(graph, targets));
                            return success("Relations deleted successfully");
                        }),
                new Tool(
                        "read_graph",
                        "Read graph",
                        "Reads the whole knowledge graph. For a large graph use search_nodes.",
                        Effect.READ_ONLY,
                        object(),
                        GRAPH,
                        call -> graph(call, McpMemoryGraph::read)),
                new Tool(
                        "search_nodes",
                        "Search nodes",
                        "Finds entities whose name, type or observations contain a text, with their relations. For a question in words use recall.",
                        Effect.READ_ONLY,
                        object(required("query", string("The text to find; case does not matter"))),
                        GRAPH,
                        call -> graph(
                                call,
                                (graph, maxRows) -> McpMemoryGraph.search(
                                        graph, call.arguments().string("query"), maxRows))),
                new Tool(
                        "open_nodes",
                        "Open nodes",
                        "Reads entities by name, with their relations. Unknown names are skipped.",
                        Effect.READ_ONLY,
                        object(required("names", array("Names of entities", string("")))),
                        GRAPH,
                        call -> graph(
                                call,
                                (graph, maxRows) -> McpMemoryGraph.open(
                                        graph, call.arguments().strings("names"), maxRows))));
    }

    /** Read of a part of the graph. */
    private interface GraphRead {
        McpMemoryGraph read(dev.stele.store.GraphView graph, int maxRows);
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

    private static ToolResult listResult(String name, List<Map<String, @Nullable Object>> list) {
        return ToolResult.of(
                PrettyJson.write(list), Json.fields().keep(name, list).map());
    }

    private static ToolResult success(String message) {
        return ToolResult.of(
                message,
                Json.fields().keep("success", true).keep("message", message).map());
    }
}
