package dev.stele.store.sql;

import dev.stele.model.ChangeKind;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.Json;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import dev.stele.store.GraphEdit;
import dev.stele.store.IndexEntry;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Write access to the graph inside one transaction. */
final class GraphWrites extends GraphTables implements GraphEdit {

    private final ChangeLog log;
    private final IndexTables index;
    private final LineageWrites lineage;

    GraphWrites(SqlSession db, IndexTables index, LineageWrites lineage, ChangeLog log) {
        super(db);
        this.index = index;
        this.lineage = lineage;
        this.log = log;
    }

    @Override
    public Entity addEntity(
            String id,
            String name,
            String type,
            List<String> aliases,
            Map<String, ? extends @Nullable Object> attributes,
            boolean stub,
            Instant at) {
        long number = log.creation(ChangeKind.ENTITY_CREATED, id);
        var entity = new Entity(
                number,
                id,
                1,
                name,
                type,
                aliases,
                Json.copyMap(attributes),
                stub,
                at,
                at,
                Optional.empty(),
                Optional.empty());
        put(entity);
        addNames(entity, at);
        return entity;
    }

    private void put(Entity entity) {
        String aliases = text(entity.aliases());
        String attributes = text(entity.attributes());
        db.put(
                "entity",
                1,
                "number, id, version, name, key, type, aliases, attributes, stub, created_at, updated_at, retired_at, merged_into, crc",
                entity.number(),
                entity.id(),
                entity.version(),
                entity.name(),
                Entity.key(entity.name()),
                entity.type(),
                aliases,
                attributes,
                entity.stub(),
                entity.createdAt().toEpochMilli(),
                entity.updatedAt().toEpochMilli(),
                millis(entity.retiredAt()),
                entity.mergedInto().orElse(null),
                Checksum.of(
                        entity.number(),
                        entity.id(),
                        entity.version(),
                        entity.name(),
                        entity.type(),
                        aliases,
                        attributes));
    }

    private void addNames(Entity entity, Instant from) {
        for (String key : keys(entity)) {
            // A name that ends and begins again in the same millisecond is stored as not ended.
            db.put("entity_name", 3, "key, entity, from_at, to_at", key, entity.number(), from.toEpochMilli(), null);
        }
        pieces.add(entity.number(), String.join("\n", keys(entity)) + "\n" + entity.name(), entity.type());
    }

    /** Adds the names of an earlier version of an entity. */
    private void addEndedNames(Entity entity, Instant until) {
        for (String key : keys(entity)) {
            db.insertNew(
                    "entity_name",
                    "key, entity, from_at, to_at",
                    key,
                    entity.number(),
                    entity.updatedAt().toEpochMilli(),
                    until.toEpochMilli());
        }
    }

    private void endNames(Entity entity, Instant at) {
        db.change("entity_name", "to_at = ?", "entity = ? and to_at is null", at.toEpochMilli(), entity.number());
        pieces.remove(entity.number());
    }

    @Override
    public void updateEntity(Entity before, Entity after) {
        keepVersion(before, after.updatedAt());
        endNames(before, after.updatedAt());
        put(after);
        addNames(after, after.updatedAt());
        log.change(ChangeKind.ENTITY_UPDATED, after.number(), after.id());
    }

    private void keepVersion(Entity before, Instant until) {
        db.insert(
                "entity_version",
                "number, version, from_at, to_at, json",
                before.number(),
                before.version(),
                before.updatedAt().toEpochMilli(),
                until.toEpochMilli(),
                Json.write(before.toJson()));
    }

    @Override
    public void retireEntity(Entity entity, Instant at, Optional<String> mergedInto) {
        endNames(entity, at);
        put(entity.retired(at, mergedInto));
        log.change(ChangeKind.ENTITY_RETIRED, entity.number(), entity.id());
    }

    @Override
    public void restoreEntity(Entity before, Entity after) {
        keepVersion(before, before.retiredAt().orElseThrow());
        put(after);
        addNames(after, after.updatedAt());
        log.change(ChangeKind.ENTITY_UPDATED, after.number(), after.id());
    }

