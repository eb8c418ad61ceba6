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

import dev.stele.graph.GraphPath;
import dev.stele.graph.Subgraph;
import dev.stele.graph.cypher.QueryResult;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.Direction;
import dev.stele.model.DuplicateGroup;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Factory of the tools for the knowledge graph that the reference server does not have. */
final class GraphTools {

    private static final Schema TIME = string("A time such as 2026-05-08T13:56:00Z; reads the graph as of then");
    private static final Schema DIRECTION =
            enumeration("Direction in which relations are followed (both)", "out", "in", "both");
    private static final int DEFAULT_NEIGHBORS = 50;
    private static final int DEFAULT_DEPTH = 1;
    private static final int DEFAULT_PATH_LENGTH = 6;

    private GraphTools() {}

    static List<Tool> all() {
        return List.of(
                new Tool(
                        "connect",
                        "Connect",
                        "Adds entities and relations between them atomically. An existing entity of the same name and type receives the new facts. A relation names its entities by a ref of this call, or by the name, alias or id of an existing entity.",
                        Effect.ADDITIVE,
                        object(
                                optional(
                                        "entities",
                                        array(
                                                "Entities",
                                                object(
                                                        optional(
                                                                "ref",
                                                                string(
                                                                        "Reference to the entity in this call; its name if omitted")),
                                                        required("name", string("Name of the entity")),
                                                        required("type", string("Type of the entity")),
                                                        optional("aliases", array("Other names", string(""))),
                                                        optional(
                                                                "attributes",
                                                                anyObject("Further attributes; null removes one")),
                                                        optional(
                                                                "observations",
                                                                array("Facts about the entity", string(""))),
                                                        optional(
                                                                "mentioned_by",
                                                                array(
                                                                        "Ids of messages and notes that mention the entity",
                                                                        string("")))))),
                                optional(
                                        "relations",
                                        array(
                                                "Relations",
                                                object(
                                                        required("from", string("ref, name, alias or id")),
                                                        required("to", string("ref, name, alias or id")),
                                                        required(
                                                                "type",
                                                                string("Type of the relation, such as works_at")),
                                                        optional("fact", string("The relation as a sentence")),
                                                        optional("weight", number("Strength, above 0 (1)")),
                                                        optional("attributes", anyObject("Further attributes")),
                                                        optional("valid_from", string("Start of validity")),
                                                        optional("valid_to", string("End of validity")),
                                                        optional(
                                                                "sources",
                                                                array(
                                                                        "Ids of messages and notes that the relation comes from",
                                                                        string(""))))))),
                        GraphTools::connect),
                new Tool(
                                "neighbors",
                                "Neighbors",
                                "Reads the neighborhood of an entity: the entities within a distance, and the relations between them.",
                                Effect.READ_ONLY,
                                object(
                                        required("entity", string("Name, alias or id")),
                                        optional("depth", integer("Maximum distance in relations (1)", 0)),
                                        optional("direction", DIRECTION),
                                        optional("types", array("Only relations of these types", string(""))),
                                        optional("as_of", TIME),
                                        optional("limit", integer("Maximum number of entities (50)"))),
                                call -> {
                                    JsonObject arguments = call.arguments();
                                    Subgraph neighborhood = call.memory()
                                            .graph()
                                            .neighbors(
                                                    arguments.string("entity"),
                                                    MemoryTools.limit(call, "depth", DEFAULT_DEPTH),
                                                    direction(arguments),
                                                    Set.copyOf(arguments.strings("types")),
                                                    arguments.optionalInstant("as_of"),
                                                    MemoryTools.limit(call, "limit", DEFAULT_NEIGHBORS));
                                    return ToolResult.of(neighborhood.toJson());
                                })
                        .withView(GraphViewer.URI),
                new Tool(
                        "path",
                        "Path",
                        "Finds the shortest paths from one entity to another along relations.",
                        Effect.READ_ONLY,
                        object(
                                required("from", string("Name, alias or id")),
                                required("to", string("Name, alias or id")),
                                optional("depth", integer("Maximum length of a path in relations (6)", 0)),
                                optional("count", integer("Maximum number of paths (1)")),
                                optional("direction", DIRECTION),
                                optional("types", array("Only relations of these types", string(""))),
                                optional("as_of", TIME)),
                        call -> {
                            JsonObject arguments = call.arguments();
                            List<Map<String, @Nullable Object>> paths = call
                                    .memory()
                                    .graph()
                                    .paths(
                                            arguments.string("from"),
                                            arguments.string("to"),
                                            MemoryTools.limit(call, "depth", DEFAULT_PATH_LENGTH),
                                            MemoryTools.limit(call, "count", 1),
                                            direction(arguments),
                                            Set.copyOf(arguments.strings("types")),
                                            arguments.optionalInstant("as_of"))
                                    .stream()
                                    .map(GraphPath::toJson)
                                    .toList();
                            return ToolResult.of(
                                    Json.fields().keep("paths", paths).map());
                        }),
                new Tool(
                        "graph_query",
                        "Graph query",
                        "Queries the knowledge graph in the reading part of openCypher: MATCH, OPTIONAL MATCH, WHERE, WITH, UNWIND, RETURN, ORDER BY, SKIP, LIMIT, UNION. The type of a node is its label; name, id, observations and attributes are its properties. Example: MATCH (p:person)-[:works_at]->(c) RETURN p.name, c.name LIMIT 10.",
                        Effect.READ_ONLY,
                        object(
                                required("query", string("The query")),
                                optional("parameters", anyObject("Values of the parameters ($name) of the query")),
                                optional("as_of", TIME)),
                        call -> {
                            QueryResult result = call.memory()
                                    .graph()
                                    .query(
                                            call.arguments().string("query"),
                                            call.arguments().map("parameters"),
                                            call.arguments().optionalInstant("as_of"));
                            return ToolResult.of(result.toJson());
                        }),
                new Tool(
                                "consolidate",
                                "Consolidate",
                                "Finds duplicate notes and duplicate entities. Reports them only, unless \"apply\" is true; then the duplicates are superseded or retired, which keeps their past.",
                                Effect.IDEMPOTENT,
                                object(optional("apply", bool("Merge the duplicates (false)"))),
                                call -> {
                                    boolean apply = call.arguments()
                                            .optionalBoolean("apply")
                                            .orElse(false);
                                    call.progress(0, 1, "searching notes and entities");
                                    List<Map<String, @Nullable Object>> findings =
                                            call.memory().consolidate(apply).stream()
                                                    .map(DuplicateGroup::toJson)
                                                    .toList();
                                    call.progress(1, 1, findings.size() + " found");
                                    return ToolResult.of(Json.fields()
                                            .keep("applied", apply)
                                            .keep("findings", findings)
                                            .map());
                                })
                        .withTasks(Tool.TaskSupport.IF_ACCEPTED));
    }

    private static ToolResult connect(ToolCall call) {
        if (call.arguments().names().isEmpty()) {
            throw new InvalidInputException("Give entities, relations or both; there is nothing to add.");
        }
        return ToolResult.of(call.memory()
                .graph()
                .connect(call.arguments(), Optional.empty())
                .toJson());
    }

    private static Direction direction(JsonObject arguments) {
        return Direction.of(arguments.optionalString("direction").orElse("both"));
    }
}
