package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.graph.EntityRanking;
import dev.stele.graph.GraphAnalytics;
import dev.stele.graph.Subgraph;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.EntityRef;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.store.GraphView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** REST resource of the part of a graph that a person can look at: chosen and bounded by the server. */
record GraphViewResources(Stele stele, GraphRankings rankings) {

    /** Maximum number of entities of a view. More cannot be told apart on a screen. */
    private static final int MAX_ENTITIES = 2_000;
    /** Maximum number of relations of a view. */
    private static final int MAX_RELATIONS = 10_000;
    /** Maximum number of entities that are examined for a view of some types only. */
    private static final int MAX_EXAMINED = 50_000;

    private static final int DEFAULT_ENTITIES = 150;
    private static final int BATCH = 1_000;

    /** Registers the route. */
    void addTo(Router router) {
        router.add(
                "GET",
                "/v1/agents/{agent}/graph/view",
                "viewGraph",
                "Get the most important entities of the graph, of a neighborhood or around a query, with their relations",
                Router.Work.COMPUTE,
                this::view);
    }

    private Reply view(Exchange exchange) {
        exchange.allowQuery("entity", "query", "depth", "type", "as_of", "limit");
        int limit = exchange.queryNumber("limit", DEFAULT_ENTITIES);
        if (limit < 1 || limit > MAX_ENTITIES) {
            throw new InvalidInputException(
                    "The limit is %d; a view of a graph shows from 1 to %d entities. Choose a neighborhood or types to see others."
                            .formatted(limit, MAX_ENTITIES));
        }
        AgentMemory memory = stele.agent(exchange.agent());
        Optional<Instant> asOf = GraphResources.time(exchange, "as_of");
        Set<String> types =
                exchange.query("type").map(text -> Set.of(text.split(","))).orElse(Set.of());
        EntityRanking ranking = rankings.of(memory, asOf);
        Optional<Map<Long, Integer>> neighborhood = distances(exchange, memory, asOf, limit);
        Map<Long, Integer> distances = neighborhood.orElse(Map.of());
        return memory.graph().read(graph -> {
            Map<Long, EntityRef> entities = neighborhood.isEmpty()
                    ? important(graph, ranking, types, asOf, limit)
                    : graph.refs(distances.keySet(), asOf);
            List<Edge> edges =
                    graph.edges(entities.keySet(), Direction.OUT, Set.of(), GraphRankings.scope(asOf), MAX_RELATIONS);
            return reply(entities, edges, distances, ranking, types);
        });
    }

    /** Returns the distances of the entities of a neighborhood; empty if the request asks for the whole graph. */
    private Optional<Map<Long, Integer>> distances(
            Exchange exchange, AgentMemory memory, Optional<Instant> asOf, int limit) {
        Optional<String> entity = exchange.query("entity");
        Optional<String> query = exchange.query("query");
        if (entity.isEmpty() && query.isEmpty()) {
            return Optional.empty();
        }
        int depth = exchange.queryNumber("depth", 1);
        Graph graph = memory.graph();
        Subgraph part = entity.isPresent()
                ? graph.read(view -> graph.walk(view, Direction.BOTH, Set.of(), GraphRankings.scope(asOf))
                        .neighborhood(
                                List.of(graph.find(view, entity.get(), asOf).number()), depth, limit))
                : graph.neighborhood(
                        query.orElseThrow(),
                        depth,
                        Math.min(limit, stele.config().limits().results()));
        var distances = new LinkedHashMap<Long, Integer>();
        part.entities().forEach(near -> distances.put(near.entity().number(), near.distance()));
        return Optional.of(distances);
    }

    private static Map<Long, EntityRef> important(
            GraphView graph, EntityRanking ranking, Set<String> types, Optional<Instant> asOf, int limit) {
        var found = new LinkedHashMap<Long, EntityRef>();
        List<Long> order = ranking.first(types.isEmpty() ? limit : MAX_EXAMINED);
        for (int from = 0; from < order.size() && found.size() < limit; from += BATCH) {
            List<Long> batch = order.subList(from, Math.min(order.size(), from + BATCH));
            Map<Long, EntityRef> refs = graph.refs(batch, asOf);
            for (long number : batch) {
                EntityRef ref = refs.get(number);
                if (ref != null && found.size() < limit && (types.isEmpty() || types.contains(ref.type()))) {
                    found.put(number, ref);
                }
            }
        }
        return found;
    }

    private static Reply reply(
            Map<Long, EntityRef> entities,
            Collection<Edge> edges,
            Map<Long, Integer> distances,
            EntityRanking ranking,
            Set<String> types) {
        // The communities of the shown part tell its groups apart; those of the whole graph would take seconds.
        Map<Long, Long> communities =
                GraphAnalytics.of(entities.keySet(), edges).communities();
        var shown = new HashMap<Long, EntityRef>();
        var entityJson = new ArrayList<Map<String, @Nullable Object>>();
        entities.forEach((number, ref) -> {
            if (types.isEmpty() || types.contains(ref.type()) || distances.getOrDefault(number, 1) == 0) {
                shown.put(number, ref);
                var json = Json.fields();
                ref.toJson().forEach(json::put);
                entityJson.add(json.put("distance", distances.get(number))
                        .put("importance", (float) ranking.importance(number))
                        .put("degree", ranking.degree(number))
                        .put("community", communities.getOrDefault(number, number))
                        .map());
            }
        });
        var relationJson = new ArrayList<Map<String, @Nullable Object>>();
        for (Edge edge : edges) {
            EntityRef from = shown.get(edge.from());
            EntityRef to = shown.get(edge.to());
            if (from != null && to != null) {
                relationJson.add(Json.fields()
                        .put("from", from.id())
                        .put("to", to.id())
                        .put("type", edge.type())
                        .put("weight", edge.weight())
                        .map());
            }
        }
        return Reply.json(Json.fields()
                .keep("entities", entityJson)
                .keep("relations", relationJson)
                .put("total", ranking.size())
                .put("truncated", edges.size() > MAX_RELATIONS)
                .map());
    }
}
