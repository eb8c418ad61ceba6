package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Ast.Chain;
import dev.stele.graph.cypher.Ast.Expr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Static checker of a query: finds undefined variables and values of the wrong type before the query runs. */
final class SemanticChecker {

    /** Statically known type of a variable. */
    private enum Kind {
        NODE,
        REL,
        RELS,
        PATH,
        /** The value is known to be no graph element. */
        DATA,
        VALUE
    }

    private Map<String, Kind> scope = new LinkedHashMap<>();

    private SemanticChecker() {}

    /** Checks a query and returns the names of its columns. */
    static List<String> columns(Ast.Query query) {
        List<List<String>> columns = query.parts().stream()
                .map(part -> new SemanticChecker().single(part))
                .toList();
        if (columns.stream().distinct().count() > 1) {
            throw QueryError.of("all parts of a UNION must return the same columns, in the same order");
        }
        return columns.getFirst();
    }

    private List<String> single(Ast.Single single) {
        List<Ast.Clause> clauses = single.clauses();
        for (int i = 0; i < clauses.size(); i++) {
            boolean last = i == clauses.size() - 1;
            boolean isReturn = clauses.get(i) instanceof Ast.Project project && project.last();
            if (last != isReturn) {
                throw QueryError.at(
                        clauses.get(i).pos(), last ? "a query must end with RETURN" : "nothing can come after RETURN");
            }
            clause(clauses.get(i));
        }
        return List.copyOf(scope.keySet());
    }

    private void clause(Ast.Clause clause) {
        switch (clause) {
            case Ast.Match match -> {
                Map<String, Kind> before = Map.copyOf(scope);
                match.patterns().forEach(chain -> define(chain, before));
                match.patterns().forEach(this::patternValues);
                condition(match.where());
            }
            case Ast.Unwind unwind -> {
                check(unwind.list(), false);
                if (scope.put(unwind.name(), Kind.VALUE) != null) {
                    throw QueryError.at(unwind.pos(), "the variable `" + unwind.name() + "` is defined already");
                }
            }
            case Ast.Project project -> project(project);
        }
    }

    private void define(Chain chain, Map<String, Kind> before) {
        chain.nodes().forEach(node -> define(node.name(), Kind.NODE, node.pos()));
        for (Ast.EdgePattern edge : chain.edges()) {
            Kind kind = edge.range() == null ? Kind.REL : Kind.RELS;
            if (edge.name() != null && scope.containsKey(edge.name()) && !before.containsKey(edge.name())) {
                throw QueryError.at(edge.pos(), "the relationship `" + edge.name() + "` is used twice in one MATCH");
            }
            define(edge.name(), kind, edge.pos());
        }
        if (chain.path() != null) {
            if (scope.containsKey(chain.path())) {
                throw QueryError.at(
                        chain.nodes().getFirst().pos(), "the variable `" + chain.path() + "` is defined already");
            }
            scope.put(chain.path(), Kind.PATH);
        }
    }

    private void define(@Nullable String name, Kind kind, Ast.Pos pos) {
        if (name == null) {
            return;
        }
        Kind existing = scope.get(name);
        if (existing != null && existing != kind && existing != Kind.VALUE) {
            throw QueryError.at(pos, "the variable `" + name + "` is something else already");
        }
        if (existing == null) {
            scope.put(name, kind);
        }
    }

    private void patternValues(Chain chain) {
        chain.nodes().forEach(node -> check(node.properties(), false));
        chain.edges().forEach(edge -> check(edge.properties(), false));
    }

    private void project(Ast.Project project) {
        if (project.star() && scope.isEmpty() && project.items().isEmpty()) {
            throw QueryError.at(project.pos(), "* stands for all variables, and there are none");
        }
        Map<String, Kind> coming = new LinkedHashMap<>();
        if (project.star()) {
            scope.keySet().stream().sorted().forEach(name -> coming.put(name, scope.getOrDefault(name, Kind.VALUE)));
        }
        boolean aggregates = project.items().stream().anyMatch(item -> Aggregation.isIn(item.value()));
        for (Ast.Item item : project.items()) {
            check(item.value(), true);
            if (!project.last() && !item.named() && !(item.value() instanceof Ast.Variable)) {
                throw QueryError.at(item.pos(), "give this expression of WITH a name by AS");
            }
            if (aggregates && Aggregation.isIn(item.value())) {
                Aggregation.check(item, project.items());
            }
            Kind kind = kind(item.value());
            if (coming.put(item.name(), kind) != null) {
                throw QueryError.at(item.pos(), "there are two columns `" + item.name() + "`");
            }
        }
        check(project.skip(), false, Map.of());
        check(project.limit(), false, Map.of());
        Map<String, Kind> both = new LinkedHashMap<>(scope);
        both.putAll(coming);
        for (Ast.Sort sort : project.order()) {
            boolean ofColumns = aggregates || project.distinct();
            if (ofColumns) {
                Aggregation.checkSort(sort.by(), project.items(), coming.keySet(), project.pos());
            }
            check(sort.by(), ofColumns, both);
        }
        // A condition after WITH also sees the previous variables, as long as the rows are not aggregated.
        scope = aggregates ? coming : both;
        condition(project.where());
        scope = coming;
    }

