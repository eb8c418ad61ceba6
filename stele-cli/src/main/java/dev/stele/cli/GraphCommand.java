package dev.stele.cli;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.graph.GraphPath;
import dev.stele.graph.Subgraph;
import dev.stele.graph.cypher.QueryResult;
import dev.stele.model.Direction;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.model.StoredEntity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommands that read and change the knowledge graph. */
@Command(
        name = "graph",
        description = "Read, query and change the knowledge graph.",
        mixinStandardHelpOptions = true,
        subcommands = {
            GraphCommand.Show.class,
            GraphCommand.Near.class,
            GraphCommand.Paths.class,
            GraphCommand.Query.class,
            GraphCommand.Important.class,
            GraphCommand.History.class,
            GraphCommand.Add.class,
            GraphCommand.Observe.class,
            GraphCommand.Relate.class,
            GraphCommand.Update.class,
            GraphCommand.Merge.class,
            GraphCommand.Retire.class
        },
        footer = {"  stele graph add Ana --type person --observe \"lives in Lisbon\"", "  stele graph show Ana"})
final class GraphCommand extends CommandGroup {

    /** Base class with the common options. */
    abstract static class OfGraph implements Callable<Integer> {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = "--agent",
                paramLabel = "AGENT",
                defaultValue = "default",
                description = "Name of the agent (${DEFAULT-VALUE}).")
        String agent = "";

        @Override
        public Integer call() {
            try (Stele stele = common.open()) {
                run(stele.agent(agent).graph(), common.output());
            }
            return 0;
        }

