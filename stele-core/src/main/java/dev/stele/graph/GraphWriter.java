package dev.stele.graph;

import dev.stele.concurrent.WorkBudget;
import dev.stele.model.ConflictException;
import dev.stele.model.Direction;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphLimits;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.MergePatch;
import dev.stele.model.NotFoundException;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.model.StoredEntity;
import dev.stele.store.GraphEdit;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Operations that change a graph within one atomic edit. All edits of an agent are serialized, so everything looked up
 * here is still true when it is written: two concurrent additions of the same name create one entity, even across
 * processes.
 *
 * <p>Entities are referenced by text: a name, an alias or an id. Not thread-safe; valid only inside the edit it was
 * created for.
 */
public final class GraphWriter {

    /**
     * Function that derives the index entry of an observation from its entity, content and time. It must be fast,
     * because it runs while the write lock is held.
     */
    public interface Words {
        IndexEntry of(EntityRef entity, String content, Instant at);
    }

    private final StoreEdit edit;
    private final GraphEdit graph;
    private final GraphLimits limits;
    private final Words words;
    private final Instant now;
    private final List<Long> observed = new ArrayList<>();

    /**
     * Creates a writer.
     *
     * @param edit edit within which the graph is changed
     * @param limits limits of the graph
     * @param words function that derives index entries of observations
     */
    public GraphWriter(StoreEdit edit, GraphLimits limits, Words words) {
        this.edit = edit;
        this.graph = edit.graph();
        this.limits = limits;
        this.words = words;
        this.now = edit.time();
    }

    /** Returns the graph as this edit sees it. */
    public GraphEdit view() {
        return graph;
    }

    /**
     * Adds an entity, or merges a draft into the existing entity with the same type and name.
     *
     * @param draft entity to add
     * @return entity and what was added
     * @throws ConflictException if the id belongs to an entity with another name or type
     * @throws LimitExceededException if the agent has the maximum number of entities
     */
    public StoredEntity put(EntityDraft draft) {
        Optional<Entity> existing = draft.id().isPresent() ? byId(draft) : called(draft);
        Entity entity = existing.map(found -> enrich(found, draft)).orElseGet(() -> create(draft));
        var added = new ArrayList<Observation>();
        WorkBudget.checkpoint();
        draft.observations().forEach(observation -> observe(entity, observation).ifPresent(added::add));
        draft.mentionedBy().forEach(item -> graph.mention(item, entity.ref()));
        return new StoredEntity(entity, existing.isEmpty() || existing.get().stub(), List.copyOf(added));
    }

    private Optional<Entity> byId(EntityDraft draft) {
        String id = draft.id().orElseThrow();
        Optional<Entity> found = graph.entity(id);
        found.ifPresent(entity -> {
            boolean same = entity.retiredAt().isEmpty()
                    && entity.isCalled(draft.name())
                    && (entity.stub() || entity.type().equals(draft.type()));
            if (!same) {
                throw new ConflictException(
                        "There is another entity with the id %s, %s of type %s; choose another id, or change that one."
                                .formatted(Json.write(id), Json.write(entity.name()), Json.write(entity.type())));
            }
        });
        return found.isPresent() ? found : called(draft);
    }

    private Optional<Entity> called(EntityDraft draft) {
        List<Entity> named = graph.named(Entity.key(draft.name()));
        return named.stream()
                .filter(entity -> entity.type().equals(draft.type()))
                .findFirst()
                .or(() -> named.stream().filter(Entity::stub).findFirst());
    }

    private Entity create(EntityDraft draft) {
        checkRoom();
        return graph.addEntity(
                draft.id().orElseGet(Ids::next),
                draft.name(),
                draft.type(),
                others(draft.name(), draft.aliases()),
                without(draft.attributes()),
                false,
                now);
    }

    /**
     * Checks the maximum number of entities. Each entity takes a change number, so nothing has to be counted while
     * there are fewer changes than entities allowed.
     */
    private void checkRoom() {
        if (edit.lastChange() >= limits.entities() && graph.size().entities() >= limits.entities()) {
            throw new LimitExceededException(
                    "The agent has %d entities, which is the most it may have (limits.entities-per-agent); forget some."
                            .formatted(limits.entities()));
        }
    }

