package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Subcommand that lists the agents. */
@Command(
        name = "agents",
        description = "List all agents by name.",
        mixinStandardHelpOptions = true,
        footer = {"  stele agents", "  stele agents --json"})
final class AgentsCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            List<String> names = stele.agents().stream().map(AgentName::value).toList();
            output.print(
                    names,
                    () -> output.table(
                            List.of("AGENT"), names.stream().map(List::of).toList()));
        }
        return 0;
    }
}
