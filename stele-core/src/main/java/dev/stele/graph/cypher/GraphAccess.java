package dev.stele.graph.cypher;

import dev.stele.concurrent.WorkBudget;
import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import dev.stele.model.Direction;
import dev.stele.model.Durations;
import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.GraphLimits;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Access of one query to the graph, with a cache of everything read, counters for the limits, and a deadline. Not
 * thread-safe.
 */
final class GraphAccess {

    /** Maximum number of rows that are read at a time. */
    private static final int PAGE_SIZE = 1_000;

    /** Number of characters of a text that count as one element, because they take about as much memory. */
    private static final int CHARACTERS_PER_ELEMENT = 16;

    private final GraphView graph;
    private final GraphScope scope;
    private final GraphLimits limits;
    private final long end;
    private final Map<Long, Node> nodes = new HashMap<>();
    private final Map<Long, Rel> rels = new HashMap<>();
    private final Map<Long, List<Rel>> out = new HashMap<>();
    private final Map<Long, List<Rel>> in = new HashMap<>();
    private long visited;
    private long made;
    private int looked;

    GraphAccess(GraphView graph, GraphScope scope, GraphLimits limits) {
        this.graph = graph;
        this.scope = scope;
        this.limits = limits;
        this.end = System.nanoTime() + limits.time().toNanos();
    }

    GraphLimits limits() {
        return limits;
    }

    /**
     * Checks the deadline of the query.
     *
     * @throws LimitExceededException if the deadline has passed
     */
    void checkTime() {
        if (System.nanoTime() > end) {
            throw new LimitExceededException("The query took longer than %s (limits.graph-time); ask for less."
                    .formatted(Durations.text(limits.time())));
        }
        WorkBudget.checkpoint();
    }

    void checkRows(long rows) {
        if (rows > limits.rows()) {
            throw new LimitExceededException(
                    "The query has more than %d rows at once (limits.graph-rows); match less, or add a LIMIT before."
                            .formatted(limits.rows()));
        }
        if ((rows & 255) == 0) {
            checkTime();
        }
    }

    /**
     * Counts created elements, even if they are no longer in use.
     *
     * @throws LimitExceededException if the query has created too many
     */
    void made(long more) {
        made += more;
        if (made > limits.values()) {
            throw new LimitExceededException(
                    "The query makes more than %d elements of lists and maps (limits.graph-values); make less of each row."
                            .formatted(limits.values()));
        }
        if ((++looked & 255) == 0) {
            checkTime();
        }
    }

    /** Counts a newly created value without the contents of its elements, and returns it. */
    @Nullable
    Object made(@Nullable Object value) {
        made(
                switch (value) {
                    case String text -> text.length() / CHARACTERS_PER_ELEMENT;
                    case Collection<?> elements -> elements.size();
                    case Map<?, ?> map -> map.size();
                    case null, default -> 0;
                });
        return value;
    }

    /** Returns the comparison key of a value, which is a deep copy and therefore counted. */
    Object key(@Nullable Object value) {
        countAll(value);
        return ValueComparator.key(value);
    }

    private void countAll(@Nullable Object value) {
        switch (value) {
            case List<?> list -> {
                made(list.size());
                list.forEach(this::countAll);
            }
            case Map<?, ?> map -> {
                made(map.size());
                map.values().forEach(this::countAll);
            }
            case null, default -> {}
        }
    }

    private void visit(long more) {
        visited += more;
        if (visited > limits.visited()) {
            throw new LimitExceededException(
                    "The query looks at more than %d entities and relations (limits.graph-visited); say more of where it begins."
                            .formatted(limits.visited()));
        }
        checkTime();
    }

    Node node(long number) {
        return nodes.computeIfAbsent(number, _ -> new Node(number, this));
    }

    private Node node(Entity entity) {
        Node node = node(entity.number());
        if (!node.isLoaded()) {
            node.load(entity);
        }
        return node;
    }

    private Rel rel(Edge edge) {
        return rels.computeIfAbsent(edge.number(), _ -> new Rel(edge, this));
    }

    Entity load(long number) {
        Optional<Entity> entity =
                scope.known().isPresent() ? graph.entity(number, scope.known().get()) : graph.entity(number);
        return entity.orElseThrow(() -> QueryError.of("an entity is not there at the time asked about"));
    }