        abstract void run(Graph graph, Output output);
    }

    /** Base class of commands that read the graph now or at a time in the past. */
    abstract static class OfTime extends OfGraph {

        @Option(names = "--as-of", paramLabel = "TIME", description = "Read the graph as of this time.")
        @Nullable
        String asOf;

        Optional<Instant> time() {
            return Optional.ofNullable(asOf).map(text -> OptionValues.time("--as-of", text));
        }
    }

    @Command(
            name = "show",
            description = "Show an entity with its observations and relations.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph show Ana", "  stele graph show Ana --as-of 2026-05-01T00:00:00Z"})
    static final class Show extends OfTime {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Override
        void run(Graph graph, Output output) {
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

    @Command(
            name = "near",
            description = "Show the neighborhood of an entity.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph near Ana --depth 2"})
    static final class Near extends OfTime {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Option(
                names = "--depth",
                paramLabel = "NUMBER",
                defaultValue = "1",
                description = "Maximum distance in relations (${DEFAULT-VALUE}).")
        int depth;

        @Option(
                names = "--limit",
                paramLabel = "NUMBER",
                defaultValue = "50",
                description = "Maximum number of entities (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void run(Graph graph, Output output) {
            Subgraph near = graph.neighbors(entity, depth, Direction.BOTH, Set.of(), time(), limit);
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
            mixinStandardHelpOptions = true,
            footer = {"  stele graph path Ana Porto"})
    static final class Paths extends OfTime {

        @Parameters(index = "0", paramLabel = "FROM", description = "Name, alias or id.")
        String from = "";

        @Parameters(index = "1", paramLabel = "TO", description = "Name, alias or id.")
        String to = "";

        @Option(
                names = "--depth",
                paramLabel = "NUMBER",
                defaultValue = "6",
                description = "Maximum length in relations (${DEFAULT-VALUE}).")
        int depth;

        @Option(
                names = "--limit",
                paramLabel = "NUMBER",
                defaultValue = "1",
                description = "Maximum number of paths (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void run(Graph graph, Output output) {
            List<GraphPath> paths = graph.paths(from, to, depth, limit, Direction.BOTH, Set.of(), time());
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
            description = "Run a query in the reading part of openCypher.",
            mixinStandardHelpOptions = true,
            footer = {
                "  stele graph query \"MATCH (p:person)-[:knows]->(q) RETURN p.name, q.name\"",
                "  stele graph query --param 'name=\"Ana\"' 'MATCH (p {name: $name}) RETURN p'"
            })
    static final class Query extends OfTime {

        @Parameters(paramLabel = "QUERY", description = "The query.")
        String query = "";

        @Option(names = "--param", paramLabel = "NAME=JSON", description = "Value of the parameter $NAME of the query.")
        Map<String, String> parameters = new LinkedHashMap<>();

        @Override
        void run(Graph graph, Output output) {
            QueryResult result = graph.query(query, json("--param", parameters), time());
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

    @Command(
            name = "important",
            description = "Show the most important entities, by PageRank.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph important --limit 5"})
    static final class Important extends OfGraph {

        @Option(
                names = "--limit",
                paramLabel = "NUMBER",
                defaultValue = "20",
                description = "Maximum number of entities (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void run(Graph graph, Output output) {
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

    @Command(
            name = "history",
            description = "Show the versions of an entity, oldest first.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph history Ana"})
    static final class History extends OfGraph {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Override
        void run(Graph graph, Output output) {
            List<Entity> versions = Stream.concat(
                            graph.history(entity).stream(),
                            Stream.of(graph.get(entity).entity()))
                    .toList();
            output.print(
                    versions.stream().map(Entity::toJson).toList(),
                    () -> output.table(
                            List.of("VERSION", "UPDATED", "TYPE", "NAME", "ATTRIBUTES"),
                            versions.stream()
                                    .map(version -> List.of(
                                            String.valueOf(version.version()),
                                            Output.time(version.updatedAt()),
                                            version.type(),
                                            version.name(),
                                            Json.write(version.attributes())))
                                    .toList()));
        }
    }

    @Command(
            name = "add",
            description = "Add an entity, or add to the one of that name and type.",
            mixinStandardHelpOptions = true,
            footer = {
                "  stele graph add Ana --type person --alias \"Ana Costa\" --observe \"lives in Lisbon\"",
                "  stele graph add Lisbon --type city --attribute population=545000"
            })
    static final class Add extends OfGraph {

        @Parameters(paramLabel = "ENTITY", description = "Name of the entity.")
        String entity = "";

        @Option(
                names = "--type",
                paramLabel = "TYPE",
                required = true,
                description = "Type of the entity, such as person.")
        String type = "";

        @Option(names = "--alias", paramLabel = "NAME", description = "Another name; may be repeated.")
        List<String> aliases = new ArrayList<>();

        @Option(
                names = "--attribute",
                paramLabel = "NAME=JSON",
                description = "Attribute of the entity; null removes it; may be repeated.")
        Map<String, String> attributes = new LinkedHashMap<>();

        @Option(names = "--observe", paramLabel = "TEXT", description = "Fact about the entity; may be repeated.")
        List<String> observations = new ArrayList<>();

        @Override
        void run(Graph graph, Output output) {
            EntityDraft draft = EntityDraft.of(type, entity, observations.toArray(String[]::new))
                    .withAliases(aliases.toArray(String[]::new))
                    .withAttributes(json("--attribute", attributes));
            StoredEntity stored = graph.put(List.of(draft)).getFirst();
            output.print(
                    Json.fields()
                            .put("entity", stored.entity().toJson())
                            .put("created", stored.created())
                            .put("observations_added", stored.added().size())
                            .map(),
                    () -> output.line(
                            stored.created() ? "Added %s with %d observations." : "%s exists; added %d observations.",
                            stored.entity().name(),
                            stored.added().size()));
        }
    }

    @Command(
            name = "observe",
            description = "Add facts to an entity.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph observe Ana \"drinks green tea\" \"works at a museum\""})
    static final class Observe extends OfGraph {

        @Parameters(index = "0", paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "TEXT", description = "Facts, each one argument.")
        List<String> texts = new ArrayList<>();

        @Override
        void run(Graph graph, Output output) {
            List<Observation> added = graph.observe(
                    entity, texts.stream().map(ObservationDraft::of).toList());
            output.print(
                    added.stream().map(Observation::toJson).toList(),
                    () -> output.line(
                            "Added %d observations; %d known already.", added.size(), texts.size() - added.size()));
        }
    }

    @Command(
            name = "relate",
            description = "Add a relation between two entities, or change the one of that type.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph relate Ana lives_in Lisbon --valid-from 2026-05-01T00:00:00Z"})
    static final class Relate extends OfGraph {

        @Parameters(index = "0", paramLabel = "FROM", description = "Name, alias or id.")
        String from = "";

        @Parameters(index = "1", paramLabel = "TYPE", description = "Type of the relation, such as works_at.")
        String type = "";

        @Parameters(index = "2", paramLabel = "TO", description = "Name, alias or id.")
        String to = "";

        @Option(names = "--valid-from", paramLabel = "TIME", description = "Time from which the relation holds.")
        @Nullable
        String validFrom;

        @Option(names = "--valid-to", paramLabel = "TIME", description = "Time at which the relation ends.")
        @Nullable
        String validTo;

        @Override
        void run(Graph graph, Output output) {
            Relation relation = graph.relate(RelationDraft.of(from, type, to)
                    .withValidity(
                            Optional.ofNullable(validFrom).map(time -> OptionValues.time("--valid-from", time)),
                            Optional.ofNullable(validTo).map(time -> OptionValues.time("--valid-to", time))));
            output.print(
                    relation.toJson(),
                    () -> output.line(
                            "%s -%s-> %s  %s",
                            relation.from().name(),
                            relation.type(),
                            relation.to().name(),
                            relation.id()));
        }
    }

    @Command(
            name = "update",
            description = "Change name, type, aliases or attributes of an entity.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph update Ana --patch '{\"type\":\"person\",\"attributes\":{\"born\":1990}}'"})
    static final class Update extends OfGraph implements AuditedCommand {

        @Parameters(paramLabel = "ENTITY", description = "Name, alias or id.")
        String entity = "";

        @Option(
                names = "--patch",
                paramLabel = "JSON",
                required = true,
                description = "Merge patch, such as {\"name\":\"Ana Costa\"}.")
        String patch = "";

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(AuditedOperation.of("updateEntity", agent));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        void run(Graph graph, Output output) {
            Entity updated = graph.update(entity, OptionValues.object("--patch", "patch", patch), OptionalLong.empty());
            output.print(updated.toJson(), () -> output.line("%s has version %d.", updated.name(), updated.version()));
        }
    }

    @Command(
            name = "merge",
            description = "Merge two entities that are the same one.",
            mixinStandardHelpOptions = true,
            footer = {"  stele graph merge Ana \"Ana Costa\""})
    static final class Merge extends OfGraph implements AuditedCommand {

        @Parameters(index = "0", paramLabel = "ENTITY", description = "Entity that is kept: name, alias or id.")
        String kept = "";

        @Parameters(index = "1", paramLabel = "DUPLICATE", description = "Entity that becomes a part of it.")
        String duplicate = "";

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(AuditedOperation.of("mergeEntities", agent));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        void run(Graph graph, Output output) {
            Entity merged = graph.merge(kept, duplicate);
            output.print(merged.toJson(), () -> output.line("%s is now part of %s.", duplicate, merged.name()));
        }
    }

    @Command(
            name = "retire",
            description = {
                "End an entity, an observation or a relation. It stays in the past of the graph;",
                "\"stele forget\" erases it from there, too."
            },
            mixinStandardHelpOptions = true,
            footer = {"  stele graph retire --entity Ana", "  stele graph retire --relation 01m8kjh3jy60kgw51fxsfnqe1m"
            })
    static final class Retire extends OfGraph implements AuditedCommand {

        @ArgGroup(multiplicity = "1")
        Retired retired = new Retired();

        /** What is ended; exactly one is given. */
        static final class Retired {
            @Option(names = "--entity", paramLabel = "ENTITY", description = "Entity: name, alias or id.")
            @Nullable
            String entity;

            @Option(names = "--observation", paramLabel = "ID", description = "Observation.")
            @Nullable
            String observation;

            @Option(names = "--relation", paramLabel = "ID", description = "Relation.")
            @Nullable
            String relation;
        }

        @Override
        public Optional<AuditedOperation> operation() {
            String name = retired.entity != null
                    ? "deleteEntity"
                    : retired.observation != null ? "deleteObservation" : "deleteRelation";
            return Optional.of(AuditedOperation.of(name, agent));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        void run(Graph graph, Output output) {
            if (retired.entity != null) {
                Entity ended = graph.retire(retired.entity);
                output.print(ended.toJson(), () -> output.line("Retired %s.", ended.name()));
            } else if (retired.observation != null) {
                Observation ended = graph.retireObservation(retired.observation);
                output.print(ended.toJson(), () -> output.line("Retired observation %s.", ended.id()));
            } else {
                Relation ended = graph.retireRelation(Objects.requireNonNull(retired.relation));
                output.print(ended.toJson(), () -> output.line("Retired relation %s.", ended.id()));
            }
        }
    }

    /** Parses the JSON values of an option that is given as name and value. */
    private static Map<String, @Nullable Object> json(String option, Map<String, String> texts) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        texts.forEach((name, json) -> {
            try {
                values.put(name, Json.read(json));
            } catch (InvalidInputException e) {
                throw new InvalidInputException(option + " " + name + ": " + e.getMessage());
            }
        });
        return values;
    }
}
