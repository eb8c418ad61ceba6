package dev.stele.mcp;

import dev.stele.model.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Source of inputs that only the client has. The revision of a request and whether it runs as a task decide how the
 * client is asked; a tool asks in the same way in each case, and asks for the same inputs if it runs again.
 */
interface ClientInput {

    /**
     * Asks the client and returns its answers.
     *
     * @param requests requests by key; a key names one request during a call
     * @return the result of each request, by key
     * @throws InputRequired if the client answers by repeating its own request
     * @throws RpcError if the client refuses or does not answer in time
     */
    Map<String, JsonObject> ask(Map<String, InputRequest> requests);

    /**
     * Returns the source for a request whose client waits for the result.
     *
     * @param answers answers that the client sent with the request, by key
     */
    static ClientInput of(Request request, Map<String, JsonObject> answers) {
        return request.meta().revision().isStateless()
                ? questions -> sent(questions, answers)
                : questions -> requested(questions, request);
    }

    /** Takes the answers that the client sent with its request, and else ends the request. */
    private static Map<String, JsonObject> sent(Map<String, InputRequest> questions, Map<String, JsonObject> answers) {
        var open = new LinkedHashMap<>(questions);
        open.keySet().removeAll(answers.keySet());
        if (!open.isEmpty()) {
            throw new InputRequired(open);
        }
        return answers;
    }

    /** Asks by requests to the client, in the revisions with sessions. */
    private static Map<String, JsonObject> requested(Map<String, InputRequest> questions, Request request) {
        var answers = new LinkedHashMap<String, JsonObject>();
        questions.forEach((key, question) -> answers.put(
                key, request.session().clientRequests().send(request.out(), question.method(), question.params())));
        return answers;
    }
}