    /** Reads the entities that are not cached yet in one batch. */
    void prefetch(Collection<Node> wanted) {
        if (scope.known().isPresent()) {
            return;
        }
        List<Long> missing = wanted.stream()
                .filter(node -> !node.isLoaded())
                .map(Node::number)
                .distinct()
                .toList();
        for (int from = 0; missing.size() > 1 && from < missing.size(); from += PAGE_SIZE) {
            graph.entities(missing.subList(from, Math.min(missing.size(), from + PAGE_SIZE)))
                    .forEach(this::node);
        }
    }

    List<String> observations(long number) {
        return graph.observations(number, scope.known()).stream()
                .map(Observation::content)
                .toList();
    }

    Relation relation(Edge edge) {
        Relation relation = graph.relationsByNumber(List.of(edge.number())).get(edge.number());
        if (relation == null) {
            throw QueryError.of("a relation is not there any more");
        }
        return relation;
    }

    /** Returns all entities, or those of a type. */
    List<Node> scan(Optional<String> type) {
        var found = new ArrayList<Node>();
        if (scope.known().isPresent()) {
            for (long number : graph.entityNumbers(scope.known())) {
                Node node = node(number);
                if (type.isEmpty() || node.labels().contains(type.get())) {
                    found.add(node);
                }
                visit(1);
            }
            return found;
        }
        long last = 0;
        for (List<Entity> page = graph.entities(type, last, PAGE_SIZE);
                !page.isEmpty();
                page = graph.entities(type, last, PAGE_SIZE)) {
            page.forEach(entity -> found.add(node(entity)));
            visit(page.size());
            last = page.getLast().number();
        }
        return found;
    }

    /** Returns the entities that may have a name. */
    List<Node> named(String name) {
        String key = Entity.key(name);
        Optional<Instant> at = scope.known();
        List<Entity> found = at.isPresent() ? graph.named(key, at.get()) : graph.named(key);
        return found.stream().map(this::node).toList();
    }

    /** Returns the entity with an id. */
    List<Node> withId(String id) {
        return graph.entity(id)
                .filter(entity -> scope.known().isPresent()
                        ? graph.entity(entity.number(), scope.known().get()).isPresent()
                        : entity.retiredAt().isEmpty())
                .map(entity -> List.of(node(entity.number())))
                .orElse(List.of());
    }

    /** Returns the relations of an entity without duplicates. */
    List<Rel> rels(Node node, Direction direction) {
        return switch (direction) {
            case OUT -> side(node, out, Direction.OUT);
            case IN -> side(node, in, Direction.IN);
            case BOTH -> {
                var both = new ArrayList<>(side(node, out, Direction.OUT));
                for (Rel rel : side(node, in, Direction.IN)) {
                    if (rel.edge().from() != rel.edge().to()) {
                        both.add(rel);
                    }
                }
                yield both;
            }
        };
    }

    private List<Rel> side(Node node, Map<Long, List<Rel>> known, Direction direction) {
        List<Rel> found = known.get(node.number());
        if (found == null) {
            read(List.of(node.number()), known, direction);
            found = known.getOrDefault(node.number(), List.of());
        }
        return found;
    }

    /** Reads the relations of the entities whose relations are not cached yet in one batch. */
    void prefetchRels(Collection<Node> wanted, Direction direction) {
        if (direction != Direction.IN) {
            read(missing(wanted, out), out, Direction.OUT);
        }
        if (direction != Direction.OUT) {
            read(missing(wanted, in), in, Direction.IN);
        }
    }

    private static List<Long> missing(Collection<Node> wanted, Map<Long, List<Rel>> known) {
        return wanted.stream()
                .map(Node::number)
                .filter(number -> !known.containsKey(number))
                .distinct()
                .toList();
    }

    private void read(List<Long> numbers, Map<Long, List<Rel>> known, Direction direction) {
        if (numbers.isEmpty()) {
            return;
        }
        Map<Long, List<Rel>> coming = new HashMap<>();
        numbers.forEach(number -> coming.put(number, new ArrayList<>()));
        List<Edge> edges = graph.edges(numbers, direction, Set.of(), scope, limits.visited());
        visit(edges.size());
        for (Edge edge : edges) {
            List<Rel> of = coming.get(direction == Direction.OUT ? edge.from() : edge.to());
            if (of != null) {
                of.add(rel(edge));
            }
        }
        known.putAll(coming);
    }
}
