package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows how much is remembered. */
@Command(name = "stats", description = "Show how much is remembered.", mixinStandardHelpOptions = true)
final class StatsCommand implements Callable<Integer> {

    @Mixin
    Common common = new Common();

    @Option(names = "--agent", description = "Only this agent; else all.")
    @Nullable
    String agent;

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            List<AgentName> names = agent == null ? stele.agents() : List.of(new AgentName(agent));
            List<AgentStats> all =
                    names.stream().map(name -> stele.agent(name).stats()).toList();
            output.print(
                    all.stream().map(AgentStats::toJson).toList(),
                    () -> output.table(
                            List.of("AGENT", "MESSAGES", "ARCHIVED", "NOTES", "SESSIONS", "USERS", "CHANGES", "KIB"),
                            all.stream()
                                    .map(stats -> List.of(
                                            stats.agent(),
                                            String.valueOf(stats.messages()),
                                            String.valueOf(stats.archived()),
                                            String.valueOf(stats.notes()),
                                            String.valueOf(stats.sessions()),
                                            String.valueOf(stats.users()),
                                            String.valueOf(stats.changes()),
                                            String.valueOf(stats.databaseBytes() / 1024)))
                                    .toList()));
        }
        return 0;
    }
}