    private Kind kind(Expr value) {
        return switch (value) {
            case Ast.Variable variable -> scope.getOrDefault(variable.name(), Kind.VALUE);
            case Ast.Literal literal when literal.value() != null -> Kind.DATA;
            case Ast.ListOf _, Ast.MapOf _, Ast.Arithmetic _ -> Kind.DATA;
            default -> Kind.VALUE;
        };
    }

    /** Checks a condition, which may contain patterns. */
    private void condition(@Nullable Expr where) {
        if (where instanceof Ast.Variable variable
                && scope.containsKey(variable.name())
                && kind(variable) != Kind.VALUE
                && kind(variable) != Kind.DATA) {
            throw QueryError.at(variable.pos(), "`" + variable.name() + "` is not true or false");
        }
        if (where != null) {
            visit(where, false, false, true);
        }
    }

    private void check(@Nullable Expr expr, boolean aggregates, Map<String, Kind> inside) {
        Map<String, Kind> kept = scope;
        scope = new LinkedHashMap<>(inside);
        check(expr, aggregates);
        scope = kept;
    }

    private void check(@Nullable Expr expr, boolean aggregates) {
        if (expr != null) {
            visit(expr, aggregates, false, false);
        }
    }

    /** @param condition whether a pattern is allowed here */
    private void visit(Expr expr, boolean aggregates, boolean insideAggregate, boolean condition) {
        switch (expr) {
            case Ast.Variable variable -> {
                if (!scope.containsKey(variable.name())) {
                    throw QueryError.at(variable.pos(), "the variable `" + variable.name() + "` is not defined");
                }
            }
            case Ast.Call call
            when Aggregate.NAMES.contains(call.name()) -> {
                if (!aggregates || insideAggregate) {
                    throw QueryError.at(call.pos(), call.name() + "() cannot stand here");
                }
                int wanted = call.name().startsWith("percentile") ? 2 : 1;
                if (call.arguments().size() != wanted) {
                    throw QueryError.at(
                            call.pos(), call.name() + "() takes " + wanted + " argument" + (wanted > 1 ? "s" : ""));
                }
                call.arguments().forEach(argument -> visit(argument, true, true, false));
            }
            case Ast.CountAll _ -> {
                if (!aggregates || insideAggregate) {
                    throw QueryError.of("count(*) cannot stand here");
                }
            }
            case Ast.Call call -> {
                BuiltInFunctions.check(call);
                kindsOf(call);
                if (insideAggregate && call.name().equals("rand")) {
                    throw QueryError.at(call.pos(), "rand() cannot be aggregated, for it has no value of its own");
                }
                boolean exists = call.name().equals("exists");
                call.arguments().forEach(argument -> visit(argument, aggregates, insideAggregate, exists));
            }
            case Ast.Property property
            when property.of() instanceof Ast.Variable variable && kind(variable) == Kind.PATH ->
                throw QueryError.at(
                        variable.pos(),
                        "the path `" + variable.name() + "` has no properties; see nodes() and relationships()");
            case Ast.Logic logic -> {
                for (Expr side : List.of(logic.left(), logic.right())) {
                    truthful(side);
                    visit(side, aggregates, insideAggregate, condition);
                }
            }
            case Ast.Not not -> {
                truthful(not.of());
                visit(not.of(), aggregates, insideAggregate, condition);
            }
            case Ast.Comprehension each -> {
                visit(each.list(), aggregates, insideAggregate, false);
                within(each.name(), each.filter(), each.result());
            }
            case Ast.Quantified quantified -> {
                visit(quantified.list(), aggregates, insideAggregate, false);
                within(quantified.name(), quantified.filter(), null);
            }
            case Ast.PatternTest test -> {
                if (!test.whole()) {
                    if (!condition) {
                        throw QueryError.at(
                                test.pos(), "a pattern can only stand in a condition; use EXISTS { … } or [ … | … ]");
                    }
                    known(test);
                }
                patterns(test.patterns(), test.where(), null);
            }
            case Ast.QueryTest test -> {
                var inner = new SemanticChecker();
                inner.scope = new LinkedHashMap<>(scope);
                inner.single(test.query());
            }
            case Ast.PatternComprehension each -> patterns(List.of(each.pattern()), each.filter(), each.result());
            default -> Trees.children(expr, child -> visit(child, aggregates, insideAggregate, false));
        }
    }

    /** Checks that a pattern used as a condition names no new variables. */
    private void known(Ast.PatternTest test) {
        for (Chain chain : test.patterns()) {
            chain.nodes().forEach(node -> known(node.name(), node.pos()));
            chain.edges().forEach(edge -> known(edge.name(), edge.pos()));
        }
    }

