package dev.stele.store;

import dev.stele.model.Change;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphStats;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Consistent read snapshot of an agent's graph as of a single point in time: entities, their observations, and
 * relations between them. Valid only during the call that it was passed to, and only on the thread of that call.
 *
 * <p>An entity, observation or relation is <em>current</em> while it is not retired. Methods with a point in time
 * {@code at} read the state that was on record at that time (transaction time).
 */
public interface GraphView {

    /** Returns the numbers of entities, observations and relations. */
    GraphStats size();

    /**
     * Returns the latest version of an entity, current or retired.
     *
     * @param number number of the entity
     */
    Optional<Entity> entity(long number);

    /** Returns the latest version of an entity by its id, current or retired. */
    Optional<Entity> entity(String id);

    /**
     * Returns the version of an entity that was on record at a time.
     *
     * @return the entity; empty if it was not on record at that time
     */
    Optional<Entity> entity(long number, Instant at);

    /**
     * Returns current entities with a name or alias of this {@link Entity#key key}. Entities whose name matches come
     * first, then older ones before newer ones.
     */
    List<Entity> named(String key);

    /** For erasure: returns the entities whose name has this key, including retired ones, older ones first. */
    List<Entity> everyNamed(String key);

    /** Returns the retired entities that were merged into an entity. Reads all entities. */
    List<Entity> mergedInto(String id);

    /** Returns the entities that {@link #named(String)} would have returned at a time. */
    List<Entity> named(String key, Instant at);

    /**
     * Returns current entities, including stubs, ordered by number.
     *
     * @param type only entities of this type; empty for all types
     * @param after only entities with a greater number
     * @param limit maximum number of entities
     */
    List<Entity> entities(Optional<String> type, long after, int limit);

    /** Returns whether no entity was ever recorded. */
    boolean isEmpty();

    /** Returns the numbers of current entities with a name or alias of one of these {@link Entity#key keys}. */
    List<Long> namedOneOf(Collection<String> keys);

    /**
     * Returns items that refer to current entities: observations of the entities, messages and notes that mention them,
     * and the source items of observations of the entities and of relations between two of the entities.
     *
     * @param entities numbers of entities
     * @param limit maximum number of results
     */
    List<About> about(Collection<Long> entities, int limit);

    /**
     * Reference from an item to an entity.
     *
     * @param entity number of the entity
     * @param item number of the item
     */
    record About(long entity, long item) {}

    /** Returns the latest versions of entities by number, in unspecified order. Unknown numbers are left out. */
    List<Entity> entities(Collection<Long> numbers);

    /**
     * Returns references with the names of entities by number.
     *
     * @param at point in time whose names are returned; empty for the current names. Entities that were not on record
     *     then are left out
     */
    Map<Long, EntityRef> refs(Collection<Long> numbers, Optional<Instant> at);

    /** Returns the earlier versions of an entity, oldest first. */
    List<Entity> entityHistory(long entity);

    /**
     * Returns the observations of an entity in the order in which they were recorded.
     *
     * @param at point in time at which they were on record; empty for current observations
     */
    List<Observation> observations(long entity, Optional<Instant> at);

    /** Returns the current observations of each entity. */
    Map<Long, List<Observation>> observations(Collection<Long> entities);

    /** Returns the current observation of an entity whose content equals a text. */
    Optional<Observation> observation(long entity, String content);

    /** Returns an observation by id. */
    Optional<Observation> observation(String id);

    /** Returns current observations by number. Unknown numbers are left out. */
    Map<Long, Observation> observationsByNumber(Collection<Long> numbers);

    /** Returns the latest version of a relation, current or retired. */
    Optional<Relation> relation(String id);

    /** Returns all versions of a relation, oldest first. */
    List<Relation> relationHistory(String id);

    /** Returns current relations of a type from one entity to another. */
    List<Relation> relations(long from, String type, long to);

    /** Returns relations by the numbers of {@link #edges}. */
    Map<Long, Relation> relationsByNumber(Collection<Long> numbers);

    /**
     * Returns relations that start or end at one of the entities, each once, ordered by number.
     *
     * @param entities numbers of entities
     * @param direction direction of the relations as seen from the entities
     * @param types relation types; empty for all types
     * @param limit maximum number of relations; {@code limit + 1} relations are returned if there are more
     */
    List<Edge> edges(Collection<Long> entities, Direction direction, Set<String> types, GraphScope scope, int limit);

    /** Passes all relations in a scope to a consumer. */
    void forEachEdge(GraphScope scope, Consumer<Edge> to);

    /**
     * Returns the numbers of entities in ascending order.
     *
     * @param at point in time at which the entities were on record; empty for current entities
     */
    long[] entityNumbers(Optional<Instant> at);

    /**
     * Returns the numbers of current entities whose name, type or observations contain a text, ignoring case. The
     * result may contain entities that do not match; the caller must check each one.
     *
     * @param limit maximum number of entities
     */
    List<Long> searchText(String text, int limit);

    /**
     * Returns the numbers of observations, relations and entities that have a message or note as source or are
     * mentioned by it.
     *
     * @param item id of the message or note
     */
    List<Long> fromItem(String item);

    /** Returns all versions of the relations from and to an entity, current and retired. */
    List<Relation> everyRelation(long entity);

    /** Returns current and retired observations by number. Unknown numbers are left out. */
    List<Observation> anyObservations(Collection<Long> numbers);

    /** Returns the ids of the messages and notes that mention an entity. */
    List<String> mentions(long entity);

    /** Returns changes of the graph after a time, in the order in which they were committed. */
    List<Change> changesSince(Instant time, int limit);

    /** For export: passes all entities with their versions to a consumer, oldest first. */
    void forEachEntity(Consumer<Entity> to);

    /** For export: returns all observations of an entity, including retired ones. */
    List<Observation> everyObservation(long entity);

    /** For export: passes all versions of all relations to a consumer. */
    void forEachRelation(Consumer<Relation> to);
}
