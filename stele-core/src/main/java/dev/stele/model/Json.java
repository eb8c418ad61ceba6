package dev.stele.model;

import java.io.StringWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reader and writer of JSON as plain trees of {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code
 * Long}, {@link BigInteger}, {@code Double}, {@code Boolean} and null. Parsed trees are unmodifiable. Integers keep
 * their value: those of 64 bits are {@code Long}, longer ones {@link BigInteger}. All other numbers are {@code
 * Double}. Nesting is limited by {@link #MAX_DEPTH}. Thread-safe.
 */
public final class Json {

    /** Maximum nesting depth. */
    public static final int MAX_DEPTH = 64;

    /**
     * Maximum number of values in a text. The limit is necessary because an empty list takes two characters of text but
     * fifty bytes of memory.
     */
    public static final int MAX_VALUES = 500_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(64 * 1024 * 1024)
                    .build())
            .build();

    private Json() {}

    /**
     * Parses one JSON value.
     *
     * @param text one JSON value and nothing after it
     * @return parsed tree
     * @throws InvalidInputException if the text is not valid JSON; the message contains line and column
     */
    public static @Nullable Object read(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw new InvalidInputException("The JSON is empty; a value was expected at line 1, column 1.");
            }
            Object value = value(parser, new int[1]);
            if (parser.nextToken() != null) {
                throw malformed(parser, "there is more after the end of the value");
            }
            return value;
        } catch (JacksonException e) {
            var at = e.getLocation();
            String where = at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
            throw new InvalidInputException("Malformed JSON" + where + ": " + e.getOriginalMessage());
        }
    }

    /**
     * Parses one JSON object.
     *
     * @param label label of the object in error messages
     * @param text one JSON object and nothing after it
     * @throws InvalidInputException if the text is not a JSON object
     */
    public static JsonObject readObject(String label, String text) {
        return JsonObject.of(label, read(text));
    }

    /** Returns the compact text of a tree, which may contain {@link Optional} values. */
    public static String write(@Nullable Object tree) {
        var out = new StringWriter();
        write(tree, out);
        return out.toString();
    }

    /**
     * Writes the compact text of a tree and leaves the writer open.
     *
     * @param tree tree of JSON values
     * @param out destination
     */
    public static void write(@Nullable Object tree, Writer out) {
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), new Unclosed(out))) {
            emit(generator, tree);
        }
    }

    private static InvalidInputException malformed(JsonParser parser, String why) {
        var at = parser.currentTokenLocation();
        return new InvalidInputException(
                "Malformed JSON at line %d, column %d: %s".formatted(at.getLineNr(), at.getColumnNr(), why));
    }

    /**
     * Converts the current value.
     *
     * @param parser parser at the first token of the value
     * @param count number of values read so far, in its only element
     */
    private static @Nullable Object value(JsonParser parser, int[] count) {
        if (++count[0] > MAX_VALUES) {
            throw new InvalidInputException(
                    "The JSON has more than %d values; send less at once.".formatted(MAX_VALUES));
        }
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> {
                var map = new LinkedHashMap<String, @Nullable Object>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    if (map.containsKey(name)) {
                        throw malformed(parser, "the field " + write(name) + " stands twice");
                    }
                    parser.nextToken();
                    map.put(name, value(parser, count));
                }
                yield Collections.unmodifiableMap(map);
            }
            case START_ARRAY -> {
                var list = new ArrayList<@Nullable Object>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser, count));
                }
                yield Collections.unmodifiableList(list);
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT, LONG -> parser.getLongValue();
                    default -> parser.getBigIntegerValue();
                };
            case VALUE_NUMBER_FLOAT -> {
                double number = parser.getDoubleValue();
                if (Double.isInfinite(number)) {
                    throw malformed(parser, "the number " + parser.getString() + " is out of the range of a double");
                }
                yield number;
            }
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw malformed(parser, "a value was expected");
        };
    }

    private static void emit(JsonGenerator to, @Nullable Object tree) {
        switch (tree) {
            case null -> to.writeNull();
            case String s -> to.writeString(s);
            case Map<?, ?> map -> {
                to.writeStartObject();
                map.forEach((name, value) -> {
                    to.writeName(String.valueOf(name));
                    emit(to, value);
                });
                to.writeEndObject();
            }
            case Collection<?> list -> {
                to.writeStartArray();
                list.forEach(value -> emit(to, value));
                to.writeEndArray();
            }
            case Boolean b -> to.writeBoolean(b);
            case Integer i -> to.writeNumber(i);
            case Long l -> to.writeNumber(l);
            case BigInteger i -> to.writeNumber(i);
            case Double d -> to.writeNumber(d);
            case Float f -> to.writeNumber(f);
            case Optional<?> maybe -> emit(to, maybe.orElse(null));
            default -> throw new IllegalArgumentException("no JSON form for " + tree.getClass());
        }
    }

    /**
     * Returns a deep, unmodifiable copy of a tree of JSON values.
     *
     * @throws InvalidInputException if the tree contains a value that has no JSON form
     */
    public static @Nullable Object copy(@Nullable Object tree) {
        return switch (tree) {
            case null -> null;
            case String s -> Ids.checkText("JSON", s);
            case Boolean b -> b;
            case Double d
            when d.isNaN() || d.isInfinite() ->
                throw new InvalidInputException("JSON has no number " + d + "; use null or text.");
            case Double d -> d;
            case Float f -> copy((double) f);
            case Long l -> l;
            case Integer i -> i.longValue();
            case Short i -> i.longValue();
            case Byte i -> i.longValue();
            case BigInteger i -> shortest(i);
            case BigDecimal d -> exact(d);
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((name, value) -> copy.put(Ids.checkText("JSON", String.valueOf(name)), copy(value)));
                yield Collections.unmodifiableMap(copy);
            }
            case Collection<?> list -> {
                var copy = new ArrayList<@Nullable Object>(list.size());
                list.forEach(value -> copy.add(copy(value)));
                yield Collections.unmodifiableList(copy);
            }
            default ->
                throw new InvalidInputException("A " + tree.getClass().getName()
                        + " has no JSON form; use text, numbers, booleans, lists and maps.");
        };
    }

    /** Returns an integer as a {@code Long} if it fits, so that equal numbers are equal objects. */
    private static Object shortest(BigInteger number) {
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    /** Returns a decimal number as an integer or as a double of the same value, and refuses to round it. */
    private static Object exact(BigDecimal number) {
        double rounded = number.doubleValue();
        if (number.stripTrailingZeros().scale() <= 0) {
            return shortest(number.toBigIntegerExact());
        }
        if (Double.isFinite(rounded) && BigDecimal.valueOf(rounded).compareTo(number) == 0) {
            return rounded;
        }
        throw new InvalidInputException("The number " + number + " has more digits than a double; use text.");
    }

    /** Returns a deep, unmodifiable copy of a map; see {@link #copy(Object)}. */
    public static Map<String, @Nullable Object> copyMap(Map<String, ? extends @Nullable Object> map) {
        var copy = new LinkedHashMap<String, @Nullable Object>();
        map.forEach((name, value) -> copy.put(Ids.checkText("JSON", name), copy(value)));
        return Collections.unmodifiableMap(copy);
    }

    /** Returns a number rounded to three decimals, for output. */
    public static double rounded(double number) {
        return Math.round(number * 1000) / 1000.0;
    }

    /** Returns a builder of JSON objects that leaves out absent values. */
    public static Fields fields() {
        return new Fields();
    }

    /** Builder of JSON objects; see {@link #fields()}. Not thread-safe. */
    public static final class Fields {
        private final LinkedHashMap<String, @Nullable Object> map = new LinkedHashMap<>();

        private Fields() {}

        /**
         * Adds a field. Null, and an empty optional, map or list, add nothing.
         *
         * @param name name of the field
         * @param value JSON value, optional or {@link Instant}
         */
        public Fields put(String name, @Nullable Object value) {
            boolean absent = switch (value) {
                case null -> true;
                case Optional<?> maybe -> maybe.isEmpty();
                case Map<?, ?> values -> values.isEmpty();
                case List<?> values -> values.isEmpty();
                default -> false;
            };
            return absent ? this : keep(name, value);
        }

        /**
         * Adds a field whatever its value. An {@link Instant} becomes text, an empty optional null.
         *
         * @param name name of the field
         * @param value JSON value, optional or {@link Instant}
         */
        public Fields keep(String name, @Nullable Object value) {
            Object present = value instanceof Optional<?> maybe ? maybe.orElse(null) : value;
            map.put(name, present instanceof Instant at ? at.toString() : present);
            return this;
        }

        /** Returns an unmodifiable view of the fields. */
        public Map<String, @Nullable Object> map() {
            return Collections.unmodifiableMap(map);
        }
    }

    private static final class Unclosed extends java.io.FilterWriter {
        Unclosed(Writer out) {
            super(out);
        }

        @Override
        public void write(char[] buffer, int from, int length) throws java.io.IOException {
            out.write(buffer, from, length);
        }

        @Override
        public void close() {}
    }
}
