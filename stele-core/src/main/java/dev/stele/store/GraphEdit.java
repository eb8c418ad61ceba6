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
 * Changes of a graph inside one atomic write; what they mean is for the caller to see. Every method appends to the change log.
 */
public interface GraphEdit extends GraphView {

    /** Adds an entity; the caller has seen that its name is free. */
    Entity addEntity(
            String id,
            String name,
            String type,
            List<String> aliases,
            Map<String, ? extends @Nullable Object> attributes,
            boolean stub,
            Instant at);

    /** Writes another version of an entity and keeps the one before. */
    void updateEntity(Entity before, Entity after);

    /** Ends an entity, which has no observations and relations of today any more. */
    void retireEntity(Entity entity, Instant at, Optional<String> mergedInto);

    /** Removes an entity with all it ever had. Returns how many relations went with it. */
    long deleteEntity(Entity entity);

    Observation addObservation(
            String id,
            EntityRef entity,
            String content,
            Optional<Instant> said,
            List<String> sources,
            Instant at,
            IndexEntry indexing);

    void retireObservation(Observation observation, Instant at);

    void deleteObservation(Observation observation);

    /** Adds a relation, or another version of one; the number is drawn here. */
    Relation addRelation(Relation relation);

    /** Ends a version of a relation, for good if there is none to follow. */
    void retireRelation(Relation relation, Instant at, boolean forGood);

    /** Removes all versions of a relation. */
    void deleteRelation(String id);

    /** Says that a message or note speaks of an entity. Doing it again does nothing. */
    void mention(String item, EntityRef entity);

    /** For import: adds an entity as it was, with its earlier versions. */
    Entity importEntity(Entity entity, List<Entity> history);

    /** For import: adds an observation as it was. */
    void importObservation(Observation observation, IndexEntry indexing);
}
