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
 * A JSON object with checked access: every error names the object, the field, what stood there and what belongs there.
 * Immutable and thread-safe.
 */
public final class JsonObject {

    /** Bounds of times: those that ISO 8601 writes with four digits, which every store and client can hold. */
    private static final Instant MIN_INSTANT = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant MAX_INSTANT = Instant.parse("9999-12-31T23:59:59.999999999Z");
    private static final int MAX_TIME_LENGTH = 64;

    private final String what;
    private final Map<String, @Nullable Object> fields;

    private JsonObject(String what, Map<String, @Nullable Object> fields) {
        this.what = what;
        this.fields = fields;
    }

    /** Takes a tree that must be an object; {@code what} names it in errors, such as {@code "message"}. */
    public static JsonObject of(String what, @Nullable Object tree) {
        if (!(tree instanceof Map<?, ?> map)) {
            throw new InvalidInputException("The %s must be a JSON object, not %s.".formatted(what, kind(tree)));
        }
        var fields = new LinkedHashMap<String, @Nullable Object>();
        map.forEach((name, value) -> fields.put(String.valueOf(name), value));
        return new JsonObject(what, fields);
    }

    /** Refuses fields that nobody reads, naming those that are read. */
    public JsonObject only(String... known) {
        return only(List.of(known));
    }

    /** See {@link #only(String...)}. */
    public JsonObject only(List<String> known) {
        for (String name : fields.keySet()) {
            if (!known.contains(name)) {
                throw new InvalidInputException("The %s has no field %s; it takes %s."
                        .formatted(what, Json.write(name), String.join(", ", known)));
            }
        }
        return this;
    }

    public Set<String> names() {
        return fields.keySet();
    }

    /** Whether the field stands there, be it as null. */
    public boolean has(String name) {
        return fields.containsKey(name);
    }

    public @Nullable Object raw(String name) {
        return fields.get(name);
    }

    public Map<String, @Nullable Object> raw() {
        return fields;
    }

    public String string(String name) {
        return optionalString(name).orElseThrow(() -> missing(name, "text"));
    }

    public Optional<String> optionalString(String name) {
        return typed(name, String.class, "text");
    }

    public Optional<Boolean> optionalBoolean(String name) {
        return typed(name, Boolean.class, "true or false");
    }

    public Optional<Double> optionalDouble(String name) {
        return typed(name, Number.class, "a number").map(Number::doubleValue);
    }

    public Optional<Long> optionalLong(String name) {
        return typed(name, Number.class, "a whole number").map(number -> {
            if (!(number instanceof Long whole)) {
                throw wrong(name, number, "a whole number");
            }
            return whole;
        });
    }

    /**
     * A whole number of the range of an {@code int}.
     *
     * @throws InvalidInputException if the field holds anything else; the message names the range
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

    /** An instant: ISO 8601 with an offset; a date alone or a time without offset is taken as UTC. */
    public Optional<Instant> optionalInstant(String name) {
        return optionalString(name).map(text -> {
            try {
                return parseInstant(text);
            } catch (DateTimeParseException e) {
                throw wrong(name, text, "a time such as 2026-05-08T13:56:00Z");
            }
        });
    }

    public Instant instant(String name) {
        return optionalInstant(name).orElseThrow(() -> missing(name, "a time such as 2026-05-08T13:56:00Z"));
    }

    /** A list of texts; absent is empty. */
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

    /** A list of objects; absent is empty. */
    public List<JsonObject> objects(String name) {
        return list(name).stream()
                .map(element -> of(what + "." + name, element))
                .toList();
    }

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

    /** A nested object; absent is empty. */
    public Map<String, @Nullable Object> map(String name) {
        Object value = fields.get(name);
        return value == null ? Map.of() : of(what + "." + name, value).fields;
    }

    public Optional<JsonObject> object(String name) {
        return Optional.ofNullable(fields.get(name)).map(value -> of(what + "." + name, value));
    }

    /** A nested object whose values are all converted by {@code each}, with the field named in its errors. */
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
     * Reads a time in any of the forms of {@link #optionalInstant}.
     *
     * @throws DateTimeParseException if it is none of them, or its year is not from 1 to 9999
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
                "The %s lacks its field \"%s\"; it must be %s.".formatted(what, name, expected));
    }

    private InvalidInputException wrong(String name, @Nullable Object value, String expected) {
        String shown = value instanceof String || value instanceof Number ? Json.write(value) : kind(value);
        return new InvalidInputException("The field \"%s\" of the %s is %s; it must be %s."
                .formatted(name, what, shown.length() > 80 ? shown.substring(0, 80) + "…" : shown, expected));
    }

    /** What a JSON value is called in errors. */
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
