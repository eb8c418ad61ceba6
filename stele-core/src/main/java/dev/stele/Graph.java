package dev.stele;

import dev.stele.graph.EntityResolver;
import dev.stele.graph.GraphAnalytics;
import dev.stele.graph.GraphPath;
import dev.stele.graph.GraphWriter;
import dev.stele.graph.ShortestPaths;
import dev.stele.graph.Subgraph;
import dev.stele.graph.Traversal;
import dev.stele.graph.cypher.CypherQuery;
import dev.stele.graph.cypher.QueryResult;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.model.ConflictException;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.GraphLimits;
import dev.stele.model.GraphStats;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.store.Direction;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import dev.stele.store.StoreEdit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The knowledge graph of an agent: entities, what is known of them in sentences, and relations between them. Thread-safe.
 *
 * <p>Entities are given by a word: their name, else an alias, else their id; case and blanks of names do not matter. Nothing is
 * overwritten: what changes is kept as it was, and what is retired is out of every answer but those about the past. Reading what is
 * not there is a {@link NotFoundException}.
 */
public final class Graph {

    /** So many hits of a question say where to look around. */
    private static final int HITS = 10;

    private final AgentName agent;
    private final Memory memory;

    Graph(AgentName agent, Memory memory) {
        this.agent = agent;
        this.memory = memory;
    }

    /** Bounds of questions and writes. */
    public GraphLimits limits() {
        return memory.limits().graph();
    }

    // ---- writing

    /**
     * Remembers an entity with what is known of it. If there is one of this type called so, it takes up what is new: aliases,
     * attributes, observations that are not on record word for word.
     */
    public Entity put(EntityDraft draft) {
        return put(List.of(draft)).getFirst().entity();
    }

    /** Remembers entities, all or none. */
    public List<GraphWriter.Put> put(List<EntityDraft> drafts) {
        checkBatch(drafts.size());
        drafts.forEach(this::check);
        return edit(graph -> drafts.stream().map(graph::put).toList());
    }

    /**
     * Remembers entities and relations between them or those that are there, all or none.
     *
     * @param entities by words of the caller's own by which the relations name them; those come before names that are there
     * @param key once for this word
     * @throws NotFoundException if a relation names an entity that is neither here nor there
     * @throws InvalidInputException if a relation leads from an entity to itself
     */
    public Connected connect(Map<String, EntityDraft> entities, List<RelationDraft> relations, Optional<String> key) {
        checkBatch(entities.size() + relations.size());
        entities.values().forEach(this::check);
        relations.forEach(this::check);
        return edit(
                key,
                List.of(
                        "connect",
                        entities.entrySet().stream()
                                .map(entry ->
                                        List.of(entry.getKey(), entry.getValue().toJson()))
                                .toList(),
                        relations.stream().map(RelationDraft::toJson).toList()),
                graph -> {
                    var made = new LinkedHashMap<String, GraphWriter.Put>();
                    entities.forEach((ref, draft) -> made.put(ref, graph.put(draft)));
                    List<Relation> related = relations.stream()
                            .map(relation -> graph.relate(
                                    end(graph, made, relation.from()), end(graph, made, relation.to()), relation))
                            .toList();
                    return new Connected(made, related);
                },
                done -> Stream.concat(
                                done.entities().values().stream()
                                        .map(put -> put.entity().id()),
                                done.relations().stream().map(Relation::id))
                        .toList(),
                (view, ids) -> {
                    var again = new LinkedHashMap<String, GraphWriter.Put>();
                    int next = 0;
                    for (String ref : entities.keySet()) {
                        String id = ids.get(next++);
                        Entity there = view.entity(id)
                                .orElseThrow(
                                        () -> new NotFoundException("Entity " + Json.write(id) + " was forgotten."));
                        again.put(ref, new GraphWriter.Put(there, false, List.of()));
                    }
                    return new Connected(
                            again,
                            ids.subList(next, ids.size()).stream()
                                    .flatMap(id -> view.relation(id).stream())
                                    .toList());
                });
    }

