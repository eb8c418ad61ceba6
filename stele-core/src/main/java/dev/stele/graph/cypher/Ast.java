package dev.stele.graph.cypher;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Abstract syntax tree of a query. All nodes are immutable; nodes are equal if their contents are equal, wherever they
 * stand in the text.
 */
final class Ast {

    private Ast() {}

    /** Position in the text of the query. All positions are equal, so that trees are compared by content. */
    record Pos(int line, int column) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Pos;
        }

        @Override
        public int hashCode() {
            return 0;
        }
    }

    // ---- clauses

    /** @param all whether UNION keeps duplicate rows */
    record Query(List<Single> parts, boolean all) {}

    record Single(List<Clause> clauses) {}

    sealed interface Clause {
        Pos pos();
    }

    record Match(
            Pos pos,
            boolean optional,
            List<Chain> patterns,
            @Nullable Expr where) implements Clause {}

    record Unwind(Pos pos, Expr list, String name) implements Clause {}

    /** @param last true for RETURN, false for WITH */
    record Project(
            Pos pos,
            boolean last,
            boolean distinct,
            boolean star,
            List<Item> items,
            List<Sort> order,
            @Nullable Expr skip,
            @Nullable Expr limit,
            @Nullable Expr where)
            implements Clause {}

    /** @param named whether the query names the column; otherwise the name is the text of the expression */
    record Item(Expr value, String name, boolean named, Pos pos) {}

    record Sort(Expr by, boolean descending) {}

    // ---- patterns

    /** @param edges relation patterns, one fewer than nodes */
    record Chain(@Nullable String path, List<NodePattern> nodes, List<EdgePattern> edges) {}

    record NodePattern(
            Pos pos,
            @Nullable String name,
            List<String> labels,
            @Nullable Expr properties) {}

    /** @param range range of the number of relations; empty for exactly one */
    record EdgePattern(
            Pos pos,
            @Nullable String name,
            List<String> types,
            @Nullable Range range,
            @Nullable Expr properties,
            boolean left,
            boolean right) {}

    /** @param to maximum number of relations, inclusive; null for no maximum */
    record Range(long from, @Nullable Long to) {}

    // ---- expressions

    sealed interface Expr {}

    record Literal(@Nullable Object value) implements Expr {}

    record Parameter(String name, Pos pos) implements Expr {}

    record Variable(String name, Pos pos) implements Expr {}

    record Property(Expr of, String key) implements Expr {}

    record Element(Expr of, Expr at) implements Expr {}

    record Slice(Expr of, @Nullable Expr from, @Nullable Expr to) implements Expr {}

    record HasLabels(Expr of, List<String> labels) implements Expr {}

    record ListOf(List<Expr> elements) implements Expr {}

    record MapOf(Map<String, Expr> entries) implements Expr {}

    record Not(Expr of) implements Expr {}

    /** @param operator OR, XOR or AND */
    record Logic(String operator, Expr left, Expr right) implements Expr {}

    /** Chain of comparisons such as {@code a < b <= c}: each operand is compared with the next one. */
    record Comparison(List<Expr> operands, List<String> operators) implements Expr {}

    /** @param operator + - * / % ^ */
    record Arithmetic(String operator, Expr left, Expr right, Pos pos) implements Expr {}

    record Negation(Expr of, Pos pos) implements Expr {}

    /** @param operator STARTS, ENDS, CONTAINS or =~ */
    record TextTest(String operator, Expr left, Expr right) implements Expr {}

    record In(Expr element, Expr list, Pos pos) implements Expr {}

    record IsNull(Expr of, boolean not) implements Expr {}

    record Case(
            @Nullable Expr subject,
            List<Expr> conditions,
            List<Expr> results,
            @Nullable Expr otherwise) implements Expr {}

    record CountAll() implements Expr {}

    record Call(String name, boolean distinct, List<Expr> arguments, Pos pos) implements Expr {}

    record Comprehension(
            String name,
            Expr list,
            @Nullable Expr filter,
            @Nullable Expr result) implements Expr {}

    /** @param kind all, any, none or single */
    record Quantified(
            String kind, String name, Expr list, @Nullable Expr filter) implements Expr {}

    /**
     * @param whole true for an EXISTS expression, whose pattern may name new variables; false for a pattern used as a
     *     condition
     */
    record PatternTest(List<Chain> patterns, @Nullable Expr where, boolean whole, Pos pos) implements Expr {}

    /** Test whether a subquery yields any row. */
    record QueryTest(Single query, Pos pos) implements Expr {}

    record PatternComprehension(Chain pattern, @Nullable Expr filter, Expr result, Pos pos) implements Expr {}
}
