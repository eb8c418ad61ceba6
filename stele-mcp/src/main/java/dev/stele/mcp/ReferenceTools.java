package dev.stele.mcp;

import static dev.stele.mcp.Schema.list;
import static dev.stele.mcp.Schema.must;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.text;

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

/** The nine tools of the reference memory server, under their names and with their shapes. */
final class ReferenceTools {

    private static final Schema ENTITY = object(
            must("name", text("What the entity is called; one entity a name")),
            must("entityType", text("What it is, such as person or project")),
            must("observations", list("Facts about it, each on its own", text(""))));
    private static final Schema RELATION = object(
            must("from", text("Name of the entity where it begins")),
            must("to", text("Name of the entity where it ends")),
            must("relationType", text("What it says, in active voice, such as works_at")));
    private static final Schema GRAPH =
            object(must("entities", list("", ENTITY)), must("relations", list("", RELATION)));
    private static final Schema DONE = object(must("success", Schema.flag("")), must("message", text("")));

    private ReferenceTools() {}

    static List<Tool> all() {
        return List.of(
                new Tool(
                        "create_entities",
                        "Create entities",
                        "Adds entities to the knowledge graph. Names that are there already are left as they are.",
                        Effect.ADDS,
                        object(must("entities", list("What to add", ENTITY))),
                        object(must("entities", list("Those that were new", ENTITY))),
                        call -> {
                            List<PlainEntity> coming = each(call, "entities", PlainEntity::fromJson);
                            List<PlainEntity> made =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.create(graph, coming));
                            return listed(
                                    "entities",
                                    made.stream().map(PlainEntity::toJson).toList());
                        }),
                new Tool(
                        "create_relations",
                        "Create relations",
                        "Adds directed relations between entities. Those that are there already are left as they are; an entity that is not there yet may follow.",
                        Effect.ADDS,
                        object(must("relations", list("What to add", RELATION))),
                        object(must("relations", list("Those that were new", RELATION))),
                        call -> {
                            List<PlainRelation> coming = each(call, "relations", PlainRelation::fromJson);
                            List<PlainRelation> made =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.relate(graph, coming));
                            return listed(
                                    "relations",
                                    made.stream().map(PlainRelation::toJson).toList());
                        }),
                new Tool(
                        "add_observations",
                        "Add observations",
                        "Adds facts to entities that are there. Facts that are known word for word are left out.",
                        Effect.ADDS,
                        object(must(
                                "observations",
                                list(
                                        "What to add",
                                        object(
                                                must("entityName", text("Name of the entity")),
                                                must("contents", list("Facts about it", text(""))))))),
                        object(must(
                                "results",
                                list(
                                        "What was new, by entity",
                                        object(
                                                must("entityName", text("")),
                                                must("addedObservations", list("", text(""))))))),
                        call -> {
                            List<Said> coming = each(
                                    call,
                                    "observations",
                                    said -> new Said(said.string("entityName"), said.strings("contents")));
                            List<Said> made =
                                    call.memory().graph().edit(graph -> McpMemoryGraph.observe(graph, coming));
                            List<Map<String, @Nullable Object>> results = made.stream()
                                    .map(said -> Json.fields()
                                            .keep("entityName", said.entityName())
                                            .keep("addedObservations", said.contents())
                                            .map())
                                    .toList();
                            return listed("results", results);
                        }),
                new Tool(
                        "delete_entities",
                        "Delete entities",
                        "Takes entities out of the graph with their observations and relations. Names that are not there are passed over.",
                        Effect.REMOVES,
                        object(must("entityNames", list("Names of what to delete", text("")))),
                        DONE,
                        call -> {
                            List<String> names = call.arguments().strings("entityNames");
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteEntities(graph, names));
                            return done("Entities deleted successfully");
                        }),
                new Tool(
                        "delete_observations",
                        "Delete observations",
                        "Takes facts, given word for word, from entities. What is not there is passed over.",
                        Effect.REMOVES,
                        object(must(
                                "deletions",
                                list(
                                        "What to delete",
                                        object(
                                                must("entityName", text("Name of the entity")),
                                                must("observations", list("Facts, word for word", text(""))))))),
                        DONE,
                        call -> {
                            List<Said> gone = each(
                                    call,
                                    "deletions",
                                    said -> new Said(said.string("entityName"), said.strings("observations")));
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteObservations(graph, gone));
                            return done("Observations deleted successfully");
                        }),
                new Tool(
                        "delete_relations",
                        "Delete relations",
                        "Takes relations out of the graph. What is not there is passed over.",
                        Effect.REMOVES,
                        object(must("relations", list("What to delete", RELATION))),
                        DONE,
                        call -> {
                            List<PlainRelation> gone = each(call, "relations", PlainRelation::fromJson);
                            call.memory().graph().edit(graph -> McpMemoryGraph.deleteRelations(graph, gone));
                            return done("Relations deleted successfully");
                        }),
                new Tool(
                        "read_graph",
                        "Read graph",
                        "Reads the whole knowledge graph. Of a large one search instead.",
                        Effect.READS,
                        object(),
                        GRAPH,
                        call -> graph(call, McpMemoryGraph::read)),
                new Tool(
                        "search_nodes",
                        "Search nodes",
                        "Finds entities whose name, type or observations hold a text, with the relations at them. For a question in words use recall.",
                        Effect.READS,
                        object(must("query", text("The text to find, whatever its case"))),
                        GRAPH,
                        call -> graph(
                                call,
                                (graph, most) -> McpMemoryGraph.search(
                                        graph, call.arguments().string("query"), most))),
                new Tool(
                        "open_nodes",
                        "Open nodes",
                        "Reads entities by name, with the relations at them. Names that are not there are passed over.",
                        Effect.READS,
                        object(must("names", list("Names of entities", text("")))),
                        GRAPH,
                        call -> graph(
                                call,
                                (graph, most) -> McpMemoryGraph.open(
                                        graph, call.arguments().strings("names"), most))));
    }

    private interface Question {
        McpMemoryGraph ask(dev.stele.store.GraphView graph, int most);
    }

    private static ToolResult graph(ToolCall call, Question question) {
        return ToolResult.of(read(call.session(), question).toJson());
    }

    /** The whole graph; empty before there is anything. */
    static McpMemoryGraph whole(McpSession session) {
        return read(session, McpMemoryGraph::read);
    }

    private static McpMemoryGraph read(McpSession session, Question question) {
        try {
            int most = session.memory().graph().limits().rows();
            return session.memory().graph().read(graph -> question.ask(graph, most));
        } catch (NotFoundException e) {
            return new McpMemoryGraph(List.of(), List.of()); // nothing was remembered yet
        }
    }

    private static <T> List<T> each(ToolCall call, String field, Function<JsonObject, T> read) {
        return call.arguments().objects(field).stream().map(read).toList();
    }

    private static ToolResult listed(String name, List<Map<String, @Nullable Object>> list) {
        return ToolResult.of(
                PrettyJson.write(list), Json.fields().keep(name, list).map());
    }

    private static ToolResult done(String message) {
        return ToolResult.of(
                message,
                Json.fields().keep("success", true).keep("message", message).map());
    }
}
