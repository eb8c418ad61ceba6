package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Ast.Expr;
import dev.stele.graph.cypher.Ast.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Grouping of rows: rows with equal values in the columns without an aggregate form a group, and each group yields one
 * row. Stateless between queries.
 */
final class Aggregation {

    private final List<Item> keys;
    private final List<Item> others;
    private final List<Expr> aggregates = new ArrayList<>();

    Aggregation(List<Item> items, List<Ast.Sort> sorts) {
        this.keys = items.stream().filter(item -> !isIn(item.value())).toList();
        this.others = items.stream().filter(item -> isIn(item.value())).toList();
        others.forEach(item -> collect(item.value(), aggregates));
        sorts.forEach(sort -> collect(sort.by(), aggregates));
    }

    static boolean isIn(Expr expr) {
        var found = new ArrayList<Expr>();
        collect(expr, found);
        return !found.isEmpty();
    }

    private static void collect(Expr expr, List<Expr> to) {
        if (expr instanceof Ast.CountAll || (expr instanceof Ast.Call call && Aggregate.NAMES.contains(call.name()))) {
            to.add(expr);
        } else {
            SemanticChecker.Trees.children(expr, child -> collect(child, to));
        }
    }

    /**
     * Checks that a column with an aggregate uses, besides its aggregates, only values that are columns of their own;
     * other values are not unique within a group.
     */
    static void check(Item item, List<Item> items) {
        Set<Expr> shown = new HashSet<>();
        items.stream().filter(other -> !isIn(other.value())).forEach(other -> shown.add(other.value()));
        checkOutside(item.value(), shown, item.pos());
    }

    /**
     * Checks an expression outside of an aggregate. Only a variable or a property of a variable can be identified with
     * a column; any other expression would be ambiguous.
     */
    private static void checkOutside(Expr expr, Set<Expr> shown, Ast.Pos pos) {
        boolean plain = expr instanceof Ast.Variable
                || (expr instanceof Ast.Property property && property.of() instanceof Ast.Variable);
        if ((plain && shown.contains(expr))
                || expr instanceof Ast.CountAll
                || (expr instanceof Ast.Call call && Aggregate.NAMES.contains(call.name()))) {
            return;
        }
        switch (expr) {
            case Ast.Variable variable ->
                throw QueryError.at(
                        pos, "`" + variable.name() + "` stands beside an aggregate and is no column of its own");
            // Inside these expressions, the variable is local.
            case Ast.Comprehension each -> checkOutside(each.list(), shown, pos);
            case Ast.Quantified quantified -> checkOutside(quantified.list(), shown, pos);
            default -> SemanticChecker.Trees.children(expr, child -> checkOutside(child, shown, pos));
        }
    }

    /**
     * Checks the sort expression of a result: its aggregates must be columns, and other values follow the rule for
     * columns.
     */
    static void checkSort(Expr by, List<Item> items, Set<String> columns, Ast.Pos pos) {
        Set<Expr> shown = new HashSet<>();
        items.forEach(item -> shown.add(item.value()));
        checkSorted(by, shown, columns, isIn(by), pos);
    }

    private static void checkSorted(Expr expr, Set<Expr> shown, Set<String> columns, boolean beside, Ast.Pos pos) {
        boolean plain = !beside
                || expr instanceof Ast.Variable
                || expr instanceof Ast.CountAll
                || expr instanceof Ast.Call
                || (expr instanceof Ast.Property property && property.of() instanceof Ast.Variable);
        if ((plain && shown.contains(expr))
                || (expr instanceof Ast.Variable variable && columns.contains(variable.name()))) {
            return;
        }
        boolean aggregate = expr instanceof Ast.CountAll
                || (expr instanceof Ast.Call call && Aggregate.NAMES.contains(call.name()));
        if (aggregate || expr instanceof Ast.Variable) {
            throw QueryError.at(
                    pos,
                    expr instanceof Ast.Variable variable
                            ? "`" + variable.name() + "` is no column, so rows cannot be sorted by it"
                            : "rows cannot be sorted by an aggregate that is no column");
        }
        SemanticChecker.Trees.children(expr, child -> checkSorted(child, shown, columns, beside, pos));
    }

    /** Group of rows: its first row, the values that its rows share, and its aggregates. */
    private static final class Group {
        private final Row first;
        private final List<@Nullable Object> values;
        private final List<Aggregate> aggregates;

        Group(Row first, List<@Nullable Object> values, List<Aggregate> aggregates) {
            this.first = first;
            this.values = values;
            this.aggregates = aggregates;
        }
    }

    /** Result row with the row it was computed from, which may be used for sorting. */
    record Made(Row columns, Row from, Map<Expr, @Nullable Object> aggregated) {}

    List<Made> apply(List<Row> rows, Evaluator evaluator, List<Item> order, Row none) {
        Map<Object, Group> groups = new LinkedHashMap<>();
        for (Row row : rows) {
            evaluator.graph().checkTime();
            var values = new ArrayList<@Nullable Object>();
            keys.forEach(item -> values.add(evaluator.value(item.value(), row)));
            Group group = group(evaluator.graph().key(values), groups, values, row);
            for (int i = 0; i < aggregates.size(); i++) {
                take(group.aggregates.get(i), aggregates.get(i), evaluator, row);
            }
        }
        if (groups.isEmpty() && keys.isEmpty()) {
            group(List.of(), groups, List.of(), none); // an aggregation without keys over no rows still yields one row
        }
        var made = new ArrayList<Made>();
        for (Group group : groups.values()) {
            Map<Expr, @Nullable Object> results = new HashMap<>();
            for (int i = 0; i < aggregates.size(); i++) {
                results.put(aggregates.get(i), group.aggregates.get(i).result());
            }
            for (int i = 0; i < keys.size(); i++) {
                results.put(keys.get(i).value(), group.values.get(i));
            }
            Evaluator inside = evaluator.with(results);
            Row columns = Row.EMPTY;
            for (Item item : order) {
                columns = columns.with(item.name(), inside.value(item.value(), group.first));
            }
            made.add(new Made(columns, group.first, results));
        }
        return made;
    }

    private Group group(Object key, Map<Object, Group> groups, List<@Nullable Object> values, Row row) {
        return groups.computeIfAbsent(
                key,
                _ -> new Group(
                        row,
                        values,
                        aggregates.stream()
                                .map(expr -> expr instanceof Ast.Call call
                                        ? new Aggregate(call.name(), call.distinct())
                                        : new Aggregate("count", false))
                                .toList()));
    }

    private static void take(Aggregate aggregate, Expr expr, Evaluator evaluator, Row row) {
        if (expr instanceof Ast.Call call) {
            aggregate.add(
                    evaluator.value(call.arguments().getFirst(), row),
                    call.arguments().size() > 1
                            ? evaluator.value(call.arguments().get(1), row)
                            : null);
        } else {
            aggregate.add();
        }
    }
}
