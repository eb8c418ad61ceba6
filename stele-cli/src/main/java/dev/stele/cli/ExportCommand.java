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

/** Writes a memory as JSON lines. */
@Command(
        name = "export",
        description = "Write everything of an agent, with all history, as JSON lines.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Whose memory (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--format",
            defaultValue = "stele",
            description =
                    "stele for everything, mcp-memory for the graph as the reference MCP memory server keeps it (${DEFAULT-VALUE}).")
    String format = "";

    @Parameters(
            arity = "0..1",
            defaultValue = "-",
            paramLabel = "FILE",
            description = "Where to; - is standard output.")
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
            // Under another name until it is whole: a file of that name is always a complete export.
            Path making = target.resolveSibling(target.getFileName() + ".part");
            long lines;
            Files.deleteIfExists(making);
            DurableFiles.createFile(making);
            try (Writer out = Files.newBufferedWriter(making, StandardCharsets.UTF_8)) {
                lines = export(memory, out);
            }
            Files.move(making, target, StandardCopyOption.REPLACE_EXISTING);
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
