package dev.stele.graph.cypher;

import dev.stele.graph.cypher.Elements.Node;
import dev.stele.graph.cypher.Elements.Rel;
import dev.stele.graph.cypher.Elements.Way;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Built-in scalar functions. Unless stated otherwise, a function returns null if an argument is null. */
final class BuiltInFunctions {

    private static final Map<String, Signature> ALL = new HashMap<>();

    /** Maximum length of a list that {@code range()} may create. */
    private static final long MAX_RANGE_LENGTH = 2_000_000;

    /** Maximum length of a text that {@code replace()} may create, in UTF-16 chars. */
    private static final long MAX_TEXT_LENGTH = 10_000_000;

    private interface Body {
        @Nullable
        Object of(List<@Nullable Object> arguments);
    }

    /** @param nullable whether the function is called with null arguments, too */
    private record Signature(int least, int most, boolean nullable, Body body) {}

    static {
        one(
                "id",
                value -> value instanceof Node node ? (Object) node.entity().id() : ((Rel) value).property("id"),
                Node.class,
                Rel.class);
        one("type", value -> ((Rel) value).edge().type(), Rel.class);
        one("labels", value -> ((Node) value).labels(), Node.class);
        one("nodes", value -> new ArrayList<>(((Way) value).nodes()), Way.class);
        one("relationships", value -> new ArrayList<>(((Way) value).rels()), Way.class);
        one("rels", value -> new ArrayList<>(((Way) value).rels()), Way.class);
        one("startnode", value -> ((Rel) value).start(), Rel.class);
        one("endnode", value -> ((Rel) value).end(), Rel.class);
        one("properties", value -> properties(value), Node.class, Rel.class, Map.class);
        one("keys", value -> new ArrayList<>(properties(value).keySet()), Node.class, Rel.class, Map.class);
        one(
                "length",
                value -> (long)
                        (value instanceof Way way
                                ? way.rels().size()
                                : value instanceof String text ? text.length() : ((List<?>) value).size()),
                Way.class,
                List.class,
                String.class);
        one(
                "size",
                value -> (long)
                        (value instanceof String text
                                ? text.codePointCount(0, text.length())
                                : ((List<?>) value).size()),
                List.class,
                String.class);
        one("head", value -> ((List<?>) value).isEmpty() ? null : ((List<?>) value).getFirst(), List.class);
        one("last", value -> ((List<?>) value).isEmpty() ? null : ((List<?>) value).getLast(), List.class);
        one(
                "tail",
                value -> ((List<?>) value).isEmpty()
                        ? List.of()
                        : ((List<?>) value).subList(1, ((List<?>) value).size()),
                List.class);
        one(
                "reverse",
                value -> value instanceof String text
                        ? (Object) new StringBuilder(text).reverse().toString()
                        : ((List<?>) value).reversed(),
                List.class,
                String.class);
        one("tolower", value -> ((String) value).toLowerCase(Locale.ROOT), String.class);
        one("toupper", value -> ((String) value).toUpperCase(Locale.ROOT), String.class);
        one("lower", value -> ((String) value).toLowerCase(Locale.ROOT), String.class);
        one("upper", value -> ((String) value).toUpperCase(Locale.ROOT), String.class);
        one("trim", value -> ((String) value).strip(), String.class);
        one("ltrim", value -> ((String) value).stripLeading(), String.class);
        one("rtrim", value -> ((String) value).stripTrailing(), String.class);
        one(
                "abs",
                value -> switch (value) {
                    case Long whole -> Math.absExact(whole);
                    case BigInteger whole -> whole.abs();
                    default -> Math.abs((Double) value);
                },
                Number.class);
        one("sign", value -> (long) Math.signum(((Number) value).doubleValue()), Number.class);
        real("ceil", Math::ceil);
        real("floor", Math::floor);
        real("round", Math::round);
        real("sqrt", Math::sqrt);
        real("exp", Math::exp);
        real("log", Math::log);
        real("log10", Math::log10);
        real("sin", Math::sin);
        real("cos", Math::cos);
        real("tan", Math::tan);
        real("cot", value -> 1 / Math.tan(value));
        real("asin", Math::asin);
        real("acos", Math::acos);
        real("atan", Math::atan);
        real("degrees", Math::toDegrees);
        real("radians", Math::toRadians);
        put("atan2", 2, 2, of -> Math.atan2(number("atan2", of.get(0)), number("atan2", of.get(1))));
        put("e", 0, 0, _ -> Math.E);
        put("pi", 0, 0, _ -> Math.PI);
        put("rand", 0, 0, _ -> ThreadLocalRandom.current().nextDouble());
        put("timestamp", 0, 0, _ -> System.currentTimeMillis());
        put("range", 2, 3, BuiltInFunctions::range);
        put("split", 2, 2, of -> split(text("split", of.get(0)), text("split", of.get(1))));
        put("replace", 3, 3, BuiltInFunctions::replace);
        put("substring", 2, 3, BuiltInFunctions::substring);
        put("left", 2, 2, of -> {
            String text = text("left", of.get(0));
            return text.substring(0, (int) Math.min(text.length(), count("left", of.get(1))));
        });
        put("right", 2, 2, of -> {
            String text = text("right", of.get(0));
            return text.substring((int) Math.max(0, text.length() - count("right", of.get(1))));
        });
        one("tostring", BuiltInFunctions::string, String.class, Number.class, Boolean.class);
        one("tointeger", BuiltInFunctions::integer, String.class, Number.class, Boolean.class);
        one("tofloat", BuiltInFunctions::real, String.class, Number.class);
        one("toboolean", BuiltInFunctions::truth, String.class, Boolean.class);
        ALL.put(
                "coalesce",
                new Signature(
                        1,
                        Integer.MAX_VALUE,
                        true,
                        of -> of.stream()
                                .filter(value -> value != null)
                                .findFirst()
                                .orElse(null)));
        ALL.put("exists", new Signature(1, 1, true, of -> of.getFirst() != null));
    }