    private Entity enrich(Entity existing, EntityDraft draft) {
        List<String> aliases = others(
                existing.name(),
                Stream.concat(existing.aliases().stream(), draft.aliases().stream())
                        .toList());
        Map<String, @Nullable Object> attributes = JsonObject.of(
                        "attributes", MergePatch.apply(existing.attributes(), draft.attributes()))
                .raw();
        boolean same =
                !existing.stub() && aliases.equals(existing.aliases()) && attributes.equals(existing.attributes());
        return same
                ? existing
                : update(existing, existing.with(existing.name(), draft.type(), aliases, attributes, now));
    }

    private Entity update(Entity before, Entity after) {
        boolean renamed = !after.name().equals(before.name()) || !after.type().equals(before.type());
        if (renamed) {
            owner(graph, after.name(), after.type())
                    .filter(other -> other.number() != before.number())
                    .ifPresent(other -> {
                        throw new ConflictException(
                                "There is an entity %s of type %s already (id %s); merge the two, or choose another name."
                                        .formatted(
                                                Json.write(other.name()),
                                                Json.write(other.type()),
                                                Json.write(other.id())));
                    });
        }
        graph.updateEntity(before, after);
        if (renamed) {
            // The observations are indexed with the name and type of their entity, so they are indexed again.
            graph.observations(after.number(), Optional.empty())
                    .forEach(observation -> edit.reindex(
                            observation.number(),
                            edit.lastChange(),
                            words.of(
                                    after.ref(),
                                    observation.content(),
                                    observation.at().orElse(observation.recordedAt()))));
        }
        return after;
    }

    /**
     * Returns the current entity of a type whose primary name equals a name; aliases do not count.
     *
     * @param graph view of the graph
     * @param name name to look up
     * @param type type of the entity
     */
    public static Optional<Entity> owner(GraphView graph, String name, String type) {
        String key = Entity.key(name);
        return graph.named(key).stream()
                .filter(entity ->
                        entity.type().equals(type) && Entity.key(entity.name()).equals(key))
                .findFirst();
    }

    /** Returns the distinct aliases that differ from the primary name. */
    private static List<String> others(String name, Collection<String> aliases) {
        var keys = new LinkedHashSet<>(List.of(Entity.key(name)));
        return aliases.stream().filter(alias -> keys.add(Entity.key(alias))).toList();
    }

    /** Returns the fields that are not null. */
    private static Map<String, @Nullable Object> without(Map<String, ? extends @Nullable Object> values) {
        var present = new LinkedHashMap<String, @Nullable Object>();
        values.forEach((name, value) -> {
            if (value != null) {
                present.put(name, value);
            }
        });
        return present;
    }

    /**
     * Adds an observation about an entity.
     *
     * @param entity entity that the observation is about
     * @param draft observation to add
     * @return added observation; empty if the same text is already recorded for the entity
     */
    public Optional<Observation> observe(Entity entity, ObservationDraft draft) {
        if (graph.observation(entity.number(), draft.content()).isPresent()) {
            return Optional.empty();
        }
        Observation added = graph.addObservation(
                Ids.next(),
                entity.ref(),
                draft.content(),
                draft.at(),
                draft.sources(),
                now,
                words.of(entity.ref(), draft.content(), draft.at().orElse(now)));
        observed.add(added.number());
        return Optional.of(added);
    }

    /** Returns the numbers of the observations that were added so far; they have no vectors yet. */
    public List<Long> observed() {
        return List.copyOf(observed);
    }

    /**
     * Adds a relation, or merges a draft into the existing relation with the same ends, type and start of validity.
     *
     * @param from entity at which the relation begins
     * @param to entity at which the relation ends
     * @param draft relation to add
     * @return relation after the change
     * @throws InvalidInputException if both ends are the same entity
     * @throws LimitExceededException if the agent has the maximum number of relations
     */
    public Relation relate(Entity from, Entity to, RelationDraft draft) {
        if (from.number() == to.number()) {
            throw new InvalidInputException("The relation %s leads from %s to itself; name two entities."
                    .formatted(Json.write(draft.type()), Json.write(from.name())));
        }
        return connect(from, to, draft);
    }

