package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import dev.stele.graph.cypher.Elements.Way;
import dev.stele.model.EntityRef;
import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Result of a query. Immutable. Values are JSON values: a node is a map of its properties; a relationship is a map of
 * its properties with {@code type} and the names {@code from} and {@code to}; a path is a map with {@code nodes} and
 * {@code relationships}.
 *
 * @param columns names of the columns
 * @param rows values of the columns, row by row
 */
public record QueryResult(List<String> columns, List<List<@Nullable Object>> rows) {

    /** Number of elements that a node or a relationship counts as; few have more properties. */
    private static final int ELEMENTS_PER_NODE = 8;

    static QueryResult of(List<String> columns, List<List<@Nullable Object>> rows, GraphAccess graph) {
        Set<Node> nodes = new java.util.HashSet<>();
        rows.forEach(row -> row.forEach(value -> collect(value, nodes, graph)));
        graph.prefetch(nodes);
        var shown = new ArrayList<List<@Nullable Object>>(rows.size());
        for (List<@Nullable Object> row : rows) {
            var values = new ArrayList<@Nullable Object>(row.size());
            row.forEach(value -> values.add(shown(value)));
            shown.add(java.util.Collections.unmodifiableList(values));
        }
        return new QueryResult(columns, List.copyOf(shown));
    }

    /**
     * Collects the nodes of a value and counts the elements of its JSON form, which repeats elements that occur
     * repeatedly.
     */
    private static void collect(@Nullable Object value, Set<Node> to, GraphAccess graph) {
        switch (value) {
            case Node node -> {
                graph.made(ELEMENTS_PER_NODE);
                to.add(node);
            }
            case Rel rel -> {
                graph.made(ELEMENTS_PER_NODE);
                to.add(rel.start());
                to.add(rel.end());
            }
            case Way way -> {
                graph.made((long) ELEMENTS_PER_NODE
                        * (way.nodes().size() + way.rels().size()));
                to.addAll(way.nodes());
            }
            case List<?> list -> {
                graph.made(list.size());
                list.forEach(element -> collect(element, to, graph));
            }
            case Map<?, ?> map -> {
                graph.made(map.size());
                map.values().forEach(element -> collect(element, to, graph));
            }
            case null, default -> {}
        }
    }

    private static @Nullable Object shown(@Nullable Object value) {
        return switch (value) {
            case Node node -> node.properties();
            case Rel rel -> shown(rel);
            case Way way -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                map.put("nodes", way.nodes().stream().map(Node::properties).toList());
                map.put(
                        "relationships",
                        way.rels().stream().map(QueryResult::shown).toList());
                yield map;
            }
            case List<?> list -> {
                var values = new ArrayList<@Nullable Object>();
                list.forEach(element -> values.add(shown(element)));
                yield values;
            }
            case Map<?, ?> map -> {
                var values = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((key, element) -> values.put(String.valueOf(key), shown(element)));
                yield values;
            }
            case null, default -> value;
        };
    }

    private static Map<String, @Nullable Object> shown(Rel rel) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("type", rel.edge().type());
        EntityRef from = rel.start().entity().ref();
        EntityRef to = rel.end().entity().ref();
        map.put("from", from.name());
        map.put("to", to.name());
        map.putAll(rel.properties());
        return map;
    }

    /** Returns the result as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("columns", columns)
                .keep("rows", rows)
                .keep("count", rows.size())
                .map();
    }
}
