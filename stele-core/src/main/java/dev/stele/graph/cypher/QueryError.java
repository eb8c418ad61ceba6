package dev.stele.graph.cypher;

import dev.stele.model.InvalidInputException;

/** Factory of query errors, which contain the position in the text of the query. Stateless. */
final class QueryError {

    private QueryError() {}

    static InvalidInputException at(Ast.Pos pos, String what) {
        return at(pos.line(), pos.column(), what);
    }

    static InvalidInputException at(int line, int column, String what) {
        return new InvalidInputException("Line %d, column %d of the query: %s".formatted(line, column, what));
    }

    static InvalidInputException of(String what) {
        return new InvalidInputException("The query failed: " + what);
    }
}
