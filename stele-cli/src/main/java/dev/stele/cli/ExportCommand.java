package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.io.DurableFiles;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.transfer.ExportReport;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
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
                List<String> damaged = export(memory, out).damaged();
                out.flush();
                damaged.forEach(damage -> System.err.println("stele: left out: " + damage));
                return damaged.isEmpty() ? 0 : 1;
            }
            Path target = Path.of(file).toAbsolutePath();
            // The export has another name until it is complete, so that a file of the final name is always complete.
            Path partial = target.resolveSibling(target.getFileName() + ".part");
            ExportReport report;
            Files.deleteIfExists(partial);
            DurableFiles.createFile(partial);
            try (Writer out = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
                report = export(memory, out);
            }
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
            Output output = common.output();
            output.print(
                    Json.fields()
                            .put("file", file)
                            .put("lines", report.lines())
                            .put("damaged", report.damaged())
                            .map(),
                    () -> {
                        output.line("Wrote %d lines to %s.", report.lines(), file);
                        report.damaged().forEach(damage -> output.line("  left out: %s", damage));
                    });
            return report.damaged().isEmpty() ? 0 : 1;
        }
    }

    private ExportReport export(AgentMemory memory, Writer out) {
        return switch (format) {
            case "stele" -> memory.export(out);
            case "mcp-memory" -> new ExportReport(memory.exportMcpMemory(out), List.of());
            default ->
                throw new InvalidInputException(
                        "The format " + Json.write(format) + " is unknown; use stele or mcp-memory.");
        };
    }
}