    private void known(@Nullable String name, Ast.Pos pos) {
        if (name != null && !scope.containsKey(name)) {
            throw QueryError.at(
                    pos, "the variable `" + name + "` is not defined; a pattern as a condition can name nothing new");
        }
    }

    /** Refuses expressions that are known to be neither true nor false. */
    private static void truthful(Expr expr) {
        boolean other = expr instanceof Ast.ListOf
                || expr instanceof Ast.MapOf
                || (expr instanceof Ast.Literal literal
                        && literal.value() != null
                        && !(literal.value() instanceof Boolean));
        if (other) {
            throw QueryError.of("AND, OR, XOR and NOT take what is true or false");
        }
    }

    /** Checks functions of nodes, relations and paths whose argument is a variable of another type. */
    private void kindsOf(Ast.Call call) {
        if (call.arguments().size() != 1 || !(call.arguments().getFirst() instanceof Ast.Variable variable)) {
            return;
        }
        Kind kind = scope.get(variable.name());
        boolean wrong = switch (call.name()) {
            case "length" -> kind == Kind.NODE || kind == Kind.REL;
            case "type", "startnode", "endnode" -> kind == Kind.NODE || kind == Kind.PATH;
            case "labels" -> kind == Kind.REL || kind == Kind.PATH;
            case "size" -> kind == Kind.PATH || kind == Kind.NODE || kind == Kind.REL;
            case "nodes", "relationships" -> kind == Kind.NODE || kind == Kind.REL;
            default -> false;
        };
        if (wrong) {
            throw QueryError.at(call.pos(), call.name() + "() cannot take `" + variable.name() + "`");
        }
    }

    private void within(String name, @Nullable Expr filter, @Nullable Expr result) {
        Map<String, Kind> kept = scope;
        scope = new LinkedHashMap<>(scope);
        scope.put(name, Kind.VALUE);
        condition(filter);
        check(result, false);
        scope = kept;
    }

    private void patterns(List<Chain> patterns, @Nullable Expr where, @Nullable Expr result) {
        Map<String, Kind> kept = scope;
        scope = new LinkedHashMap<>(scope);
        Map<String, Kind> before = Map.copyOf(scope);
        patterns.forEach(chain -> define(chain, before));
        patterns.forEach(this::patternValues);
        condition(where);
        check(result, false);
        scope = kept;
    }

    /** Traversal of expression trees. */
    static final class Trees {
        private Trees() {}

        static void children(Expr expr, Consumer<Expr> to) {
            var all = new ArrayList<@Nullable Expr>();
            switch (expr) {
                case Ast.Literal _, Ast.Parameter _, Ast.Variable _, Ast.CountAll _ -> {}
                case Ast.Property property -> all.add(property.of());
                case Ast.Element element -> all.addAll(List.of(element.of(), element.at()));
                case Ast.Slice slice -> {
                    all.add(slice.of());
                    all.add(slice.from());
                    all.add(slice.to());
                }
                case Ast.HasLabels has -> all.add(has.of());
                case Ast.ListOf list -> all.addAll(list.elements());
                case Ast.MapOf map -> all.addAll(map.entries().values());
                case Ast.Not not -> all.add(not.of());
                case Ast.Logic logic -> all.addAll(List.of(logic.left(), logic.right()));
                case Ast.Comparison comparison -> all.addAll(comparison.operands());
                case Ast.Arithmetic sum -> all.addAll(List.of(sum.left(), sum.right()));
                case Ast.Negation negation -> all.add(negation.of());
                case Ast.TextTest test -> all.addAll(List.of(test.left(), test.right()));
                case Ast.In in -> all.addAll(List.of(in.element(), in.list()));
                case Ast.IsNull isNull -> all.add(isNull.of());
                case Ast.Case choice -> {
                    all.add(choice.subject());
                    all.addAll(choice.conditions());
                    all.addAll(choice.results());
                    all.add(choice.otherwise());
                }
                case Ast.Call call -> all.addAll(call.arguments());
                case Ast.Comprehension each -> {
                    all.add(each.list());
                    all.add(each.filter());
                    all.add(each.result());
                }
                case Ast.Quantified quantified -> {
                    all.add(quantified.list());
                    all.add(quantified.filter());
                }
                case Ast.PatternTest test -> all.add(test.where());
                case Ast.QueryTest _ -> {}
                case Ast.PatternComprehension each -> {
                    all.add(each.filter());
                    all.add(each.result());
                }
            }
            for (Expr child : all) {
                if (child != null) {
                    to.accept(child);
                }
            }
        }

        static void variables(Expr expr, Set<String> to) {
            if (expr instanceof Ast.Variable variable) {
                to.add(variable.name());
            }
            children(expr, child -> variables(child, to));
        }
    }
}
