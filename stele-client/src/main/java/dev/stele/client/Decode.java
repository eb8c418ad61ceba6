package dev.stele.client;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Functions that turn JSON values of answers into values of the types. Stateless. All throw an
 * {@link IllegalArgumentException} if an answer has another form than the OpenAPI document says.
 */
final class Decode {

    private Decode() {}

    static Map<String, @Nullable Object> fields(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw unexpected("an object", value);
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((name, field) -> fields.put(String.valueOf(name), field));
        return Collections.unmodifiableMap(fields);
    }

    static <T> T required(Map<String, ? extends @Nullable Object> fields, String name, Function<Object, T> type) {
        Object value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("The answer has no field " + name + ".");
        }
        return type.apply(value);
    }

    static <T> Optional<T> optional(
            Map<String, ? extends @Nullable Object> fields, String name, Function<Object, T> type) {
        Object value = fields.get(name);
        return value == null ? Optional.empty() : Optional.of(type.apply(value));
    }

    static String string(Object value) {
        if (!(value instanceof String text)) {
            throw unexpected("text", value);
        }
        return text;
    }

    static Long integer(Object value) {
        if (!(value instanceof Number number)) {
            throw unexpected("a number", value);
        }
        return number.longValue();
    }

    static Double number(Object value) {
        if (!(value instanceof Number number)) {
            throw unexpected("a number", value);
        }
        return number.doubleValue();
    }

    static Boolean flag(Object value) {
        if (!(value instanceof Boolean flag)) {
            throw unexpected("true or false", value);
        }
        return flag;
    }

    static Object any(Object value) {
        return value;
    }

    static <T> Function<Object, List<T>> list(Function<Object, T> type) {
        return value -> {
            if (!(value instanceof List<?> items)) {
                throw unexpected("a list", value);
            }
            List<T> list = new ArrayList<>();
            for (Object item : items) {
                if (item == null) {
                    throw unexpected("no null in a list", value);
                }
                list.add(type.apply(item));
            }
            return Collections.unmodifiableList(list);
        };
    }

    /** Lists whose items may be null, such as the values of a row. */
    static List<@Nullable Object> values(Object value) {
        if (!(value instanceof List<?> items)) {
            throw unexpected("a list", value);
        }
        return Collections.unmodifiableList(new ArrayList<@Nullable Object>(items));
    }

    static <T> Function<Object, Map<String, T>> map(Function<Object, T> type) {
        return value -> {
            Map<String, T> map = new LinkedHashMap<>();
            fields(value).forEach((name, field) -> {
                if (field != null) {
                    map.put(name, type.apply(field));
                }
            });
            return Collections.unmodifiableMap(map);
        };
    }

    private static IllegalArgumentException unexpected(String expected, @Nullable Object value) {
        return new IllegalArgumentException("The answer has %s where %s is expected."
                .formatted(value == null ? "null" : "a value of another type", expected));
    }
}
