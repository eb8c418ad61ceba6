package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Ast.Chain;
import dev.stele.graph.cypher.Ast.Clause;
import dev.stele.graph.cypher.Ast.EdgePattern;
import dev.stele.graph.cypher.Ast.Expr;
import dev.stele.graph.cypher.Ast.Item;
import dev.stele.graph.cypher.Ast.NodePattern;
import dev.stele.graph.cypher.Ast.Pos;
import dev.stele.graph.cypher.Ast.Query;
import dev.stele.graph.cypher.Ast.Range;
import dev.stele.graph.cypher.Ast.Single;
import dev.stele.graph.cypher.Ast.Sort;
import dev.stele.graph.cypher.grammar.CypherLexer;
import dev.stele.graph.cypher.grammar.CypherParser;
import dev.stele.graph.cypher.grammar.CypherParser.AtomContext;
import dev.stele.graph.cypher.grammar.CypherParser.ExpressionContext;
import dev.stele.model.LimitExceededException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.antlr.v4.runtime.tree.ErrorNode;
import org.antlr.v4.runtime.tree.ParseTreeListener;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/** Parser that converts the text of a query to its syntax tree. */
final class AstBuilder {

    /** Maximum nesting depth of brackets; deeper nesting is beyond practical use and would overflow the stack. */
    private static final int MAX_DEPTH = 150;

    /** Maximum nesting depth of grammar rules; one bracket takes about twelve rules. */
    private static final int MAX_RULE_DEPTH = 16 * MAX_DEPTH;

    private int depth;

    private AstBuilder() {}

    static Query parse(String text) {
        checkNesting(text);
        var complaints = new BaseErrorListener() {
            @Override
            public void syntaxError(
                    Recognizer<?, ?> recognizer,
                    @Nullable Object symbol,
                    int line,
                    int column,
                    String message,
                    @Nullable RecognitionException e) {
                throw QueryError.at(line, column + 1, message);
            }
        };
        var lexer = new CypherLexer(CharStreams.fromString(text));
        lexer.removeErrorListeners();
        lexer.addErrorListener(complaints);
        var parser = new CypherParser(new CommonTokenStream(lexer));
        parser.removeErrorListeners();
        parser.addErrorListener(complaints);
        parser.addParseListener(new Depth());
        return new AstBuilder().query(parser.query());
    }

    /**
     * Listener that limits the depth of nested rules. The parser needs stack for each nested rule, and some rules nest
     * without brackets.
     */
    private static final class Depth implements ParseTreeListener {
        private int rules;

        @Override
        public void enterEveryRule(ParserRuleContext rule) {
            if (++rules > MAX_RULE_DEPTH) {
                throw tooDeep();
            }
        }

        @Override
        public void exitEveryRule(ParserRuleContext rule) {
            rules--;
        }

        @Override
        public void visitTerminal(TerminalNode node) {}

        @Override
        public void visitErrorNode(ErrorNode node) {}
    }

