package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that cannot be answered, as JSON-RPC 2.0 says it. */
final class RpcError extends RuntimeException {

    static final int PARSE = -32700;
    static final int INVALID_REQUEST = -32600;
    static final int NO_METHOD = -32601;
    static final int INVALID_PARAMS = -32602;
    static final int INTERNAL = -32603;
    /** What the protocol calls a resource that is not there. */
    static final int NO_RESOURCE = -32002;

    private final int code;

    RpcError(int code, String message) {
        super(message);
        this.code = code;
    }

    Map<String, @Nullable Object> toJson() {
        return Json.fields().keep("code", code).keep("message", getMessage()).map();
    }
}