    /**
     * Does the same as {@link #relate} but also accepts a relation of an entity with itself.
     *
     * @param from entity at which the relation begins
     * @param to entity at which the relation ends
     * @param draft relation to add
     * @return relation after the change
     */
    public Relation connect(Entity from, Entity to, RelationDraft draft) {
        Optional<Relation> existing = graph.relations(from.number(), draft.type(), to.number()).stream()
                .filter(relation -> relation.validFrom().equals(draft.validFrom()))
                .findFirst();
        if (existing.isEmpty()) {
            if (edit.lastChange() >= limits.relations() && graph.size().relations() >= limits.relations()) {
                throw new LimitExceededException(
                        "The agent has %d relations, which is the most it may have (limits.relations-per-agent); forget some."
                                .formatted(limits.relations()));
            }
            return graph.addRelation(new Relation(
                    0,
                    Ids.next(),
                    1,
                    from.ref(),
                    to.ref(),
                    draft.type(),
                    draft.fact(),
                    draft.weight().orElse(1.0),
                    without(draft.attributes()),
                    draft.validFrom(),
                    draft.validTo(),
                    draft.sources(),
                    now,
                    Optional.empty()));
        }
        Relation before = existing.get();
        Set<String> sources = new LinkedHashSet<>(before.sources());
        sources.addAll(draft.sources());
        return replace(
                before,
                next(
                        before,
                        before.from(),
                        before.to(),
                        draft.fact().or(before::fact),
                        draft.weight().orElse(before.weight()),
                        JsonObject.of("attributes", MergePatch.apply(before.attributes(), draft.attributes()))
                                .raw(),
                        before.validFrom(),
                        draft.validTo().or(before::validTo),
                        List.copyOf(sources)));
    }

    private Relation next(
            Relation before,
            EntityRef from,
            EntityRef to,
            Optional<String> fact,
            double weight,
            Map<String, @Nullable Object> attributes,
            Optional<Instant> validFrom,
            Optional<Instant> validTo,
            List<String> sources) {
        return new Relation(
                before.number(),
                before.id(),
                before.version(),
                from,
                to,
                before.type(),
                fact,
                weight,
                attributes,
                validFrom,
                validTo,
                sources,
                before.recordedAt(),
                Optional.empty());
    }

    /** Records a new version of a relation if anything differs. */
    private Relation replace(Relation before, Relation after) {
        if (after.equals(before)) {
            return before;
        }
        graph.retireRelation(before, now, false);
        return graph.addRelation(new Relation(
                0,
                after.id(),
                before.version() + 1,
                after.from(),
                after.to(),
                after.type(),
                after.fact(),
                after.weight(),
                after.attributes(),
                after.validFrom(),
                after.validTo(),
                after.sources(),
                now,
                Optional.empty()));
    }

    /** Finds a current entity by name, alias or id. */
    public Optional<Entity> find(String word) {
        return EntityResolver.find(graph, word);
    }

    /**
     * Returns a current entity by name, alias or id.
     *
     * @throws NotFoundException if there is none
     */
    public Entity get(String word) {
        return EntityResolver.get(graph, word);
    }

    /**
     * Returns a current entity by name, alias or id; creates a stub with that name if there is none. The stub is
     * completed by a later {@link #put}.
     */
    public Entity getOrStub(String name) {
        return find(name).orElseGet(() -> {
            checkRoom();
            Entity.checkName("name of an entity", name);
            return graph.addEntity(Ids.next(), name, "", List.of(), Map.of(), true, now);
        });
    }

    /**
     * Changes the name, type, aliases or attributes of an entity by a JSON merge patch.
     *
     * @param entity current version
     * @param patch JSON merge patch
     * @return entity after the change
     * @throws ConflictException if another entity of the type has the name
     */
    public Entity patch(Entity entity, JsonObject patch) {
        patch.only("name", "type", "aliases", "attributes");
        String name = Entity.checkName(
                "name of an entity", patch.optionalString("name").orElse(entity.name()));
        String type = Entity.checkName(
                "type of an entity", patch.optionalString("type").orElse(entity.type()));
        List<String> aliases = patch.has("aliases") ? patch.strings("aliases") : entity.aliases();
        aliases.forEach(alias -> Entity.checkName("alias of an entity", alias));
        Map<String, @Nullable Object> attributes = JsonObject.of(
                        "attributes",
                        patch.has("attributes") && patch.raw("attributes") == null
                                ? Map.of()
                                : MergePatch.apply(entity.attributes(), patch.map("attributes")))
                .raw();
        Entity after = entity.with(name, type, others(name, aliases), attributes, now);
        boolean same = name.equals(entity.name())
                && type.equals(entity.type())
                && after.aliases().equals(entity.aliases())
                && after.attributes().equals(entity.attributes());
        return same ? entity : update(entity, after);
    }

