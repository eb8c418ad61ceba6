package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Ast.Chain;
import dev.stele.graph.cypher.Ast.EdgePattern;
import dev.stele.graph.cypher.Ast.Expr;
import dev.stele.graph.cypher.Ast.NodePattern;
import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import dev.stele.graph.cypher.Elements.Way;
import dev.stele.model.Direction;
import dev.stele.model.LimitExceededException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Matcher that finds all matches of graph patterns, given the variables of a row. It starts a pattern at its most
 * selective node (an id or a name, then a type, then no constraint) and follows relations from there; a relation is
 * used at most once per match. Not thread-safe.
 */
final class PatternMatcher {

    /** Consumer of matches as rows; returns whether to continue. */
    interface To {
        boolean take(Row row);
    }

    private final Evaluator evaluator;
    private final GraphAccess graph;
    private final List<Chain> patterns;
    private final @Nullable Expr where;
    private final Set<Rel> used = new HashSet<>();

    /** Equality conditions on properties, by variable; they help to choose the start node. */
    private final Map<String, Map<String, Expr>> hints = new HashMap<>();

    PatternMatcher(Evaluator evaluator, List<Chain> patterns, @Nullable Expr where) {
        this.evaluator = evaluator;
        this.graph = evaluator.graph();
        this.patterns = patterns;
        this.where = where;
        hint(where);
    }

    private void hint(@Nullable Expr condition) {
        if (condition instanceof Ast.Logic logic && logic.operator().equals("AND")) {
            hint(logic.left());
            hint(logic.right());
        } else if (condition instanceof Ast.Comparison comparison
                && comparison.operators().equals(List.of("="))) {
            hint(comparison.operands().get(0), comparison.operands().get(1));
            hint(comparison.operands().get(1), comparison.operands().get(0));
        }
    }

    private void hint(Expr property, Expr value) {
        if (property instanceof Ast.Property of
                && of.of() instanceof Ast.Variable variable
                && (value instanceof Ast.Literal || value instanceof Ast.Parameter)) {
            hints.computeIfAbsent(variable.name(), _ -> new HashMap<>()).put(of.key(), value);
        }
    }

    /** Finds matches for a row until there are no more or the consumer stops. Returns whether to continue. */
    boolean match(Row row, To to) {
        return match(row, 0, to);
    }

    private boolean match(Row row, int pattern, To to) {
        if (pattern == patterns.size()) {
            return !evaluator.holds(where, row) || to.take(row);
        }
        return new Chained(patterns.get(pattern), row, next -> match(next, pattern + 1, to)).run();
    }

    /** Match of one chain in progress: the nodes and relations found so far, by their position in the chain. */
    private final class Chained {
        private final Chain chain;
        private final Row row;
        private final To to;
        private final @Nullable Node[] nodes;
        private final @Nullable List<Rel>[] rels;

        /** Intermediate nodes of variable-length steps. */
        private final @Nullable List<Node>[] between;

        @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of lists
        Chained(Chain chain, Row row, To to) {
            this.chain = chain;
            this.row = row;
            this.to = to;
            this.nodes = new @Nullable Node[chain.nodes().size()];
            this.rels = new List[chain.edges().size()];
            this.between = new List[chain.edges().size()];
        }

        boolean run() {
            int anchor = anchor();
            List<Node> candidates = candidates(anchor);
            if (candidates.size() > 1 && chain.edges().size() > 0) {
                prefetch(candidates, anchor);
            }
            for (Node candidate : candidates) {
                graph.checkTime();
                if (fits(chain.nodes().get(anchor), candidate)) {
                    nodes[anchor] = candidate;
                    if (!right(anchor, anchor)) {
                        return false;
                    }
                    nodes[anchor] = null;
                }
            }
            return true;
        }

        private void prefetch(List<Node> candidates, int anchor) {
            boolean onward = anchor < chain.edges().size();
            EdgePattern edge = chain.edges().get(onward ? anchor : anchor - 1);
            Direction direction = direction(edge);
            graph.prefetchRels(candidates, onward ? direction : direction.reversed());
        }

        /** Returns the position of the most selective node. */
        private int anchor() {
            int best = 0;
            int bestWorth = -1;
            for (int i = 0; i < chain.nodes().size(); i++) {
                int worth = worth(chain.nodes().get(i));
                if (worth > bestWorth) {
                    best = i;
                    bestWorth = worth;
                }
            }
            return best;
        }

