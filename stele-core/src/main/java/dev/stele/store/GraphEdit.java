package dev.stele.store;

import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes to an agent's graph within one write transaction. Every method appends to the change log. The methods check
 * no rules of the graph; that is the caller's duty.
 */
public interface GraphEdit extends GraphView {

    /**
     * Adds an entity.
     *
     * @param id unused id
     * @param name name that no other current entity has; the caller has checked it
     * @param stub whether the entity is a stub
     * @param at time of creation
     */
    Entity addEntity(
            String id,
            String name,
            String type,
            List<String> aliases,
            Map<String, ? extends @Nullable Object> attributes,
            boolean stub,
            Instant at);

    /** Writes the next version of an entity and keeps the previous version. */
    void updateEntity(Entity before, Entity after);

    /**
     * Retires an entity. The caller has retired its current observations and relations.
     *
     * @param mergedInto id of the entity that replaces it, if it was merged
     */
    void retireEntity(Entity entity, Instant at, Optional<String> mergedInto);

    /**
     * Writes the version of an entity that follows its retirement. The version before the retirement is kept, so that
     * the entity is not on record between the two.
     *
     * @param before retired version
     * @param after current version with a greater version number
     */
    void restoreEntity(Entity before, Entity after);

    /** Deletes an entity with all its versions. The caller has deleted its observations and relations. */
    void deleteEntity(Entity entity);

    /**
     * Adds an observation of an entity.
     *
     * @param id unused id
     * @param said time of the observation, if known
     * @param sources ids of the messages and notes that the observation comes from
     * @param at time at which it is recorded
     * @param indexing terms, traits and vector of the content
     */
    Observation addObservation(
            String id,
            EntityRef entity,
            String content,
            Optional<Instant> said,
            List<String> sources,
            Instant at,
            IndexEntry indexing);

    /** Retires an observation; it stays on record for earlier points in time. */
    void retireObservation(Observation observation, Instant at);

    /** Deletes an observation. */
    void deleteObservation(Observation observation);

    /**
     * Adds a relation or another version of an existing relation.
     *
     * @param relation the relation; its number is ignored
     * @return the stored relation with its assigned number
     */
    Relation addRelation(Relation relation);

    /**
     * Retires a version of a relation.
     *
     * @param forGood whether no other version follows
     */
    void retireRelation(Relation relation, Instant at, boolean forGood);

    /** Deletes one version of a relation. */
    void deleteVersion(Relation version);

    /**
     * For erasure: replaces an entity and its history in place. No version is kept of what they were before.
     *
     * @param history earlier versions, oldest first
     */
    void rewrite(Entity entity, List<Entity> history);

    /** For erasure: replaces the sources of an observation in place. */
    void rewrite(Observation observation);

    /** For erasure: replaces fact, attributes and sources of a version of a relation in place. */
    void rewrite(Relation relation);

    /** Records that a message or note mentions an entity. Idempotent. */
    void mention(String item, EntityRef entity);

    /**
     * For import: adds an entity in its exported state.
     *
     * @param history earlier versions
     */
    Entity importEntity(Entity entity, List<Entity> history);

    /** For import: adds an observation in its exported state. */
    void importObservation(Observation observation, IndexEntry indexing);
}
