package dev.stele.server;

import java.util.Map;

/**
 * Exception for a refusal that exists only in the HTTP interface, such as an unknown path or an exhausted quota. It has
 * no stack trace, because it reports an expected outcome and is thrown often under load.
 */
final class HttpProblem extends RuntimeException {

    private final int status;
    private final String code;
    private final transient Map<String, String> headers;

    /**
     * @param status HTTP status code, from 400 on
     * @param code stable identifier of the kind of error
     * @param detail message for the client: what happened and what to do
     */
    HttpProblem(int status, String code, String detail) {
        this(status, code, detail, Map.of());
    }

    /**
     * @param status HTTP status code, from 400 on
     * @param code stable identifier of the kind of error
     * @param detail message for the client: what happened and what to do
     * @param headers additional response headers
     */
    HttpProblem(int status, String code, String detail, Map<String, String> headers) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
        this.headers = Map.copyOf(headers);
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    Map<String, String> headers() {
        return headers;
    }
}