    /**
     * Changes the fact, weight, attributes, validity or sources of a relation by a JSON merge patch.
     *
     * @param relation current version
     * @param patch JSON merge patch
     * @return relation after the change
     * @throws ConflictException if another relation has the same ends, type and start of validity
     */
    public Relation patch(Relation relation, JsonObject patch) {
        patch.only("fact", "weight", "attributes", "valid_from", "valid_to", "sources");
        var draft = new RelationDraft(
                relation.from().name(),
                relation.to().name(),
                relation.type(),
                patch.has("fact") ? patch.optionalString("fact") : relation.fact(),
                Optional.of(patch.optionalDouble("weight").orElse(relation.weight())),
                patch.map("attributes"),
                patch.has("valid_from") ? patch.optionalInstant("valid_from") : relation.validFrom(),
                patch.has("valid_to") ? patch.optionalInstant("valid_to") : relation.validTo(),
                patch.has("sources") ? patch.strings("sources") : relation.sources());
        boolean taken = graph
                .relations(
                        relation.from().number(), relation.type(), relation.to().number())
                .stream()
                .anyMatch(other ->
                        !other.id().equals(relation.id()) && other.validFrom().equals(draft.validFrom()));
        if (taken) {
            throw new ConflictException(
                    "There is a relation %s with this begin between the two already; change that one."
                            .formatted(Json.write(relation.type())));
        }
        return replace(
                relation,
                next(
                        relation,
                        relation.from(),
                        relation.to(),
                        draft.fact(),
                        draft.weight().orElse(relation.weight()),
                        JsonObject.of("attributes", MergePatch.apply(relation.attributes(), draft.attributes()))
                                .raw(),
                        draft.validFrom(),
                        draft.validTo(),
                        draft.sources()));
    }

    /**
     * Merges two entities. The names, observations, relations, attributes and mentions of the second entity move to the
     * first, and the second is retired. Attributes of the first take precedence. Relations between the two end.
     *
     * @param kept entity that remains
     * @param gone entity that is retired
     * @return remaining entity after the change
     * @throws InvalidInputException if both are the same entity
     */
    public Entity merge(Entity kept, Entity gone) {
        if (kept.number() == gone.number()) {
            throw new InvalidInputException(
                    "%s cannot be merged with itself; name two entities.".formatted(Json.write(kept.name())));
        }
        for (Observation observation : graph.observations(gone.number(), Optional.empty())) {
            WorkBudget.checkpoint();
            move(observation, kept);
        }
        for (Relation relation : relations(gone)) {
            WorkBudget.checkpoint();
            move(relation, gone, kept);
        }
        edit.lineage().inherit(kept.number(), gone.number());
        graph.retireEntity(gone, now, Optional.of(kept.id()));
        var names = new ArrayList<>(kept.aliases());
        names.add(gone.name());
        names.addAll(gone.aliases());
        var attributes = new LinkedHashMap<>(gone.attributes());
        attributes.putAll(kept.attributes());
        return update(
                kept,
                kept.with(
                        kept.name(),
                        kept.stub() ? gone.type() : kept.type(),
                        others(kept.name(), names),
                        attributes,
                        now));
    }

