package dev.stele.graph.cypher;

import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.Relation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Graph elements that a query can hold: nodes, relationships and paths. */
final class Elements {

    private Elements() {}

    /** Entity as a node. Two nodes are equal if they are the same entity. */
    static final class Node {
        private final long number;
        private final GraphAccess graph;
        private @Nullable Entity entity;
        private @Nullable List<String> observations;

        Node(long number, GraphAccess graph) {
            this.number = number;
            this.graph = graph;
        }

        long number() {
            return number;
        }

        boolean isLoaded() {
            return entity != null;
        }

        void load(Entity loaded) {
            entity = loaded;
        }

        Entity entity() {
            Entity known = entity;
            if (known == null) {
                known = graph.load(number);
                entity = known;
            }
            return known;
        }

        List<String> labels() {
            String type = entity().type();
            return type.isEmpty() ? List.of() : List.of(type);
        }

        @Nullable
        Object property(String key) {
            return switch (key) {
                case "id" -> entity().id();
                case "name" -> entity().name();
                case "type" -> entity().stub() ? null : entity().type();
                case "aliases" -> entity().aliases();
                case "created_at" -> entity().createdAt().toString();
                case "updated_at" -> entity().updatedAt().toString();
                case "observations" -> observations();
                default -> entity().attributes().get(key);
            };
        }

        private List<String> observations() {
            List<String> known = observations;
            if (known == null) {
                known = graph.observations(number);
                observations = known;
            }
            return known;
        }

        /** Returns the attributes and the built-in properties of an entity. */
        Map<String, @Nullable Object> properties() {
            var all = new LinkedHashMap<String, @Nullable Object>();
            all.put("id", entity().id());
            all.put("name", entity().name());
            if (!entity().stub()) {
                all.put("type", entity().type());
            }
            if (!entity().aliases().isEmpty()) {
                all.put("aliases", entity().aliases());
            }
            all.putAll(entity().attributes());
            return all;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Node node && node.number == number;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }

    /** Relation as a relationship. Two relationships are equal if they are the same relation. */
    static final class Rel {
        private final Edge edge;
        private final GraphAccess graph;
        private @Nullable Relation relation;

        Rel(Edge edge, GraphAccess graph) {
            this.edge = edge;
            this.graph = graph;
        }

        Edge edge() {
            return edge;
        }

        Node start() {
            return graph.node(edge.from());
        }

        Node end() {
            return graph.node(edge.to());
        }

        private Relation relation() {
            Relation known = relation;
            if (known == null) {
                known = graph.relation(edge);
                relation = known;
            }
            return known;
        }

        @Nullable
        Object property(String key) {
            return switch (key) {
                case "id" -> relation().id();
                case "type" -> edge.type();
                case "weight" -> edge.weight();
                case "fact" -> relation().fact().orElse(null);
                case "valid_from" -> text(relation().validFrom());
                case "valid_to" -> text(relation().validTo());
                case "recorded_at" -> relation().recordedAt().toString();
                default -> relation().attributes().get(key);
            };
        }

        private static @Nullable String text(Optional<java.time.Instant> time) {
            return time.map(java.time.Instant::toString).orElse(null);
        }

        Map<String, @Nullable Object> properties() {
            var all = new LinkedHashMap<String, @Nullable Object>();
            all.put("id", relation().id());
            all.put("weight", edge.weight());
            relation().fact().ifPresent(fact -> all.put("fact", fact));
            relation().validFrom().ifPresent(time -> all.put("valid_from", time.toString()));
            relation().validTo().ifPresent(time -> all.put("valid_to", time.toString()));
            all.putAll(relation().attributes());
            return all;
        }

        /**
         * Returns the custom attributes. The property map of a pattern is compared with these and the built-in
         * properties only.
         */
        Map<String, @Nullable Object> attributes() {
            return relation().attributes();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Rel rel && rel.edge.number() == edge.number();
        }

        @Override
        public int hashCode() {
            return Long.hashCode(edge.number());
        }
    }

    /** Path through the graph. */
    record Way(List<Node> nodes, List<Rel> rels) {
        List<Object> alternating() {
            var all = new ArrayList<Object>();
            for (int i = 0; i < nodes.size(); i++) {
                all.add(nodes.get(i));
                if (i < rels.size()) {
                    all.add(rels.get(i));
                }
            }
            return all;
        }
    }
}
