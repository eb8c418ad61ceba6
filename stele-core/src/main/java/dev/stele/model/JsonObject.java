package dev.stele.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * JSON object with type-checked access. Each error message names the object, the field, the actual and the expected
 * value. Immutable and thread-safe.
 */
public final class JsonObject {

    /**
     * Earliest accepted time. The range is that of ISO 8601 years with four digits, which every store and client
     * supports.
     */
    private static final Instant MIN_INSTANT = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant MAX_INSTANT = Instant.parse("9999-12-31T23:59:59.999999999Z");
    private static final int MAX_TIME_LENGTH = 64;

    private final String label;
    private final Map<String, @Nullable Object> fields;

    private JsonObject(String label, Map<String, @Nullable Object> fields) {
        this.label = label;
        this.fields = fields;
    }

    /**
     * Wraps a tree that must be an object.
     *
     * @param label label of the object in error messages, such as {@code "message"}
     * @param tree JSON tree
     * @throws InvalidInputException if the tree is not an object
     */
    public static JsonObject of(String label, @Nullable Object tree) {
        if (!(tree instanceof Map<?, ?> map)) {
            throw new InvalidInputException("The %s must be a JSON object, not %s.".formatted(label, kind(tree)));
        }
        var fields = new LinkedHashMap<String, @Nullable Object>();
        map.forEach((name, value) -> fields.put(String.valueOf(name), value));
        return new JsonObject(label, fields);
    }

    /**
     * Checks that the object has no other fields.
     *
     * @param allowed names of the allowed fields
     * @return this object
     * @throws InvalidInputException if there is another field; the message lists the allowed ones
     */
    public JsonObject only(String... allowed) {
        return only(List.of(allowed));
    }

    /** Checks that the object has no other fields; see {@link #only(String...)}. */
    public JsonObject only(List<String> allowed) {
        for (String name : fields.keySet()) {
            if (!allowed.contains(name)) {
                throw new InvalidInputException("The %s has no field %s; it takes %s."
                        .formatted(label, Json.write(name), String.join(", ", allowed)));
            }
        }
        return this;
    }

    /** Returns the names of the fields. */
    public Set<String> names() {
        return fields.keySet();
    }

    /** Returns whether the field is present, even if it is null. */
    public boolean has(String name) {
        return fields.containsKey(name);
    }

    /** Returns the unchecked value of a field; null if it is absent or null. */
    public @Nullable Object raw(String name) {
        return fields.get(name);
    }

    /** Returns all fields unchecked. */
    public Map<String, @Nullable Object> raw() {
        return fields;
    }

    /**
     * Returns a text field.
     *
     * @throws InvalidInputException if the field is absent, null or not text
     */
    public String string(String name) {
        return optionalString(name).orElseThrow(() -> missing(name, "text"));
    }

    /**
     * Returns a text field; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not text
     */
    public Optional<String> optionalString(String name) {
        return typed(name, String.class, "text");
    }

    /**
     * Returns a boolean field; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not a boolean
     */
    public Optional<Boolean> optionalBoolean(String name) {
        return typed(name, Boolean.class, "true or false");
    }

    /**
     * Returns a numeric field; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not a number
     */
    public Optional<Double> optionalDouble(String name) {
        return typed(name, Number.class, "a number").map(Number::doubleValue);
    }

    /**
     * Returns an integer field; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not a whole number in the range of a {@code long}
     */
    public Optional<Long> optionalLong(String name) {
        return typed(name, Number.class, "a whole number").map(number -> {
            if (!(number instanceof Long whole)) {
                throw wrong(name, number, "a whole number");
            }
            return whole;
        });
    }

    /**
     * Returns an integer field in the range of an {@code int}; empty if absent or null.
     *
     * @throws InvalidInputException if the field has any other value; the message contains the range
     */
    public Optional<Integer> optionalInt(String name) {
        return optionalLong(name).map(number -> {
            if (number < Integer.MIN_VALUE || number > Integer.MAX_VALUE) {
                throw wrong(
                        name, number, "a whole number from %d to %d".formatted(Integer.MIN_VALUE, Integer.MAX_VALUE));
            }
            return number.intValue();
        });
    }

    /**
     * Returns a time field; empty if absent or null. The format is ISO 8601 with an offset; a date alone or a time
     * without offset is taken as UTC.
     *
     * @throws InvalidInputException if the field is not such a time
     */
    public Optional<Instant> optionalInstant(String name) {
        return optionalString(name).map(text -> {
            try {
                return parseInstant(text);
            } catch (DateTimeParseException e) {
                throw wrong(name, text, "a time such as 2026-05-08T13:56:00Z");
            }
        });
    }

