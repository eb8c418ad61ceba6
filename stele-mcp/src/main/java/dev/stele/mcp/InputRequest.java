package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Request of the server for an input that only the client has: an answer of its user, of its model, or its folders.
 * Immutable.
 *
 * @param method method of the protocol
 * @param params parameters of the method
 */
record InputRequest(String method, Map<String, @Nullable Object> params) {

    /**
     * Returns a request for the user to fill in a form.
     *
     * @param message question to the user
     * @param properties fields of the form as JSON Schema, by name; all of them are required
     */
    static InputRequest elicitation(String message, Map<String, ?> properties) {
        return new InputRequest(
                "elicitation/create",
                Json.fields()
                        .put("message", message)
                        .put(
                                "requestedSchema",
                                Json.fields()
                                        .put("type", "object")
                                        .put("properties", properties)
                                        .put("required", List.copyOf(properties.keySet()))
                                        .map())
                        .map());
    }

    /** Name of the capability that a client needs for the request. */
    String capability() {
        return method.substring(0, method.indexOf('/'));
    }

    Map<String, @Nullable Object> toJson() {
        return Json.fields().keep("method", method).keep("params", params).map();
    }
}
