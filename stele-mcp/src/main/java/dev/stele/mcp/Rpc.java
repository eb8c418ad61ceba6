package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages of JSON-RPC 2.0 as trees. */
final class Rpc {

    private Rpc() {}

    static Map<String, @Nullable Object> result(Object id, Map<String, @Nullable Object> result) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("id", id)
                .keep("result", result)
                .map();
    }

    /** @param id of the request, or null if it could not be read */
    static Map<String, @Nullable Object> error(@Nullable Object id, RpcError error) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("id", id)
                .keep("error", error.toJson())
                .map();
    }

    static Map<String, @Nullable Object> notification(String method, Map<String, @Nullable Object> params) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("method", method)
                .keep("params", params)
                .map();
    }

    static Map<String, @Nullable Object> request(String id, String method, Map<String, @Nullable Object> params) {
        return Json.fields()
                .keep("jsonrpc", "2.0")
                .keep("id", id)
                .keep("method", method)
                .keep("params", params)
                .map();
    }
}
