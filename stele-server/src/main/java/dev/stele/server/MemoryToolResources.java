package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.files.MemoryCommand;
import dev.stele.files.MemoryFiles;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** REST resource of the memory tool: it takes the input of a tool call and returns the fields of its result. */
record MemoryToolResources(Stele stele) {

    /** Registers the route. */
    void addTo(Router router) {
        router.add(
                "POST",
                "/v1/agents/{agent}/memory-tool",
                "runMemoryTool",
                "Run a command of the memory tool on the text files of the agent",
                this::run);
    }

    private Reply run(Exchange exchange) {
        exchange.allowQuery("user");
        AgentMemory memory = stele.agent(exchange.agent());
        MemoryFiles files = exchange.query("user").map(memory::files).orElseGet(memory::files);
        Map<String, @Nullable Object> input =
                exchange.jsonObject("memory tool input").raw();
        MemoryCommand.changed(input.get("command")).ifPresent(command -> exchange.audit(Optional.empty(), command));
        return Reply.json(files.run(input).toJson());
    }
}
