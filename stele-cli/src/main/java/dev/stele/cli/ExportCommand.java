package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.transfer.ExportFormat;
import dev.stele.transfer.ExportReport;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that writes a memory as JSON lines. */
@Command(
        name = "export",
        description = {
            "Write all data of an agent, with its history, as JSON lines. Other formats contain its current state",
            "for other programs."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "  stele export --agent kira kira.jsonl",
            "  stele export --agent kira --format markdown kira.zip",
            "  stele export | gzip > default.jsonl.gz"
        })
final class ExportCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "stele",
            description = {
                "stele for all data, mcp-memory for the graph as the reference MCP memory server keeps it,",
                "markdown for entities and notes as a zip file of Markdown files,",
                "pam for notes and messages as a zip file of Portable AI Memory (${DEFAULT-VALUE})."
            })
    String format = "";

    @Parameters(
            arity = "0..1",
            defaultValue = "-",
            paramLabel = "FILE",
            description = "Target file, which is replaced if it exists; - is standard output.")
    String file = "-";

    @Override
    public Optional<AuditedOperation> operation() {
        return Optional.of(AuditedOperation.of("exportAgent", agent));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        try {
            return export();
        } catch (IOException e) {
            throw FileErrors.of("The export " + file + " cannot be written", e);
        }
    }

    private int export() throws IOException {
        ExportFormat chosen = ExportFormat.of(format);
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            if (file.equals("-")) {
                var out = new BufferedOutputStream(common.output().stream());
                List<String> damaged = memory.export(chosen, out).damaged();
                out.flush();
                damaged.forEach(damage -> System.err.println("stele: left out: " + damage));
                return damaged.isEmpty() ? 0 : 1;
            }
            Path target = Path.of(file).toAbsolutePath();
            checkTarget(target);
            // The export has another name until it is complete, so that a file of the final name is always complete.
            Path partial = target.resolveSibling(target.getFileName() + ".part");
            ExportReport report;
            Files.deleteIfExists(partial);
            DurableFiles.createFile(partial);
            try (var out = new BufferedOutputStream(Files.newOutputStream(partial))) {
                report = memory.export(chosen, out);
            }
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
            Output output = common.output();
            String unit = chosen.isZip() ? "files" : "lines";
            output.print(
                    Json.fields()
                            .put("file", file)
                            .put(unit, report.lines())
                            .put("damaged", report.damaged())
                            .map(),
                    () -> {
                        output.line("Wrote %d %s to %s.", report.lines(), unit, file);
                        report.damaged().forEach(damage -> output.line("  left out: %s", damage));
                    });
            return report.damaged().isEmpty() ? 0 : 1;
        }
    }

    private void checkTarget(Path target) {
        if (Files.isDirectory(target)) {
            throw new InvalidInputException(file + " is a directory; give a file.");
        }
        Path directory = target.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new InvalidInputException(
                    "There is no directory " + directory + "; create it, or give another file.");
        }
    }
}
