package dev.stele.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON merge patch (RFC 7396) on trees of {@link Json}. Stateless. */
public final class MergePatch {

    private MergePatch() {}

    /**
     * Applies a patch and changes neither argument.
     *
     * @param target tree to patch; may be null
     * @param patch patch; a null field removes the field of the target
     * @return patched tree
     */
    public static @Nullable Object apply(@Nullable Object target, @Nullable Object patch) {
        if (!(patch instanceof Map<?, ?> changes)) {
            return patch;
        }
        var merged = new LinkedHashMap<String, @Nullable Object>();
        if (target instanceof Map<?, ?> map) {
            map.forEach((name, value) -> merged.put(String.valueOf(name), value));
        }
        changes.forEach((name, value) -> {
            String field = String.valueOf(name);
            if (value == null) {
                merged.remove(field);
            } else {
                merged.put(field, apply(merged.get(field), value));
            }
        });
        return Collections.unmodifiableMap(merged);
    }
}
