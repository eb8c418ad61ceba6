package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.EntityRef;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Graph in the plain format of the Model Context Protocol reference memory server: entities are identified by their
 * names alone, relations may exist before their entities, and deleted items are not visible. It is a view of the same
 * graph: a name denotes the entity with that name, ignoring case, and the history is kept. Immutable.
 *
 * @param entities entities in the order in which they were recorded, without stubs
 * @param relations relations in the order in which they were recorded
 */
public record McpMemoryGraph(List<PlainEntity> entities, List<PlainRelation> relations) {

    /** Number of entities whose observations are read at a time. */
    private static final int PAGE_SIZE = 500;

    public McpMemoryGraph {
        entities = List.copyOf(entities);
        relations = List.copyOf(relations);
    }

    /** Entity or relation on a line of the reference server's file. */
    public sealed interface Line {
        Map<String, @Nullable Object> toJson();
    }

    /** Entity with its name and the texts of its observations. */
    public record PlainEntity(String name, String entityType, List<String> observations) implements Line {

        public PlainEntity {
            observations = List.copyOf(observations);
        }

        public static PlainEntity fromJson(JsonObject json) {
            return new PlainEntity(json.string("name"), json.string("entityType"), json.strings("observations"));
        }

        @Override
        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .keep("name", name)
                    .keep("entityType", entityType)
                    .keep("observations", observations)
                    .map();
        }
    }

    /** Relation between two entities given by their names. */
    public record PlainRelation(String from, String to, String relationType) implements Line {

        public static PlainRelation fromJson(JsonObject json) {
            return new PlainRelation(json.string("from"), json.string("to"), json.string("relationType"));
        }

        @Override
        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .keep("from", from)
                    .keep("to", to)
                    .keep("relationType", relationType)
                    .map();
        }
    }

    /** Texts about an entity. */
    public record Said(String entityName, List<String> contents) {}

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("entities", entities.stream().map(PlainEntity::toJson).toList())
                .keep("relations", relations.stream().map(PlainRelation::toJson).toList())
                .map();
    }

    // ---- writing

    /**
     * Adds the entities whose names do not exist yet.
     *
     * @param graph writer of the graph
     * @param entities entities to add
     * @return added entities
     */
    public static List<PlainEntity> create(GraphWriter graph, List<PlainEntity> entities) {
        var created = new ArrayList<PlainEntity>();
        for (PlainEntity entity : entities) {
            if (described(graph.view(), entity.name()).isEmpty()) {
                graph.put(EntityDraft.of(
                        entity.entityType(),
                        entity.name(),
                        entity.observations().toArray(String[]::new)));
                created.add(entity);
            }
        }
        return created;
    }

    /**
     * Adds the relations that do not exist yet. An end that does not exist becomes a stub.
     *
     * @param graph writer of the graph
     * @param relations relations to add
     * @return added relations
     */
    public static List<PlainRelation> relate(GraphWriter graph, List<PlainRelation> relations) {
        var added = new ArrayList<PlainRelation>();
        for (PlainRelation relation : relations) {
            Entity from = graph.getOrStub(relation.from());
            Entity to = graph.getOrStub(relation.to());
            if (graph.view()
                    .relations(from.number(), relation.relationType(), to.number())
                    .isEmpty()) {
                graph.connect(from, to, RelationDraft.of(relation.from(), relation.relationType(), relation.to()));
                added.add(relation);
            }
        }
        return added;
    }

    /**
     * Adds observations about entities. Texts that are already recorded for their entity are skipped.
     *
     * @param graph writer of the graph
     * @param said texts by entity
     * @return added texts by entity
     * @throws NotFoundException if an entity does not exist; the edit is then rolled back and nothing is added
     */
    public static List<Said> observe(GraphWriter graph, List<Said> said) {
        var results = new ArrayList<Said>();
        for (Said some : said) {
            Entity entity = described(graph.view(), some.entityName())
                    .orElseThrow(() -> new NotFoundException(
                            "Entity with name %s not found; create it first.".formatted(some.entityName())));
            results.add(new Said(
                    some.entityName(),
                    some.contents().stream()
                            .filter(content -> graph.observe(entity, ObservationDraft.of(content))
                                    .isPresent())
                            .toList()));
        }
        return results;
    }

    /**
     * Retires the entities with the given names, with their observations and relations. Unknown names are ignored.
     *
     * @param graph writer of the graph
     * @param names names or aliases of entities
     * @return number of retired entities
     */
    public static int deleteEntities(GraphWriter graph, Collection<String> names) {
        int gone = 0;
        for (String name : new LinkedHashSet<>(names)) {
            for (Entity entity : graph.view().named(Entity.key(name))) {
                graph.retire(entity);
                gone++;
            }
        }
        return gone;
    }

    /**
     * Retires the observations with exactly the given texts. Unknown texts are ignored.
     *
     * @param graph writer of the graph
     * @param said texts by entity
     * @return number of retired observations
     */
    public static int deleteObservations(GraphWriter graph, List<Said> said) {
        int gone = 0;
        for (Said some : said) {
            for (String content : new LinkedHashSet<>(some.contents())) {
                Optional<Observation> existing = described(graph.view(), some.entityName())
                        .flatMap(entity -> graph.view().observation(entity.number(), content));
                existing.ifPresent(graph::retire);
                gone += existing.isPresent() ? 1 : 0;
            }
        }
        return gone;
    }

    /**
     * Retires relations by their ends and types. Unknown relations are ignored.
     *
     * @param graph writer of the graph
     * @param relations relations to retire
     * @return number of retired relations
     */
    public static int deleteRelations(GraphWriter graph, List<PlainRelation> relations) {
        int gone = 0;
        for (PlainRelation relation : relations) {
            Optional<Entity> from = graph.find(relation.from());
            Optional<Entity> to = graph.find(relation.to());
            if (from.isPresent() && to.isPresent()) {
                List<Relation> existing = graph.view()
                        .relations(
                                from.get().number(),
                                relation.relationType(),
                                to.get().number());
                existing.forEach(graph::retire);
                gone += existing.size();
            }
        }
        return gone;
    }

    /** Returns the first current entity with a name that is not a stub. */
    private static Optional<Entity> described(GraphView graph, String name) {
        return graph.named(Entity.key(name)).stream()
                .filter(entity -> !entity.stub())
                .findFirst();
    }

    // ---- reading

    /**
     * Reads the whole current graph.
     *
     * @param graph view of the graph
     * @param limit maximum number of entities, and of relations
     * @throws LimitExceededException if there are more
     */
    public static McpMemoryGraph read(GraphView graph, int limit) {
        var entities = new ArrayList<Entity>();
        long last = 0;
        for (List<Entity> page = graph.entities(Optional.empty(), last, PAGE_SIZE);
                !page.isEmpty();
                page = graph.entities(Optional.empty(), last, PAGE_SIZE)) {
            entities.addAll(page);
            last = page.getLast().number();
            checkRoom(entities.size(), limit);
        }
        var edges = new ArrayList<Edge>();
        graph.forEachEdge(GraphScope.RECORDED, edge -> {
            edges.add(edge);
            checkRoom(edges.size(), limit);
        });
        edges.sort((a, b) -> Long.compare(a.number(), b.number()));
        return of(graph, entities, edges);
    }

    /**
     * Finds the entities whose name, type or observations contain a text, ignoring case, and their relations.
     *
     * @param graph view of the graph
     * @param text text to search for
     * @param limit maximum number of entities, and of relations
     * @throws LimitExceededException if there are more
     */
    public static McpMemoryGraph search(GraphView graph, String text, int limit) {
        String lowerCaseText = text.toLowerCase(Locale.ROOT);
        List<Long> numbers = graph.searchText(text, limit + 1);
        checkRoom(numbers.size(), limit);
        var hits = new ArrayList<Entity>();
        for (int from = 0; from < numbers.size(); from += PAGE_SIZE) {
            WorkBudget.checkpoint();
            List<Long> page = numbers.subList(from, Math.min(numbers.size(), from + PAGE_SIZE));
            Map<Long, List<Observation>> observations = graph.observations(page);
            page.stream()
                    .flatMap(number -> graph.entity(number).stream())
                    .filter(entity ->
                            holds(entity, observations.getOrDefault(entity.number(), List.of()), lowerCaseText))
                    .forEach(hits::add);
        }
        return with(graph, hits, limit);
    }

    private static boolean holds(Entity entity, List<Observation> observations, String lowerCaseText) {
        return !entity.stub()
                && Stream.concat(
                                Stream.of(entity.name(), entity.type()),
                                observations.stream().map(Observation::content))
                        .anyMatch(text -> text.toLowerCase(Locale.ROOT).contains(lowerCaseText));
    }

    /**
     * Returns the entities with the given names and their relations. Unknown names are ignored.
     *
     * @param graph view of the graph
     * @param names names or aliases of entities
     * @param limit maximum number of relations
     * @throws LimitExceededException if there are more
     */
    public static McpMemoryGraph open(GraphView graph, Collection<String> names, int limit) {
        var found = new LinkedHashMap<Long, Entity>();
        names.forEach(name -> described(graph, name).ifPresent(entity -> found.put(entity.number(), entity)));
        return with(graph, found.values(), limit);
    }

    private static McpMemoryGraph with(GraphView graph, Collection<Entity> hits, int limit) {
        List<Long> numbers = hits.stream().map(Entity::number).sorted().toList();
        List<Edge> edges = numbers.isEmpty()
                ? List.of()
                : graph.edges(numbers, Direction.BOTH, Set.of(), GraphScope.RECORDED, limit);
        checkRoom(edges.size(), limit);
        return of(
                graph,
                hits.stream()
                        .sorted((a, b) -> Long.compare(a.number(), b.number()))
                        .toList(),
                edges);
    }

    private static McpMemoryGraph of(GraphView graph, List<Entity> entities, List<Edge> edges) {
        Map<Long, String> names = new HashMap<>();
        entities.forEach(entity -> names.put(entity.number(), entity.name()));
        List<Long> others = edges.stream()
                .flatMap(edge -> Stream.of(edge.from(), edge.to()))
                .filter(number -> !names.containsKey(number))
                .distinct()
                .toList();
        for (EntityRef ref : graph.refs(others, Optional.empty()).values()) {
            names.put(ref.number(), ref.name());
        }
        var plain = new ArrayList<PlainEntity>(entities.size());
        for (int from = 0; from < entities.size(); from += PAGE_SIZE) {
            List<Entity> page = entities.subList(from, Math.min(entities.size(), from + PAGE_SIZE));
            Map<Long, List<Observation>> observations =
                    graph.observations(page.stream().map(Entity::number).toList());
            for (Entity entity : page) {
                if (!entity.stub()) {
                    plain.add(new PlainEntity(
                            entity.name(),
                            entity.type(),
                            observations.getOrDefault(entity.number(), List.of()).stream()
                                    .map(Observation::content)
                                    .toList()));
                }
            }
        }
        return new McpMemoryGraph(
                plain,
                edges.stream()
                        .map(edge -> new PlainRelation(
                                names.getOrDefault(edge.from(), ""), names.getOrDefault(edge.to(), ""), edge.type()))
                        .toList());
    }

    private static void checkRoom(int found, int limit) {
        if (found > limit) {
            throw new LimitExceededException(
                    "The answer would hold more than %d entities or relations (limits.graph-rows); search for less, or open entities by name."
                            .formatted(limit));
        }
    }

    /**
     * Parses a line of the reference server's file. Alternative field names for the name of an entity are accepted.
     *
     * @return entity or relation; empty if the type is neither
     */
    public static Optional<Line> readLine(JsonObject json) {
        return switch (json.optionalString("type").orElse("")) {
            case "entity" ->
                Optional.of(new PlainEntity(
                        json.optionalString("name")
                                .or(() -> json.optionalString("entityName"))
                                .or(() -> json.optionalString("id"))
                                .orElseThrow(() -> new InvalidInputException("The entity has no name.")),
                        json.optionalString("entityType")
                                .filter(type -> !type.isBlank())
                                .orElse("unknown"),
                        json.strings("observations")));
            case "relation" -> Optional.of(PlainRelation.fromJson(json));
            default -> Optional.empty();
        };
    }
}
