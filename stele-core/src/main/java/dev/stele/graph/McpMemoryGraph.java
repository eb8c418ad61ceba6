package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
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
import dev.stele.store.Direction;
import dev.stele.store.Edge;
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
 * The graph in the plain form that the reference memory server of the Model Context Protocol speaks: entities are known by their
 * names alone, relations may be there before their entities, and what is deleted is gone from sight. Underneath it is the same
 * graph: a name stands for the entity called so, whatever its case, and the past stays.
 *
 * @param entities in the order in which they were recorded; stubs are no entities here
 * @param relations in the order in which they were recorded
 */
public record McpMemoryGraph(List<PlainEntity> entities, List<PlainRelation> relations) {

    /** So many entities' observations are read at a time. */
    private static final int PAGE = 500;

    public McpMemoryGraph {
        entities = List.copyOf(entities);
        relations = List.copyOf(relations);
    }

    /** What a line of the reference server's file holds. */
    public sealed interface Line {
        Map<String, @Nullable Object> toJson();
    }

    /** An entity by name, with its observations as texts. */
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

    /** A relation by the names of its ends. */
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

    /** Adds those of whose name there is none yet. Returns them. */
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

    /** Adds those that are not there; an end that is not there waits as a stub. Returns them. */
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
     * Adds texts that are not on record about entities.
     *
     * @return what was added to each
     * @throws NotFoundException if an entity is not there; nothing is added then
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

    /** Retires entities of these names with their observations and relations; unknown names are left alone. Returns how many went. */
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

    /** Retires observations word for word; what is not there is left alone. Returns how many went. */
    public static int deleteObservations(GraphWriter graph, List<Said> said) {
        int gone = 0;
        for (Said some : said) {
            for (String content : new LinkedHashSet<>(some.contents())) {
                Optional<Observation> there = described(graph.view(), some.entityName())
                        .flatMap(entity -> graph.view().observation(entity.number(), content));
                there.ifPresent(graph::retire);
                gone += there.isPresent() ? 1 : 0;
            }
        }
        return gone;
    }

    /** Retires relations of these ends and types; what is not there is left alone. Returns how many went. */
    public static int deleteRelations(GraphWriter graph, List<PlainRelation> relations) {
        int gone = 0;
        for (PlainRelation relation : relations) {
            Optional<Entity> from = graph.find(relation.from());
            Optional<Entity> to = graph.find(relation.to());
            if (from.isPresent() && to.isPresent()) {
                List<Relation> there = graph.view()
                        .relations(
                                from.get().number(),
                                relation.relationType(),
                                to.get().number());
                there.forEach(graph::retire);
                gone += there.size();
            }
        }
        return gone;
    }

    private static Optional<Entity> described(GraphView graph, String name) {
        return graph.named(Entity.key(name)).stream()
                .filter(entity -> !entity.stub())
                .findFirst();
    }

    // ---- reading

    /**
     * All there is today.
     *
     * @param most most entities and most relations in the answer
     * @throws LimitExceededException if there are more
     */
    public static McpMemoryGraph read(GraphView graph, int most) {
        var entities = new ArrayList<Entity>();
        long last = 0;
        for (List<Entity> page = graph.entities(Optional.empty(), last, PAGE);
                !page.isEmpty();
                page = graph.entities(Optional.empty(), last, PAGE)) {
            entities.addAll(page);
            last = page.getLast().number();
            checkRoom(entities.size(), most);
        }
        var edges = new ArrayList<Edge>();
        graph.eachEdge(GraphScope.RECORDED, edge -> {
            edges.add(edge);
            checkRoom(edges.size(), most);
        });
        edges.sort((a, b) -> Long.compare(a.number(), b.number()));
        return of(graph, entities, edges);
    }

    /**
     * Entities that hold a text anywhere in name, type or an observation, whatever its case, and the relations at them.
     *
     * @throws LimitExceededException if there are more than {@code most}
     */
    public static McpMemoryGraph search(GraphView graph, String text, int most) {
        String wanted = text.toLowerCase(Locale.ROOT);
        List<Long> numbers = graph.holding(text, most + 1);
        checkRoom(numbers.size(), most);
        var hits = new ArrayList<Entity>();
        for (int from = 0; from < numbers.size(); from += PAGE) {
            WorkBudget.checkpoint();
            List<Long> page = numbers.subList(from, Math.min(numbers.size(), from + PAGE));
            Map<Long, List<Observation>> observations = graph.observations(page);
            page.stream()
                    .flatMap(number -> graph.entity(number).stream())
                    .filter(entity -> holds(entity, observations.getOrDefault(entity.number(), List.of()), wanted))
                    .forEach(hits::add);
        }
        return with(graph, hits, most);
    }

    private static boolean holds(Entity entity, List<Observation> observations, String wanted) {
        return !entity.stub()
                && Stream.concat(
                                Stream.of(entity.name(), entity.type()),
                                observations.stream().map(Observation::content))
                        .anyMatch(text -> text.toLowerCase(Locale.ROOT).contains(wanted));
    }

    /** Entities of these names, unknown ones left out, and the relations at them. */
    public static McpMemoryGraph open(GraphView graph, Collection<String> names, int most) {
        var found = new LinkedHashMap<Long, Entity>();
        names.forEach(name -> described(graph, name).ifPresent(entity -> found.put(entity.number(), entity)));
        return with(graph, found.values(), most);
    }

    private static McpMemoryGraph with(GraphView graph, Collection<Entity> hits, int most) {
        List<Long> numbers = hits.stream().map(Entity::number).sorted().toList();
        List<Edge> edges = numbers.isEmpty()
                ? List.of()
                : graph.edges(numbers, Direction.BOTH, Set.of(), GraphScope.RECORDED, most);
        checkRoom(edges.size(), most);
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
        for (int from = 0; from < entities.size(); from += PAGE) {
            List<Entity> page = entities.subList(from, Math.min(entities.size(), from + PAGE));
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

    private static void checkRoom(int found, int most) {
        if (found > most) {
            throw new LimitExceededException(
                    "The answer would hold more than %d entities or relations (limits.graph-rows); search for less, or open entities by name."
                            .formatted(most));
        }
    }

    /** Reads a line of the reference server's file; names under other fields are taken, too. */
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
