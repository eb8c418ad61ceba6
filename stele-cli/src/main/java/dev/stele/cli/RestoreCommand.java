package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.AgentName;
import dev.stele.model.Json;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that restores an agent from a backup. */
@Command(
        name = "restore",
        description = "Restore an agent from a backup.",
        mixinStandardHelpOptions = true,
        footer = {"  stele restore kira.stele", "  stele restore --as kira-copy kira.stele"})
final class RestoreCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--as", paramLabel = "NAME", description = "Restore under another name.")
    @Nullable
    String as;

    @Option(names = "--replace", description = "Replace an existing agent of that name, even a damaged one.")
    boolean replace;

    /** Name of the restored agent; null before it is restored. */
    private @Nullable String restored;

    @Parameters(paramLabel = "FILE", description = "The backup.")
    Path file = Path.of("");

    @Override
    public Optional<AuditedOperation> operation() {
        return Optional.of(new AuditedOperation(
                "restoreBackup", Optional.ofNullable(restored == null ? as : restored), Optional.empty()));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentName name = stele.restore(file, Optional.ofNullable(as).map(AgentName::new), replace);
            restored = name.value();
            output.print(
                    Json.fields().put("agent", name.value()).map(), () -> output.line("Agent %s is restored.", name));
        }
        return 0;
    }
}
