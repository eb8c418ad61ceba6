package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Interaction;
import dev.stele.model.Json;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that processes pending interactions and shows the outcomes. */
@Command(
        name = "reflect",
        description = "Process pending interactions now, and show the outcomes of the latest ones.",
        mixinStandardHelpOptions = true,
        footer = {"  stele reflect --agent kira"})
final class ReflectCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            defaultValue = "10",
            description = "Maximum number of shown interactions (${DEFAULT-VALUE}).")
    int limit;

    @Override
    public Integer call() throws InterruptedException {
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            long pending = memory.reflect();
            List<Interaction> latest = memory.interactions()
                    .list(Optional.empty(), Optional.empty(), limit, Optional.empty())
                    .items();
            output.print(
                    Json.fields()
                            .put("waiting", pending)
                            .keep(
                                    "items",
                                    latest.stream().map(Interaction::toJson).toList())
                            .map(),
                    () -> show(output, pending, latest));
        }
        return 0;
    }

    private static void show(Output output, long pending, List<Interaction> latest) {
        output.table(
                List.of("TIME", "TYPE", "USER", "STATE", "ADDED", "KNOWN", "SUPERSEDED", "REASON"),
                latest.stream()
                        .map(interaction -> List.of(
                                Output.time(interaction.createdAt()),
                                interaction.draft().type(),
                                interaction.draft().user().orElse(""),
                                interaction.state().label(),
                                count(interaction, outcome -> outcome.added().size()),
                                count(
                                        interaction,
                                        outcome -> outcome.duplicates().size()),
                                count(
                                        interaction,
                                        outcome -> outcome.superseded().size()),
                                interaction
                                        .error()
                                        .or(() -> interaction.outcome().map(Interaction.Outcome::reasoning))
                                        .orElse("")))
                        .toList());
        if (pending > 0) {
            output.line("%d interactions are pending for another attempt.", pending);
        }
    }

    private static String count(Interaction interaction, ToIntFunction<Interaction.Outcome> size) {
        return interaction
                .outcome()
                .map(outcome -> String.valueOf(size.applyAsInt(outcome)))
                .orElse("");
    }
}
