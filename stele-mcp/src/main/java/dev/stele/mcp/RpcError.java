package dev.stele.mcp;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Failure of a request with an error code of JSON-RPC 2.0 or of the protocol; sent to the client as an error. */
final class RpcError extends RuntimeException {

    static final int PARSE = -32700;
    static final int INVALID_REQUEST = -32600;
    static final int NO_METHOD = -32601;
    static final int INVALID_PARAMS = -32602;
    static final int INTERNAL = -32603;
    /**
     * Code for a resource that does not exist, in revisions up to 2025-11-25; later ones use {@link #INVALID_PARAMS}.
     */
    static final int NO_RESOURCE = -32002;
    /** Code for HTTP headers that are absent or differ from the body. */
    static final int HEADER_MISMATCH = -32020;
    /** Code for a request that needs a capability which its client did not declare. */
    static final int MISSING_CAPABILITY = -32021;
    /** Code for a protocol version that the server does not support. */
    static final int UNSUPPORTED_VERSION = -32022;

    private final int code;
    private final transient Map<String, @Nullable Object> data;

    RpcError(int code, String message) {
        this(code, message, Map.of());
    }

    private RpcError(int code, String message, Map<String, @Nullable Object> data) {
        super(message);
        this.code = code;
        this.data = data;
    }

    /**
     * Returns the error for a request that needs a capability which its client did not declare.
     *
     * @param operation what needs the capability, for the message
     * @param required the capability in the form in which a client declares it
     */
    static RpcError missingCapability(String operation, Map<String, @Nullable Object> required) {
        return new RpcError(
                MISSING_CAPABILITY,
                "%s needs a capability that the client did not declare: %s.".formatted(operation, Json.write(required)),
                Json.fields().keep("requiredCapabilities", required).map());
    }

    static RpcError unsupportedVersion(String message, List<String> supported, @Nullable Object requested) {
        return new RpcError(
                UNSUPPORTED_VERSION,
                message,
                Json.fields()
                        .keep("supported", supported)
                        .keep("requested", requested)
                        .map());
    }

    /** Returns this error with the code that a revision has for it. */
    RpcError in(Revision revision) {
        return code == NO_RESOURCE && revision.isStateless()
                ? new RpcError(INVALID_PARAMS, String.valueOf(getMessage()), data)
                : this;
    }

    int code() {
        return code;
    }

    /** Returns the error object of the response. */
    Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("code", code)
                .keep("message", getMessage())
                .put("data", data)
                .map();
    }
}
