package dev.stele.server;

import java.util.Map;

/** A refusal that only HTTP knows of. Carries no stack: it is an answer, not a failure. */
final class HttpProblem extends RuntimeException {

    private final int status;
    private final String code;
    private final transient Map<String, String> headers;

    HttpProblem(int status, String code, String detail) {
        this(status, code, detail, Map.of());
    }

    /** @param headers sent with the answer */
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
