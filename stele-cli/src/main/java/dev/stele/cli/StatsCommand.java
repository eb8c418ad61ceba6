package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that shows the size of memories, or the off-heap memory of a server. */
@Command(
        name = "stats",
        description = "Show the size of memories.",
        mixinStandardHelpOptions = true,
        footer = {"  stele stats", "  stele stats --agent kira", "  stele stats --arenas"})
final class StatsCommand implements Callable<Integer> {

    private static final List<String> FIGURES =
            List.of("allocated", "active", "resident", "peak", "outstanding", "refusals", "heap_fallbacks", "leaks");

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", paramLabel = "AGENT", description = "Only this agent; all agents if omitted.")
    @Nullable
    String agent;

    @Option(
            names = "--arenas",
            description = "Show the off-heap memory of the server that runs with these settings instead.")
    boolean arenas;

    @Option(names = "--key", paramLabel = "KEY", description = "API key of the server, for --arenas.")
    @Nullable
    String key;

    @Override
    public Integer call() {
        Output output = common.output();
        if (arenas) {
            OptionValues.refuse("to --arenas", OptionValues.given("--agent", agent));
            showArenas(output);
            return 0;
        }
        OptionValues.refuse("without --arenas", OptionValues.given("--key", key));
        try (Stele stele = common.open()) {
            List<AgentName> names = agent == null ? stele.agents() : List.of(new AgentName(agent));
            List<AgentStats> rows =
                    names.stream().map(name -> stele.agent(name).stats()).toList();
            output.print(
                    rows.stream().map(AgentStats::toJson).toList(),
                    () -> output.table(
                            List.of(
                                    "AGENT",
                                    "MESSAGES",
                                    "ARCHIVED",
                                    "NOTES",
                                    "SESSIONS",
                                    "USERS",
                                    "PENDING",
                                    "ENTITIES",
                                    "CHANGES",
                                    "KIB"),
                            rows.stream()
                                    .map(stats -> List.of(
                                            stats.agent(),
                                            String.valueOf(stats.messages()),
                                            String.valueOf(stats.archived()),
                                            String.valueOf(stats.notes()),
                                            String.valueOf(stats.sessions()),
                                            String.valueOf(stats.users()),
                                            String.valueOf(stats.waiting()),
                                            String.valueOf(stats.graph().entities()),
                                            String.valueOf(stats.changes()),
                                            String.valueOf(stats.databaseBytes() / 1024)))
                                    .toList()));
        }
        return 0;
    }

    private void showArenas(Output output) {
        JsonObject figures = new RunningServer(common.settings(Map.of()), Optional.ofNullable(key)).get("/v1/arenas");
        output.print(figures.raw(), () -> {
            JsonObject kinds = figures.object("process").orElseThrow();
            output.table(
                    List.of("KIND", "ALLOCATED", "ACTIVE", "RESIDENT", "PEAK", "BLOCKS", "REFUSED", "HEAP", "LEAKS"),
                    kinds.names().stream()
                            .map(kind -> {
                                JsonObject arena = kinds.object(kind).orElseThrow();
                                var row = new ArrayList<>(List.of(kind));
                                for (String figure : FIGURES) {
                                    row.add(String.valueOf(
                                            arena.optionalLong(figure).orElse(0L)));
                                }
                                return (List<String>) row;
                            })
                            .toList());
        });
    }
}