    /**
     * Splits an entity: a new entity takes over some of its observations and relations.
     *
     * @param entity entity to split
     * @param draft new entity; its name is removed from the aliases of the first
     * @param observations ids of the observations that move to the new entity
     * @param relations ids of the relations whose end moves to the new entity
     * @return new entity
     * @throws ConflictException if an entity with the name and type of the draft exists
     * @throws NotFoundException if an observation or relation does not belong to the first entity
     */
    public StoredEntity split(
            Entity entity, EntityDraft draft, Collection<String> observations, Collection<String> relations) {
        List<Entity> sameName = graph.named(Entity.key(draft.name())).stream()
                .filter(other ->
                        other.number() != entity.number() && other.type().equals(draft.type()))
                .toList();
        if (!sameName.isEmpty()
                || (Entity.key(entity.name()).equals(Entity.key(draft.name()))
                        && entity.type().equals(draft.type()))) {
            throw new ConflictException("There is an entity %s of type %s already; choose another name or type."
                    .formatted(Json.write(draft.name()), Json.write(draft.type())));
        }
        List<String> left = entity.aliases().stream()
                .filter(alias -> !Entity.key(alias).equals(Entity.key(draft.name())))
                .toList();
        if (!left.equals(entity.aliases())) {
            update(entity, entity.with(entity.name(), entity.type(), left, entity.attributes(), now));
        }
        StoredEntity created = put(draft);
        edit.lineage().inherit(created.entity().number(), entity.number());
        for (String id : observations) {
            Observation observation = graph.observation(id)
                    .filter(found -> found.entity().number() == entity.number()
                            && found.retiredAt().isEmpty())
                    .orElseThrow(() -> new NotFoundException("There is no observation %s about %s."
                            .formatted(Json.write(id), Json.write(entity.name()))));
            move(observation, created.entity());
        }
        for (String id : relations) {
            Relation relation = relation(id);
            if (relation.from().number() != entity.number() && relation.to().number() != entity.number()) {
                throw new NotFoundException(
                        "The relation %s is none of %s.".formatted(Json.write(id), Json.write(entity.name())));
            }
            move(relation, entity, created.entity());
        }
        return created;
    }

    private void move(Observation observation, Entity to) {
        graph.retireObservation(observation, now);
        observe(to, new ObservationDraft(observation.content(), observation.at(), observation.sources()));
    }

    private void move(Relation relation, Entity end, Entity to) {
        EntityRef from = relation.from().number() == end.number() ? to.ref() : relation.from();
        EntityRef target = relation.to().number() == end.number() ? to.ref() : relation.to();
        boolean loop = from.number() == target.number()
                && relation.from().number() != relation.to().number();
        boolean known = graph.relations(from.number(), relation.type(), target.number()).stream()
                .anyMatch(other -> other.validFrom().equals(relation.validFrom()));
        if (loop || known) {
            graph.retireRelation(relation, now, true);
        } else {
            replace(
                    relation,
                    next(
                            relation,
                            from,
                            target,
                            relation.fact(),
                            relation.weight(),
                            relation.attributes(),
                            relation.validFrom(),
                            relation.validTo(),
                            relation.sources()));
        }
    }

    /**
     * Ends the validity of the relations of one type that begin at an entity, are valid without end and began before a
     * time. The relation to one given entity is left unchanged.
     *
     * @param from entity at which the relations begin
     * @param type type of the relations
     * @param butTo entity whose relation is left unchanged
     * @param at end of validity
     */
    public void end(Entity from, String type, Entity butTo, Instant at) {
        end(from, at, relation -> relation.type().equals(type) && relation.to().number() != butTo.number());
    }

    /**
     * Ends the validity of the relation of one type from an entity to the entity of a name, if it is valid without end
     * and began before a time.
     *
     * @param from entity at which the relation begins
     * @param type type of the relation
     * @param to name of the entity at which the relation ends; case is ignored
     * @param at end of validity
     */
    public void end(Entity from, String type, String to, Instant at) {
        end(
                from,
                at,
                relation -> relation.type().equals(type) && relation.to().name().equalsIgnoreCase(to));
    }

    private void end(Entity from, Instant at, Predicate<Relation> ends) {
        relations(from).stream()
                .filter(relation -> relation.from().number() == from.number()
                        && ends.test(relation)
                        && relation.validTo().isEmpty()
                        && relation.validFrom().map(at::isAfter).orElse(true))
                .forEach(relation -> replace(
                        relation,
                        next(
                                relation,
                                relation.from(),
                                relation.to(),
                                relation.fact(),
                                relation.weight(),
                                relation.attributes(),
                                relation.validFrom(),
                                Optional.of(at),
                                relation.sources())));
    }

