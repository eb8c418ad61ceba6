package dev.stele.langchain4j;

import dev.langchain4j.data.document.Metadata;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Conversion of metadata to JSON values and back. JSON knows text, integers and doubles; the types of other values are
 * stored beside them, so that each value is read as the type that was written.
 */
final class MetadataCodec {

    /** Field with the types of the values whose type JSON does not tell. */
    private static final String TYPES = "langchain4j:types";

    private MetadataCodec() {}

    static Map<String, @Nullable Object> encode(Metadata metadata) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        var types = new LinkedHashMap<String, @Nullable Object>();
        metadata.toMap().forEach((key, value) -> {
            switch (value) {
                case UUID id -> put(json, types, key, id.toString(), "uuid");
                case Integer number -> put(json, types, key, number, "integer");
                case Float number -> put(json, types, key, number.toString(), "float");
                case Double number when !Double.isFinite(number) -> put(json, types, key, number.toString(), "double");
                default -> json.put(key, value);
            }
        });
        if (!types.isEmpty()) {
            json.put(TYPES, types);
        }
        return json;
    }

    private static void put(
            Map<String, @Nullable Object> json,
            Map<String, @Nullable Object> types,
            String key,
            Object value,
            String type) {
        json.put(key, value);
        types.put(key, type);
    }

    static Metadata decode(Map<String, @Nullable Object> json) {
        Map<?, ?> types = json.get(TYPES) instanceof Map<?, ?> stored ? stored : Map.of();
        var values = new HashMap<String, Object>();
        json.forEach((key, value) -> {
            if (value != null && !key.equals(TYPES)) {
                values.put(key, decode(value, types.get(key)));
            }
        });
        return Metadata.from(values);
    }

    private static Object decode(Object value, @Nullable Object type) {
        return switch (String.valueOf(type)) {
            case "uuid" -> UUID.fromString(value.toString());
            case "integer" -> ((Number) value).intValue();
            case "float" -> Float.valueOf(value.toString());
            case "double" -> Double.valueOf(value.toString());
            default -> value;
        };
    }
}
