package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.Json;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that writes the whole memory of an agent to one file. */
@Command(
        name = "backup",
        description = "Write the whole memory of an agent to one file, while other processes use it.",
        mixinStandardHelpOptions = true,
        footer = {"  stele backup --agent kira kira.stele"})
final class BackupCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Parameters(paramLabel = "FILE", description = "The backup; an existing file is replaced.")
    Path file = Path.of("");

    @Override
    public Optional<AuditedOperation> operation() {
        return Optional.of(AuditedOperation.of("createBackup", agent));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            stele.agent(agent).backup(file);
        }
        output.print(
                Json.fields().put("agent", agent).put("file", file.toString()).map(),
                () -> output.line("Agent %s is backed up in %s.", agent, file));
        return 0;
    }
}
