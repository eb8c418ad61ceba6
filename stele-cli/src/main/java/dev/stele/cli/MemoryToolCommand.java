package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.files.MemoryCommand;
import dev.stele.files.MemoryFiles;
import dev.stele.files.MemoryReply;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that runs one command of the memory tool. */
@Command(
        name = "memory-tool",
        description =
                "Run a command of the memory tool on the text files of an agent; the exit code is 1 if it failed.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele memory-tool '{\"command\":\"view\",\"path\":\"/memories\"}'",
            "  stele memory-tool --user ana - < call.json"
        })
final class MemoryToolCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            paramLabel = "INPUT",
            description =
                    "Input of the tool call as JSON, such as {\"command\":\"view\",\"path\":\"/memories\"}; - reads"
                            + " standard input.")
    String input = "";

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "User whose own files are meant; the shared ones if omitted.")
    @Nullable
    String user;

    /** Name of the command of the tool, not validated; null until the input is read. */
    private @Nullable Object command;

    @Override
    public Optional<AuditedOperation> operation() {
        return MemoryCommand.changed(command)
                .map(name -> AuditedOperation.of("runMemoryTool", agent).withDetail(name));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() throws IOException {
        String text = input.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : input;
        JsonObject json = Json.readObject("input", text);
        command = json.raw().get("command");
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            MemoryFiles files = user == null ? memory.files() : memory.files(user);
            MemoryReply reply = files.run(json.raw());
            output.print(reply.toJson(), () -> output.line("%s", reply.content()));
            return reply.error() ? 1 : 0;
        }
    }
}