    /** Returns all current relations of an entity, whatever their validity. */
    public List<Relation> relations(Entity entity) {
        List<Long> numbers = graph
                .edges(List.of(entity.number()), Direction.BOTH, Set.of(), GraphScope.RECORDED, Integer.MAX_VALUE - 1)
                .stream()
                .map(edge -> edge.number())
                .toList();
        Map<Long, Relation> found = graph.relationsByNumber(numbers);
        return numbers.stream()
                .flatMap(number -> Stream.ofNullable(found.get(number)))
                .toList();
    }

    /**
     * Returns a current relation by its id.
     *
     * @throws NotFoundException if there is none
     */
    public Relation relation(String id) {
        return graph.relation(id)
                .filter(found -> found.retiredAt().isEmpty())
                .orElseThrow(() -> new NotFoundException("There is no relation " + Json.write(id) + "."));
    }

    /** Retires an entity with its observations and relations, which remain visible in queries about the past. */
    public void retire(Entity entity) {
        graph.observations(entity.number(), Optional.empty())
                .forEach(observation -> graph.retireObservation(observation, now));
        relations(entity).forEach(relation -> graph.retireRelation(relation, now, true));
        graph.retireEntity(entity, now, Optional.empty());
    }

    /** Retires an observation. */
    public void retire(Observation observation) {
        graph.retireObservation(observation, now);
    }

    /** Retires a relation. */
    public void retire(Relation relation) {
        graph.retireRelation(relation, now, true);
    }

    /**
     * Makes a retired entity current again, with the observations and relations that were retired with it. After a
     * merge, the entity takes back what it brought: observations, relations, names and attributes. The observations get
     * new ids, because a retired observation stays on record as it is. A relation whose other end is retired, or whose
     * place another relation has taken, stays retired.
     *
     * @param retired latest version of the entity
     * @return entity after the change
     * @throws ConflictException if the entity is current, another entity has its name and type, or the entity that it
     *     was merged into is retired
     * @throws LimitExceededException if the agent has the maximum number of entities
     */
    public Entity restore(Entity retired) {
        Instant at = retired.retiredAt().orElseThrow(() -> notRetired("entity", retired.name()));
        Optional<Entity> kept = retired.mergedInto().flatMap(graph::entity);
        kept.ifPresent(entity -> giveBack(entity, retired, at));
        owner(graph, retired.name(), retired.type()).ifPresent(other -> {
            throw new ConflictException(
                    "There is another entity %s of type %s now (id %s); rename that one first, or merge the two."
                            .formatted(Json.write(other.name()), Json.write(other.type()), Json.write(other.id())));
        });
        checkRoom();
        Entity restored = retired.restored(now);
        graph.restoreEntity(retired, restored);
        for (Observation observation : graph.everyObservation(retired.number())) {
            WorkBudget.checkpoint();
            if (isRetiredAt(observation.retiredAt(), at)) {
                kept.flatMap(entity -> graph.observation(entity.number(), observation.content()))
                        .filter(moved -> moved.recordedAt().equals(at))
                        .ifPresent(moved -> graph.retireObservation(moved, now));
                restore(restored, observation);
            }
        }
        for (Relation relation : graph.everyRelation(retired.number())) {
            WorkBudget.checkpoint();
            if (isRetiredAt(relation.retiredAt(), at)) {
                restore(relation, restored);
            }
        }
        return restored;
    }

    private static boolean isRetiredAt(Optional<Instant> retiredAt, Instant at) {
        return retiredAt.filter(at::equals).isPresent();
    }

    private static ConflictException notRetired(String kind, String name) {
        return new ConflictException(
                "The %s %s is not retired, so there is nothing to restore.".formatted(kind, Json.write(name)));
    }

