package dev.stele.cli;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.graph.GraphPath;
import dev.stele.graph.Subgraph;
import dev.stele.graph.cypher.QueryResult;
import dev.stele.model.Direction;
import dev.stele.model.Entity;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommands that read the knowledge graph. */
@Command(
        name = "graph",
        description = "Read and query the knowledge graph.",
        mixinStandardHelpOptions = true,
        subcommands = {
            GraphCommand.Show.class,
            GraphCommand.Near.class,
            GraphCommand.Paths.class,
            GraphCommand.Query.class,
            GraphCommand.Important.class
        })
final class GraphCommand extends CommandGroup {

    /** Base class with the common options. */
    abstract static class OfGraph implements Callable<Integer> {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
        String agent = "";

        @Option(names = "--as-of", paramLabel = "TIME", description = "Read the graph as of this time.")
        @Nullable
        String asOf;

        Optional<Instant> time() {
            return Optional.ofNullable(asOf).map(text -> OptionValues.time("--as-of", text));
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
            description = "Show an entity with its observations and relations.",
            mixinStandardHelpOptions = true)
    static final class Show extends OfGraph {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Override
        void show(Graph graph, Output output) {
            Graph.Described found = graph.get(entity, time());
            output.print(found.toJson(), () -> {
                Entity described = found.entity();
                output.line(
                        "%s%s  %s",
                        described.name(), described.stub() ? "" : " (" + described.type() + ")", described.id());
                if (!described.aliases().isEmpty()) {
                    output.line("  also called %s", String.join(", ", described.aliases()));
                }
                described.attributes().forEach((name, value) -> output.line("  %s: %s", name, value));
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

    @Command(name = "near", description = "Show the neighborhood of an entity.", mixinStandardHelpOptions = true)
    static final class Near extends OfGraph {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Option(
                names = "--depth",
                defaultValue = "1",
                description = "Maximum distance in relations (${DEFAULT-VALUE}).")
        int depth;

        @Option(names = "--limit", defaultValue = "50", description = "Maximum number of entities (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void show(Graph graph, Output output) {
            Subgraph near = graph.neighbours(entity, depth, Direction.BOTH, Set.of(), time(), limit);
            output.print(
                    near.toJson(),
                    () -> output.table(
                            List.of("DISTANCE", "TYPE", "NAME"),
                            near.entities().stream()
                                    .map(entry -> List.of(
                                            String.valueOf(entry.distance()),
                                            entry.entity().type(),
                                            entry.entity().name()))
                                    .toList()));
        }
    }

    @Command(
            name = "path",
            description = "Show the shortest paths between two entities.",
            mixinStandardHelpOptions = true)
    static final class Paths extends OfGraph {

        @Parameters(index = "0", paramLabel = "FROM", description = "Name, alias or id.")
        String from = "";

        @Parameters(index = "1", paramLabel = "TO", description = "Name, alias or id.")
        String to = "";

        @Option(names = "--depth", defaultValue = "6", description = "Maximum length in relations (${DEFAULT-VALUE}).")
        int depth;

        @Option(names = "--count", defaultValue = "1", description = "Maximum number of paths (${DEFAULT-VALUE}).")
        int count;

        @Override
        void show(Graph graph, Output output) {
            List<GraphPath> paths = graph.paths(from, to, depth, count, Direction.BOTH, Set.of(), time());
            output.print(paths.stream().map(GraphPath::toJson).toList(), () -> {
                if (paths.isEmpty()) {
                    output.line("There is no path of at most %d relations.", depth);
                }
                for (GraphPath path : paths) {
                    var text = new StringBuilder(path.entities().getFirst().name());
                    for (int i = 0; i < path.length(); i++) {
                        boolean isForward = path.relations().get(i).from()
                                == path.entities().get(i).number();
                        text.append(isForward ? " -" : " <-")
                                .append(path.relations().get(i).type())
                                .append(isForward ? "-> " : "- ")
                                .append(path.entities().get(i + 1).name());
                    }
                    output.line("%s", text);
                }
            });
        }
    }

    @Command(
            name = "query",
            description = "Run a query in the reading part of openCypher, such as"
                    + " \"MATCH (p:person)-[:knows]->(q) RETURN p.name, q.name\".",
            mixinStandardHelpOptions = true)
    static final class Query extends OfGraph {

        @Parameters(paramLabel = "QUERY", description = "The query.")
        String query = "";

        @Option(names = "--param", paramLabel = "NAME=JSON", description = "Value of the parameter $NAME of the query.")
        Map<String, String> parameters = new LinkedHashMap<>();

        @Override
        void show(Graph graph, Output output) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            parameters.forEach((name, json) -> values.put(name, value(name, json)));
            QueryResult result = graph.query(query, values, time());
            output.print(
                    result.toJson(),
                    () -> output.table(
                            result.columns(),
                            result.rows().stream().map(Query::cells).toList()));
        }

        private static @Nullable Object value(String name, String json) {
            try {
                return Json.read(json);
            } catch (InvalidInputException e) {
                throw new InvalidInputException("--param " + name + ": " + e.getMessage());
            }
        }

        private static List<String> cells(List<@Nullable Object> row) {
            var cells = new ArrayList<String>();
            row.forEach(value -> cells.add(value instanceof String text ? text : Json.write(value)));
            return cells;
        }
    }

    @Command(
            name = "important",
            description = "Show the most important entities, by PageRank.",
            mixinStandardHelpOptions = true)
    static final class Important extends OfGraph {

        @Option(names = "--limit", defaultValue = "20", description = "Maximum number of entities (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void show(Graph graph, Output output) {
            List<Graph.Ranked> ranked = graph.rankByImportance(limit);
            output.print(
                    ranked.stream()
                            .map(entry -> Json.fields()
                                    .put("name", entry.entity().name())
                                    .put("type", entry.entity().type())
                                    .put("importance", entry.importance())
                                    .put("degree", entry.degree())
                                    .map())
                            .toList(),
                    () -> output.table(
                            List.of("SHARE", "RELATIONS", "TYPE", "NAME"),
                            ranked.stream()
                                    .map(entry -> List.of(
                                            String.format(Locale.ROOT, "%.4f", entry.importance()),
                                            String.valueOf(entry.degree()),
                                            entry.entity().type(),
                                            entry.entity().name()))
                                    .toList()));
        }
    }
}