        private int worth(NodePattern node) {
            if (node.name() != null && row.has(node.name())) {
                return 4;
            }
            if (asked(node, "id").isPresent()) {
                return 3;
            }
            if (asked(node, "name").isPresent()) {
                return 2;
            }
            return node.labels().isEmpty() ? 0 : 1;
        }

        /** Returns the value that the pattern or the condition requires of a property, if any. */
        private Optional<Object> asked(NodePattern node, String key) {
            Expr expr = null;
            if (node.properties() instanceof Ast.MapOf map) {
                expr = map.entries().get(key);
            }
            if (expr == null && node.name() != null && hints.containsKey(node.name())) {
                expr = hints.getOrDefault(node.name(), Map.of()).get(key);
            }
            return expr == null ? Optional.empty() : Optional.ofNullable(evaluator.value(expr, row));
        }

        private List<Node> candidates(int anchor) {
            NodePattern node = chain.nodes().get(anchor);
            if (node.name() != null && row.has(node.name())) {
                return switch (row.get(node.name())) {
                    case Node bound -> List.of(bound);
                    case null -> List.of();
                    default -> throw QueryError.at(node.pos(), "the variable `" + node.name() + "` is no node");
                };
            }
            if (asked(node, "id").orElse(null) instanceof String id) {
                return graph.withId(id);
            }
            if (asked(node, "name").orElse(null) instanceof String name) {
                return graph.named(name);
            }
            return graph.scan(node.labels().stream().findFirst());
        }

        private boolean fits(NodePattern pattern, Node node) {
            if (!pattern.labels().isEmpty() && !node.labels().containsAll(pattern.labels())) {
                return false;
            }
            if (pattern.name() != null) {
                if (row.has(pattern.name()) && !node.equals(row.get(pattern.name()))) {
                    return false;
                }
                for (int i = 0; i < nodes.length; i++) {
                    Node other = nodes[i];
                    if (other != null
                            && pattern.name().equals(chain.nodes().get(i).name())
                            && !other.equals(node)) {
                        return false;
                    }
                }
            }
            return hasProperties(pattern.properties(), node);
        }

        private boolean hasProperties(@Nullable Expr properties, Object element) {
            if (properties == null) {
                return true;
            }
            if (!(evaluator.value(properties, row) instanceof Map<?, ?> wanted)) {
                throw QueryError.of("properties of a pattern must be a map");
            }
            for (Map.Entry<?, ?> entry : wanted.entrySet()) {
                String key = String.valueOf(entry.getKey());
                Object actual = element instanceof Node node ? node.property(key) : ((Rel) element).property(key);
                if (!Boolean.TRUE.equals(ValueComparator.equal(actual, entry.getValue()))) {
                    return false;
                }
            }
            return true;
        }

        /** Continues to the right of a position, and after the last one to the left of the start node. */
        private boolean right(int at, int anchor) {
            if (at == chain.edges().size()) {
                return left(anchor);
            }
            return follow(at, at, at + 1, direction(chain.edges().get(at)), () -> right(at + 1, anchor));
        }

        private boolean left(int at) {
            if (at == 0) {
                return to.take(bound());
            }
            return follow(
                    at - 1, at, at - 1, direction(chain.edges().get(at - 1)).reversed(), () -> left(at - 1));
        }

        private static Direction direction(EdgePattern edge) {
            return edge.left() == edge.right() ? Direction.BOTH : edge.right() ? Direction.OUT : Direction.IN;
        }

        private interface Then {
            boolean run();
        }

        /** Follows one relation pattern from a bound node to an unbound one. */
        private boolean follow(int edge, int from, int target, Direction direction, Then then) {
            EdgePattern pattern = chain.edges().get(edge);
            Node start = node(from);
            if (pattern.range() != null) {
                return longer(edge, target, direction, start, start, new ArrayList<>(), new ArrayList<>(), then);
            }
            for (Rel rel : graph.rels(start, direction)) {
                Node end = graph.node(rel.edge().other(start.number()));
                if (!used.contains(rel)
                        && fits(pattern, rel)
                        && fitsTarget(target, end)
                        && !step(edge, target, List.of(rel), List.of(), end, then)) {
                    return false;
                }
            }
            return true;
        }

