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

/** Learns now from what waits, and shows what was learnt. */
@Command(
        name = "reflect",
        description = "Learn now from the interactions that wait, and show what came of the latest ones.",
        mixinStandardHelpOptions = true)
final class ReflectCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Whose (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--limit", defaultValue = "10", description = "Most interactions shown (${DEFAULT-VALUE}).")
    int limit;

    @Override
    public Integer call() throws InterruptedException {
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            long waiting = memory.reflect();
            List<Interaction> latest = memory.interactions()
                    .list(Optional.empty(), Optional.empty(), limit, Optional.empty())
                    .items();
            output.print(
                    Json.fields()
                            .put("waiting", waiting)
                            .keep(
                                    "items",
                                    latest.stream().map(Interaction::toJson).toList())
                            .map(),
                    () -> show(output, waiting, latest));
        }
        return 0;
    }

    private static void show(Output output, long waiting, List<Interaction> latest) {
        output.table(
                List.of("WHEN", "TYPE", "USER", "STATE", "NEW", "KNOWN", "REPLACED", "WHY"),
                latest.stream()
                        .map(one -> List.of(
                                Output.time(one.createdAt()),
                                one.draft().type(),
                                one.draft().user().orElse(""),
                                one.state().word(),
                                count(one, outcome -> outcome.added().size()),
                                count(one, outcome -> outcome.duplicates().size()),
                                count(one, outcome -> outcome.superseded().size()),
                                one.error()
                                        .or(() -> one.outcome().map(Interaction.Outcome::reasoning))
                                        .orElse("")))
                        .toList());
        if (waiting > 0) {
            output.line("%d wait to be tried again.", waiting);
        }
    }

    private static String count(Interaction one, ToIntFunction<Interaction.Outcome> of) {
        return one.outcome()
                .map(outcome -> String.valueOf(of.applyAsInt(outcome)))
                .orElse("");
    }
}