    /** {@link #connect(Map, List, Optional)} of {@code entities}, each with a {@code ref} or else known by its name, and {@code relations}. */
    public Connected connect(JsonObject json, Optional<String> key) {
        json.only("entities", "relations");
        var entities = new LinkedHashMap<String, EntityDraft>();
        for (JsonObject entity : json.objects("entities")) {
            var fields = new LinkedHashMap<>(entity.raw());
            fields.remove("ref");
            EntityDraft draft = EntityDraft.fromJson(JsonObject.of("entity", fields));
            String ref = entity.optionalString("ref").orElse(draft.name());
            if (entities.putIfAbsent(ref, draft) != null) {
                throw new InvalidInputException(
                        "Two entities have the ref " + Json.write(ref) + "; give each its own.");
            }
        }
        return connect(
                entities,
                json.objects("relations").stream().map(RelationDraft::fromJson).toList(),
                key);
    }

    /** What {@link #connect} made or found, the entities by the caller's words. */
    public record Connected(Map<String, GraphWriter.Put> entities, List<Relation> relations) {

        public Map<String, @Nullable Object> toJson() {
            return Json.fields()
                    .keep(
                            "entities",
                            entities.entrySet().stream()
                                    .map(entry -> Json.fields()
                                            .put("ref", entry.getKey())
                                            .put("id", entry.getValue().entity().id())
                                            .put(
                                                    "name",
                                                    entry.getValue().entity().name())
                                            .put(
                                                    "type",
                                                    entry.getValue().entity().type())
                                            .put("created", entry.getValue().created())
                                            .put(
                                                    "observationsAdded",
                                                    entry.getValue().added().size())
                                            .map())
                                    .toList())
                    .keep("relations", relations.stream().map(Relation::toJson).toList())
                    .map();
        }
    }

    private static Entity end(GraphWriter graph, Map<String, GraphWriter.Put> made, String word) {
        GraphWriter.Put put = made.get(word);
        return put == null ? graph.get(word) : put.entity();
    }

    /** Remembers a relation between two entities that are there. */
    public Relation relate(RelationDraft draft) {
        return connect(Map.of(), List.of(draft), Optional.empty()).relations().getFirst();
    }

    /** Records facts about an entity that is there. Returns those that were not on record word for word. */
    public List<Observation> observe(String entity, List<ObservationDraft> drafts) {
        checkBatch(drafts.size());
        drafts.forEach(this::check);
        return editExisting(graph -> {
            Entity there = graph.get(entity);
            return drafts.stream()
                    .flatMap(draft -> graph.observe(there, draft).stream())
                    .toList();
        });
    }

    /**
     * Changes name, type, aliases or attributes by a JSON merge patch (RFC 7396); what it was before is kept.
     *
     * @param expected the version the caller has seen, or empty to change whatever is there
     */
    public Entity update(String entity, JsonObject patch, OptionalLong expected) {
        return editExisting(graph -> {
            Entity there = graph.get(entity);
            checkVersion("Entity", entity, there.version(), expected);
            Entity after = graph.patch(there, patch);
            memory.checkContent("entity", "", after.attributes());
            return after;
        });
    }

    /** {@link #update} of another name. */
    public Entity rename(String entity, String name) {
        return update(entity, JsonObject.of("entity", Map.of("name", name)), OptionalLong.empty());
    }

    /** Changes a relation's fact, weight, attributes, validity or sources by a JSON merge patch; what it was before is kept. */
    public Relation updateRelation(String id, JsonObject patch, OptionalLong expected) {
        return editExisting(graph -> {
            Relation there = graph.relation(id);
            checkVersion("Relation", id, there.version(), expected);
            Relation after = graph.patch(there, patch);
            memory.checkContent("relation", after.fact().orElse(""), after.attributes());
            return after;
        });
    }

    /** Makes two entities one; see {@link GraphWriter#merge}. */
    public Entity merge(String kept, String gone) {
        return editExisting(graph -> graph.merge(graph.get(kept), graph.get(gone)));
    }

    /** Makes two entities of one; see {@link GraphWriter#split}. */
    public Entity split(
            String entity, EntityDraft draft, Collection<String> observations, Collection<String> relations) {
        check(draft);
        return editExisting(graph ->
                graph.split(graph.get(entity), draft, observations, relations).entity());
    }

    /** Ends an entity with all that is known of it today; the past keeps it. */
    public Entity retire(String entity) {
        return editExisting(graph -> {
            Entity there = graph.get(entity);
            graph.retire(there);
            return there;
        });
    }

    /** Ends an observation; the past keeps it. */
    public Observation retireObservation(String id) {
        return editExisting(graph -> {
            Observation there = observation(graph.view(), id);
            if (there.retiredAt().isEmpty()) {
                graph.retire(there);
            }
            return there;
        });
    }

