package dev.stele.graph.cypher;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arithmetic of the query language: numbers, and concatenation of texts and lists. Stateless. */
final class Arithmetic {

    private Arithmetic() {}

    static @Nullable Object apply(String operator, @Nullable Object a, @Nullable Object b) {
        if (a == null || b == null) {
            return null;
        }
        if (operator.equals("+")) {
            if (a instanceof List<?> || b instanceof List<?>) {
                var joined = new ArrayList<@Nullable Object>();
                joined.addAll(a instanceof List<?> list ? list : List.of(a));
                joined.addAll(b instanceof List<?> list ? list : List.of(b));
                return joined;
            }
            if (a instanceof String || b instanceof String) {
                return text(a) + text(b);
            }
        }
        if (!(a instanceof Number x)
                || !(b instanceof Number y)
                || a instanceof BigInteger
                || b instanceof BigInteger) {
            throw QueryError.of("%s cannot be applied to %s and %s"
                    .formatted(operator, ValueComparator.kind(a), ValueComparator.kind(b)));
        }
        try {
            return a instanceof Long i && b instanceof Long j && !operator.equals("^")
                    ? whole(operator, i, j)
                    : (Object) real(operator, x.doubleValue(), y.doubleValue());
        } catch (ArithmeticException e) {
            throw QueryError.of("%s %s %s: %s".formatted(a, operator, b, e.getMessage()));
        }
    }

    private static String text(Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            return String.valueOf(value);
        }
        throw QueryError.of("+ cannot be applied to a text and " + ValueComparator.kind(value));
    }

    private static Object whole(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "/" -> a / b;
            case "%" -> a % b;
            default -> throw new IllegalStateException("no operator " + operator);
        };
    }

    private static double real(String operator, double a, double b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "%" -> a % b;
            case "^" -> Math.pow(a, b);
            default -> throw new IllegalStateException("no operator " + operator);
        };
    }

    static @Nullable Object negate(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Long whole -> Math.negateExact(whole);
            case Double real -> -real;
            default -> throw QueryError.of("- cannot be applied to " + ValueComparator.kind(value));
        };
    }
}