    /** Takes from the entity that remained after a merge the names and attributes that the other entity brought. */
    private void giveBack(Entity kept, Entity merged, Instant at) {
        if (kept.retiredAt().isPresent()) {
            throw new ConflictException("The entity %s was merged into %s, which is retired; restore that one first."
                    .formatted(Json.write(merged.name()), Json.write(kept.name())));
        }
        Optional<Entity> earlier = graph.entity(kept.number(), at.minusMillis(1));
        List<String> names = earlier.map(Entity::aliases).orElse(List.of());
        List<String> aliases = kept.aliases().stream()
                .filter(alias -> !merged.isCalled(alias) || names.contains(alias))
                .toList();
        var attributes = new LinkedHashMap<>(kept.attributes());
        Map<String, @Nullable Object> own = earlier.map(Entity::attributes).orElse(Map.of());
        merged.attributes().forEach((name, value) -> {
            if (!own.containsKey(name)) {
                attributes.remove(name, value);
            }
        });
        if (!aliases.equals(kept.aliases()) || !attributes.equals(kept.attributes())) {
            graph.updateEntity(kept, kept.with(kept.name(), kept.type(), aliases, attributes, now));
        }
    }

    /** Restores a version of a relation that ended when one of its ends was retired or merged. */
    private void restore(Relation ended, Entity end) {
        Optional<Relation> latest = graph.relation(ended.id());
        if (latest.isEmpty()) {
            return;
        }
        Relation relation = latest.get();
        if (relation.retiredAt().isPresent()) {
            if (relation.number() == ended.number() && isFree(relation)) {
                revive(relation);
            }
            return;
        }
        EntityRef from = ended.from().number() == end.number() ? end.ref() : relation.from();
        EntityRef to = ended.to().number() == end.number() ? end.ref() : relation.to();
        replace(
                relation,
                next(
                        relation,
                        from,
                        to,
                        relation.fact(),
                        relation.weight(),
                        relation.attributes(),
                        relation.validFrom(),
                        relation.validTo(),
                        relation.sources()));
    }

    /** Returns whether both ends of a relation are current and no current relation has its ends, type and begin. */
    private boolean isFree(Relation relation) {
        return isCurrent(relation.from())
                && isCurrent(relation.to())
                && graph
                        .relations(
                                relation.from().number(),
                                relation.type(),
                                relation.to().number())
                        .stream()
                        .noneMatch(other -> other.validFrom().equals(relation.validFrom()));
    }

    private boolean isCurrent(EntityRef ref) {
        return graph.entity(ref.number())
                .filter(entity -> entity.retiredAt().isEmpty())
                .isPresent();
    }

    private Relation revive(Relation relation) {
        return graph.addRelation(new Relation(
                0,
                relation.id(),
                relation.version() + 1,
                relation.from(),
                relation.to(),
                relation.type(),
                relation.fact(),
                relation.weight(),
                relation.attributes(),
                relation.validFrom(),
                relation.validTo(),
                relation.sources(),
                now,
                Optional.empty()));
    }

    /**
     * Makes a retired relation current again.
     *
     * @param relation latest version of the relation
     * @return relation after the change
     * @throws ConflictException if the relation is current, one of its ends is retired, or another relation has its
     *     ends, type and begin
     */
    public Relation restore(Relation relation) {
        if (relation.retiredAt().isEmpty()) {
            throw notRetired("relation", relation.id());
        }
        if (!isFree(relation)) {
            throw new ConflictException(
                    "The relation %s cannot be restored: an entity at its end is retired, or there is another relation %s between the two. Restore the entity first, or change that relation."
                            .formatted(Json.write(relation.id()), Json.write(relation.type())));
        }
        return revive(relation);
    }

    /**
     * Records the content of a retired observation again, as a new observation.
     *
     * @return the current observation of the entity with the content
     * @throws ConflictException if the observation is current, or its entity is retired
     */
    public Observation restore(Observation observation) {
        if (observation.retiredAt().isEmpty()) {
            throw notRetired("observation", observation.id());
        }
        Entity entity = graph.entity(observation.entity().number())
                .filter(found -> found.retiredAt().isEmpty())
                .orElseThrow(() -> new ConflictException(
                        "The observation %s cannot be restored: its entity %s is retired. Restore the entity first."
                                .formatted(
                                        Json.write(observation.id()),
                                        Json.write(observation.entity().name()))));
        return restore(entity, observation);
    }

    private Observation restore(Entity entity, Observation observation) {
        return observe(entity, new ObservationDraft(observation.content(), observation.at(), observation.sources()))
                .or(() -> graph.observation(entity.number(), observation.content()))
                .orElseThrow();
    }
}