        private Node node(int at) {
            Node node = nodes[at];
            if (node == null) {
                throw new IllegalStateException("a chain is followed from where it has not been");
            }
            return node;
        }

        private boolean fitsTarget(int target, Node end) {
            return fits(chain.nodes().get(target), end);
        }

        /** Binds a step, continues the match and unbinds the step. */
        private boolean step(int edge, int target, List<Rel> by, List<Node> via, Node end, Then then) {
            graph.checkTime();
            boolean backwards = target == edge;
            used.addAll(by);
            rels[edge] = backwards ? by.reversed() : by;
            between[edge] = backwards ? via.reversed() : via;
            nodes[target] = end;
            boolean more = then.run();
            nodes[target] = null;
            rels[edge] = null;
            between[edge] = null;
            by.forEach(used::remove);
            return more;
        }

        private boolean longer(
                int edge,
                int target,
                Direction direction,
                Node start,
                Node at,
                List<Rel> by,
                List<Node> via,
                Then then) {
            EdgePattern pattern = chain.edges().get(edge);
            Ast.Range range = pattern.range();
            if (range == null) {
                throw new IllegalStateException("one relation is no range");
            }
            if (by.size() >= range.from() && fitsTarget(target, at)) {
                List<Node> inside = via.isEmpty() ? List.of() : List.copyOf(via.subList(0, via.size() - 1));
                if (!step(edge, target, List.copyOf(by), inside, at, then)) {
                    return false;
                }
            }
            Long most = range.to();
            if (most != null && by.size() >= most) {
                return true;
            }
            for (Rel rel : graph.rels(at, direction)) {
                if (used.contains(rel) || by.contains(rel) || !fits(pattern, rel)) {
                    continue;
                }
                if (by.size() >= graph.limits().depth()) {
                    throw new LimitExceededException(
                            "The query follows more than %d relations in a row (limits.graph-depth); give the pattern an upper bound, such as *1..%d."
                                    .formatted(
                                            graph.limits().depth(),
                                            graph.limits().depth()));
                }
                Node end = graph.node(rel.edge().other(at.number()));
                graph.checkTime();
                by.add(rel);
                via.add(end);
                boolean more = longer(edge, target, direction, start, end, by, via, then);
                by.removeLast();
                via.removeLast();
                if (!more) {
                    return false;
                }
            }
            return true;
        }

        private boolean fits(EdgePattern pattern, Rel rel) {
            if (!pattern.types().isEmpty()
                    && !pattern.types().contains(rel.edge().type())) {
                return false;
            }
            if (pattern.range() == null
                    && pattern.name() != null
                    && row.has(pattern.name())
                    && !rel.equals(row.get(pattern.name()))) {
                return false;
            }
            return hasProperties(pattern.properties(), rel);
        }

        /** Returns the row extended by the match. */
        private Row bound() {
            Row found = row;
            for (int i = 0; i < nodes.length; i++) {
                String name = chain.nodes().get(i).name();
                if (name != null && !found.has(name)) {
                    found = found.with(name, nodes[i]);
                }
            }
            for (int i = 0; i < rels.length; i++) {
                EdgePattern edge = chain.edges().get(i);
                List<Rel> by = rels[i];
                if (edge.name() != null && by != null && !found.has(edge.name())) {
                    found = found.with(edge.name(), edge.range() == null ? by.getFirst() : new ArrayList<>(by));
                }
            }
            return chain.path() == null ? found : found.with(chain.path(), way());
        }

        private Way way() {
            var through = new ArrayList<Node>();
            var by = new ArrayList<Rel>();
            for (int i = 0; i < nodes.length; i++) {
                // A step of zero relations ends at its start node.
                List<Rel> before = i == 0 ? null : rels[i - 1];
                if (before == null || !before.isEmpty()) {
                    through.add(node(i));
                }
                if (i < rels.length) {
                    List<Rel> step = rels[i];
                    List<Node> inside = between[i];
                    if (step != null) {
                        by.addAll(step);
                    }
                    if (inside != null) {
                        through.addAll(inside);
                    }
                }
            }
            return new Way(through, by);
        }
    }
}
