package dev.stele.mcp;

import static dev.stele.mcp.ConformanceFixture.asked;
import static dev.stele.mcp.ConformanceFixture.said;
import static dev.stele.mcp.ConformanceFixture.tool;
import static dev.stele.mcp.Schema.object;
import static dev.stele.mcp.Schema.optional;
import static dev.stele.mcp.Schema.required;
import static dev.stele.mcp.Schema.string;

import dev.stele.mcp.Tool.Effect;
import dev.stele.mcp.Tool.TaskSupport;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The tools of the conformance suite for tasks and for headers that repeat arguments. */
final class ConformanceTasks {

    private static final InputRequest CONFIRM =
            InputRequest.elicitation("Delete it?", Map.of("confirm", Map.of("type", "boolean")));
    private static final InputRequest NAME =
            InputRequest.elicitation("What is your name?", Map.of("name", Map.of("type", "string")));

    private ConformanceTasks() {}

    static List<Tool> tools() {
        return List.of(
                new Tool(
                        "greet",
                        "Greet",
                        "Greets somebody",
                        Effect.READ_ONLY,
                        object(required("name", string("A name"))),
                        call -> said("Hello, " + call.arguments().string("name") + "!")),
                new Tool(
                                "slow_compute",
                                "Compute",
                                "Takes its time",
                                Effect.READ_ONLY,
                                object(
                                        optional("seconds", Schema.integer("Time to take", 0)),
                                        optional("label", string("A label"))),
                                call -> {
                                    Thread.sleep(Duration.ofSeconds(call.arguments()
                                            .optionalLong("seconds")
                                            .orElse(0L)));
                                    return said("computed");
                                })
                        .withTasks(TaskSupport.IF_ACCEPTED),
                tool("failing_job", call -> {
                            Thread.sleep(1_000); // as the suite says
                            return ToolResult.failed("The job failed.");
                        })
                        .withTasks(TaskSupport.ALWAYS),
                tool("protocol_error_job", call -> {
                            throw new RpcError(RpcError.INTERNAL, "The job broke.");
                        })
                        .withTasks(TaskSupport.IF_ACCEPTED),
                new Tool(
                                "confirm_delete",
                                "Delete",
                                "Asks before it deletes",
                                Effect.READ_ONLY,
                                object(optional("filename", string("A name"))),
                                call -> said("" + asked(call, "confirm", CONFIRM)))
                        .withTasks(TaskSupport.IF_ACCEPTED),
                tool("multi_input", call -> said("" + call.ask(Map.of("name", NAME, "confirm", CONFIRM))))
                        .withTasks(TaskSupport.IF_ACCEPTED),
                tool(
                                "test_tool_with_task",
                                call -> said("Hello, "
                                        + asked(call, "user_name", NAME)
                                                .map("content")
                                                .get("name")))
                        .withTasks(TaskSupport.ALWAYS)
                        .withPreparation(call -> asked(call, "user_name", NAME)),
                new Tool(
                        "test_custom_header",
                        "Header",
                        "Has an argument that a header repeats",
                        Effect.READ_ONLY,
                        object(
                                required("region", string("A region").with(Map.of("x-mcp-header", "Region"))),
                                optional("query", string("A query"))),
                        call -> said("from " + call.arguments().string("region"))));
    }
}