    /** Ends a relation; the past keeps it. */
    public Relation retireRelation(String id) {
        return editExisting(graph -> {
            Relation there = graph.relation(id);
            graph.retire(there);
            return there;
        });
    }

    /** Forgets an entity with all it ever had, in rows, indexes, change log and free pages. Takes an id of a retired one, too. */
    public void delete(String entity) {
        editExisting(graph -> {
            Entity there = graph.find(entity)
                    .or(() -> graph.view().entity(entity))
                    .orElseThrow(() -> new NotFoundException("There is no entity " + Json.write(entity) + "."));
            return graph.view().deleteEntity(there);
        });
        memory.scrub(agent);
    }

    /** Forgets an observation for good. */
    public void deleteObservation(String id) {
        editExisting(graph -> {
            graph.view().deleteObservation(observation(graph.view(), id));
            return id;
        });
        memory.scrub(agent);
    }

    /** Forgets a relation with all its versions for good. */
    public void deleteRelation(String id) {
        editExisting(graph -> {
            if (graph.view().relation(id).isEmpty()) {
                throw new NotFoundException("There is no relation " + Json.write(id) + ".");
            }
            graph.view().deleteRelation(id);
            return id;
        });
        memory.scrub(agent);
    }

    /** Says that messages or notes speak of an entity. */
    public void mention(String entity, List<String> items) {
        editExisting(graph -> {
            Entity there = graph.get(entity);
            items.forEach(item -> graph.view().mention(item, there.ref()));
            return there;
        });
    }

    /**
     * Runs any changes of the graph in one atomic edit. The edit may be run more than once and must have no effect but on the graph.
     */
    public <T> T edit(Function<GraphWriter, T> edit) {
        return thenEmbedding(observed -> memory.write(agent, store -> run(store, edit, observed)));
    }

    private <T> T edit(
            Optional<String> key,
            @Nullable Object request,
            Function<GraphWriter, T> make,
            Function<T, List<String>> ids,
            BiFunction<GraphView, List<String>, T> again) {
        return thenEmbedding(observed -> memory.write(
                agent,
                store -> Memory.once(
                        store,
                        key,
                        request,
                        () -> run(store, make, observed),
                        ids,
                        made -> again.apply(store.graph(), made))));
    }

    private <T> T editExisting(Function<GraphWriter, T> edit) {
        return thenEmbedding(observed -> memory.writeExisting(agent, store -> run(store, edit, observed)));
    }

    /** Runs an edit and tells what was observed; of several runs of one edit the last one counts. */
    private <T> T run(StoreEdit store, Function<GraphWriter, T> edit, AtomicReference<List<Long>> observed) {
        GraphWriter writer = memory.graphWriter(agent, store);
        T result = edit.apply(writer);
        observed.set(writer.observed());
        return result;
    }

    /** Writes, and leaves the vectors of what was observed to be made after. */
    private <T> T thenEmbedding(Function<AtomicReference<List<Long>>, T> write) {
        var observed = new AtomicReference<List<Long>>(List.of());
        T result = write.apply(observed);
        memory.unembedded().add(agent, observed.get());
        return result;
    }

    private void check(EntityDraft draft) {
        memory.checkContent("entity", "", draft.attributes());
        checkBatch(draft.observations().size());
        draft.observations().forEach(this::check);
    }

    private void check(ObservationDraft draft) {
        memory.checkContent("observation", draft.content(), Map.of());
    }

    private void check(RelationDraft draft) {
        memory.checkContent("relation", draft.fact().orElse(""), draft.attributes());
    }

    private void checkBatch(int size) {
        if (size > limits().batch()) {
            throw new LimitExceededException(
                    "There are %d things of the graph at once; at most %d are taken (limits.graph-batch)."
                            .formatted(size, limits().batch()));
        }
    }

    private static void checkVersion(String what, String id, long there, OptionalLong expected) {
        if (expected.isPresent() && expected.getAsLong() != there) {
            throw ConflictException.version("%s %s has version %d and not %d; read it again and repeat the change."
                    .formatted(what, Json.write(id), there, expected.getAsLong()));
        }
    }

    private static Observation observation(GraphView graph, String id) {
        return graph.observation(id)
                .orElseThrow(() -> new NotFoundException("There is no observation " + Json.write(id) + "."));
    }

    // ---- reading

