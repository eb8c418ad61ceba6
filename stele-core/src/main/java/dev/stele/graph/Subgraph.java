package dev.stele.graph;

import dev.stele.model.Edge;
import dev.stele.model.EntityRef;
import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Part of the graph. Immutable.
 *
 * @param entities entities, nearest first
 * @param relations relations between the entities
 * @param truncated whether entities were left out because of the limit
 */
public record Subgraph(List<Near> entities, List<Edge> relations, boolean truncated) {

    /** Entity and its distance in relations from the nearest start entity. */
    public record Near(EntityRef entity, int distance) {}

    public Subgraph {
        entities = List.copyOf(entities);
        relations = List.copyOf(relations);
    }

    /** Returns the part as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        Map<Long, EntityRef> names =
                entities.stream().collect(Collectors.toMap(near -> near.entity().number(), Near::entity, (a, _) -> a));
        return Json.fields()
                .keep(
                        "entities",
                        entities.stream()
                                .map(near -> Json.fields()
                                        .put("id", near.entity().id())
                                        .put("name", near.entity().name())
                                        .put(
                                                "type",
                                                near.entity().type().isEmpty()
                                                        ? null
                                                        : near.entity().type())
                                        .put("distance", near.distance())
                                        .map())
                                .toList())
                .keep(
                        "relations",
                        relations.stream().map(edge -> edge(edge, names)).toList())
                .put("truncated", truncated ? true : null)
                .map();
    }

    static Map<String, @Nullable Object> edge(Edge edge, Map<Long, EntityRef> names) {
        EntityRef from = names.get(edge.from());
        EntityRef to = names.get(edge.to());
        return Json.fields()
                .put("from", from == null ? null : from.name())
                .put("type", edge.type())
                .put("to", to == null ? null : to.name())
                .put("weight", edge.weight() == 1 ? null : edge.weight())
                .map();
    }
}
