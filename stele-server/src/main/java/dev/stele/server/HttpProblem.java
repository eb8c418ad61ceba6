package dev.stele.server;

/** A refusal that only HTTP knows of. Carries no stack: it is an answer, not a failure. */
final class HttpProblem extends RuntimeException {

    private final int status;
    private final String code;

    HttpProblem(int status, String code, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }
}
