package dev.stele.graph.cypher;

import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Read-only openCypher query over a graph. Nodes are entities, with their type as label and their attributes as
 * properties in addition to {@code id}, {@code name}, {@code type}, {@code aliases}, {@code observations}, {@code
 * created_at} and {@code updated_at}. Relationships are relations, with their attributes in addition to {@code id},
 * {@code weight}, {@code fact}, {@code valid_from}, {@code valid_to} and {@code recorded_at}. The language has no
 * clause that writes. Immutable and thread-safe.
 */
public final class CypherQuery {

    /** Maximum length of a query in UTF-16 chars. */
    private static final int MAX_QUERY_LENGTH = 64 * 1024;

    private final Ast.Query query;
    private final List<String> columns;

    private CypherQuery(Ast.Query query, List<String> columns) {
        this.query = query;
        this.columns = columns;
    }

    /**
     * Parses and checks a query.
     *
     * @param text text of the query
     * @return checked query
     * @throws InvalidInputException if the text is not a valid query; the message contains line and column
     * @throws LimitExceededException if the query is nested too deeply
     */
    public static CypherQuery parse(String text) {
        if (text.isBlank()) {
            throw new InvalidInputException("The query is blank; begin with MATCH or RETURN.");
        }
        if (text.length() > MAX_QUERY_LENGTH) {
            throw new InvalidInputException(
                    "The query has %d characters; at most %d are taken.".formatted(text.length(), MAX_QUERY_LENGTH));
        }
        try {
            Ast.Query query = AstBuilder.parse(text);
            return new CypherQuery(query, SemanticChecker.columns(query));
        } catch (StackOverflowError e) {
            throw tooDeep();
        }
    }

    /** Returns the names of the result columns. */
    public List<String> columns() {
        return columns;
    }

    /**
     * Runs the query.
     *
     * @param graph view of the graph
     * @param scope validity and record times of the visible relations and entities
     * @param limits limits of the query
     * @param parameters values of the {@code $} parameters: texts, numbers, truth values, lists and maps
     * @return rows of the result
     * @throws InvalidInputException if an operation gets a value of the wrong type
     * @throws LimitExceededException if the query takes too long, or reads or creates too much
     */
    public QueryResult run(
            GraphView graph, GraphScope scope, GraphLimits limits, Map<String, ? extends @Nullable Object> parameters) {
        var access = new GraphAccess(graph, scope, limits);
        try {
            return QueryResult.of(columns, rows(access, parameters), access);
        } catch (StackOverflowError e) {
            throw tooDeep();
        }
    }

    /**
     * Returns the error for deep nesting. The tree itself is checked when parsed; this case concerns values that a
     * query nests clause by clause.
     */
    private static LimitExceededException tooDeep() {
        return new LimitExceededException(
                "The query, or a value that it makes, is nested too deeply; make it flatter.");
    }

    /** Returns the result with the values as the query holds them. */
    List<List<@Nullable Object>> rows(GraphAccess access, Map<String, ? extends @Nullable Object> parameters) {
        var evaluator = new Evaluator(access, parameters);
        var rows = new ArrayList<List<@Nullable Object>>();
        Set<Object> seen = new HashSet<>();
        for (Ast.Single part : query.parts()) {
            for (Row row : new ClauseExecutor(evaluator).run(part, Row.EMPTY, List.of())) {
                List<@Nullable Object> values = row.values(columns);
                if (query.parts().size() == 1 || query.all() || seen.add(access.key(values))) {
                    rows.add(values);
                }
            }
            access.checkRows(rows.size());
        }
        return rows;
    }
}
