package dev.stele.spring.ai;

import dev.stele.model.InvalidInputException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.vectorstore.filter.Filter;

/**
 * Evaluation of filter expressions on the metadata of a document. Numbers of different types compare by their values.
 *
 * <p>A comparison by order with a missing value, or between values that have no order such as a text and a number, is
 * false. Values that have no order are unequal. If the value of a document is a list, it equals a value that it contains
 * or an equal list.
 */
final class FilterEvaluator {

    private FilterEvaluator() {}

    /**
     * Returns a filter expression as a predicate.
     *
     * @throws InvalidInputException if an operand is missing or of the wrong kind
     */
    static Predicate<Map<String, @Nullable Object>> predicate(Filter.Operand operand) {
        return switch (operand) {
            case Filter.Group group -> predicate(group.content());
            case Filter.Expression expression -> predicate(expression);
            default -> throw new InvalidInputException("The filter has " + operand + " where it needs a condition.");
        };
    }

    private static Predicate<Map<String, @Nullable Object>> predicate(Filter.Expression expression) {
        return switch (expression.type()) {
            case AND -> predicate(expression.left()).and(predicate(right(expression)));
            case OR -> predicate(expression.left()).or(predicate(right(expression)));
            case NOT -> predicate(expression.left()).negate();
            case EQ -> condition(expression, FilterEvaluator::isEqual);
            case NE -> condition(expression, FilterEvaluator::isEqual).negate();
            case GT -> condition(expression, (stored, value) -> isOrdered(stored, value, 1, 1));
            case GTE -> condition(expression, (stored, value) -> isOrdered(stored, value, 0, 1));
            case LT -> condition(expression, (stored, value) -> isOrdered(stored, value, -1, -1));
            case LTE -> condition(expression, (stored, value) -> isOrdered(stored, value, -1, 0));
            case IN -> condition(expression, FilterEvaluator::isIn);
            case NIN -> condition(expression, FilterEvaluator::isIn).negate();
            case ISNULL -> {
                String key = key(expression);
                yield metadata -> metadata.get(key) == null;
            }
            case ISNOTNULL -> {
                String key = key(expression);
                yield metadata -> metadata.get(key) != null;
            }
        };
    }

    private interface Condition {
        boolean test(@Nullable Object stored, @Nullable Object value);
    }

    private static Predicate<Map<String, @Nullable Object>> condition(
            Filter.Expression expression, Condition condition) {
        String key = key(expression);
        if (!(right(expression) instanceof Filter.Value operand)) {
            throw new InvalidInputException("The filter compares \"" + key + "\" with something that is no value.");
        }
        Object value = Values.toJson(operand.value());
        return metadata -> condition.test(metadata.get(key), value);
    }

    private static Filter.Operand right(Filter.Expression expression) {
        Filter.Operand right = expression.right();
        if (right == null) {
            throw new InvalidInputException("The filter has " + expression.type() + " without a right side.");
        }
        return right;
    }

    private static String key(Filter.Expression expression) {
        if (!(expression.left() instanceof Filter.Key key)) {
            throw new InvalidInputException(
                    "The filter has " + expression.type() + " without the name of a field on its left side.");
        }
        String name = key.key();
        boolean quoted = name.length() >= 2
                && (name.startsWith("\"") || name.startsWith("'"))
                && name.charAt(name.length() - 1) == name.charAt(0);
        return quoted ? name.substring(1, name.length() - 1) : name;
    }

    private static boolean isIn(@Nullable Object stored, @Nullable Object value) {
        return value instanceof List<?> values
                ? values.stream().anyMatch(element -> isEqual(stored, element))
                : isEqual(stored, value);
    }

    private static boolean isEqual(@Nullable Object stored, @Nullable Object value) {
        if (stored instanceof List<?> elements && !(value instanceof List<?>)) {
            return elements.stream().anyMatch(element -> isEqual(element, value));
        }
        if (stored instanceof Number a && value instanceof Number b) {
            return compare(a, b) == 0;
        }
        return stored == null ? value == null : stored.equals(value);
    }

    private static boolean isOrdered(@Nullable Object stored, @Nullable Object value, int from, int to) {
        int order;
        if (stored instanceof Number a && value instanceof Number b) {
            order = compare(a, b);
        } else if (stored instanceof String a && value instanceof String b) {
            order = a.compareTo(b);
        } else if (stored instanceof Boolean a && value instanceof Boolean b) {
            order = a.compareTo(b);
        } else {
            return false;
        }
        return Integer.signum(order) >= from && Integer.signum(order) <= to;
    }

    private static int compare(Number a, Number b) {
        return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString()));
    }
}
