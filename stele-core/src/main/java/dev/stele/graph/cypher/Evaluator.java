package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Ast.Expr;
import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Evaluator of expressions for a row. Truth is three-valued: true, false, and null for unknown. Not thread-safe. */
final class Evaluator {

    private final GraphAccess graph;
    private final Map<String, ? extends @Nullable Object> parameters;

    /** Values of the aggregates of the current group, by their expressions. */
    private final Map<Expr, @Nullable Object> aggregated;

    private final RegularExpressions expressions;

    Evaluator(GraphAccess graph, Map<String, ? extends @Nullable Object> parameters) {
        this(graph, parameters, Map.of(), new RegularExpressions(graph));
    }

    private Evaluator(
            GraphAccess graph,
            Map<String, ? extends @Nullable Object> parameters,
            Map<Expr, @Nullable Object> aggregated,
            RegularExpressions expressions) {
        this.graph = graph;
        this.parameters = parameters;
        this.aggregated = aggregated;
        this.expressions = expressions;
    }

    /** Returns an evaluator with the given values of aggregates. */
    Evaluator with(Map<Expr, @Nullable Object> values) {
        return new Evaluator(graph, parameters, values, expressions);
    }

    GraphAccess graph() {
        return graph;
    }

    /** Returns whether a condition is true; an unknown condition is not. */
    boolean holds(@Nullable Expr condition, Row row) {
        return condition == null || Boolean.TRUE.equals(truth(condition, row));
    }

    private @Nullable Boolean truth(Expr expr, Row row) {
        Object value = value(expr, row);
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw QueryError.of("a condition must be true or false, and is " + ValueComparator.kind(value));
    }

    @Nullable
    Object value(Expr expr, Row row) {
        if (!aggregated.isEmpty() && aggregated.containsKey(expr)) {
            return aggregated.get(expr);
        }
        return switch (expr) {
            case Ast.Literal literal -> literal.value();
            case Ast.Parameter parameter -> parameter(parameter);
            case Ast.Variable variable -> row.get(variable.name());
            case Ast.Property property -> property(value(property.of(), row), property.key());
            case Ast.Element element -> element(value(element.of(), row), value(element.at(), row));
            case Ast.Slice slice -> graph.made(slice(slice, row));
            case Ast.HasLabels has -> hasLabels(value(has.of(), row), has.labels());
            case Ast.ListOf list -> {
                var values = new ArrayList<@Nullable Object>();
                list.elements().forEach(element -> values.add(value(element, row)));
                yield graph.made(values);
            }
            case Ast.MapOf map -> {
                var values = new LinkedHashMap<String, @Nullable Object>();
                map.entries().forEach((key, element) -> values.put(key, value(element, row)));
                yield graph.made(values);
            }
            case Ast.Not not -> {
                Boolean of = truth(not.of(), row);
                yield of == null ? null : (Object) !of;
            }
            case Ast.Logic logic -> logic(logic, row);
            case Ast.Comparison comparison -> comparison(comparison, row);
            case Ast.Arithmetic sum ->
                graph.made(Arithmetic.apply(sum.operator(), value(sum.left(), row), value(sum.right(), row)));
            case Ast.Negation negation -> Arithmetic.negate(value(negation.of(), row));
            case Ast.TextTest test -> textTest(test, row);
            case Ast.In in -> in(value(in.element(), row), value(in.list(), row));
            case Ast.IsNull isNull -> (value(isNull.of(), row) == null) != isNull.not();
            case Ast.Case choice -> choice(choice, row);
            case Ast.CountAll _ -> throw QueryError.of("count(*) stands where there is nothing to count");
            case Ast.Call call -> call(call, row);
            case Ast.Comprehension each -> comprehension(each, row);
            case Ast.Quantified quantified -> quantified(quantified, row);
            case Ast.PatternTest test -> {
                var found = new AtomicBoolean();
                new PatternMatcher(this, test.patterns(), test.where()).match(row, _ -> {
                    found.set(true);
                    return false;
                });
                yield found.get();
            }
            case Ast.QueryTest test ->
                !new ClauseExecutor(this).run(test.query(), row, row.names()).isEmpty();
            case Ast.PatternComprehension each -> {
                var values = new ArrayList<@Nullable Object>();
                new PatternMatcher(this, List.of(each.pattern()), each.filter()).match(row, match -> {
                    values.add(value(each.result(), match));
                    graph.checkRows(values.size());
                    graph.made(1);
                    return true;
                });
                yield values;
            }
        };
    }