    /** How much there is. */
    public GraphStats size() {
        return memory.read(agent, view -> view.graph().size());
    }

    /** An entity with all that is known of it. */
    public Described get(String entity) {
        return get(entity, Optional.empty());
    }

    /** An entity with all that was known of it at a time, and the relations of then that hold at that time. */
    public Described get(String entity, Optional<Instant> asOf) {
        return read(graph -> {
            Entity there = EntityResolver.get(graph, entity, asOf);
            GraphScope scope = asOf.map(GraphScope::asOf).orElse(GraphScope.RECORDED);
            List<Long> numbers =
                    graph.edges(List.of(there.number()), Direction.BOTH, Set.of(), scope, limits().rows()).stream()
                            .map(edge -> edge.number())
                            .toList();
            Map<Long, Relation> relations = graph.relationsByNumber(numbers);
            return new Described(
                    there,
                    graph.observations(there.number(), asOf),
                    numbers.stream()
                            .flatMap(number -> Stream.ofNullable(relations.get(number)))
                            .toList(),
                    graph.mentions(there.number()));
        });
    }

    /**
     * @param mentionedBy ids of messages and notes that speak of it
     */
    public record Described(
            Entity entity, List<Observation> observations, List<Relation> relations, List<String> mentionedBy) {

        public Map<String, @Nullable Object> toJson() {
            var json = Json.fields();
            entity.toJson().forEach(json::put);
            return json.put(
                            "observations",
                            observations.stream().map(Observation::toJson).toList())
                    .put("relations", relations.stream().map(Relation::toJson).toList())
                    .put("mentionedBy", mentionedBy)
                    .map();
        }
    }

    /** Entities of today in the order in which they were recorded, those after a number. */
    public List<Entity> entities(Optional<String> type, long after, int limit) {
        return read(graph -> graph.entities(type, after, memory.checkLimit(limit)));
    }

    /** Earlier versions of an entity, oldest first. */
    public List<Entity> history(String entity) {
        return read(
                graph -> graph.entityHistory(EntityResolver.get(graph, entity).number()));
    }

    /** All versions of a relation, oldest first. */
    public List<Relation> relationHistory(String id) {
        return read(graph -> graph.relationHistory(id));
    }

    /** Entities whose name, type or observations hold a text, whatever its case, oldest first. */
    public List<Entity> holding(String text, int limit) {
        return read(graph -> graph.holding(text, memory.checkLimit(limit)).stream()
                .flatMap(number -> graph.entity(number).stream())
                .toList());
    }

    /**
     * What is around an entity.
     *
     * @param depth most relations away
     * @param types only relations of these types; empty for all
     * @param asOf what was known and held then; empty for what is known and holds now
     * @param limit most entities
     */
    public Subgraph neighbours(
            String entity, int depth, Direction direction, Set<String> types, Optional<Instant> asOf, int limit) {
        return read(graph -> walk(graph, direction, types, scope(asOf))
                .around(List.of(EntityResolver.get(graph, entity, asOf).number()), depth, memory.checkLimit(limit)));
    }

    /** {@link #neighbours} of what is known and holds now, in both directions. */
    public Subgraph neighbours(String entity, int depth) {
        return neighbours(
                entity,
                depth,
                Direction.BOTH,
                Set.of(),
                Optional.empty(),
                memory.limits().results());
    }

    /**
     * What is around that which is recalled by a question: the entities that its best hits are about, are mentioned in or come from,
     * and their neighbours.
     *
     * @param depth most relations away from those
     */
    public Subgraph around(String question, int depth, int limit) {
        List<Hit> hits = memory.onExisting(
                        agent,
                        store -> memory.recall()
                                .recall(store, RecallQuery.of(question).withLimit(HITS)))
                .hits();
        return read(graph -> {
            Set<Long> from = new LinkedHashSet<>();
            for (Hit hit : hits) {
                if (hit.kind() == ItemKind.OBSERVATION) {
                    graph.observation(hit.id())
                            .ifPresent(found -> from.add(found.entity().number()));
                } else {
                    from.addAll(speaksOf(graph, hit.id()));
                }
            }
            return walk(graph, Direction.BOTH, Set.of(), scope(Optional.empty()))
                    .around(from, depth, memory.checkLimit(limit));
        });
    }