    /**
     * Returns a time field; see {@link #optionalInstant}.
     *
     * @throws InvalidInputException if the field is absent, null or not a time
     */
    public Instant instant(String name) {
        return optionalInstant(name).orElseThrow(() -> missing(name, "a time such as 2026-05-08T13:56:00Z"));
    }

    /**
     * Returns a list of texts; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not a list of texts
     */
    public List<String> strings(String name) {
        var strings = new ArrayList<String>();
        for (Object element : list(name)) {
            if (!(element instanceof String text)) {
                throw wrong(name, element, "a list of texts");
            }
            strings.add(text);
        }
        return List.copyOf(strings);
    }

    /**
     * Returns a list of objects; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not a list of objects
     */
    public List<JsonObject> objects(String name) {
        return list(name).stream()
                .map(element -> of(label + "." + name, element))
                .toList();
    }

    /**
     * Returns a list of unchecked values; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not a list
     */
    public List<? extends @Nullable Object> list(String name) {
        Object value = fields.get(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw wrong(name, value, "a list");
        }
        return list;
    }

    /**
     * Returns the fields of a nested object; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not an object
     */
    public Map<String, @Nullable Object> map(String name) {
        Object value = fields.get(name);
        return value == null ? Map.of() : of(label + "." + name, value).fields;
    }

    /**
     * Returns a nested object; empty if absent or null.
     *
     * @throws InvalidInputException if the field is not an object
     */
    public Optional<JsonObject> object(String name) {
        return Optional.ofNullable(fields.get(name)).map(value -> of(label + "." + name, value));
    }

    /**
     * Returns a nested object with converted values; empty if absent or null.
     *
     * @param name name of the field
     * @param expected description of a valid value in error messages
     * @param each converter, which returns null for an invalid value
     * @throws InvalidInputException if a value is null or invalid
     */
    public <T> Map<String, T> mapOf(String name, String expected, Function<Object, @Nullable T> each) {
        return map(name).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> {
                            Object value = entry.getValue();
                            T converted = value == null ? null : each.apply(value);
                            if (converted == null) {
                                throw wrong(name + "." + entry.getKey(), value, expected);
                            }
                            return converted;
                        },
                        (a, b) -> b,
                        LinkedHashMap::new));
    }

    /**
     * Parses a time in any of the formats of {@link #optionalInstant}.
     *
     * @throws DateTimeParseException if the text has none of the formats, or the year is not from 1 to 9999
     */
    public static Instant parseInstant(String text) {
        if (text.length() > MAX_TIME_LENGTH) {
            throw new DateTimeParseException(
                    "a time has at most " + MAX_TIME_LENGTH + " characters", text.substring(0, MAX_TIME_LENGTH), 0);
        }
        Instant instant = parseAnyInstant(text);
        if (instant.isBefore(MIN_INSTANT) || instant.isAfter(MAX_INSTANT)) {
            throw new DateTimeParseException("a year lies from 1 to 9999", text, 0);
        }
        return instant;
    }

    private static Instant parseAnyInstant(String text) {
        if (text.length() == 10) {
            return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
        }
        String iso = text.indexOf(' ') == 10 ? text.replaceFirst(" ", "T") : text;
        boolean zoned = iso.endsWith("Z") || iso.endsWith("z") || iso.matches(".*T.*[+-]\\d\\d:?\\d?\\d?");
        return zoned
                ? OffsetDateTime.parse(iso).toInstant()
                : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
    }

    private <T> Optional<T> typed(String name, Class<T> type, String expected) {
        Object value = fields.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw wrong(name, value, expected);
        }
        return Optional.of(type.cast(value));
    }

    private InvalidInputException missing(String name, String expected) {
        return new InvalidInputException(
                "The %s lacks its field \"%s\"; it must be %s.".formatted(label, name, expected));
    }

    private InvalidInputException wrong(String name, @Nullable Object value, String expected) {
        String shown = value instanceof String || value instanceof Number ? Json.write(value) : kind(value);
        return new InvalidInputException("The field \"%s\" of the %s is %s; it must be %s."
                .formatted(name, label, shown.length() > 80 ? shown.substring(0, 80) + "…" : shown, expected));
    }

    /** Returns the name of a JSON type in error messages. */
    public static String kind(@Nullable Object tree) {
        return switch (tree) {
            case null -> "null";
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            case String _ -> "text";
            case Boolean _ -> "true or false";
            default -> "a number";
        };
    }
}
