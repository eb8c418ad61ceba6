package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import dev.stele.graph.cypher.Elements.Way;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Comparison of values. Equality and comparison operators are three-valued: null means unknown. The order used for
 * sorting and grouping is total. Stateless.
 */
final class ValueComparator {

    /** Total order, ascending: maps, nodes, relations, lists, paths, texts, truth values, numbers, null. */
    static final Comparator<@Nullable Object> ORDER = ValueComparator::order;

    private ValueComparator() {}

    /** Returns whether two values are equal; null if a null makes the answer unknown. */
    static @Nullable Boolean equal(@Nullable Object a, @Nullable Object b) {
        if (a == null || b == null) {
            return null;
        }
        return switch (a) {
            case Number x when b instanceof Number y -> sameNumber(x, y);
            case List<?> x when b instanceof List<?> y -> equalLists(x, y);
            case Map<?, ?> x when b instanceof Map<?, ?> y -> equalMaps(x, y);
            default -> a.equals(b);
        };
    }

    private static boolean sameNumber(Number a, Number b) {
        return (isWhole(a) && isWhole(b)) ? a.equals(b) : a.doubleValue() == b.doubleValue();
    }

    /** Returns whether a number is an integer: a {@code Long}, or a {@link BigInteger} beyond 64 bits. */
    private static boolean isWhole(Number number) {
        return number instanceof Long || number instanceof BigInteger;
    }

    private static @Nullable Boolean equalLists(List<?> a, List<?> b) {
        if (a.size() != b.size()) {
            return false;
        }
        Boolean all = true;
        for (int i = 0; i < a.size(); i++) {
            Boolean one = equal(a.get(i), b.get(i));
            if (Boolean.FALSE.equals(one)) {
                return false;
            }
            all = one == null ? null : all;
        }
        return all;
    }

    private static @Nullable Boolean equalMaps(Map<?, ?> a, Map<?, ?> b) {
        if (!a.keySet().equals(b.keySet())) {
            return false;
        }
        Boolean all = true;
        for (Map.Entry<?, ?> entry : a.entrySet()) {
            Boolean one = equal(entry.getValue(), b.get(entry.getKey()));
            if (Boolean.FALSE.equals(one)) {
                return false;
            }
            all = one == null ? null : all;
        }
        return all;
    }

    /** Returns the result of a comparison operator; null if the values are not comparable. */
    static @Nullable Boolean compare(String operator, @Nullable Object a, @Nullable Object b) {
        if (operator.equals("=")) {
            return equal(a, b);
        }
        if (operator.equals("<>")) {
            Boolean same = equal(a, b);
            return same == null ? null : (Boolean) !same;
        }
        if (a == null || b == null) {
            return null;
        }
        if (a instanceof Number x && b instanceof Number y) {
            if (Double.isNaN(x.doubleValue()) || Double.isNaN(y.doubleValue())) {
                return false;
            }
            return holds(operator, numbers(x, y));
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return compareLists(operator, x, y);
        }
        boolean comparable =
                (a instanceof String && b instanceof String) || (a instanceof Boolean && b instanceof Boolean);
        return comparable ? holds(operator, order(a, b)) : null;
    }

    private static @Nullable Boolean compareLists(String operator, List<?> a, List<?> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            Boolean same = equal(a.get(i), b.get(i));
            if (same == null) {
                return null;
            }
            if (!same) {
                return compare(operator, a.get(i), b.get(i));
            }
        }
        return holds(operator, Integer.compare(a.size(), b.size()));
    }

    private static Boolean holds(String operator, int order) {
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            case ">=" -> order >= 0;
            default -> throw new IllegalStateException("no comparison " + operator);
        };
    }

    private static int numbers(Number a, Number b) {
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        return (isWhole(a) && isWhole(b))
                ? new BigInteger(a.toString()).compareTo(new BigInteger(b.toString()))
                : Double.compare(a.doubleValue(), b.doubleValue());
    }

    private static int rank(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> _ -> 0;
            case Node _ -> 1;
            case Rel _ -> 2;
            case List<?> _ -> 3;
            case Way _ -> 4;
            case String _ -> 5;
            case Boolean _ -> 6;
            case Number n -> Double.isNaN(n.doubleValue()) ? 8 : 7;
            case null -> 9;
            default -> throw new IllegalStateException("no order for " + value.getClass());
        };
    }

    private static int order(@Nullable Object a, @Nullable Object b) {
        int byRank = Integer.compare(rank(a), rank(b));
        if (byRank != 0 || a == null || b == null) {
            return byRank;
        }
        return switch (a) {
            case Number x -> numbers(x, (Number) b);
            case String x -> byCodePoints(x, (String) b);
            case Boolean x -> Boolean.compare(x, (Boolean) b);
            case Node x -> Long.compare(x.number(), ((Node) b).number());
            case Rel x -> Long.compare(x.edge().number(), ((Rel) b).edge().number());
            case Way x -> order(x.alternating(), ((Way) b).alternating());
            case List<?> x -> orderLists(x, (List<?>) b);
            case Map<?, ?> x -> orderMaps(x, (Map<?, ?>) b);
            default -> throw new IllegalStateException("no order for " + a.getClass());
        };
    }

    private static int byCodePoints(String a, String b) {
        return java.util.Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    }

    private static int orderLists(List<?> a, List<?> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int one = order(a.get(i), b.get(i));
            if (one != 0) {
                return one;
            }
        }
        return Integer.compare(a.size(), b.size());
    }

    private static int orderMaps(Map<?, ?> a, Map<?, ?> b) {
        var left = new TreeMap<String, @Nullable Object>();
        a.forEach((key, value) -> left.put(String.valueOf(key), value));
        var right = new TreeMap<String, @Nullable Object>();
        b.forEach((key, value) -> right.put(String.valueOf(key), value));
        int byKeys = orderLists(new ArrayList<>(left.keySet()), new ArrayList<>(right.keySet()));
        return byKeys != 0 ? byKeys : orderLists(new ArrayList<>(left.values()), new ArrayList<>(right.values()));
    }

    /** Returns a grouping key; values that are equal in the total order have equal keys. */
    static Object key(@Nullable Object value) {
        return switch (value) {
            case null -> Missing.NULL;
            case Double d when d == Math.rint(d) && Math.abs(d) < 9e15 -> (Object) d.longValue();
            case List<?> list -> {
                var keys = new ArrayList<Object>();
                list.forEach(element -> keys.add(key(element)));
                yield keys;
            }
            case Map<?, ?> map -> {
                var keys = new HashMap<Object, Object>();
                map.forEach((name, element) -> keys.put(Objects.requireNonNull(name), key(element)));
                yield keys;
            }
            default -> value;
        };
    }

    private enum Missing {
        NULL
    }

    /** Returns the name of a type in error messages. */
    static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Boolean _ -> "a truth value";
            case Long _ -> "an integer";
            case BigInteger _ -> "an integer beyond 64 bits";
            case Double _ -> "a float";
            case String _ -> "a text";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a map";
            case Node _ -> "a node";
            case Rel _ -> "a relationship";
            case Way _ -> "a path";
            default -> value.getClass().getSimpleName();
        };
    }
}