    @Override
    public void deleteEntity(Entity entity) {
        for (String table : List.of("entity", "entity_version")) {
            db.delete(table, "number = ?", entity.number());
        }
        lineage.remove(entity.number());
        db.delete("entity_name", "entity = ?", entity.number());
        pieces.remove(entity.number());
        log.change(ChangeKind.ENTITY_DELETED, entity.number(), null);
        log.erase(entity.number());
    }

    @Override
    public Observation addObservation(
            String id,
            EntityRef entity,
            String content,
            Optional<Instant> said,
            List<String> sources,
            Instant at,
            IndexEntry indexing) {
        long number = log.creation(ChangeKind.OBSERVATION_CREATED, id);
        var observation = new Observation(number, id, entity, content, said, sources, at, Optional.empty());
        insert(observation, indexing);
        return observation;
    }

    private void insert(Observation observation, IndexEntry indexing) {
        String sources = text(observation.sources());
        long entity = observation.entity().number();
        db.insert(
                "observation",
                "number, id, entity, content, at, sources, recorded_at, retired_at, length, traits, form, crc",
                observation.number(),
                observation.id(),
                entity,
                observation.content(),
                millis(observation.at()),
                sources,
                observation.recordedAt().toEpochMilli(),
                millis(observation.retiredAt()),
                indexing.length(),
                indexing.traits(),
                indexing.form(),
                Checksum.of(observation.number(), observation.id(), entity, observation.content(), sources));
        if (observation.retiredAt().isEmpty()) {
            index.add(observation.number(), indexing);
            pieces.add(observation.number(), observation.content(), "");
        }
        derive(observation.number(), observation.sources(), List.of(entity));
    }

    /**
     * Records the sources of an observation or relation. They are sources of the entities that it is about too. Without
     * sources, it is a caller's own statement about them.
     */
    private void derive(long item, List<String> sourceIds, List<Long> entities) {
        if (sourceIds.isEmpty()) {
            entities.forEach(lineage::anchor);
            return;
        }
        List<Long> sources = lineage.numbers(sourceIds);
        lineage.derive(item, sources);
        entities.forEach(entity -> lineage.derive(entity, sources));
    }

    @Override
    public void retireObservation(Observation observation, Instant at) {
        db.change("observation", "retired_at = ?", "number = ?", at.toEpochMilli(), observation.number());
        unindex(observation);
        log.change(ChangeKind.OBSERVATION_RETIRED, observation.number(), observation.id());
    }

    private void unindex(Observation observation) {
        if (observation.retiredAt().isEmpty()) {
            index.remove(observation.number());
            pieces.remove(observation.number());
        }
    }

    @Override
    public void deleteObservation(Observation observation) {
        unindex(observation);
        db.delete("observation", "number = ?", observation.number());
        lineage.remove(observation.number());
        log.change(ChangeKind.OBSERVATION_DELETED, observation.number(), null);
        log.erase(observation.number());
    }

    @Override
    public Relation addRelation(Relation draft) {
        long number = draft.version() == 1
                ? log.creation(ChangeKind.RELATION_CREATED, draft.id())
                : log.creation(ChangeKind.RELATION_UPDATED, draft.id());
        var relation = new Relation(
                number,
                draft.id(),
                draft.version(),
                draft.from(),
                draft.to(),
                draft.type(),
                draft.fact(),
                draft.weight(),
                draft.attributes(),
                draft.validFrom(),
                draft.validTo(),
                draft.sources(),
                draft.recordedAt(),
                draft.retiredAt());
        String attributes = text(relation.attributes());
        String sources = text(relation.sources());
        long from = relation.from().number();
        long to = relation.to().number();
        String fact = relation.fact().orElse(null);
        db.insert(
                "relation",
                "number, id, version, source, target, type, fact, weight, attributes, valid_from, valid_to, sources, recorded_at, retired_at, crc",
                number,
                relation.id(),
                relation.version(),
                from,
                to,
                relation.type(),
                fact,
                relation.weight(),
                attributes,
                millis(relation.validFrom()),
                millis(relation.validTo()),
                sources,
                relation.recordedAt().toEpochMilli(),
                millis(relation.retiredAt()),
                Checksum.of(number, relation.id(), from, to, relation.type(), fact, attributes, sources));
        derive(number, relation.sources(), List.of(from, to));
        return relation;
    }