    private @Nullable Object parameter(Ast.Parameter parameter) {
        if (!parameters.containsKey(parameter.name())) {
            throw QueryError.at(parameter.pos(), "the parameter $" + parameter.name() + " was not given");
        }
        return parameters.get(parameter.name());
    }

    private static @Nullable Object property(@Nullable Object of, String key) {
        return switch (of) {
            case null -> null;
            case Node node -> node.property(key);
            case Rel rel -> rel.property(key);
            case Map<?, ?> map -> map.get(key);
            default -> throw QueryError.of(ValueComparator.kind(of) + " has no property " + key);
        };
    }

    private static @Nullable Object element(@Nullable Object of, @Nullable Object at) {
        if (of == null || at == null) {
            return null;
        }
        if (of instanceof List<?> list && at instanceof Long index) {
            long place = index < 0 ? list.size() + index : index;
            return place < 0 || place >= list.size() ? null : list.get((int) place);
        }
        if (at instanceof String key && (of instanceof Map<?, ?> || of instanceof Node || of instanceof Rel)) {
            return property(of, key);
        }
        throw QueryError.of("%s cannot be asked for an element by %s"
                .formatted(ValueComparator.kind(of), ValueComparator.kind(at)));
    }

    private @Nullable Object slice(Ast.Slice slice, Row row) {
        Object of = value(slice.of(), row);
        Object from = slice.from() == null ? (Object) 0L : value(slice.from(), row);
        Object to = slice.to() == null ? (Object) Long.MAX_VALUE : value(slice.to(), row);
        if (of == null || from == null || to == null) {
            return null;
        }
        if (!(of instanceof List<?> list) || !(from instanceof Long first) || !(to instanceof Long last)) {
            throw QueryError.of("a part can only be taken of a list, from one integer to another");
        }
        int start = place(first, list.size());
        int end = place(last, list.size());
        return start >= end ? new ArrayList<>() : new ArrayList<>(list.subList(start, end));
    }

    private static int place(long index, int size) {
        return Math.clamp(index < 0 ? size + index : index, 0, size);
    }

    private static @Nullable Object hasLabels(@Nullable Object of, List<String> labels) {
        return switch (of) {
            case null -> null;
            case Node node -> node.labels().containsAll(labels);
            case Rel rel -> labels.size() == 1 && rel.edge().type().equals(labels.getFirst());
            default -> throw QueryError.of(ValueComparator.kind(of) + " has no labels");
        };
    }

    private @Nullable Object logic(Ast.Logic logic, Row row) {
        Boolean left = truth(logic.left(), row);
        return switch (logic.operator()) {
            case "AND" -> {
                if (Boolean.FALSE.equals(left)) {
                    yield false;
                }
                Boolean right = truth(logic.right(), row);
                yield Boolean.FALSE.equals(right)
                        ? (Object) false
                        : left == null || right == null ? null : (Object) true;
            }
            case "OR" -> {
                if (Boolean.TRUE.equals(left)) {
                    yield true;
                }
                Boolean right = truth(logic.right(), row);
                yield Boolean.TRUE.equals(right)
                        ? (Object) true
                        : left == null || right == null ? null : (Object) false;
            }
            default -> {
                Boolean right = truth(logic.right(), row);
                yield left == null || right == null ? null : (Object) (left ^ right);
            }
        };
    }

