package dev.stele.recall;

import dev.stele.analysis.Analyzer;
import dev.stele.index.IndexSnapshot;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
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
 * Activation of items by the knowledge graph for one question. Entities named in the question are activated; activation
 * spreads two hops along relations and is divided among the many neighbors of an entity (spreading activation: Collins,
 * Loftus, "A spreading-activation theory of semantic processing", 1975). An item that is about an active entity, or
 * contains its name, is activated by that entity. Immutable.
 *
 * @param activations activation, 0 to 1, by ordinal
 */
record SpreadingActivation(Map<Integer, Float> activations) {

    /** No activation: the question names no entity. */
    static final SpreadingActivation NONE = new SpreadingActivation(Map.of());

    /** Text between two words. */
    private static final Pattern SEPARATORS = Pattern.compile("[^\\p{L}\\p{N}'’&.-]+");
    /** Maximum number of leading words of a question at which a name may begin. */
    private static final int MAX_WORDS = 64;
    /** Maximum number of words of a name. */
    private static final int MAX_NAME_WORDS = 5;
    /** Maximum number of entities named in the question that are activated. */
    private static final int MAX_NAMED_ENTITIES = 8;
    /** Maximum number of relations along which activation spreads. */
    private static final int MAX_HOPS = 2;
    /** Share of activation that is passed on over one relation; also the maximum that an entity receives. */
    private static final float DECAY = 0.5f;
    /** Minimum activation of an entity; less counts as none. */
    private static final float MIN_ACTIVATION = 0.02f;

    /**
     * Activation of an item that only contains the name of an entity, as a share of that of an item known to be about
     * it.
     */
    private static final float NAME_SHARE = 0.5f;

    /** Maximum number of most active entities whose names are searched for in items. */
    private static final int MAX_SEARCHED_NAMES = 12;
    /** Maximum number of items that contain a name; a more frequent name activates no item. */
    private static final int MAX_ITEMS_PER_NAME = 200;
    /** Maximum number of relations of a frontier; activation does not spread from a frontier with more. */
    private static final int MAX_EDGES = 2_000;
    /** Number of active entities from which on no further hop is made. */
    private static final int MAX_ACTIVE_ENTITIES = 200;
    /** Maximum number of items that are activated because they are about an active entity. */
    private static final int MAX_ITEMS = 2_000;

