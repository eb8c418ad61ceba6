package dev.stele.transfer;

import dev.stele.graph.GraphWriter;
import dev.stele.graph.McpMemoryGraph;
import dev.stele.graph.McpMemoryGraph.PlainEntity;
import dev.stele.graph.McpMemoryGraph.PlainRelation;
import dev.stele.graph.McpMemoryGraph.Said;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphLimits;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.model.StoredEntity;
import dev.stele.store.GraphEdit;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import java.util.List;
import java.util.Optional;

/** Importer of entities and relations into a graph, within one edit. */
final class GraphImport {

    /** Result of the import of one entry. */
    enum Outcome {
        /** The entry was added. */
        ADDED,
        /** The entry already exists as it is in the file. */
        KNOWN,
        /** Another item has the same id or name. */
        TAKEN,
        /** An entity of the relation does not exist. */
        NO_END
    }

    private final GraphEdit graph;
    private final GraphWriter writer;

    GraphImport(StoreEdit edit, GraphLimits limits, GraphWriter.Words words) {
        this.graph = edit.graph();
        this.writer = new GraphWriter(edit, limits, words);
    }

    Outcome entity(ImportEntry.OfEntity of, List<IndexEntry> indexings) {
        Entity coming = of.entity();
        Optional<Entity> existing = graph.entity(coming.id());
        if (existing.isPresent()) {
            return existing.get().name().equals(coming.name())
                            && existing.get().type().equals(coming.type())
                    ? Outcome.KNOWN
                    : Outcome.TAKEN;
        }
        boolean named = coming.retiredAt().isEmpty()
                && GraphWriter.owner(graph, coming.name(), coming.type()).isPresent();
        if (named) {
            return Outcome.TAKEN;
        }
        EntityRef added = graph.importEntity(coming, of.history()).ref();
        for (int i = 0; i < indexings.size(); i++) {
            Observation observation = of.observations().get(i);
            if (graph.observation(observation.id()).isEmpty()) {
                graph.importObservation(
                        new Observation(
                                0,
                                observation.id(),
                                added,
                                observation.content(),
                                observation.at(),
                                observation.sources(),
                                observation.recordedAt(),
                                observation.retiredAt()),
                        indexings.get(i));
            }
        }
        of.mentionedBy().forEach(item -> graph.mention(item, added));
        return Outcome.ADDED;
    }

    Outcome relation(Relation coming) {
        boolean known =
                graph.relationHistory(coming.id()).stream().anyMatch(version -> version.version() == coming.version());
        if (known) {
            return Outcome.KNOWN;
        }
        Optional<Entity> from = graph.entity(coming.from().id());
        Optional<Entity> to = graph.entity(coming.to().id());
        if (from.isEmpty() || to.isEmpty()) {
            return Outcome.NO_END;
        }
        boolean taken = coming.retiredAt().isEmpty()
                && graph.relations(from.get().number(), coming.type(), to.get().number()).stream()
                        .anyMatch(other -> other.validFrom().equals(coming.validFrom()));
        if (taken) {
            return Outcome.TAKEN;
        }
        graph.addRelation(new Relation(
                0,
                coming.id(),
                coming.version(),
                from.get().ref(),
                to.get().ref(),
                coming.type(),
                coming.fact(),
                coming.weight(),
                coming.attributes(),
                coming.validFrom(),
                coming.validTo(),
                coming.sources(),
                coming.recordedAt(),
                coming.retiredAt()));
        return Outcome.ADDED;
    }

    /**
     * Imports a relation between entities by their names. An end that does not exist becomes a stub.
     *
     * @return whether the relation is new
     */
    boolean stated(RelationDraft draft) {
        Entity from = writer.getOrStub(draft.from());
        Entity to = writer.getOrStub(draft.to());
        boolean known = graph.relations(from.number(), draft.type(), to.number()).stream()
                .anyMatch(relation -> relation.validFrom().equals(draft.validFrom()));
        if (!known) {
            writer.connect(from, to, draft);
        }
        return !known;
    }

    /**
     * Imports an entity or relation of the plain format. The missing observations of an existing entity are added.
     *
     * @return whether the line added anything
     */
    boolean plain(McpMemoryGraph.Line line) {
        check(line);
        return switch (line) {
            case PlainRelation relation ->
                !McpMemoryGraph.relate(writer, List.of(relation)).isEmpty();
            case PlainEntity entity ->
                !McpMemoryGraph.create(writer, List.of(entity)).isEmpty()
                        || !McpMemoryGraph.observe(writer, List.of(new Said(entity.name(), entity.observations())))
                                .getFirst()
                                .contents()
                                .isEmpty();
        };
    }

    /**
     * Imports an entity with its aliases and attributes. What an existing entity lacks of it is added.
     *
     * @return whether the entity added anything
     */
    boolean draft(ImportEntry.OfDraft of) {
        EntityDraft draft = of.entity();
        Optional<Entity> existing = graph.named(Entity.key(draft.name())).stream()
                .filter(entity ->
                        !entity.stub() && (!of.isExact() || entity.type().equals(draft.type())))
                .findFirst();
        var placed = new EntityDraft(
                draft.id(),
                draft.name(),
                existing.map(Entity::type).orElse(draft.type()),
                draft.aliases(),
                draft.attributes(),
                draft.observations(),
                draft.mentionedBy());
        StoredEntity stored = writer.put(placed);
        return existing.isEmpty()
                || !stored.added().isEmpty()
                || stored.entity().version() != existing.get().version();
    }

    /**
     * Imports a relation between entities by their names, and by their types if several have the names.
     *
     * @return whether the relation is new
     */
    boolean link(ImportEntry.OfLink of) {
        PlainRelation relation = of.relation();
        if (of.fromType().isEmpty() && of.toType().isEmpty()) {
            return plain(relation);
        }
        check(relation);
        Entity from = end(relation.from(), of.fromType());
        Entity to = end(relation.to(), of.toType());
        if (!graph.relations(from.number(), relation.relationType(), to.number())
                .isEmpty()) {
            return false;
        }
        writer.connect(from, to, RelationDraft.of(relation.from(), relation.relationType(), relation.to()));
        return true;
    }

    private Entity end(String name, Optional<String> type) {
        return type.flatMap(known -> GraphWriter.owner(graph, name, known)).orElseGet(() -> writer.getOrStub(name));
    }

    /** Checks all texts of a line before its first write, so that nothing of an invalid line is stored. */
    private static void check(McpMemoryGraph.Line line) {
        switch (line) {
            case PlainRelation relation -> RelationDraft.of(relation.from(), relation.relationType(), relation.to());
            case PlainEntity entity ->
                EntityDraft.of(
                        entity.entityType(),
                        entity.name(),
                        entity.observations().toArray(String[]::new));
        }
    }
}