    private BuiltInFunctions() {}

    private interface OfOne {
        @Nullable
        Object of(Object value);
    }

    private interface OfReal {
        double of(double value);
    }

    private static void put(String name, int least, int most, Body body) {
        ALL.put(name, new Signature(least, most, false, body));
    }

    private static void one(String name, OfOne body, Class<?>... types) {
        put(name, 1, 1, of -> {
            Object value = of.getFirst();
            if (Arrays.stream(types).noneMatch(type -> type.isInstance(value))) {
                throw QueryError.of(name + "() cannot take " + ValueComparator.kind(value));
            }
            return value == null ? null : body.of(value);
        });
    }

    private static void real(String name, OfReal body) {
        put(name, 1, 1, of -> body.of(number(name, of.getFirst())));
    }

    /** Checks the name and number of arguments of a call before the query runs. */
    static void check(Ast.Call call) {
        Signature signature = ALL.get(call.name());
        if (signature == null) {
            throw QueryError.at(call.pos(), "there is no function " + call.name() + "()");
        }
        int given = call.arguments().size();
        if (given < signature.least() || given > signature.most()) {
            throw QueryError.at(
                    call.pos(),
                    "%s() takes %s, not %d"
                            .formatted(
                                    call.name(),
                                    signature.least() == signature.most()
                                            ? signature.least() + " arguments"
                                            : "at least " + signature.least() + " arguments",
                                    given));
        }
    }

    static @Nullable Object call(String name, List<@Nullable Object> arguments) {
        Signature signature = ALL.get(name);
        if (signature == null) {
            throw QueryError.of("there is no function " + name + "()");
        }
        if (!signature.nullable() && arguments.stream().anyMatch(value -> value == null)) {
            return null;
        }
        try {
            return signature.body().of(arguments);
        } catch (ArithmeticException e) {
            throw QueryError.of(name + "(): " + e.getMessage());
        }
    }

    private static Map<String, @Nullable Object> properties(Object value) {
        return switch (value) {
            case Node node -> node.properties();
            case Rel rel -> rel.properties();
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((key, element) -> copy.put(String.valueOf(key), element));
                yield copy;
            }
            default -> throw QueryError.of(ValueComparator.kind(value) + " has no properties");
        };
    }

    private static double number(String name, @Nullable Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw QueryError.of(name + "() takes numbers, not " + ValueComparator.kind(value));
    }

    private static String text(String name, @Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw QueryError.of(name + "() takes texts, not " + ValueComparator.kind(value));
    }

    private static long whole(String name, @Nullable Object value) {
        if (value instanceof Long whole) {
            return whole;
        }
        throw QueryError.of(name + "() takes integers, not " + ValueComparator.kind(value));
    }

    private static long count(String name, @Nullable Object value) {
        long count = whole(name, value);
        if (count < 0) {
            throw QueryError.of(name + "() cannot take the negative number " + count);
        }
        return count;
    }

    private static Object range(List<@Nullable Object> of) {
        long from = whole("range", of.get(0));
        long to = whole("range", of.get(1));
        long step = of.size() > 2 ? whole("range", of.get(2)) : 1;
        if (step == 0) {
            throw QueryError.of("NumberOutOfRange: range() cannot take steps of 0");
        }
        var list = new ArrayList<@Nullable Object>();
        for (long at = from; step > 0 ? at <= to : at >= to; at += step) {
            if (list.size() >= MAX_RANGE_LENGTH) {
                throw QueryError.of("range() makes at most " + MAX_RANGE_LENGTH + " numbers");
            }
            list.add(at);
        }
        return list;
    }

    private static Object split(String text, String at) {
        return at.isEmpty()
                ? new ArrayList<>(
                        text.codePoints().mapToObj(Character::toString).toList())
                : new ArrayList<>(Arrays.asList(text.split(Pattern.quote(at), -1)));
    }

    private static Object replace(List<@Nullable Object> of) {
        String text = text("replace", of.get(0));
        String old = text("replace", of.get(1));
        String by = text("replace", of.get(2));
        long most = text.length() + (text.length() / Math.max(1, old.length()) + 1L) * by.length();
        if (most > MAX_TEXT_LENGTH) {
            throw QueryError.of(
                    "replace() makes texts of at most " + MAX_TEXT_LENGTH + " characters, and this could have " + most);
        }
        return text.replace(old, by);
    }

    private static Object substring(List<@Nullable Object> of) {
        String text = text("substring", of.get(0));
        int from = (int) Math.min(text.length(), count("substring", of.get(1)));
        long length = of.size() > 2 ? count("substring", of.get(2)) : text.length();
        return text.substring(from, (int) Math.min(text.length(), from + length));
    }

    private static Object string(Object value) {
        return String.valueOf(value);
    }

    private static @Nullable Object integer(Object value) {
        return switch (value) {
            case Long whole -> whole;
            case BigInteger whole -> whole;
            case Double real -> real.longValue();
            case Boolean truth -> truth ? 1L : 0L;
            default -> {
                try {
                    yield (long) Double.parseDouble(((String) value).strip());
                } catch (NumberFormatException e) {
                    yield null;
                }
            }
        };
    }

    private static @Nullable Object real(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        try {
            return Double.parseDouble(((String) value).strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Object truth(Object value) {
        if (value instanceof Boolean) {
            return value;
        }
        return switch (((String) value).strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> null;
        };
    }
}