    private @Nullable Object comparison(Ast.Comparison comparison, Row row) {
        Boolean all = true;
        Object left = value(comparison.operands().getFirst(), row);
        for (int i = 0; i < comparison.operators().size(); i++) {
            Object right = value(comparison.operands().get(i + 1), row);
            Boolean one = ValueComparator.compare(comparison.operators().get(i), left, right);
            if (Boolean.FALSE.equals(one)) {
                return false;
            }
            all = one == null ? null : all;
            left = right;
        }
        return all;
    }

    private @Nullable Object textTest(Ast.TextTest test, Row row) {
        if (!(value(test.left(), row) instanceof String text) || !(value(test.right(), row) instanceof String part)) {
            return null;
        }
        return switch (test.operator()) {
            case "STARTS" -> text.startsWith(part);
            case "ENDS" -> text.endsWith(part);
            case "CONTAINS" -> text.contains(part);
            default -> expressions.matches(text, part);
        };
    }

    private static @Nullable Object in(@Nullable Object element, @Nullable Object list) {
        if (list == null) {
            return null;
        }
        if (!(list instanceof List<?> elements)) {
            throw QueryError.of("IN takes a list, not " + ValueComparator.kind(list));
        }
        boolean unknown = false;
        for (Object one : elements) {
            Boolean same = ValueComparator.equal(element, one);
            if (Boolean.TRUE.equals(same)) {
                return true;
            }
            unknown |= same == null;
        }
        return unknown ? null : (Object) false;
    }

    private @Nullable Object choice(Ast.Case choice, Row row) {
        Object subject = choice.subject() == null ? null : value(choice.subject(), row);
        for (int i = 0; i < choice.conditions().size(); i++) {
            boolean taken = choice.subject() == null
                    ? holds(choice.conditions().get(i), row)
                    : Boolean.TRUE.equals(ValueComparator.equal(
                            subject, value(choice.conditions().get(i), row)));
            if (taken) {
                return value(choice.results().get(i), row);
            }
        }
        return choice.otherwise() == null ? null : value(choice.otherwise(), row);
    }

    private @Nullable Object call(Ast.Call call, Row row) {
        var arguments = new ArrayList<@Nullable Object>();
        call.arguments().forEach(argument -> arguments.add(value(argument, row)));
        return graph.made(BuiltInFunctions.call(call.name(), arguments));
    }

    private @Nullable Object comprehension(Ast.Comprehension each, Row row) {
        Object list = value(each.list(), row);
        if (list == null) {
            return null;
        }
        var values = new ArrayList<@Nullable Object>();
        for (Object element : elements(list)) {
            graph.checkTime();
            Row inner = row.with(each.name(), element);
            if (holds(each.filter(), inner)) {
                graph.made(1);
                values.add(each.result() == null ? element : value(each.result(), inner));
            }
        }
        return values;
    }

    private static List<?> elements(Object list) {
        if (list instanceof List<?> elements) {
            return elements;
        }
        throw QueryError.of("a list was expected, not " + ValueComparator.kind(list));
    }

    private @Nullable Object quantified(Ast.Quantified quantified, Row row) {
        Object list = value(quantified.list(), row);
        if (list == null) {
            return null;
        }
        int yes = 0;
        int no = 0;
        int unknown = 0;
        for (Object element : elements(list)) {
            graph.checkTime();
            Row inner = row.with(quantified.name(), element);
            Boolean one =
                    quantified.filter() == null ? Boolean.valueOf(element != null) : truth(quantified.filter(), inner);
            if (one == null) {
                unknown++;
            } else if (one) {
                yes++;
            } else {
                no++;
            }
        }
        return switch (quantified.kind()) {
            case "all" -> no > 0 ? (Object) false : unknown > 0 ? null : (Object) true;
            case "any" -> yes > 0 ? (Object) true : unknown > 0 ? null : (Object) false;
            case "none" -> yes > 0 ? (Object) false : unknown > 0 ? null : (Object) true;
            default -> yes > 1 ? (Object) false : unknown > 0 ? null : (Object) (yes == 1);
        };
    }
}
