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

import dev.stele.graph.GraphPath;
import dev.stele.graph.Subgraph;
import dev.stele.graph.cypher.QueryResult;
import dev.stele.mcp.Tool.Effect;
import dev.stele.model.Direction;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.reflect.DuplicateFinder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tools for the knowledge graph beyond the reference server's. */
final class GraphTools {

    private static final Schema TIME = text("A time such as 2026-05-08T13:56:00Z: what was known and held then");
    private static final Schema DIRECTION = choice("Which way to follow relations (both)", "out", "in", "both");
    private static final int NEAR = 50;
    private static final int DEPTH = 1;
    private static final int LONGEST = 6;

    private GraphTools() {}

    static List<Tool> all() {
        return List.of(
                new Tool(
                        "connect",
                        "Connect",
                        "Adds entities and relations between them in one step, all or none. Entities of the same name and type take up what is new; a relation names entities by the ref given here, or by names that are there.",
                        Effect.ADDS,
                        object(
                                may(
                                        "entities",
                                        list(
                                                "Entities",
                                                object(
                                                        may(
                                                                "ref",
                                                                text(
                                                                        "Your own word for it in this call; else its name")),
                                                        must("name", text("What it is called")),
                                                        must("type", text("What it is")),
                                                        may("aliases", list("Other names", text(""))),
                                                        may("attributes", any("Anything more; null takes one away")),
                                                        may("observations", list("Facts about it", text(""))),
                                                        may(
                                                                "mentionedBy",
                                                                list(
                                                                        "Ids of messages and notes that speak of it",
                                                                        text("")))))),
                                may(
                                        "relations",
                                        list(
                                                "Relations",
                                                object(
                                                        must("from", text("ref, name, alias or id")),
                                                        must("to", text("ref, name, alias or id")),
                                                        must("type", text("What it says, such as works_at")),
                                                        may("fact", text("The same as a sentence")),
                                                        may("weight", number("How strong, above 0 (1)")),
                                                        may("attributes", any("Anything more")),
                                                        may("validFrom", text("From when it holds")),
                                                        may("validTo", text("Until when it holds")),
                                                        may(
                                                                "sources",
                                                                list(
                                                                        "Ids of messages and notes it comes from",
                                                                        text(""))))))),
                        object(
                                must("entities", list("", any("An entity by its ref"))),
                                must("relations", list("", any("A relation")))),
                        call -> ToolResult.of(call.memory()
                                .graph()
                                .connect(call.arguments(), Optional.empty())
                                .toJson())),
                new Tool(
                        "neighbors",
                        "Neighbors",
                        "What is around an entity: the entities some relations away, and the relations between.",
                        Effect.READS,
                        object(
                                must("entity", text("Name, alias or id")),
                                may("depth", whole("Most relations away (1)")),
                                may("direction", DIRECTION),
                                may("types", list("Only relations of these types", text(""))),
                                may("as_of", TIME),
                                may("limit", whole("Most entities (50)"))),
                        object(
                                must("entities", list("", any("An entity and its distance"))),
                                must("relations", list("", any("A relation by names"))),
                                may("truncated", flag("There is more"))),
                        call -> {
                            JsonObject given = call.arguments();
                            Subgraph near = call.memory()
                                    .graph()
                                    .neighbours(
                                            given.string("entity"),
                                            MemoryTools.limit(call, "depth", DEPTH),
                                            direction(given),
                                            Set.copyOf(given.strings("types")),
                                            given.optionalInstant("as_of"),
                                            MemoryTools.limit(call, "limit", NEAR));
                            return ToolResult.of(near.toJson());
                        }),
                new Tool(
                        "path",
                        "Path",
                        "The shortest ways from one entity to another along relations.",
                        Effect.READS,
                        object(
                                must("from", text("Name, alias or id")),
                                must("to", text("Name, alias or id")),
                                may("depth", whole("Most relations of a way (6)")),
                                may("count", whole("Most ways (1)")),
                                may("direction", DIRECTION),
                                may("types", list("Only relations of these types", text(""))),
                                may("as_of", TIME)),
                        object(must("paths", list("The shortest first; none if there is no way", any("A way")))),
                        call -> {
                            JsonObject given = call.arguments();
                            List<Map<String, @Nullable Object>> paths = call
                                    .memory()
                                    .graph()
                                    .paths(
                                            given.string("from"),
                                            given.string("to"),
                                            MemoryTools.limit(call, "depth", LONGEST),
                                            Math.max(1, MemoryTools.limit(call, "count", 1)),
                                            direction(given),
                                            Set.copyOf(given.strings("types")),
                                            given.optionalInstant("as_of"))
                                    .stream()
                                    .map(GraphPath::toJson)
                                    .toList();
                            return ToolResult.of(
                                    Json.fields().keep("paths", paths).map());
                        }),
                new Tool(
                        "graph_query",
                        "Graph query",
                        "Asks the knowledge graph in openCypher, for reading only: MATCH, OPTIONAL MATCH, WHERE, WITH, UNWIND, RETURN, ORDER BY, SKIP, LIMIT, UNION. Nodes have their type as label and name, id, observations and attributes as properties; example: MATCH (p:person)-[:works_at]->(c) RETURN p.name, c.name LIMIT 10.",
                        Effect.READS,
                        object(
                                must("query", text("The query")),
                                may("parameters", any("Values of what the query names by $")),
                                may("as_of", TIME)),
                        object(
                                must("columns", list("", text(""))),
                                must("rows", list("", list("", Schema.VALUE))),
                                must("count", whole("How many rows"))),
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
                        "Finds notes that say the same twice and entities that are one. Only tells unless asked to apply; what then gives way is kept as superseded or in the past.",
                        Effect.SETS,
                        object(may("apply", flag("Put right what is found (false)"))),
                        object(must("applied", flag("")), must("findings", list("", any("What is one, and why")))),
                        call -> {
                            boolean apply =
                                    call.arguments().optionalBoolean("apply").orElse(false);
                            call.progress(0, 1, "looking through notes and entities");
                            List<Map<String, @Nullable Object>> findings = call.memory().consolidate(apply).stream()
                                    .map(DuplicateFinder.Finding::toJson)
                                    .toList();
                            call.progress(1, 1, findings.size() + " found");
                            return ToolResult.of(Json.fields()
                                    .keep("applied", apply)
                                    .keep("findings", findings)
                                    .map());
                        }));
    }

    private static Direction direction(JsonObject given) {
        return Direction.of(given.optionalString("direction").orElse("both"));
    }
}
