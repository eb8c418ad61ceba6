package dev.stele.model;

import java.util.List;

/**
 * Result of storing an entity. Immutable.
 *
 * @param entity entity after the change
 * @param created whether the entity was created or completed from a stub
 * @param added observations that were added
 */
public record StoredEntity(Entity entity, boolean created, List<Observation> added) {

    public StoredEntity {
        added = List.copyOf(added);
    }
}
