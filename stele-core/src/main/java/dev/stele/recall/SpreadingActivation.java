package dev.stele.recall;

import dev.stele.analysis.Analyzer;
import dev.stele.index.IndexSnapshot;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.store.Direction;
import dev.stele.store.Edge;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import dev.stele.store.StoreView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the graph says a question is about. The entities that it names are lit; their light spreads along relations and is shared
 * among the many that one leads to (spreading activation: Collins, Loftus, "A spreading-activation theory of semantic processing",
 * 1975); what speaks of a lit entity, or names it, is lit by it. Immutable.
 *
 * @param lit how much, 0 to 1, by slot
 */
record SpreadingActivation(Map<Integer, Float> lit) {

    static final SpreadingActivation NONE = new SpreadingActivation(Map.of());

    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}'’&.-]+");
    private static final int MAX_WORDS = 64;
    private static final int MAX_NAME_LENGTH = 5;
    private static final int MAX_NAMED = 8;
    private static final int STEPS = 2;
    private static final float KEPT = 0.5f;
    /** Fainter light is none. */
    private static final float FAINTEST = 0.02f;

    /** What only names an entity, of what is known to speak of it. */
    private static final float NAMED = 0.5f;

    private static final int MAX_SOUGHT = 12;
    private static final int MAX_HOLDERS = 200;
    private static final int MAX_EDGES = 2_000;
    private static final int MAX_LIT = 200;
    private static final int MAX_ITEMS = 2_000;

    static SpreadingActivation of(
            StoreView view, GraphScope scope, Analyzer analyzer, String question, IndexSnapshot items) {
        GraphView graph = view.graph();
        if (graph.isEmpty()) {
            return NONE;
        }
        List<Long> named = graph.namedOneOf(names(analyzer, question));
        if (named.isEmpty()) {
            return NONE;
        }
        Map<Long, Float> light = spread(graph, scope, named.subList(0, Math.min(MAX_NAMED, named.size())));
        var lit = new HashMap<Integer, Float>();
        List<GraphView.About> spoken = graph.about(light.keySet(), MAX_ITEMS);
        Map<Long, Long> counts =
                spoken.stream().collect(Collectors.groupingBy(GraphView.About::entity, Collectors.counting()));
        for (GraphView.About about : spoken) {
            int slot = items.slotOf(about.item());
            if (slot != IndexSnapshot.NONE) {
                float given =
                        light.getOrDefault(about.entity(), 0f) * rarity(counts.getOrDefault(about.entity(), 1L), items);
                lit.merge(slot, given, (a, b) -> Math.min(1, a + b));
            }
        }
        addNamed(view, scope, analyzer, light, items, lit);
        return new SpreadingActivation(lit);
    }

    /**
     * How much it tells that so many items speak of an entity: all if one does, nothing if all do, between them as the square of an
     * inverse document frequency. Who talks in every conversation is spoken of everywhere, and to name them asks for nothing in particular.
     */
    private static float rarity(long holders, IndexSnapshot items) {
        double all = Math.max(2, items.count());
        double share = Math.clamp(Math.log(all / Math.max(1, holders)) / Math.log(all), 0.0, 1.0);
        return (float) (share * share);
    }

    /** Lights what names the brightest in so many words; a name that is everywhere says nothing. */
    private static void addNamed(
            StoreView view,
            GraphScope scope,
            Analyzer analyzer,
            Map<Long, Float> light,
            IndexSnapshot items,
            Map<Integer, Float> lit) {
        Map<Long, EntityRef> refs = view.graph().refs(light.keySet(), scope.known());
        light.entrySet().stream()
                .sorted(Map.Entry.<Long, Float>comparingByValue().reversed())
                .limit(MAX_SOUGHT)
                .forEach(entry -> {
                    EntityRef ref = refs.get(entry.getKey());
                    List<String> terms = ref == null ? List.of() : analyzer.terms(ref.name());
                    long[] holders = terms.isEmpty() ? new long[0] : view.phrase(terms);
                    if (holders.length > MAX_HOLDERS) {
                        return;
                    }
                    float given = NAMED * entry.getValue() * rarity(holders.length, items);
                    for (long holder : holders) {
                        int slot = items.slotOf(holder);
                        if (slot != IndexSnapshot.NONE) {
                            lit.merge(slot, given, (a, b) -> Math.min(1, a + b));
                        }
                    }
                });
    }

    /** Keys of all runs of words that could be a name: not one that is a single word everybody uses. */
    private static Set<String> names(Analyzer analyzer, String question) {
        List<String> words = new ArrayList<>(Arrays.asList(BETWEEN.split(question, -1)));
        words.removeIf(String::isEmpty);
        Set<String> names = new LinkedHashSet<>();
        for (int from = 0; from < Math.min(words.size(), MAX_WORDS); from++) {
            for (int to = Math.min(words.size(), from + MAX_NAME_LENGTH); to > from; to--) {
                if (to > from + 1 || !analyzer.terms(words.get(from)).isEmpty()) {
                    String run = String.join(" ", words.subList(from, to));
                    names.add(Entity.key(run));
                    // At the end of a sentence, or of somebody's.
                    names.add(Entity.key(run.replaceAll("(['’]s?|[.'’-]+)$", "")));
                }
            }
        }
        names.remove("");
        return names;
    }

    private static Map<Long, Float> spread(GraphView graph, GraphScope scope, List<Long> named) {
        Map<Long, Float> light = new LinkedHashMap<>();
        named.forEach(entity -> light.put(entity, 1f));
        Set<Long> frontier = new HashSet<>(named);
        for (int step = 0; step < STEPS && !frontier.isEmpty() && light.size() < MAX_LIT; step++) {
            List<Edge> edges = graph.edges(frontier, Direction.BOTH, Set.of(), scope, MAX_EDGES);
            if (edges.size() > MAX_EDGES) {
                break; // who knows everybody says nothing of anybody
            }
            Map<Long, Double> weights = new HashMap<>();
            for (Edge edge : edges) {
                weights.merge(edge.from(), edge.weight(), Double::sum);
                weights.merge(edge.to(), edge.weight(), Double::sum);
            }
            Map<Long, Float> coming = new LinkedHashMap<>();
            for (Edge edge : edges) {
                for (long end : List.of(edge.from(), edge.to())) {
                    long other = edge.other(end);
                    if (frontier.contains(end) && !light.containsKey(other)) {
                        double share = edge.weight() / Math.sqrt(weights.getOrDefault(end, 1.0));
                        float given = (float) (KEPT * light.getOrDefault(end, 0f) * Math.min(1, share));
                        coming.merge(other, given, (a, b) -> Math.min(KEPT, a + b));
                    }
                }
            }
            coming.values().removeIf(faint -> faint < FAINTEST);
            light.putAll(coming);
            frontier = new HashSet<>(coming.keySet());
        }
        return light;
    }

    boolean isEmpty() {
        return lit.isEmpty();
    }

    float of(int slot) {
        return lit.getOrDefault(slot, 0f);
    }
}
