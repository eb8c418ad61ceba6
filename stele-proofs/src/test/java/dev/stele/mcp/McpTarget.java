package dev.stele.mcp;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.concurrent.WorkBudget;
import dev.stele.concurrent.WorkLimits;
import dev.stele.config.SteleConfig;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Lines of an MCP client. */
public final class McpTarget {

    private static final ToolRunner RUNNER = new ToolRunner() {
        @Override
        public <T> T run(String caller, boolean heavy, Callable<T> call) throws Exception {
            return WorkBudget.call(WorkLimits.DEFAULT, call);
        }
    };

    private static final McpServer SERVER;
    private static final AgentMemory MEMORY;

    static {
        try {
            Stele stele = Stele.open(SteleConfig.at(Files.createTempDirectory("stele-fuzz")), Optional.empty());
            MEMORY = stele.agent("kira");
            SERVER = McpServers.of(stele, RUNNER, TaskLimits.DEFAULT);
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private McpTarget() {}

    /** Called by the fuzzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        var out = new ByteArrayOutputStream();
        new StdioTransport(SERVER, out, 10_000, 4)
                .serve(new ByteArrayInputStream(input), MEMORY, new SessionOptions(false, false, ToolProfile.ALL));
        out.toString(StandardCharsets.UTF_8).lines().forEach(line -> {
            if (Json.read(line) instanceof java.util.List<?>) {
                return;
            }
            JsonObject answer = Json.readObject("answer", line);
            if (!"2.0".equals(answer.raw("jsonrpc")) || line.contains("Exception:")) {
                throw new AssertionError("an answer of the wrong form: " + line);
            }
        });
    }
}
