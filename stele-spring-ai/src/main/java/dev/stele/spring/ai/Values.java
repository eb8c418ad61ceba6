package dev.stele.spring.ai;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Conversion of metadata to JSON values and back. A value without a JSON form becomes text, a {@link Date} its ISO form.
 * An integer that fits is read as an {@code Integer}.
 */
final class Values {

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private Values() {}

    static Map<String, @Nullable Object> toJson(Map<String, ? extends @Nullable Object> values) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        values.forEach((key, value) -> json.put(key, toJson(value)));
        return json;
    }

    static @Nullable Object toJson(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Date date -> DATE.format(date.toInstant());
            case Map<?, ?> map -> {
                var json = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((key, element) -> json.put(String.valueOf(key), toJson(element)));
                yield json;
            }
            case Collection<?> list -> {
                var json = new ArrayList<@Nullable Object>(list.size());
                list.forEach(element -> json.add(toJson(element)));
                yield json;
            }
            default -> {
                try {
                    yield Json.copy(value);
                } catch (InvalidInputException e) {
                    yield value.toString();
                }
            }
        };
    }

    static Map<String, Object> fromJson(Map<String, @Nullable Object> json) {
        var values = new LinkedHashMap<String, Object>();
        json.forEach((key, value) -> {
            if (value != null) {
                values.put(key, fromJson(value));
            }
        });
        return values;
    }

    private static Object fromJson(Object value) {
        return switch (value) {
            case Long number when number == number.intValue() -> number.intValue();
            case Map<?, ?> map -> {
                var values = new LinkedHashMap<String, Object>();
                map.forEach((key, element) -> {
                    if (element != null) {
                        values.put(String.valueOf(key), fromJson(element));
                    }
                });
                yield values;
            }
            case List<?> list -> {
                var values = new ArrayList<@Nullable Object>(list.size());
                list.forEach(element -> values.add(element == null ? null : fromJson(element)));
                yield values;
            }
            default -> value;
        };
    }
}