    @Override
    public void retireRelation(Relation relation, Instant at, boolean forGood) {
        db.change("relation", "retired_at = ?", "number = ?", at.toEpochMilli(), relation.number());
        if (forGood) {
            log.change(ChangeKind.RELATION_RETIRED, relation.number(), relation.id());
        }
    }

    @Override
    public void mention(String item, EntityRef entity) {
        List<Long> sources = lineage.numbers(List.of(item)).stream()
                .filter(source -> !lineage.sources(entity.number()).contains(source))
                .toList();
        if (!sources.isEmpty()) {
            lineage.derive(entity.number(), sources);
            log.change(ChangeKind.ENTITY_UPDATED, entity.number(), entity.id());
        }
    }

    @Override
    public void deleteVersion(Relation version) {
        db.delete("relation", "number = ?", version.number());
        lineage.remove(version.number());
        log.change(ChangeKind.RELATION_DELETED, version.number(), null);
        log.erase(version.number());
    }

    @Override
    public void rewrite(Entity entity, List<Entity> history) {
        db.delete("entity_version", "number = ?", entity.number());
        db.delete("entity_name", "entity = ?", entity.number());
        pieces.remove(entity.number());
        put(entity);
        keepHistory(entity, history);
        log.change(ChangeKind.ENTITY_UPDATED, entity.number(), entity.id());
    }

    @Override
    public void rewrite(Observation observation) {
        String sources = text(observation.sources());
        db.change(
                "observation",
                "sources = ?, crc = ?",
                "number = ?",
                sources,
                Checksum.of(
                        observation.number(),
                        observation.id(),
                        observation.entity().number(),
                        observation.content(),
                        sources),
                observation.number());
    }

    @Override
    public void rewrite(Relation relation) {
        String attributes = text(relation.attributes());
        String sources = text(relation.sources());
        String fact = relation.fact().orElse(null);
        db.change(
                "relation",
                "fact = ?, attributes = ?, sources = ?, crc = ?",
                "number = ?",
                fact,
                attributes,
                sources,
                Checksum.of(
                        relation.number(),
                        relation.id(),
                        relation.from().number(),
                        relation.to().number(),
                        relation.type(),
                        fact,
                        attributes,
                        sources),
                relation.number());
    }

    @Override
    public Entity importEntity(Entity entity, List<Entity> history) {
        long number = log.creation(ChangeKind.ENTITY_CREATED, entity.id());
        Entity added = entity.numbered(number);
        put(added);
        keepHistory(added, history);
        return added;
    }

    /** Stores the earlier versions of an entity and the names that it has and had. */
    private void keepHistory(Entity entity, List<Entity> history) {
        for (int i = 0; i < history.size(); i++) {
            Entity earlier = history.get(i).numbered(entity.number());
            Instant next = i + 1 < history.size() ? history.get(i + 1).updatedAt() : entity.updatedAt();
            Instant until = earlier.retiredAt().orElse(next); // a version that was retired and later restored
            keepVersion(earlier, until);
            addEndedNames(earlier, until);
        }
        if (entity.retiredAt().isEmpty()) {
            addNames(entity, entity.updatedAt());
        } else {
            addEndedNames(entity, entity.retiredAt().get());
        }
    }

    @Override
    public void importObservation(Observation draft, IndexEntry indexing) {
        long number = log.creation(ChangeKind.OBSERVATION_CREATED, draft.id());
        insert(
                new Observation(
                        number,
                        draft.id(),
                        draft.entity(),
                        draft.content(),
                        draft.at(),
                        draft.sources(),
                        draft.recordedAt(),
                        draft.retiredAt()),
                indexing);
    }

    private static @Nullable String text(Collection<?> values) {
        return values.isEmpty() ? null : Json.write(values);
    }

    private static @Nullable String text(Map<?, ?> values) {
        return values.isEmpty() ? null : Json.write(values);
    }
}
