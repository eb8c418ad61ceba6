package dev.stele.mcp;

import static dev.stele.mcp.ConformanceFixture.asked;
import static dev.stele.mcp.ConformanceFixture.elicited;
import static dev.stele.mcp.ConformanceFixture.question;
import static dev.stele.mcp.ConformanceFixture.said;
import static dev.stele.mcp.ConformanceFixture.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tools of the conformance suite that ask the client for inputs in the stateless revision. */
final class ConformanceRounds {

    private static final Map<String, ?> NAME = Map.of("name", Map.of("type", "string"));
    private static final Map<String, ?> CONFIRMATION = Map.of("ok", Map.of("type", "boolean"));
    private static final InputRequest ROOTS = new InputRequest("roots/list", Map.of());

    private ConformanceRounds() {}

    static List<Tool> tools() {
        return List.of(
                tool(
                        "test_missing_capability",
                        call -> said("" + asked(call, "capital", question("What is the capital?")))),
                tool("test_streaming_elicitation", call -> elicited(call, "user_name", "What is your name?", NAME)),
                tool("test_logging_tool", call -> {
                    call.log(LogLevel.EMERGENCY, "a message that only a client that asked for it receives");
                    return said("logged");
                }),
                tool(
                        "test_input_required_result_elicitation",
                        call -> elicited(call, "user_name", "What is your name?", NAME)),
                tool(
                        "test_input_required_result_sampling",
                        call -> said("" + asked(call, "capital_question", question("What is the capital of France?")))),
                tool("test_input_required_result_list_roots", call -> said("" + asked(call, "client_roots", ROOTS))),
                tool(
                        "test_input_required_result_request_state",
                        call -> elicited(call, "confirm", "Please confirm", CONFIRMATION)),
                tool(
                        "test_input_required_result_tampered_state",
                        call -> elicited(call, "confirm", "Please confirm", CONFIRMATION)),
                tool(
                        "test_input_required_result_multiple_inputs",
                        call -> said(""
                                + call.ask(Map.of(
                                        "user_name",
                                        InputRequest.elicitation("What is your name?", NAME),
                                        "greeting",
                                        question("Generate a greeting"),
                                        "client_roots",
                                        ROOTS)))),
                tool("test_input_required_result_multi_round", call -> {
                    elicited(call, "step1", "Step 1: What is your name?", NAME);
                    return elicited(
                            call,
                            "step2",
                            "Step 2: What is your favorite color?",
                            Map.of("color", Map.of("type", "string")));
                }),
                tool("test_input_required_result_capabilities", ConformanceRounds::supported));
    }

    /** Asks only what the client can answer. */
    private static ToolResult supported(ToolCall call) {
        var questions = new LinkedHashMap<>(Map.of(
                "user_name",
                InputRequest.elicitation("What is your name?", NAME),
                "greeting",
                question("Generate a greeting")));
        questions.values().removeIf(request -> !call.canAsk(request));
        return said("" + call.ask(questions));
    }
}
