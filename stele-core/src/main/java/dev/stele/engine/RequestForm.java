package dev.stele.engine;

import dev.stele.model.Json;
import dev.stele.model.Sha256;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Form of a request to which an idempotency key is bound by a fingerprint, see {@link Engine#idempotent}. Immutable.
 *
 * @param request all values that the edit depends on, as JSON values
 * @param again returns the result of the first call from the ids that are stored with the key
 */
public record RequestForm<T>(@Nullable Object request, Function<List<String>, T> again) {

    /** Mark of the fingerprints of this form, so that no fingerprint of an earlier version is equal to one of them. */
    private static final String VERSION = "2\n";

    private static final int DIGITS = 32;

    /**
     * Returns the fingerprint of the request. It does not depend on the order of the fields of objects, which a caller
     * who repeats a request in another process may not know to keep.
     */
    String fingerprint() {
        return Sha256.hex(VERSION + Json.write(sorted(request))).substring(0, DIGITS);
    }

    /** Returns the fingerprint that earlier versions computed, which depends on the order of fields. */
    String formerFingerprint() {
        return Sha256.hex(Json.write(request)).substring(0, DIGITS);
    }

    /** Returns a tree of JSON values whose objects have their fields in the order of their names. */
    private static @Nullable Object sorted(@Nullable Object tree) {
        return switch (tree) {
            case Map<?, ?> map -> {
                var sorted = new TreeMap<String, @Nullable Object>();
                map.forEach((name, value) -> sorted.put(String.valueOf(name), sorted(value)));
                yield sorted;
            }
            case Collection<?> list -> list.stream().map(RequestForm::sorted).toList();
            case Optional<?> maybe -> sorted(maybe.orElse(null));
            case null, default -> tree;
        };
    }
}
