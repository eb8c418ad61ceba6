package dev.stele.mcp;

import java.util.Map;

/**
 * Thrown to end a request that needs an input of the client before it can be completed. The client answers by repeating
 * the request with the input. It has no stack trace, because it is an expected outcome.
 */
final class InputRequired extends RuntimeException {

    private final transient Map<String, InputRequest> requests;

    /** @param requests the requests that the client has not answered yet, by key */
    InputRequired(Map<String, InputRequest> requests) {
        super("input required: " + String.join(", ", requests.keySet()), null, false, false);
        this.requests = requests;
    }

    Map<String, InputRequest> requests() {
        return requests;
    }
}
