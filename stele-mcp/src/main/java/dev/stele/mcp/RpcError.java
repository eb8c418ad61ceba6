package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Failure of a request with an error code of JSON-RPC 2.0; sent to the client as an error response. */
final class RpcError extends RuntimeException {

    static final int PARSE = -32700;
    static final int INVALID_REQUEST = -32600;
    static final int NO_METHOD = -32601;
    static final int INVALID_PARAMS = -32602;
    static final int INTERNAL = -32603;
    /** Code of the protocol for a resource that does not exist. */
    static final int NO_RESOURCE = -32002;

    private final int code;

    RpcError(int code, String message) {
        super(message);
        this.code = code;
    }

    /** Returns the error object of the response. */
    Map<String, @Nullable Object> toJson() {
        return Json.fields().keep("code", code).keep("message", getMessage()).map();
    }
}