    /**
     * Computes the activation for a question.
     *
     * @param view read transaction
     * @param scope time at which relations must be valid and known
     * @param analyzer text analyzer of the agent
     * @param question text of the question
     * @param items snapshot whose items are activated
     * @return {@link #NONE} if the graph is empty or the question names no entity
     */
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
        Map<Long, Float> activations =
                spread(graph, scope, named.subList(0, Math.min(MAX_NAMED_ENTITIES, named.size())));
        var byOrdinal = new HashMap<Integer, Float>();
        List<GraphView.About> mentions = graph.about(activations.keySet(), MAX_ITEMS);
        Map<Long, Long> counts =
                mentions.stream().collect(Collectors.groupingBy(GraphView.About::entity, Collectors.counting()));
        for (GraphView.About mention : mentions) {
            int ordinal = items.ordinalOf(mention.item());
            if (ordinal != IndexSnapshot.NONE) {
                float amount = activations.getOrDefault(mention.entity(), 0f)
                        * rarity(counts.getOrDefault(mention.entity(), 1L), items);
                byOrdinal.merge(ordinal, amount, (a, b) -> Math.min(1, a + b));
            }
        }
        addNamed(view, scope, analyzer, activations, items, byOrdinal);
        return new SpreadingActivation(byOrdinal);
    }

    /**
     * Returns the specificity of an entity with a number of items, as the square of a normalized inverse document
     * frequency: 1 if one item is about the entity, 0 if all are. A person who takes part in every conversation is
     * mentioned everywhere, so naming this person asks for nothing in particular.
     *
     * @param holders number of items that are about the entity or contain its name
     * @return 0 to 1
     */
    private static float rarity(long holders, IndexSnapshot items) {
        double all = Math.max(2, items.count());
        double share = Math.clamp(Math.log(all / Math.max(1, holders)) / Math.log(all), 0.0, 1.0);
        return (float) (share * share);
    }

    /**
     * Activates the items that contain the name of one of the most active entities as a phrase. A name that occurs
     * everywhere activates nothing.
     */
    private static void addNamed(
            StoreView view,
            GraphScope scope,
            Analyzer analyzer,
            Map<Long, Float> activations,
            IndexSnapshot items,
            Map<Integer, Float> byOrdinal) {
        Map<Long, EntityRef> refs = view.graph().refs(activations.keySet(), scope.known());
        activations.entrySet().stream()
                .sorted(Map.Entry.<Long, Float>comparingByValue().reversed())
                .limit(MAX_SEARCHED_NAMES)
                .forEach(entry -> {
                    EntityRef ref = refs.get(entry.getKey());
                    List<String> terms = ref == null ? List.of() : analyzer.terms(ref.name());
                    long[] holders = terms.isEmpty() ? new long[0] : view.phrase(terms);
                    if (holders.length > MAX_ITEMS_PER_NAME) {
                        return;
                    }
                    float amount = NAME_SHARE * entry.getValue() * rarity(holders.length, items);
                    for (long holder : holders) {
                        int ordinal = items.ordinalOf(holder);
                        if (ordinal != IndexSnapshot.NONE) {
                            byOrdinal.merge(ordinal, amount, (a, b) -> Math.min(1, a + b));
                        }
                    }
                });
    }

    /**
     * Returns the keys of all word sequences of a question that could be a name. A single word is left out if it is a
     * stop word.
     */
    private static Set<String> names(Analyzer analyzer, String question) {
        List<String> words = new ArrayList<>(Arrays.asList(SEPARATORS.split(question, -1)));
        words.removeIf(String::isEmpty);
        Set<String> names = new LinkedHashSet<>();
        for (int fromIndex = 0; fromIndex < Math.min(words.size(), MAX_WORDS); fromIndex++) {
            for (int toIndex = Math.min(words.size(), fromIndex + MAX_NAME_WORDS); toIndex > fromIndex; toIndex--) {
                if (toIndex > fromIndex + 1
                        || !analyzer.terms(words.get(fromIndex)).isEmpty()) {
                    String sequence = String.join(" ", words.subList(fromIndex, toIndex));
                    names.add(Entity.key(sequence));
                    // The word sequence may end a sentence, or have a possessive ending.
                    names.add(Entity.key(sequence.replaceAll("(['’]s?|[.'’-]+)$", "")));
                }
            }
        }
        names.remove("");
        return names;
    }

    /**
     * Spreads activation from the named entities, breadth first. A neighbor receives a share by the weight of the
     * relation, divided by the square root of the total weight of all relations of its source.
     *
     * @return activation, 0 to 1, by entity
     */
    private static Map<Long, Float> spread(GraphView graph, GraphScope scope, List<Long> named) {
        Map<Long, Float> activations = new LinkedHashMap<>();
        named.forEach(entity -> activations.put(entity, 1f));
        Set<Long> frontier = new HashSet<>(named);
        for (int hop = 0; hop < MAX_HOPS && !frontier.isEmpty() && activations.size() < MAX_ACTIVE_ENTITIES; hop++) {
            List<Edge> edges = graph.edges(frontier, Direction.BOTH, Set.of(), scope, MAX_EDGES);
            if (edges.size() > MAX_EDGES) {
                break; // relations of an entity that is connected to everything are not informative
            }
            Map<Long, Double> weights = new HashMap<>();
            for (Edge edge : edges) {
                weights.merge(edge.from(), edge.weight(), Double::sum);
                weights.merge(edge.to(), edge.weight(), Double::sum);
            }
            Map<Long, Float> received = new LinkedHashMap<>();
            for (Edge edge : edges) {
                for (long end : List.of(edge.from(), edge.to())) {
                    long other = edge.other(end);
                    if (frontier.contains(end) && !activations.containsKey(other)) {
                        double share = edge.weight() / Math.sqrt(weights.getOrDefault(end, 1.0));
                        float amount = (float) (DECAY * activations.getOrDefault(end, 0f) * Math.min(1, share));
                        received.merge(other, amount, (a, b) -> Math.min(DECAY, a + b));
                    }
                }
            }
            received.values().removeIf(activation -> activation < MIN_ACTIVATION);
            activations.putAll(received);
            frontier = new HashSet<>(received.keySet());
        }
        return activations;
    }

    /** Returns whether no item is activated. */
    boolean isEmpty() {
        return activations.isEmpty();
    }

    /**
     * Returns the activation of an item, 0 to 1.
     *
     * @param ordinal ordinal of the item
     */
    float of(int ordinal) {
        return activations.getOrDefault(ordinal, 0f);
    }
}
