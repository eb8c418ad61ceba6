package dev.stele.cli;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.graph.GraphPath;
import dev.stele.graph.Subgraph;
import dev.stele.graph.cypher.QueryResult;
import dev.stele.model.Direction;
import dev.stele.model.Entity;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and asks the knowledge graph. */
@Command(
        name = "graph",
        description = "Show and ask the knowledge graph.",
        mixinStandardHelpOptions = true,
        subcommands = {
            GraphCommand.Show.class,
            GraphCommand.Near.class,
            GraphCommand.Paths.class,
            GraphCommand.Query.class,
            GraphCommand.Important.class
        })
final class GraphCommand extends CommandGroup {

    /** What all of them take. */
    abstract static class OfGraph implements java.util.concurrent.Callable<Integer> {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(names = "--agent", defaultValue = "default", description = "Whose graph (${DEFAULT-VALUE}).")
        String agent = "";

        @Option(names = "--as-of", paramLabel = "TIME", description = "What was known and held then.")
        @Nullable
        String asOf;

        Optional<Instant> time() {
            return Optional.ofNullable(asOf).map(JsonObject::parseInstant);
        }

        @Override
        public Integer call() {
            try (Stele stele = common.open()) {
                show(stele.agent(agent).graph(), common.output());
            }
            return 0;
        }

        abstract void show(Graph graph, Output output);
    }

    @Command(
            name = "show",
            description = "Show an entity with all that is known of it.",
            mixinStandardHelpOptions = true)
    static final class Show extends OfGraph {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Override
        void show(Graph graph, Output output) {
            Graph.Described found = graph.get(entity, time());
            output.print(found.toJson(), () -> {
                Entity one = found.entity();
                output.line("%s%s  %s", one.name(), one.stub() ? "" : " (" + one.type() + ")", one.id());
                if (!one.aliases().isEmpty()) {
                    output.line("  also called %s", String.join(", ", one.aliases()));
                }
                one.attributes().forEach((name, value) -> output.line("  %s: %s", name, value));
                found.observations().stream()
                        .map(Observation::content)
                        .forEach(content -> output.line("  - %s", content));
                for (Relation relation : found.relations()) {
                    output.line(
                            "  %s -%s-> %s",
                            relation.from().name(),
                            relation.type(),
                            relation.to().name());
                }
            });
        }
    }

    @Command(name = "near", description = "Show what is around an entity.", mixinStandardHelpOptions = true)
    static final class Near extends OfGraph {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Option(names = "--depth", defaultValue = "1", description = "Most relations away (${DEFAULT-VALUE}).")
        int depth;

        @Option(names = "--limit", defaultValue = "50", description = "Most entities (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void show(Graph graph, Output output) {
            Subgraph near = graph.neighbours(entity, depth, Direction.BOTH, Set.of(), time(), limit);
            output.print(
                    near.toJson(),
                    () -> output.table(
                            List.of("DISTANCE", "TYPE", "NAME"),
                            near.entities().stream()
                                    .map(one -> List.of(
                                            String.valueOf(one.distance()),
                                            one.entity().type(),
                                            one.entity().name()))
                                    .toList()));
        }
    }

    @Command(
            name = "path",
            description = "Show the shortest ways between two entities.",
            mixinStandardHelpOptions = true)
    static final class Paths extends OfGraph {

        @Parameters(index = "0", paramLabel = "FROM", description = "Name, alias or id.")
        String from = "";

        @Parameters(index = "1", paramLabel = "TO", description = "Name, alias or id.")
        String to = "";

        @Option(names = "--depth", defaultValue = "6", description = "Most relations of a way (${DEFAULT-VALUE}).")
        int depth;

        @Option(names = "--count", defaultValue = "1", description = "Most ways (${DEFAULT-VALUE}).")
        int count;

        @Override
        void show(Graph graph, Output output) {
            List<GraphPath> paths = graph.paths(from, to, depth, count, Direction.BOTH, Set.of(), time());
            output.print(paths.stream().map(GraphPath::toJson).toList(), () -> {
                if (paths.isEmpty()) {
                    output.line("There is no way of at most %d relations.", depth);
                }
                for (GraphPath path : paths) {
                    var text = new StringBuilder(path.entities().getFirst().name());
                    for (int i = 0; i < path.length(); i++) {
                        boolean onward = path.relations().get(i).from()
                                == path.entities().get(i).number();
                        text.append(onward ? " -" : " <-")
                                .append(path.relations().get(i).type())
                                .append(onward ? "-> " : "- ")
                                .append(path.entities().get(i + 1).name());
                    }
                    output.line("%s", text);
                }
            });
        }
    }

    @Command(
            name = "query",
            description =
                    "Ask in the reading part of openCypher, such as \"MATCH (p:person)-[:knows]->(q) RETURN p.name, q.name\".",
            mixinStandardHelpOptions = true)
    static final class Query extends OfGraph {

        @Parameters(paramLabel = "QUERY", description = "The query.")
        String query = "";

        @Option(names = "--param", paramLabel = "NAME=JSON", description = "A value that the query names by $NAME.")
        Map<String, String> parameters = new LinkedHashMap<>();

        @Override
        void show(Graph graph, Output output) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            parameters.forEach((name, json) -> values.put(name, Json.read(json)));
            QueryResult result = graph.query(query, values, time());
            output.print(
                    result.toJson(),
                    () -> output.table(
                            result.columns(),
                            result.rows().stream().map(Query::cells).toList()));
        }

        private static List<String> cells(List<@Nullable Object> row) {
            var cells = new ArrayList<String>();
            row.forEach(value -> cells.add(value instanceof String text ? text : Json.write(value)));
            return cells;
        }
    }

    @Command(name = "important", description = "Show the entities that count most.", mixinStandardHelpOptions = true)
    static final class Important extends OfGraph {

        @Option(names = "--limit", defaultValue = "20", description = "Most entities (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void show(Graph graph, Output output) {
            List<Graph.Ranked> ranked = graph.important(limit);
            output.print(
                    ranked.stream()
                            .map(one -> Json.fields()
                                    .put("name", one.entity().name())
                                    .put("type", one.entity().type())
                                    .put("importance", one.importance())
                                    .put("degree", one.degree())
                                    .map())
                            .toList(),
                    () -> output.table(
                            List.of("SHARE", "RELATIONS", "TYPE", "NAME"),
                            ranked.stream()
                                    .map(one -> List.of(
                                            String.format(java.util.Locale.ROOT, "%.4f", one.importance()),
                                            String.valueOf(one.degree()),
                                            one.entity().type(),
                                            one.entity().name()))
                                    .toList()));
        }
    }
}
