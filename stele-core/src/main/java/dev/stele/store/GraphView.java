package dev.stele.store;

import dev.stele.model.Change;
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

/** An agent's graph at one moment. Valid inside the call it was given to, for one thread. */
public interface GraphView {

    GraphStats size();

    /** An entity as it is now, retired or not. */
    Optional<Entity> entity(long number);

    /** See {@link #entity(long)}. */
    Optional<Entity> entity(String id);

    /** An entity as it was on record at a time; empty if it was not there then. */
    Optional<Entity> entity(long number, Instant at);

    /** Entities of today that have a name or alias with this {@link Entity#key key}: those of that name first, then the oldest first. */
    List<Entity> named(String key);

    /** The same, of a time. */
    List<Entity> named(String key, Instant at);

    /** Entities of today by number, stubs included, from above a number. */
    List<Entity> entities(Optional<String> type, long after, int limit);

    /** Whether no entity was ever recorded. */
    boolean isEmpty();

    /** The numbers of entities of today that have a name or alias with one of these keys. */
    List<Long> namedOneOf(Collection<String> keys);

    /**
     * What of all that is remembered speaks of some entities of today: their observations, the messages and notes that mention
     * them, and those that observations of them and relations between two of them come from.
     *
     * @param most no more than this
     */
    List<About> about(Collection<Long> entities, int most);

    /** An item that speaks of an entity, by their numbers. */
    record About(long entity, long item) {}

    /** Entities of these numbers as they are now, in no promised order; unknown ones are left out. */
    List<Entity> entities(Collection<Long> numbers);

    /** How these entities are called now, or at a time; those that were not there then are left out. */
    Map<Long, EntityRef> refs(Collection<Long> numbers, Optional<Instant> at);

    /** Earlier versions of an entity, oldest first. */
    List<Entity> entityHistory(long entity);

    /** What is on record of an entity, in the order in which it was recorded. */
    List<Observation> observations(long entity, Optional<Instant> at);

    /** What is on record of each of these entities today. */
    Map<Long, List<Observation>> observations(Collection<Long> entities);

    /** One that is on record of an entity today, word for word. */
    Optional<Observation> observation(long entity, String content);

    Optional<Observation> observation(String id);

    /** Observations of today by number; unknown ones are left out. */
    Map<Long, Observation> observationsByNumber(Collection<Long> numbers);

    /** The latest version of a relation, retired or not. */
    Optional<Relation> relation(String id);

    /** All versions of a relation, oldest first. */
    List<Relation> relationHistory(String id);

    /** Relations of today between two entities with a type. */
    List<Relation> relations(long from, String type, long to);

    /** Relations by the numbers of {@link #edges}. */
    Map<Long, Relation> relationsByNumber(Collection<Long> numbers);

    /**
     * Relations that begin or end at one of these entities, each once, in the order of their numbers.
     *
     * @param types only these; empty for all
     * @param most no more than this, and one more than that if there are more
     */
    List<Edge> edges(Collection<Long> entities, Direction direction, Set<String> types, GraphScope scope, int most);

    /** All relations in a scope. */
    void eachEdge(GraphScope scope, Consumer<Edge> to);

    /** All entities in a scope of time: their numbers, rising. */
    long[] entityNumbers(Optional<Instant> at);

    /**
     * Entities of today whose name, type or observations hold a text anywhere, whatever its case; a wider choice than that is
     * allowed and the caller looks again.
     */
    List<Long> holding(String text, int most);

    /** Numbers of observations, relations and entities that come from or are mentioned by a message or note. */
    List<Long> fromItem(String item);

    /** Ids of the messages and notes that mention an entity. */
    List<String> mentions(long entity);

    /** Changes of the graph after a time, in order. */
    List<Change> changesSince(Instant time, int limit);

    /** For export: all entities with their versions, oldest first. */
    void eachEntity(Consumer<Entity> to);

    /** For export: all observations of an entity, retired ones too. */
    List<Observation> everyObservation(long entity);

    /** For export: all versions of all relations. */
    void eachRelation(Consumer<Relation> to);
}