    /** The entities of today that a message or note mentions, or that something known from it is about. */
    private static Set<Long> speaksOf(GraphView graph, String item) {
        List<Long> numbers = graph.fromItem(item);
        Set<Long> entities = new LinkedHashSet<>();
        graph.entities(numbers).stream()
                .filter(entity -> entity.retiredAt().isEmpty())
                .forEach(entity -> entities.add(entity.number()));
        graph.observationsByNumber(numbers)
                .values()
                .forEach(found -> entities.add(found.entity().number()));
        graph.relationsByNumber(numbers).values().stream()
                .filter(relation -> relation.retiredAt().isEmpty())
                .forEach(relation -> {
                    entities.add(relation.from().number());
                    entities.add(relation.to().number());
                });
        return entities;
    }

    /** Changes of the graph after a time, in order. */
    public List<Change> changesSince(Instant time, int limit) {
        return read(graph -> graph.changesSince(time, memory.checkLimit(limit)));
    }

    /** The shortest ways from one entity to another, at most {@code count} of at most {@code depth} relations. */
    public List<GraphPath> paths(
            String from,
            String to,
            int depth,
            int count,
            Direction direction,
            Set<String> types,
            Optional<Instant> asOf) {
        return read(graph -> new ShortestPaths(walk(graph, direction, types, scope(asOf)))
                .find(
                        EntityResolver.get(graph, from, asOf).number(),
                        EntityResolver.get(graph, to, asOf).number(),
                        depth,
                        memory.checkLimit(count)));
    }

    /** The entities that count most, by the relations that lead to them; see {@link GraphAnalytics#importance}. */
    public List<Ranked> important(int limit) {
        return read(graph -> {
            GraphAnalytics ranking = GraphAnalytics.read(graph, GraphScope.validAt(Memory.now()));
            Map<Long, Integer> degrees = ranking.degrees();
            return ranking.importance().entrySet().stream()
                    .sorted(Map.Entry.<Long, Double>comparingByValue()
                            .reversed()
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(memory.checkLimit(limit))
                    .flatMap(entry -> graph.entity(entry.getKey()).stream()
                            .map(entity ->
                                    new Ranked(entity, entry.getValue(), degrees.getOrDefault(entity.number(), 0))))
                    .toList();
        });
    }

    /**
     * @param importance share of all importance, 0 to 1
     * @param degree how many relations it has
     */
    public record Ranked(Entity entity, double importance, int degree) {}

    /** Entities that belong together by their relations, the largest communities first, each of two or more; see {@link GraphAnalytics#communities}. */
    public List<List<Entity>> communities(int limit) {
        return read(graph -> {
            var members = new LinkedHashMap<Long, List<Long>>();
            GraphAnalytics.read(graph, GraphScope.validAt(Memory.now())).communities().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(entry -> members.computeIfAbsent(entry.getValue(), _ -> new ArrayList<>())
                            .add(entry.getKey()));
            return members.values().stream()
                    .filter(community -> community.size() > 1)
                    .sorted((a, b) -> Integer.compare(b.size(), a.size()))
                    .limit(memory.checkLimit(limit))
                    .map(community -> community.stream()
                            .flatMap(number -> graph.entity(number).stream())
                            .toList())
                    .toList();
        });
    }

    /**
     * Answers a query in the reading part of openCypher 9; see {@link CypherQuery}.
     *
     * @param parameters values of what the query names by {@code $}
     * @param asOf what was known and held then; empty for what is known and holds now
     */
    public QueryResult query(
            String cypher, Map<String, ? extends @Nullable Object> parameters, Optional<Instant> asOf) {
        CypherQuery query = memory.query(cypher);
        return read(graph -> query.run(graph, scope(asOf), limits(), parameters));
    }

    /** {@link #query(String, Map, Optional)} of what is known and holds now. */
    public QueryResult query(String cypher) {
        return query(cypher, Map.of(), Optional.empty());
    }

    /** What the whole view of the graph is used for by who knows what he does. */
    public <T> T read(Function<GraphView, T> query) {
        return memory.read(agent, view -> query.apply(view.graph()));
    }

    /** A walk over a view of the graph within this memory's limits. */
    public Traversal walk(GraphView graph, Direction direction, Set<String> types, GraphScope scope) {
        return new Traversal(graph, limits(), direction, types, scope);
    }

    private static GraphScope scope(Optional<Instant> asOf) {
        return asOf.map(GraphScope::asOf).orElseGet(() -> GraphScope.validAt(Memory.now()));
    }
}
