package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Ast.Expr;
import dev.stele.graph.cypher.Ast.Item;
import dev.stele.graph.cypher.Elements.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Executor that runs one part of a query, clause by clause. Not thread-safe. */
final class ClauseExecutor {
    private final Evaluator evaluator;
    private final GraphAccess graph;

    ClauseExecutor(Evaluator evaluator) {
        this.evaluator = evaluator;
        this.graph = evaluator.graph();
    }

    /**
     * Runs the clauses in their order.
     *
     * @param single part of the query
     * @param outer values of the variables that are defined outside the part
     * @param outerNames names of these variables
     * @return resulting rows
     */
    List<Row> run(Ast.Single single, Row outer, List<String> outerNames) {
        List<Row> rows = List.of(outer);
        List<String> names = outerNames;
        for (Ast.Clause clause : single.clauses()) {
            rows = switch (clause) {
                case Ast.Match match -> match(match, rows);
                case Ast.Unwind unwind -> unwind(unwind, rows);
                case Ast.Project project -> project(project, rows, names);
            };
            names = names(clause, names);
        }
        return rows;
    }

    /** Returns the variables that are defined after a clause, even if there are no rows. */
    private static List<String> names(Ast.Clause clause, List<String> before) {
        Set<String> names = new LinkedHashSet<>(before);
        switch (clause) {
            case Ast.Match match -> match.patterns().forEach(chain -> names.addAll(named(chain)));
            case Ast.Unwind unwind -> names.add(unwind.name());
            case Ast.Project project -> {
                List<String> kept = project.star() ? before.stream().sorted().toList() : List.of();
                names.clear();
                names.addAll(kept);
                project.items().forEach(item -> names.add(item.name()));
            }
        }
        return List.copyOf(names);
    }

    private static List<String> named(Ast.Chain chain) {
        var names = new ArrayList<String>();
        chain.nodes().stream()
                .map(Ast.NodePattern::name)
                .filter(Objects::nonNull)
                .forEach(names::add);
        chain.edges().stream()
                .map(Ast.EdgePattern::name)
                .filter(Objects::nonNull)
                .forEach(names::add);
        if (chain.path() != null) {
            names.add(chain.path());
        }
        return names;
    }

    private List<Row> match(Ast.Match match, List<Row> rows) {
        var found = new ArrayList<Row>();
        for (Row row : rows) {
            int before = found.size();
            new PatternMatcher(evaluator, match.patterns(), match.where()).match(row, next -> {
                found.add(next);
                graph.checkRows(found.size());
                return true;
            });
            if (match.optional() && found.size() == before) {
                Row without = row;
                for (Ast.Chain chain : match.patterns()) {
                    for (String name : named(chain)) {
                        without = without.has(name) ? without : without.with(name, null);
                    }
                }
                found.add(without);
            }
        }
        return found;
    }

    private List<Row> unwind(Ast.Unwind unwind, List<Row> rows) {
        var found = new ArrayList<Row>();
        for (Row row : rows) {
            Object list = evaluator.value(unwind.list(), row);
            List<?> elements = list == null ? List.of() : list instanceof List<?> some ? some : List.of(list);
            for (Object element : elements) {
                found.add(row.with(unwind.name(), element));
                graph.checkRows(found.size());
            }
        }
        return found;
    }

    private List<Row> project(Ast.Project project, List<Row> rows, List<String> names) {
        prefetch(rows, names);
        List<Item> items = new ArrayList<>();
        if (project.star()) {
            names.stream()
                    .sorted()
                    .forEach(name ->
                            items.add(new Item(new Ast.Variable(name, project.pos()), name, true, project.pos())));
        }
        items.addAll(project.items());
        List<Aggregation.Made> made = items.stream().anyMatch(item -> Aggregation.isIn(item.value()))
                ? new Aggregation(items, project.order()).apply(rows, evaluator, items, Row.EMPTY)
                : rows.stream().map(row -> made(row, items)).toList();
        if (project.distinct()) {
            Set<Object> seen = new HashSet<>();
            List<String> columns = items.stream().map(Item::name).toList();
            made = made.stream()
                    .filter(one -> seen.add(graph.key(one.columns().values(columns))))
                    .toList();
        }
        if (!project.order().isEmpty()) {
            made = sorted(made, project.order(), items);
        }
        return made.stream()
                .skip(count("SKIP", project.skip(), 0))
                .limit(count("LIMIT", project.limit(), Long.MAX_VALUE))
                .filter(one -> project.where() == null || evaluator.holds(project.where(), both(one, items)))
                .map(Aggregation.Made::columns)
                .toList();
    }

    /** Reads the entities of all rows at once, because most columns need them. */
    private void prefetch(List<Row> rows, List<String> names) {
        if (rows.size() < 2) {
            return;
        }
        var nodes = new ArrayList<Node>();
        for (Row row : rows) {
            for (String name : names) {
                if (row.get(name) instanceof Node node && !node.isLoaded()) {
                    nodes.add(node);
                }
            }
        }
        graph.prefetch(nodes);
    }

    /** Returns a row with the previous variables and the columns; a column hides a variable with the same name. */
    private static Row both(Aggregation.Made made, List<Item> items) {
        Row row = made.from();
        for (Item item : items) {
            row = row.with(item.name(), made.columns().get(item.name()));
        }
        return row;
    }

    private Aggregation.Made made(Row row, List<Item> items) {
        graph.checkTime();
        Row columns = Row.EMPTY;
        for (Item item : items) {
            columns = columns.with(item.name(), evaluator.value(item.value(), row));
        }
        return new Aggregation.Made(columns, row, Map.of());
    }

    private List<Aggregation.Made> sorted(List<Aggregation.Made> made, List<Ast.Sort> order, List<Item> items) {
        record Keyed(Aggregation.Made made, List<@Nullable Object> keys) {}
        var keyed = new ArrayList<Keyed>();
        for (Aggregation.Made one : made) {
            Map<Expr, @Nullable Object> known = new LinkedHashMap<>(one.aggregated());
            for (Item item : items) {
                known.put(item.value(), one.columns().get(item.name()));
            }
            Row row = both(one, items);
            var keys = new ArrayList<@Nullable Object>();
            for (Ast.Sort sort : order) {
                boolean column = sort.by() instanceof Ast.Variable variable
                        && items.stream().anyMatch(item -> item.name().equals(variable.name()));
                keys.add((column ? evaluator : evaluator.with(known)).value(sort.by(), row));
            }
            keyed.add(new Keyed(one, keys));
        }
        keyed.sort((a, b) -> {
            for (int i = 0; i < order.size(); i++) {
                int by = ValueComparator.ORDER.compare(a.keys().get(i), b.keys().get(i));
                if (by != 0) {
                    return order.get(i).descending() ? -by : by;
                }
            }
            return 0;
        });
        return keyed.stream().map(Keyed::made).toList();
    }

    private long count(String what, @Nullable Expr expr, long otherwise) {
        if (expr == null) {
            return otherwise;
        }
        Object value = evaluator.value(expr, Row.EMPTY);
        if (!(value instanceof Long count) || count < 0) {
            throw QueryError.of("%s takes an integer that is not negative, and got %s"
                    .formatted(what, value instanceof Number ? value : ValueComparator.kind(value)));
        }
        return count;
    }
}
