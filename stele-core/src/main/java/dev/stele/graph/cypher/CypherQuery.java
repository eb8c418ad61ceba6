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
 * A query in openCypher that reads a graph. Nodes are entities, with their type as label and their attributes as properties beside
 * {@code id}, {@code name}, {@code type}, {@code aliases}, {@code observations}, {@code createdAt} and {@code updatedAt};
 * relationships are relations, with their attributes beside {@code id}, {@code weight}, {@code fact}, {@code validFrom},
 * {@code validTo} and {@code recordedAt}. Nothing in the language can write. Immutable and thread-safe.
 */
public final class CypherQuery {

    private static final int LONGEST = 64 * 1024;

    private final Ast.Query query;
    private final List<String> columns;

    private CypherQuery(Ast.Query query, List<String> columns) {
        this.query = query;
        this.columns = columns;
    }

    /**
     * Reads and checks a query.
     *
     * @throws InvalidInputException if it is no query of this language; the message says at which line and column
     * @throws LimitExceededException if it is nested too deeply
     */
    public static CypherQuery parse(String text) {
        if (text.isBlank()) {
            throw new InvalidInputException("The query is blank; begin with MATCH or RETURN.");
        }
        if (text.length() > LONGEST) {
            throw new InvalidInputException(
                    "The query has %d characters; at most %d are taken.".formatted(text.length(), LONGEST));
        }
        try {
            Ast.Query query = AstBuilder.parse(text);
            return new CypherQuery(query, SemanticChecker.columns(query));
        } catch (StackOverflowError e) {
            throw tooDeep();
        }
    }

    /** Names of the columns of its answer. */
    public List<String> columns() {
        return columns;
    }

    /**
     * Runs it.
     *
     * @param parameters values of what the query names by {@code $}: texts, numbers, truth values, lists and maps
     * @throws InvalidInputException if a value is of the wrong kind somewhere
     * @throws LimitExceededException if it takes too long, or looks at or holds too much
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

    /** Trees are flat by now; this is of values that a query made of themselves, clause by clause. */
    private static LimitExceededException tooDeep() {
        return new LimitExceededException(
                "The query, or a value that it makes, is nested too deeply; make it flatter.");
    }

    /** Rows of values as the query holds them. */
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
