package dev.stele.mcp;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Check of the HTTP headers that repeat parts of a request of the stateless revision.
 *
 * @param headers headers of the request
 * @param server server whose tools may name further headers
 */
record HeaderCheck(RequestHeaders headers, McpServer server) {

    /** Keyword of the schema of an argument that a client repeats in a header, with the end of the header's name. */
    private static final String SCHEMA_KEYWORD = "x-mcp-header";

    /**
     * Checks that the headers that repeat parts of a request of the stateless revision are present and equal to these
     * parts, so that proxies may rely on them.
     *
     * @param message the request
     * @throws RpcError if a header is absent, malformed or different
     */
    void check(JsonObject message) {
        JsonObject params = JsonObject.of("params", message.map("params"));
        require(RequestHeaders.VERSION, headers.get(RequestHeaders.VERSION), RequestMeta.statedVersion(message.raw()));
        require("Mcp-Method", headers.get("Mcp-Method"), message.raw("method"));
        String method = message.optionalString("method").orElse("");
        switch (method) {
            case "tools/call", "prompts/get" -> require("Mcp-Name", decoded("Mcp-Name"), params.raw("name"));
            case "resources/read" -> require("Mcp-Name", decoded("Mcp-Name"), params.raw("uri"));
            case "tasks/get", "tasks/update", "tasks/cancel" ->
                require("Mcp-Name", decoded("Mcp-Name"), params.raw("taskId"));
            default -> {} // no name
        }
        if (method.equals("tools/call") && params.raw("name") instanceof String name) {
            server.tool(name).ifPresent(tool -> checkArguments(tool.input(), params.raw("arguments")));
        }
    }

    private void checkArguments(Schema schema, @Nullable Object arguments) {
        schema.properties().forEach((name, property) -> {
            Object value = arguments instanceof Map<?, ?> map ? map.get(name) : null;
            if (property.keywords().get(SCHEMA_KEYWORD) instanceof String suffix) {
                String header = "Mcp-Param-" + suffix;
                if (value != null) {
                    require(header, decoded(header), value);
                } else if (headers.get(header).isPresent()) {
                    throw mismatch("The header %s is %s, and the request has no argument \"%s\"."
                            .formatted(header, Json.write(headers.get(header).get()), name));
                }
            }
            checkArguments(property, value);
        });
    }

    private static void require(String name, Optional<String> header, @Nullable Object value) {
        if (value == null) {
            return; // the check of the body reports what is missing there
        }
        if (header.isEmpty()) {
            throw mismatch("The request needs the header %s with the value %s of its body."
                    .formatted(name, Json.write(value)));
        }
        if (!isEqual(header.get(), value)) {
            throw mismatch("The header %s is %s, and the body has %s."
                    .formatted(name, Json.write(header.get()), Json.write(value)));
        }
    }

    private static boolean isEqual(String header, Object value) {
        if (value instanceof Number number) {
            try {
                return Double.parseDouble(header) == number.doubleValue();
            } catch (NumberFormatException e) {
                return false;
            }
        }
        return header.equals(String.valueOf(value));
    }

    /** Returns the value of a header that may be encoded as {@code =?base64?…?=}. */
    private Optional<String> decoded(String name) {
        return headers.get(name).map(value -> {
            if (!value.startsWith("=?base64?") || !value.endsWith("?=")) {
                return value;
            }
            String encoded = value.substring("=?base64?".length(), Math.max("=?base64?".length(), value.length() - 2));
            try {
                byte[] bytes = Base64.getDecoder().decode(encoded);
                if (Base64.getEncoder().encodeToString(bytes).equals(encoded)) { // refuses omitted padding
                    return new String(bytes, StandardCharsets.UTF_8);
                }
            } catch (IllegalArgumentException e) {
                throw malformed(name, e);
            }
            throw malformed(name, null);
        });
    }

    private static RpcError malformed(String name, @Nullable Exception cause) {
        RpcError error = mismatch("The value of the header " + name + " is not valid Base64.");
        if (cause != null) {
            error.initCause(cause);
        }
        return error;
    }

    private static RpcError mismatch(String why) {
        return new RpcError(RpcError.HEADER_MISMATCH, why);
    }
}
