package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.io.DurableFiles;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that writes a memory as JSON lines. */
@Command(
        name = "export",
        description = "Write all data of an agent, with its history, as JSON lines.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--format",
            defaultValue = "stele",
            description =
                    "stele for all data, mcp-memory for the graph in the form of the reference MCP memory server (${DEFAULT-VALUE}).")
    String format = "";

    @Parameters(
            arity = "0..1",
            defaultValue = "-",
            paramLabel = "FILE",
            description = "Target file; - is standard output.")
    String file = "-";

    @Override
    public Integer call() throws IOException {
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            if (file.equals("-")) {
                var out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
                export(memory, out);
                out.flush();
                return 0;
            }
            Path target = Path.of(file).toAbsolutePath();
            // The export has another name until it is complete, so that a file of the final name is always complete.
            Path partial = target.resolveSibling(target.getFileName() + ".part");
            long lines;
            Files.deleteIfExists(partial);
            DurableFiles.createFile(partial);
            try (Writer out = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
                lines = export(memory, out);
            }
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
            Output output = common.output();
            output.print(
                    Json.fields().put("file", file).put("lines", lines).map(),
                    () -> output.line("Wrote %d lines to %s.", lines, file));
        }
        return 0;
    }

    private long export(AgentMemory memory, Writer out) {
        return switch (format) {
            case "stele" -> memory.export(out);
            case "mcp-memory" -> memory.exportMcpMemory(out);
            default ->
                throw new InvalidInputException(
                        "The format " + Json.write(format) + " is unknown; use stele or mcp-memory.");
        };
    }
}
