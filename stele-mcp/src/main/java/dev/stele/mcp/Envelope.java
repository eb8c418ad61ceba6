package dev.stele.mcp;

import dev.stele.model.Json;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Envelope of results. Up to revision 2025-11-25 a result is sent as it is. Revision 2026-07-28 adds the type of the
 * result, the name of the server, and for how long and by whom the results of some methods may be cached. Stateless.
 */
final class Envelope {

    /** Field with the type of a result. */
    static final String RESULT_TYPE = "resultType";

    static final String COMPLETE = "complete";

    /** Time for which a list that only a new version of the server changes may be cached. */
    private static final Duration LIST_TTL = Duration.ofHours(1);

    private Envelope() {}

    /** Returns the name and version of the server in the form of the protocol. */
    static Map<String, @Nullable Object> serverInfo() {
        return Json.fields()
                .put("name", "stele")
                .put("title", "Stele: memory for agents")
                .put("version", "0.1.0")
                .map();
    }

    /** Returns a result of a request in the form of its revision. */
    static Map<String, @Nullable Object> of(Request request, Map<String, @Nullable Object> result) {
        if (!request.meta().revision().isStateless()) {
            return result;
        }
        var fields = Json.fields().keep(RESULT_TYPE, COMPLETE);
        result.forEach(fields::keep);
        if (!result.containsKey(RESULT_TYPE)) {
            switch (request.method()) {
                case "server/discover", "tools/list", "resources/list", "resources/templates/list" ->
                    cacheable(fields, LIST_TTL, "private"); // the URL, the key and the agent decide the content
                case "prompts/list" -> cacheable(fields, LIST_TTL, "public");
                case "resources/read" -> cacheable(fields, Duration.ZERO, "private");
                default -> {} // not cacheable
            }
        }
        var meta = Json.fields();
        if (result.get("_meta") instanceof Map<?, ?> own) {
            own.forEach((key, value) -> meta.keep(String.valueOf(key), value));
        }
        return fields.keep(
                        "_meta",
                        meta.keep(RequestMeta.SERVER_INFO, serverInfo()).map())
                .map();
    }

    private static void cacheable(Json.Fields fields, Duration ttl, String scope) {
        fields.keep("ttlMs", ttl.toMillis()).keep("cacheScope", scope);
    }
}
