package dev.stele.graph.cypher;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Accumulator of an aggregate function over the rows of one group. Not thread-safe; each group needs its own instance.
 */
final class Aggregate {

    /** Names of the aggregate functions. */
    static final Set<String> NAMES = Set.of(
            "count", "sum", "avg", "min", "max", "collect", "stdev", "stdevp", "percentilecont", "percentiledisc");

    private final String name;
    private final @Nullable Set<Object> seen;
    private final List<@Nullable Object> values = new ArrayList<>();
    private long count;
    private double percentile;

    Aggregate(String name, boolean distinct) {
        this.name = name;
        this.seen = distinct ? new HashSet<>() : null;
    }

    /** Counts a row regardless of its values. */
    void add() {
        count++;
    }

    /** Adds the value of a row; null is ignored. */
    void add(@Nullable Object value, @Nullable Object argument) {
        if (argument != null) {
            if (!(argument instanceof Number share) || share.doubleValue() < 0 || share.doubleValue() > 1) {
                throw QueryError.of("NumberOutOfRange: a percentile must lie from 0.0 to 1.0");
            }
            percentile = share.doubleValue();
        }
        if (value == null || (seen != null && !seen.add(ValueComparator.key(value)))) {
            return;
        }
        count++;
        if (!name.equals("count")) {
            values.add(value);
        }
    }

    @Nullable
    Object result() {
        return switch (name) {
            case "count" -> count;
            case "collect" -> new ArrayList<>(values);
            case "sum" -> {
                Object sum = 0L;
                for (Object value : values) {
                    sum = Arithmetic.apply("+", sum, number(value));
                }
                yield sum;
            }
            case "avg" -> values.isEmpty() ? null : (Object) mean();
            case "min" -> values.stream().min(ValueComparator.ORDER).orElse(null);
            case "max" -> values.stream().max(ValueComparator.ORDER).orElse(null);
            case "stdev" -> values.size() < 2 ? 0.0 : Math.sqrt(squares() / (values.size() - 1));
            case "stdevp" -> values.isEmpty() ? 0.0 : Math.sqrt(squares() / values.size());
            case "percentiledisc" -> {
                double[] sorted = sorted();
                int at = Math.max(0, (int) Math.ceil(percentile * sorted.length) - 1);
                yield sorted.length == 0 ? null : like(sorted[at]);
            }
            case "percentilecont" -> {
                double[] sorted = sorted();
                if (sorted.length == 0) {
                    yield null;
                }
                double at = percentile * (sorted.length - 1);
                int below = (int) Math.floor(at);
                int above = (int) Math.ceil(at);
                yield sorted[below] + (sorted[above] - sorted[below]) * (at - below);
            }
            default -> throw new IllegalStateException("no aggregate " + name);
        };
    }

    private @Nullable Object like(double value) {
        boolean whole = values.stream().allMatch(one -> one instanceof Long);
        return whole ? (Object) (long) value : (Object) value;
    }

    private double[] sorted() {
        return values.stream()
                .mapToDouble(value -> number(value).doubleValue())
                .sorted()
                .toArray();
    }

    private double mean() {
        return values.stream().mapToDouble(value -> number(value).doubleValue()).sum() / values.size();
    }

    private double squares() {
        double mean = mean();
        return values.stream()
                .mapToDouble(value -> Math.pow(number(value).doubleValue() - mean, 2))
                .sum();
    }

    private Number number(@Nullable Object value) {
        if (value instanceof Number number && !(number instanceof BigInteger)) {
            return number;
        }
        throw QueryError.of(name + "() takes numbers, not " + ValueComparator.kind(value));
    }
}
