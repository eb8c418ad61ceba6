package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.VerifyReport;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that checks memories for damage. */
@Command(
        name = "verify",
        description = "Check database, change log, embeddings, indexes and archive; exit code 1 if there are problems.",
        mixinStandardHelpOptions = true,
        footer = {"  stele verify", "  stele verify --agent kira"})
final class VerifyCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", paramLabel = "AGENT", description = "Only this agent; all agents if omitted.")
    @Nullable
    String agent;

    @Override
    public Integer call() {
        Output output = common.output();
        List<VerifyReport> reports;
        try (Stele stele = common.open()) {
            reports = agent == null ? stele.verify() : List.of(stele.verify(new AgentName(agent)));
        }
        boolean clean = reports.stream().allMatch(VerifyReport::clean);
        output.print(reports.stream().map(VerifyReport::toJson).toList(), () -> {
            for (VerifyReport report : reports) {
                output.line(
                        report.clean() ? "@|green clean|@  %s (%d entries)" : "@|red damaged|@  %s (%d entries)",
                        report.agent().isEmpty() ? "(beside the agents)" : report.agent(),
                        report.checked());
                report.problems().forEach(problem -> output.line("  %s", problem));
                report.remarks().forEach(remark -> output.line("  note: %s", remark));
            }
            if (!clean) {
                output.line("Restore damaged agents with: stele restore --replace FILE");
            }
        });
        return clean ? 0 : 1;
    }
}
