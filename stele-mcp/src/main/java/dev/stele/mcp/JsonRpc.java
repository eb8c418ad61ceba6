package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Factory of JSON-RPC 2.0 messages as JSON trees. */
final class JsonRpc {

    private JsonRpc() {}

    /** Returns the response to a request that succeeded. */
    static Map<String, @Nullable Object> result(Object id, Map<String, @Nullable Object> result) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("id", id)
                .keep("result", result)
                .map();
    }

    /**
     * Returns the response to a request that failed.
     *
     * @param id id of the request; null if it could not be read
     */
    static Map<String, @Nullable Object> error(@Nullable Object id, RpcError error) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("id", id)
                .keep("error", error.toJson())
                .map();
    }

    /** Returns a message that expects no response. */
    static Map<String, @Nullable Object> notification(String method, Map<String, @Nullable Object> params) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("method", method)
                .keep("params", params)
                .map();
    }

    /** Returns a request to the client. */
    static Map<String, @Nullable Object> request(String id, String method, Map<String, @Nullable Object> params) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("id", id)
                .keep("method", method)
                .keep("params", params)
                .map();
    }
}
