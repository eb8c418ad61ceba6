package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.engine.RequestForm;
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
import dev.stele.model.Direction;
import dev.stele.model.Durations;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.Erased;
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
import dev.stele.model.StoredEntity;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import dev.stele.store.StoreEdit;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import java.time.Duration;
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
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Knowledge graph of one agent: entities, observations about them, and relations between them. Obtained from
 * {@link AgentMemory#graph}. Thread-safe.
 *
 * <p>An entity is named in calls by its name, else by an alias, else by its id; case and whitespace of names are
 * ignored. Nothing is overwritten: a change keeps the version before it, and a retired item is excluded from all
 * results except those as of an earlier time. A method throws {@link NotFoundException} if an item that it names does
 * not exist.
 */
public final class Graph {

    /** Number of hits of a query whose entities are the start of {@link #neighborhood}. */
    private static final int HITS = 10;

    private final AgentName agent;
    private final Engine engine;

    Graph(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /** Returns the limits of queries and writes. */
    public GraphLimits limits() {
        return engine.limits().graph();
    }

    // ---- writing

    /**
     * Stores an entity with its observations. If an entity of this type and name exists, the new aliases, attributes
     * and observations are added to it; an observation with the same text as an existing one is not added.
     *
     * @param draft the entity
     * @return the stored entity
     * @throws LimitExceededException if there are too many observations, or a text is too long
     */
    public Entity put(EntityDraft draft) {
        return put(List.of(draft)).getFirst().entity();
    }

    /** Stores entities. */
    public List<StoredEntity> put(List<EntityDraft> drafts) {
        checkBatch(drafts.size());
        drafts.forEach(this::check);
        return edit(graph -> drafts.stream().map(graph::put).toList());
    }

    /**
     * Stores entities and relations, all or none. A relation may also name existing entities.
     *
     * @param entities the entities by names of the caller's choice (refs), which the relations use; a ref takes
     *     precedence over the name of an existing entity
     * @param relations the relations between entities
     * @param key the idempotency key; empty for none
     * @return the stored entities and relations
     * @throws NotFoundException if a relation names an entity that is neither in {@code entities} nor in the graph
     * @throws InvalidInputException if a relation leads from an entity to itself
     */
    public Connected connect(Map<String, EntityDraft> entities, List<RelationDraft> relations, Optional<String> key) {
        checkBatch(entities.size() + relations.size());
        entities.values().forEach(this::check);
        relations.forEach(this::check);
        var forms = new TreeMap<String, @Nullable Object>();
        entities.forEach((ref, draft) -> forms.put(ref, draft.toJson()));
        List<Map<String, @Nullable Object>> relationForms =
                relations.stream().map(RelationDraft::toJson).toList();
        List<String> refs = List.copyOf(entities.keySet());
        return edit(
                key,
                view -> new RequestForm<>(
                        List.of("connect", forms, relationForms),
                        ids -> connected(view, refs, List.copyOf(forms.keySet()), ids)),
                view -> new RequestForm<>(
                        List.of(
                                "connect",
                                entities.entrySet().stream()
                                        .map(entry -> List.of(
                                                entry.getKey(), entry.getValue().toJson()))
                                        .toList(),
                                relationForms),
                        ids -> connected(view, refs, refs, ids)),
                graph -> {
                    var puts = new LinkedHashMap<String, StoredEntity>();
                    entities.forEach((ref, draft) -> puts.put(ref, graph.put(draft)));
                    List<Relation> storedRelations = relations.stream()
                            .map(relation -> graph.relate(
                                    end(graph, puts, relation.from()), end(graph, puts, relation.to()), relation))
                            .toList();
                    return new Connected(puts, storedRelations);
                },
                // In the order of the refs: that of the caller's map may be another in the next process.
                connected -> Stream.concat(
                                new TreeMap<>(connected.entities())
                                        .values().stream()
                                                .map(put -> put.entity().id()),
                                connected.relations().stream().map(Relation::id))
                        .toList());
    }

    /**
     * Returns the result of an earlier {@link #connect} from the ids that are stored with its idempotency key.
     *
     * @param refs the caller's refs, in the order of the result
     * @param stored the same refs, in the order of the stored ids
     * @param ids ids of the entities, then those of the relations
     */
    private static Connected connected(GraphView view, List<String> refs, List<String> stored, List<String> ids) {
        var entities = new LinkedHashMap<String, StoredEntity>();
        for (String ref : refs) {
            String id = ids.get(stored.indexOf(ref));
            Entity existing = view.entity(id)
                    .orElseThrow(() -> new NotFoundException("Entity " + Json.write(id) + " was forgotten."));
            entities.put(ref, new StoredEntity(existing, false, List.of()));
        }
        return new Connected(
                entities,
                ids.subList(refs.size(), ids.size()).stream()
                        .flatMap(id -> view.relation(id).stream())
                        .toList());
    }

    /**
     * Stores entities and relations as {@link #connect(Map, List, Optional)} does, from JSON.
     *
     * @param json an object with {@code entities}, each with an optional {@code ref} (default: its name), and
     *     {@code relations}
     * @param key the idempotency key; empty for none
     * @return the stored entities and relations
     * @throws InvalidInputException if two entities have the same ref, or the JSON is not valid
     */
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

    /**
     * Result of {@link #connect}.
     *
     * @param entities the created or existing entities, by the caller's refs
     * @param relations the stored relations
     */
    public record Connected(Map<String, StoredEntity> entities, List<Relation> relations) {

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
                                                    "observations_added",
                                                    entry.getValue().added().size())
                                            .map())
                                    .toList())
                    .keep("relations", relations.stream().map(Relation::toJson).toList())
                    .map();
        }
    }

    private static Entity end(GraphWriter graph, Map<String, StoredEntity> puts, String name) {
        StoredEntity put = puts.get(name);
        return put == null ? graph.get(name) : put.entity();
    }

    /**
     * Stores a relation between two existing entities.
     *
     * @param draft the relation
     * @return the stored relation
     * @throws NotFoundException if an entity does not exist
     * @throws InvalidInputException if the relation leads from an entity to itself
     */
    public Relation relate(RelationDraft draft) {
        return connect(Map.of(), List.of(draft), Optional.empty()).relations().getFirst();
    }

    /**
     * Adds observations to an existing entity.
     *
     * @param entity name, alias or id of the entity
     * @param drafts the observations
     * @return the observations that were added: those whose text did not exist already
     * @throws NotFoundException if the entity does not exist
     */
    public List<Observation> observe(String entity, List<ObservationDraft> drafts) {
        checkBatch(drafts.size());
        drafts.forEach(this::check);
        return editExisting(graph -> {
            Entity existing = graph.get(entity);
            return drafts.stream()
                    .flatMap(draft -> graph.observe(existing, draft).stream())
                    .toList();
        });
    }

    /**
     * Updates name, type, aliases or attributes of an entity by a JSON merge patch (RFC 7396). The previous version is
     * kept.
     *
     * @param entity name, alias or id of the entity
     * @param patch the patch of the entity's fields
     * @param expected the version that the caller has read; empty to update any version
     * @return the entity after the update
     * @throws ConflictException if the entity has a version other than {@code expected}
     * @throws NotFoundException if the entity does not exist
     */
    public Entity update(String entity, JsonObject patch, OptionalLong expected) {
        return editExisting(graph -> {
            Entity existing = graph.get(entity);
            checkVersion("Entity", entity, existing.version(), expected);
            Entity updated = graph.patch(existing, patch);
            engine.checkContent("entity", "", updated.attributes());
            return updated;
        });
    }

    /**
     * Renames an entity; see {@link #update}.
     *
     * @param entity name, alias or id of the entity
     * @param name the new name
     * @return the entity after the change
     */
    public Entity rename(String entity, String name) {
        return update(entity, JsonObject.of("entity", Map.of("name", name)), OptionalLong.empty());
    }

    /**
     * Updates fact, weight, attributes, validity or sources of a relation by a JSON merge patch (RFC 7396). The
     * previous version is kept.
     *
     * @param id the id of the relation
     * @param patch the patch of the relation's fields
     * @param expected the version that the caller has read; empty to update any version
     * @return the relation after the update
     * @throws ConflictException if the relation has a version other than {@code expected}
     * @throws NotFoundException if the relation does not exist
     */
    public Relation updateRelation(String id, JsonObject patch, OptionalLong expected) {
        return editExisting(graph -> {
            Relation existing = graph.relation(id);
            checkVersion("Relation", id, existing.version(), expected);
            Relation updated = graph.patch(existing, patch);
            engine.checkContent("relation", updated.fact().orElse(""), updated.attributes());
            return updated;
        });
    }

    /**
     * Merges two entities; see {@link GraphWriter#merge}.
     *
     * @param kept name, alias or id of the entity that remains
     * @param gone name, alias or id of the entity that is merged into it
     * @return the merged entity
     */
    public Entity merge(String kept, String gone) {
        return editExisting(graph -> graph.merge(graph.get(kept), graph.get(gone)));
    }

    /**
     * Splits an entity in two; see {@link GraphWriter#split}.
     *
     * @param entity name, alias or id of the entity
     * @param draft the new entity
     * @param observations ids of the observations that move to the new entity
     * @param relations ids of the relations that move to the new entity
     * @return the new entity
     */
    public Entity split(
            String entity, EntityDraft draft, Collection<String> observations, Collection<String> relations) {
        check(draft);
        return editExisting(graph ->
                graph.split(graph.get(entity), draft, observations, relations).entity());
    }

    /**
     * Retires an entity with its current observations and relations. They remain visible as of earlier times.
     *
     * @param entity name, alias or id of the entity
     * @return the entity as it was before
     */
    public Entity retire(String entity) {
        return editExisting(graph -> {
            Entity existing = graph.get(entity);
            graph.retire(existing);
            return existing;
        });
    }

    /** Retires an observation. It remains visible as of earlier times. */
    public Observation retireObservation(String id) {
        return editExisting(graph -> {
            Observation existing = observation(graph.view(), id);
            if (existing.retiredAt().isEmpty()) {
                graph.retire(existing);
            }
            return existing;
        });
    }

    /** Retires a relation. It remains visible as of earlier times. */
    public Relation retireRelation(String id) {
        return editExisting(graph -> {
            Relation existing = graph.relation(id);
            graph.retire(existing);
            return existing;
        });
    }

    /**
     * Undoes the retirement or the merge of an entity; see {@link GraphWriter#restore(Entity)}. Queries as of a time
     * between the retirement and now do not find the entity.
     *
     * @param id id of the retired entity
     * @return the entity after the change
     * @throws ConflictException if the entity is not retired, or another entity has its name and type
     * @throws NotFoundException if the entity does not exist
     */
    public Entity restore(String id) {
        return editExisting(
                graph -> graph.restore(graph.view().entity(id).orElseThrow(() -> NotFoundException.of("entity", id))));
    }

    /**
     * Records the content of a retired observation again.
     *
     * @param id id of the retired observation
     * @return the current observation, which has an id of its own
     * @throws ConflictException if the observation is not retired, or its entity is retired
     * @throws NotFoundException if the observation does not exist
     */
    public Observation restoreObservation(String id) {
        return editExisting(graph -> graph.restore(observation(graph.view(), id)));
    }

    /**
     * Makes a retired relation current again.
     *
     * @param id id of the retired relation
     * @return the relation after the change
     * @throws ConflictException if the relation is not retired, an end is retired, or another relation has its place
     * @throws NotFoundException if the relation does not exist
     */
    public Relation restoreRelation(String id) {
        return editExisting(graph ->
                graph.restore(graph.view().relation(id).orElseThrow(() -> NotFoundException.of("relation", id))));
    }

    /**
     * Erases an entity with all its observations and relations, and everything that was derived from it: a name stands
     * for the current entity, for retired entities that had the same name and type, and for those merged into them, so
     * that no earlier state shows what was erased.
     *
     * @param entity name, alias or id of the entity; an id stands for one entity, current or retired, and a name that no
     *     current entity has for all retired ones
     * @return what was erased
     * @throws NotFoundException if the entity does not exist
     */
    public Erased delete(String entity) {
        return delete(entity, false);
    }

    /**
     * Returns what {@link #delete} would erase, and changes nothing.
     *
     * @throws NotFoundException if the entity does not exist
     */
    public Erased previewDelete(String entity) {
        return delete(entity, true);
    }

    private Erased delete(String entity, boolean preview) {
        return engine.erase(
                agent,
                preview,
                entity,
                (edit, erasure) -> everyOf(edit.graph(), entity).forEach(erasure::entity));
    }

    private static List<Entity> everyOf(GraphView graph, String word) {
        Optional<Entity> current = EntityResolver.find(graph, word);
        Optional<Entity> called = current.isPresent() ? current : graph.entity(word);
        if (called.filter(entity -> entity.id().equals(word)).isPresent()) {
            return List.of(called.get());
        }
        List<Entity> retired = graph
                .everyNamed(Entity.key(called.map(Entity::name).orElse(word)))
                .stream()
                .filter(entity -> entity.retiredAt().isPresent()
                        && called.map(Entity::type).orElse(entity.type()).equals(entity.type()))
                .toList();
        List<Entity> all = Stream.concat(called.stream(), retired.stream()).toList();
        if (all.isEmpty()) {
            throw NotFoundException.of("entity", word);
        }
        return all;
    }

    /** Erases an observation. */
    public Erased deleteObservation(String id) {
        return engine.erase(agent, false, id, (edit, erasure) -> erasure.observation(observation(edit.graph(), id)));
    }

    /** Erases a relation with all its versions. */
    public Erased deleteRelation(String id) {
        return engine.erase(agent, false, id, (edit, erasure) -> {
            if (edit.graph().relation(id).isEmpty()) {
                throw NotFoundException.of("relation", id);
            }
            edit.graph().relationHistory(id).forEach(erasure::relation);
        });
    }

    /**
     * Records that messages or notes mention an entity.
     *
     * @param entity name, alias or id of the entity
     * @param items ids of the messages and notes
     */
    public void mention(String entity, List<String> items) {
        editExisting(graph -> {
            Entity existing = graph.get(entity);
            items.forEach(item -> graph.view().mention(item, existing.ref()));
            return existing;
        });
    }

    /**
     * Runs changes of the graph in one atomic edit. All other writers of the agent wait for its end, so the function
     * should only look up and change what belongs together, and compute everything else before.
     *
     * @param edit makes the changes; it may run more than once, on any thread, and must have no other side effects
     * @return the result of {@code edit}
     * @throws dev.stele.model.LimitExceededException if the function takes longer than {@link
     *     dev.stele.model.GraphLimits#editTime}; nothing is changed then
     */
    public <T> T edit(Function<GraphWriter, T> edit) {
        Duration maxTime = engine.limits().graph().editTime();
        return withEmbedding(
                OperationKind.UPSERT,
                observed -> engine.write(
                        agent,
                        store -> store.callBounded(
                                maxTime,
                                () -> new LimitExceededException(
                                        "The edit of the graph took longer than %s (limits.graph-edit-time) while other writers waited. Nothing was changed; compute before the edit, and try again."
                                                .formatted(Durations.text(maxTime))),
                                () -> run(store, edit, observed))));
    }

    private <T> T edit(
            Optional<String> key,
            Function<GraphView, RequestForm<T>> form,
            Function<GraphView, RequestForm<T>> formerForm,
            Function<GraphWriter, T> make,
            Function<T, List<String>> ids) {
        return withEmbedding(
                OperationKind.UPSERT,
                observed -> engine.write(
                        agent,
                        store -> Engine.idempotent(
                                store,
                                key,
                                form.apply(store.graph()),
                                formerForm.apply(store.graph()),
                                () -> run(store, make, observed),
                                ids)));
    }

    private <T> T editExisting(Function<GraphWriter, T> edit) {
        return withEmbedding(
                OperationKind.UPDATE, observed -> engine.writeExisting(agent, store -> run(store, edit, observed)));
    }

    /**
     * Runs an edit and stores the numbers of its new observations in {@code observed}; if the edit runs several times,
     * the last run counts.
     */
    private <T> T run(StoreEdit store, Function<GraphWriter, T> edit, AtomicReference<List<Long>> observed) {
        GraphWriter writer = engine.graphWriter(agent, store);
        T result = edit.apply(writer);
        observed.set(writer.observed());
        return result;
    }

    /** Runs a write and queues its new observations for embedding in the background. */
    private <T> T withEmbedding(OperationKind kind, Function<AtomicReference<List<Long>>, T> write) {
        var observed = new AtomicReference<List<Long>>(List.of());
        T result = engine.telemetry()
                .call(
                        () -> OperationStart.of(kind, agent),
                        () -> write.apply(observed),
                        made -> OperationOutcome.Succeeded.of(made instanceof Collection<?> items ? items.size() : 1));
        engine.embeddingQueue().add(agent, observed.get());
        return result;
    }

    private void check(EntityDraft draft) {
        engine.checkContent("entity", "", draft.attributes());
        checkBatch(draft.observations().size());
        draft.observations().forEach(this::check);
    }

    private void check(ObservationDraft draft) {
        engine.checkContent("observation", draft.content(), Map.of());
    }

    private void check(RelationDraft draft) {
        engine.checkContent("relation", draft.fact().orElse(""), draft.attributes());
    }

    /**
     * Checks the number of entities, observations or relations of one write.
     *
     * @param size number of items
     * @throws LimitExceededException if it exceeds {@code limits.graph-batch}
     */
    public void checkBatch(int size) {
        if (size > limits().batch()) {
            throw new LimitExceededException(
                    "There are %d things of the graph at once; at most %d are taken (limits.graph-batch)."
                            .formatted(size, limits().batch()));
        }
    }

    private static void checkVersion(String kind, String id, long version, OptionalLong expected) {
        if (expected.isPresent() && expected.getAsLong() != version) {
            throw ConflictException.version("%s %s has version %d and not %d; read it again and repeat the change."
                    .formatted(kind, Json.write(id), version, expected.getAsLong()));
        }
    }

    private static Observation observation(GraphView graph, String id) {
        return graph.observation(id).orElseThrow(() -> NotFoundException.of("observation", id));
    }

    // ---- reading

    /** Returns the number of entities, observations and relations. */
    public GraphStats size() {
        return engine.read(agent, view -> view.graph().size());
    }

    /** Returns an entity with its current data. */
    public Described get(String entity) {
        return get(entity, Optional.empty());
    }

    /**
     * Returns an entity with its data as of a point in time.
     *
     * @param entity name, alias or id of the entity
     * @param asOf the point in time for observations, and for relations that were recorded and valid then; empty for
     *     current data
     * @throws NotFoundException if the entity does not exist
     */
    public Described get(String entity, Optional<Instant> asOf) {
        return get(entity, asOf, limits().rows());
    }

    /**
     * Returns an entity with its data as of a point in time, but with some of its relations if it has very many.
     *
     * @param entity name, alias or id of the entity
     * @param asOf the point in time, as in {@link #get(String, Optional)}; empty for current data
     * @param maxRelations maximum number of relations; at most {@link GraphLimits#rows} are read
     * @throws NotFoundException if the entity does not exist
     * @throws InvalidInputException if {@code maxRelations} is negative
     */
    public Described get(String entity, Optional<Instant> asOf, int maxRelations) {
        if (maxRelations < 0) {
            throw new InvalidInputException("The number of relations is " + maxRelations + "; it cannot be negative.");
        }
        int limit = Math.min(maxRelations, limits().rows());
        return read(graph -> {
            Entity existing = find(graph, entity, asOf);
            GraphScope scope = asOf.map(GraphScope::asOf).orElse(GraphScope.RECORDED);
            List<Long> numbers =
                    graph.edges(List.of(existing.number()), Direction.BOTH, Set.of(), scope, limit).stream()
                            .map(edge -> edge.number())
                            .limit(limit)
                            .toList();
            Map<Long, Relation> relations = graph.relationsByNumber(numbers);
            return new Described(
                    existing,
                    graph.observations(existing.number(), asOf),
                    numbers.stream()
                            .flatMap(number -> Stream.ofNullable(relations.get(number)))
                            .toList(),
                    graph.mentions(existing.number()));
        });
    }

    /**
     * Entity with its related items.
     *
     * @param entity the entity
     * @param observations its observations
     * @param relations the relations from or to the entity
     * @param mentionedBy ids of the messages and notes that mention the entity
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
                    .put("mentioned_by", mentionedBy)
                    .map();
        }
    }

    /**
     * Lists current entities in the order of recording.
     *
     * @param type only entities of this type; empty for all
     * @param after the entity number after which the list starts; 0 for the first page
     * @param limit maximum number of entities, from 1 to {@code limits.results}
     */
    public List<Entity> entities(Optional<String> type, long after, int limit) {
        return read(graph -> graph.entities(type, after, engine.checkLimit(limit)));
    }

    /** Returns the earlier versions of an entity, oldest first. */
    public List<Entity> history(String entity) {
        return read(
                graph -> graph.entityHistory(EntityResolver.get(graph, entity).number()));
    }

    /** Returns all versions of a relation, oldest first. */
    public List<Relation> relationHistory(String id) {
        return read(graph -> graph.relationHistory(id));
    }

    /**
     * Returns entities whose name, type or observations contain a text, ignoring case, oldest first.
     *
     * @param text the text
     * @param limit maximum number of entities, from 1 to {@code limits.results}
     */
    public List<Entity> searchText(String text, int limit) {
        return read(graph -> graph.searchText(text, engine.checkLimit(limit)).stream()
                .flatMap(number -> graph.entity(number).stream())
                .toList());
    }

    /**
     * Returns the neighborhood of an entity.
     *
     * @param entity name, alias or id of the entity
     * @param depth maximum number of relations between the entity and a neighbor
     * @param direction direction of the relations to follow
     * @param types only relations of these types; empty for all
     * @param asOf the point in time at which relations were recorded and valid; empty for now
     * @param limit maximum number of entities
     * @throws NotFoundException if the entity does not exist
     */
    public Subgraph neighbors(
            String entity, int depth, Direction direction, Set<String> types, Optional<Instant> asOf, int limit) {
        return read(graph -> walk(graph, direction, types, scope(asOf))
                .neighborhood(
                        List.of(EntityResolver.get(graph, entity, asOf).number()), depth, engine.checkLimit(limit)));
    }

    /**
     * Returns the current neighborhood of an entity in both directions; see
     * {@link #neighbors(String, int, Direction, Set, Optional, int)}.
     *
     * @param entity name, alias or id of the entity
     * @param depth maximum number of relations between the entity and a neighbor
     */
    public Subgraph neighbors(String entity, int depth) {
        return neighbors(
                entity,
                depth,
                Direction.BOTH,
                Set.of(),
                Optional.empty(),
                engine.limits().results());
    }

    /**
     * Returns the neighborhood of the items that a query recalls: the entities that the best hits describe, mention or
     * were the source of, with their neighbors.
     *
     * @param question the text of the query
     * @param depth maximum number of relations between those entities and a neighbor
     * @param limit maximum number of entities
     */
    public Subgraph neighborhood(String question, int depth, int limit) {
        List<Hit> hits = engine.withStore(
                        agent,
                        store -> engine.retriever()
                                .recall(store, RecallQuery.of(question).withLimit(HITS)))
                .hits();
        return read(graph -> {
            Set<Long> from = new LinkedHashSet<>();
            for (Hit hit : hits) {
                if (hit.kind() == ItemKind.OBSERVATION) {
                    graph.observation(hit.id())
                            .ifPresent(found -> from.add(found.entity().number()));
                } else {
                    from.addAll(entitiesNamedIn(graph, hit.id()));
                }
            }
            return walk(graph, Direction.BOTH, Set.of(), scope(Optional.empty()))
                    .neighborhood(from, depth, engine.checkLimit(limit));
        });
    }

    /**
     * Returns the current entities that a message or note mentions, and those of the observations and relations derived
     * from it.
     */
    private static Set<Long> entitiesNamedIn(GraphView graph, String item) {
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

    /**
     * Returns changes of the graph after a point in time, in order.
     *
     * @param time the point in time
     * @param limit maximum number of changes, from 1 to {@code limits.results}
     */
    public List<Change> changesSince(Instant time, int limit) {
        return read(graph -> graph.changesSince(time, engine.checkLimit(limit)));
    }

    /**
     * Returns the shortest paths between two entities.
     *
     * @param from name, alias or id of the first entity
     * @param to name, alias or id of the last entity
     * @param depth maximum number of relations of a path
     * @param count maximum number of paths
     * @param direction direction of the relations to follow
     * @param types only relations of these types; empty for all
     * @param asOf the point in time at which relations were recorded and valid; empty for now
     * @throws NotFoundException if an entity does not exist
     */
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
                        engine.checkLimit(count)));
    }

    /**
     * Returns the most important entities by their incoming relations; see {@link GraphAnalytics#importance}.
     *
     * @param limit maximum number of entities, from 1 to {@code limits.results}
     * @return the entities, most important first
     */
    public List<Ranked> rankByImportance(int limit) {
        return read(graph -> {
            GraphAnalytics ranking = GraphAnalytics.read(graph, GraphScope.validAt(Engine.now()));
            Map<Long, Integer> degrees = ranking.degrees();
            return ranking.byImportance().stream()
                    .limit(engine.checkLimit(limit))
                    .flatMap(entry -> graph.entity(entry.getKey()).stream()
                            .map(entity ->
                                    new Ranked(entity, entry.getValue(), degrees.getOrDefault(entity.number(), 0))))
                    .toList();
        });
    }

    /**
     * Entity with its importance.
     *
     * @param entity the entity
     * @param importance share of the total importance, 0 to 1
     * @param degree number of its relations
     */
    public record Ranked(Entity entity, double importance, int degree) {}

    /**
     * Returns communities of entities that are connected by relations, the largest first, each of two or more entities;
     * see {@link GraphAnalytics#communities}.
     *
     * @param limit maximum number of communities, from 1 to {@code limits.results}
     */
    public List<List<Entity>> communities(int limit) {
        return read(graph -> {
            var members = new LinkedHashMap<Long, List<Long>>();
            GraphAnalytics.read(graph, GraphScope.validAt(Engine.now())).communities().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(entry -> members.computeIfAbsent(entry.getValue(), _ -> new ArrayList<>())
                            .add(entry.getKey()));
            return members.values().stream()
                    .filter(community -> community.size() > 1)
                    .sorted((a, b) -> Integer.compare(b.size(), a.size()))
                    .limit(engine.checkLimit(limit))
                    .map(community -> community.stream()
                            .flatMap(number -> graph.entity(number).stream())
                            .toList())
                    .toList();
        });
    }

    /**
     * Runs a query of the reading part of openCypher 9; see {@link CypherQuery}.
     *
     * @param cypher the query
     * @param parameters values of the {@code $} parameters of the query, by name
     * @param asOf the point in time at which the queried data was recorded and valid; empty for now
     * @return the rows
     */
    public QueryResult query(
            String cypher, Map<String, ? extends @Nullable Object> parameters, Optional<Instant> asOf) {
        CypherQuery query = engine.parseQuery(cypher);
        return read(graph -> query.run(graph, scope(asOf), limits(), parameters));
    }

    /** Runs a query on current data; see {@link #query(String, Map, Optional)}. */
    public QueryResult query(String cypher) {
        return query(cypher, Map.of(), Optional.empty());
    }

    /**
     * Runs a function on the raw view of the graph, for advanced use.
     *
     * @param query reads the view, which must not be used after the call
     * @return the result of {@code query}
     */
    public <T> T read(Function<GraphView, T> query) {
        return engine.read(agent, view -> query.apply(view.graph()));
    }

    /**
     * Returns an entity of a graph view.
     *
     * @param graph the view
     * @param entity name, alias or id of the entity
     * @param asOf the point in time at which the entity was on record; empty for current entities
     * @throws NotFoundException if the entity does not exist
     */
    public Entity find(GraphView graph, String entity, Optional<Instant> asOf) {
        return EntityResolver.get(graph, entity, asOf);
    }

    /**
     * Returns a traversal of a graph view, bounded by the limits of this memory.
     *
     * @param graph the view
     * @param direction direction of the relations to follow
     * @param types only relations of these types; empty for all
     * @param scope the points in time of recording and validity
     */
    public Traversal walk(GraphView graph, Direction direction, Set<String> types, GraphScope scope) {
        return new Traversal(graph, limits(), direction, types, scope);
    }

    /**
     * Reads the relations of a graph view and returns their analysis: importance, degrees and communities of all
     * entities. The memory it needs grows with the graph.
     *
     * @param graph the view
     * @param scope the points in time of recording and validity
     */
    public GraphAnalytics analyze(GraphView graph, GraphScope scope) {
        return GraphAnalytics.read(graph, scope);
    }

    private static GraphScope scope(Optional<Instant> asOf) {
        return asOf.map(GraphScope::asOf).orElseGet(() -> GraphScope.validAt(Engine.now()));
    }
}
