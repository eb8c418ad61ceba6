package dev.stele.graph;

import dev.stele.model.Edge;
import dev.stele.model.EntityRef;
import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Simple path between two entities: no entity occurs twice. Immutable.
 *
 * @param entities entities of the path, one more than there are relations
 * @param relations relations in the order of the path; each may be traversed in its direction or against it
 */
public record GraphPath(List<EntityRef> entities, List<Edge> relations) {

    public GraphPath {
        entities = List.copyOf(entities);
        relations = List.copyOf(relations);
    }

    /** Returns the number of relations. */
    public int length() {
        return relations.size();
    }

    /** Returns the path as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        Map<Long, EntityRef> names =
                entities.stream().collect(Collectors.toMap(EntityRef::number, entity -> entity, (a, _) -> a));
        return Json.fields()
                .put("length", length())
                .keep("entities", entities.stream().map(EntityRef::toJson).toList())
                .keep(
                        "relations",
                        relations.stream()
                                .map(edge -> Subgraph.edge(edge, names))
                                .toList())
                .map();
    }
}