    private static void checkNesting(String text) {
        int open = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '(' || c == '[' || c == '{') {
                open++;
            } else if (c == ')' || c == ']' || c == '}') {
                open--;
            }
            if (open > MAX_DEPTH) {
                throw new LimitExceededException(
                        "The query has more than %d brackets within each other; write it flatter."
                                .formatted(MAX_DEPTH));
            }
        }
    }

    private static Pos pos(ParserRuleContext at) {
        return pos(at.getStart());
    }

    private static Pos pos(Token at) {
        return new Pos(at.getLine(), at.getCharPositionInLine() + 1);
    }

    private Query query(CypherParser.QueryContext query) {
        boolean all = !query.ALL().isEmpty();
        if (all && query.ALL().size() != query.UNION().size()) {
            throw QueryError.at(pos(query), "UNION and UNION ALL cannot be mixed");
        }
        return new Query(query.single().stream().map(this::single).toList(), all);
    }

    private Single single(CypherParser.SingleContext single) {
        return new Single(single.clause().stream().map(this::clause).toList());
    }

    private Clause clause(CypherParser.ClauseContext clause) {
        return switch (clause) {
            case CypherParser.MatchContext match ->
                new Ast.Match(
                        pos(match),
                        match.OPTIONAL() != null,
                        match.pattern().stream().map(this::chain).toList(),
                        where(match.where()));
            case CypherParser.UnwindContext unwind ->
                new Ast.Unwind(pos(unwind), expression(unwind.expression()), name(unwind.name()));
            case CypherParser.WithContext with -> project(pos(with), false, with.projection(), where(with.where()));
            case CypherParser.ReturnContext back -> project(pos(back), true, back.projection(), null);
            default -> throw new IllegalStateException("no such clause: " + clause.getText());
        };
    }

    private @Nullable Expr where(CypherParser.@Nullable WhereContext where) {
        return where == null ? null : expression(where.expression());
    }

    private Ast.Project project(
            Pos pos, boolean last, CypherParser.ProjectionContext projection, @Nullable Expr where) {
        var sorts = new ArrayList<Sort>();
        if (projection.order() != null) {
            for (CypherParser.SortContext sort : projection.order().sort()) {
                boolean descending = sort.direction != null
                        && sort.direction.getText().toLowerCase(Locale.ROOT).startsWith("desc");
                sorts.add(new Sort(expression(sort.expression()), descending));
            }
        }
        return new Ast.Project(
                pos,
                last,
                projection.DISTINCT() != null,
                projection.all != null,
                projection.item().stream().map(this::item).toList(),
                sorts,
                projection.skip_() == null
                        ? null
                        : expression(projection.skip_().expression()),
                projection.limit_() == null
                        ? null
                        : expression(projection.limit_().expression()),
                where);
    }

    private Item item(CypherParser.ItemContext item) {
        String own = text(item.expression());
        return new Item(
                expression(item.expression()),
                item.name() == null ? own : name(item.name()),
                item.name() != null,
                pos(item));
    }

    /** Returns the original text of a part of the query. */
    private static String text(ParserRuleContext part) {
        Token start = part.getStart();
        return start.getInputStream()
                .getText(Interval.of(start.getStartIndex(), part.getStop().getStopIndex()));
    }

    private static String name(CypherParser.NameContext name) {
        String text = name.getText();
        return name.QUOTED() == null
                ? text
                : text.substring(1, text.length() - 1).replace("``", "`");
    }

    private static String key(CypherParser.KeyContext key) {
        return key.name() == null ? key.getText() : name(key.name());
    }

    private static @Nullable String optional(CypherParser.@Nullable NameContext name) {
        return name == null ? null : name(name);
    }

    private Chain chain(CypherParser.PatternContext pattern) {
        Chain chain = chain(pattern.chain());
        return new Chain(optional(pattern.name()), chain.nodes(), chain.edges());
    }

    private Chain chain(CypherParser.ChainContext chain) {
        return chain.chain() == null ? chain(chain.node(), chain.edge()) : chain(chain.chain());
    }

    private Chain chain(List<CypherParser.NodeContext> nodes, List<CypherParser.EdgeContext> edges) {
        return new Chain(
                null,
                nodes.stream().map(this::node).toList(),
                edges.stream().map(this::edge).toList());
    }

    private NodePattern node(CypherParser.NodeContext node) {
        return new NodePattern(pos(node), optional(node.name()), labels(node.labels()), properties(node.properties()));
    }

    private static List<String> labels(CypherParser.@Nullable LabelsContext labels) {
        return labels == null
                ? List.of()
                : labels.key().stream().map(AstBuilder::key).toList();
    }

    private @Nullable Expr properties(CypherParser.@Nullable PropertiesContext properties) {
        return properties == null ? null : map(properties.map());
    }

    private EdgePattern edge(CypherParser.EdgeContext edge) {
        CypherParser.DetailContext detail = edge.detail();
        boolean left = edge.left != null;
        boolean right = edge.right != null;
        if (detail == null) {
            return new EdgePattern(pos(edge), null, List.of(), null, null, left, right);
        }
        return new EdgePattern(
                pos(edge),
                optional(detail.name()),
                detail.types() == null
                        ? List.of()
                        : detail.types().key().stream().map(AstBuilder::key).toList(),
                range(detail.range()),
                properties(detail.properties()),
                left,
                right);
    }

    private static @Nullable Range range(CypherParser.@Nullable RangeContext range) {
        if (range == null) {
            return null;
        }
        long from = range.from == null ? 1 : integer(range.from);
        Long to = range.to != null
                ? (Long) integer(range.to)
                : range.from != null && range.dots == null ? (Long) from : null;
        return new Range(from, to);
    }

    /**
     * Enters a number of tree levels, because every traversal of the tree needs stack per level. The caller subtracts
     * the levels afterwards.
     */
    private void deeper(int levels) {
        depth += levels;
        if (depth > 4 * MAX_DEPTH) {
            throw tooDeep();
        }
    }

    private static LimitExceededException tooDeep() {
        return new LimitExceededException("The query's expressions are nested too deeply; write it flatter.");
    }

    private Expr expression(ExpressionContext expression) {
        deeper(1);
        Expr tree = switch (expression) {
            case CypherParser.OrContext or -> logic("OR", or.expression());
            case CypherParser.XorContext xor -> logic("XOR", xor.expression());
            case CypherParser.AndContext and -> logic("AND", and.expression());
            case CypherParser.NotContext not -> new Ast.Not(expression(not.expression()));
            case CypherParser.ComparedContext compared -> comparison(compared.comparison());
            default -> throw new IllegalStateException("no such expression: " + expression.getText());
        };
        depth--;
        return tree;
    }

    private Expr logic(String operator, List<ExpressionContext> operands) {
        return new Ast.Logic(operator, expression(operands.get(0)), expression(operands.get(1)));
    }

    private Expr comparison(CypherParser.ComparisonContext comparison) {
        if (comparison.operator.isEmpty()) {
            return predicated(comparison.predicated(0));
        }
        return new Ast.Comparison(
                comparison.predicated().stream().map(this::predicated).toList(),
                comparison.operator.stream().map(Token::getText).toList());
    }

    private Expr predicated(CypherParser.PredicatedContext predicated) {
        int levels = predicated.test().size();
        deeper(levels);
        Expr of = sum(predicated.sum());
        for (CypherParser.TestContext test : predicated.test()) {
            of = switch (test) {
                case CypherParser.StartsWithContext with -> new Ast.TextTest("STARTS", of, sum(with.sum()));
                case CypherParser.EndsWithContext with -> new Ast.TextTest("ENDS", of, sum(with.sum()));
                case CypherParser.ContainsContext with -> new Ast.TextTest("CONTAINS", of, sum(with.sum()));
                case CypherParser.MatchesContext with -> new Ast.TextTest("=~", of, sum(with.sum()));
                case CypherParser.InContext in -> new Ast.In(of, sum(in.sum()), pos(in));
                case CypherParser.IsNullContext isNull -> new Ast.IsNull(of, isNull.NOT() != null);
                default -> throw new IllegalStateException("no such test: " + test.getText());
            };
        }
        depth -= levels;
        return of;
    }

    private Expr sum(CypherParser.SumContext sum) {
        int levels = sum.operator.size();
        deeper(levels);
        Expr left = product(sum.product(0));
        List<CypherParser.ProductContext> products = sum.product();
        for (int i = 0; i < sum.operator.size(); i++) {
            Token operator = sum.operator.get(i);
            left = new Ast.Arithmetic(operator.getText(), left, product(products.get(i + 1)), pos(operator));
        }
        depth -= levels;
        return left;
    }

    private Expr product(CypherParser.ProductContext product) {
        int levels = product.operator.size();
        deeper(levels);
        Expr left = power(product.power(0));
        List<CypherParser.PowerContext> powers = product.power();
        for (int i = 0; i < product.operator.size(); i++) {
            Token operator = product.operator.get(i);
            left = new Ast.Arithmetic(operator.getText(), left, power(powers.get(i + 1)), pos(operator));
        }
        depth -= levels;
        return left;
    }

    private Expr power(CypherParser.PowerContext power) {
        int levels = power.unary().size() - 1;
        deeper(levels);
        List<CypherParser.UnaryContext> factors = power.unary();
        Expr left = unary(factors.getFirst());
        for (CypherParser.UnaryContext factor : factors.subList(1, factors.size())) {
            left = new Ast.Arithmetic("^", left, unary(factor), pos(power));
        }
        depth -= levels;
        return left;
    }

    private Expr unary(CypherParser.UnaryContext unary) {
        boolean negative = unary.sign != null && unary.sign.getText().equals("-");
        if (negative
                && unary.postfix().access().isEmpty()
                && unary.postfix().atom() instanceof CypherParser.ValueContext value
                && value.literal().INTEGER() != null) {
            return new Ast.Literal(integer(value.literal().INTEGER().getSymbol(), true));
        }
        Expr of = postfix(unary.postfix());
        return negative ? new Ast.Negation(of, pos(unary)) : of;
    }

    private Expr postfix(CypherParser.PostfixContext postfix) {
        int levels = postfix.access().size();
        deeper(levels);
        Expr of = atom(postfix.atom());
        boolean labelTest = false; // in (n:A):B the second label is applied to a truth value, in n:A:B to the node
        for (CypherParser.AccessContext access : postfix.access()) {
            of = switch (access) {
                case CypherParser.PropertyContext property -> new Ast.Property(of, key(property.key()));
                case CypherParser.ElementContext element -> new Ast.Element(of, expression(element.expression()));
                case CypherParser.SliceContext slice ->
                    new Ast.Slice(
                            of,
                            slice.from == null ? null : expression(slice.from),
                            slice.to == null ? null : expression(slice.to));
                case CypherParser.HasLabelContext has -> hasLabel(of, key(has.key()), labelTest);
                default -> throw new IllegalStateException("no such access: " + access.getText());
            };
            labelTest = true;
        }
        depth -= levels;
        return of;
    }

    /** Returns a label test. Consecutive labels are combined to one test. */
    private static Expr hasLabel(Expr of, String label, boolean together) {
        return together && of instanceof Ast.HasLabels has
                ? new Ast.HasLabels(
                        has.of(),
                        Stream.concat(has.labels().stream(), Stream.of(label)).toList())
                : new Ast.HasLabels(of, List.of(label));
    }

    private Expr atom(AtomContext atom) {
        return switch (atom) {
            case CypherParser.ValueContext value -> literal(value.literal());
            case CypherParser.ArgumentContext argument -> parameter(argument.parameter());
            case CypherParser.ChoiceContext choice ->
                new Ast.Case(
                        choice.subject == null ? null : expression(choice.subject),
                        choice.condition.stream().map(this::expression).toList(),
                        choice.result.stream().map(this::expression).toList(),
                        choice.otherwise == null ? null : expression(choice.otherwise));
            case CypherParser.CountAllContext _ -> new Ast.CountAll();
            case CypherParser.ExistsPatternContext exists ->
                new Ast.PatternTest(
                        exists.pattern().stream().map(this::chain).toList(), where(exists.where()), true, pos(exists));
            case CypherParser.ExistsQueryContext exists -> new Ast.QueryTest(single(exists.single()), pos(exists));

            case CypherParser.ComprehensionContext each ->
                new Ast.Comprehension(
                        name(each.name()),
                        expression(each.expression(0)),
                        each.filter == null ? null : expression(each.filter),
                        each.result == null ? null : expression(each.result));
            case CypherParser.PatternComprehensionContext each -> {
                Chain chain = chain(each.chain());
                yield new Ast.PatternComprehension(
                        new Chain(optional(each.name()), chain.nodes(), chain.edges()),
                        each.filter == null ? null : expression(each.filter),
                        expression(each.result),
                        pos(each));
            }
            case CypherParser.QuantifiedContext quantified ->
                new Ast.Quantified(
                        quantified.kind.getText().toLowerCase(Locale.ROOT),
                        name(quantified.name()),
                        expression(quantified.expression()),
                        where(quantified.where()));
            case CypherParser.PatternTestContext test ->
                new Ast.PatternTest(List.of(chain(test.node(), test.edge())), null, false, pos(test));
            case CypherParser.NestedContext nested -> expression(nested.expression());
            case CypherParser.CallContext call ->
                new Ast.Call(
                        name(call.name()).toLowerCase(Locale.ROOT),
                        call.DISTINCT() != null,
                        call.expression().stream().map(this::expression).toList(),
                        pos(call));
            case CypherParser.VariableContext variable -> new Ast.Variable(name(variable.name()), pos(variable));
            default -> throw new IllegalStateException("no such atom: " + atom.getText());
        };
    }

    private static Expr parameter(CypherParser.ParameterContext parameter) {
        return new Ast.Parameter(
                parameter.name() == null ? parameter.INTEGER().getText() : name(parameter.name()), pos(parameter));
    }

    private Expr literal(CypherParser.LiteralContext literal) {
        if (literal.INTEGER() != null) {
            return new Ast.Literal(integer(literal.INTEGER().getSymbol()));
        }
        if (literal.DECIMAL() != null) {
            double value = Double.parseDouble(literal.DECIMAL().getText());
            if (Double.isInfinite(value)) {
                throw QueryError.at(pos(literal), "the number " + literal.getText() + " is too large");
            }
            return new Ast.Literal(value);
        }
        if (literal.STRING() != null) {
            return new Ast.Literal(StringLiterals.unquote(literal.STRING().getText(), pos(literal)));
        }
        if (literal.TRUE() != null || literal.FALSE() != null) {
            return new Ast.Literal(literal.TRUE() != null);
        }
        if (literal.NULL() != null) {
            return new Ast.Literal(null);
        }
        return literal.map() != null
                ? map(literal.map())
                : new Ast.ListOf(
                        literal.expression().stream().map(this::expression).toList());
    }

    private Expr map(CypherParser.MapContext map) {
        var entries = new LinkedHashMap<String, Expr>();
        List<CypherParser.KeyContext> keys = map.key();
        List<ExpressionContext> values = map.expression();
        for (int i = 0; i < keys.size(); i++) {
            entries.put(key(keys.get(i)), expression(values.get(i)));
        }
        return new Ast.MapOf(entries);
    }

    private static long integer(Token token) {
        return integer(token, false);
    }

    private static long integer(Token token, boolean negative) {
        String text = token.getText();
        int radix = text.startsWith("0x") ? 16 : text.startsWith("0o") ? 8 : 10;
        try {
            return Long.parseLong((negative ? "-" : "") + (radix == 10 ? text : text.substring(2)), radix);
        } catch (NumberFormatException e) {
            throw QueryError.at(pos(token), "the number " + text + " is too large");
        }
    }
}
