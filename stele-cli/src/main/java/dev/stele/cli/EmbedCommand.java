package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import dev.stele.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommands for the embeddings of items. */
@Command(
        name = "embed",
        description = "Show the embedding model in use, and compute embeddings that are missing or of another model.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = EmbedCommand.Rebuild.class,
        footer = {"  stele embed status", "  stele embed rebuild --agent kira"})
final class EmbedCommand extends CommandGroup {

    @Command(
            name = "status",
            description =
                    "Show for each agent the model in use, and the number of items with embeddings of the configured model.",
            mixinStandardHelpOptions = true,
            footer = {"  stele embed status --agent kira"})
    int status(
            @Mixin CommonOptions common,
            @Option(names = "--agent", paramLabel = "AGENT", description = "Only this agent.") @Nullable String agent) {
        Output output = common.output();
        try (Stele stele = common.open()) {
            List<AgentName> agents = agent == null ? stele.agents() : List.of(new AgentName(agent));
            var rows = new ArrayList<Map<String, @Nullable Object>>();
            var table = new ArrayList<List<String>>();
            for (AgentName name : agents) {
                AgentStats stats = stele.agent(name).stats();
                long items = stats.messages() + stats.notes();
                rows.add(Json.fields()
                        .put("agent", name.value())
                        .put("model", stele.model())
                        .put("serving", stats.servingModel())
                        .put("items", items)
                        .put("embedded", stats.embedded())
                        .map());
                table.add(List.of(
                        name.value(),
                        stele.model(),
                        stats.servingModel(),
                        String.valueOf(items),
                        String.valueOf(stats.embedded())));
            }
            output.print(
                    rows, () -> output.table(List.of("AGENT", "MODEL", "SERVING", "ITEMS", "WITH VECTORS"), table));
        }
        return 0;
    }

    @Command(
            name = "rebuild",
            description = {
                "Compute the embeddings that are missing or of another model at once. Queries use the former embeddings until all",
                "are computed. An interrupted run continues where it ended."
            },
            mixinStandardHelpOptions = true,
            footer = {"  stele embed rebuild --agent kira", "  stele embed rebuild --again"})
    static final class Rebuild implements AuditedCommand {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = "--agent",
                paramLabel = "AGENT",
                defaultValue = "default",
                description = "Name of the agent (${DEFAULT-VALUE}).")
        String agent = "";

        @Option(names = "--again", description = "Also recompute existing embeddings of this model.")
        boolean again;

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(AuditedOperation.of("rebuildEmbeddings", agent));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        public Integer call() {
            Output output = common.output();
            try (Stele stele = common.open()) {
                AgentMemory memory = stele.agent(agent);
                embed(memory, again);
                long embedded = memory.stats().embedded();
                output.print(
                        Json.fields()
                                .put("agent", agent)
                                .put("model", stele.model())
                                .put("embedded", embedded)
                                .map(),
                        () -> output.line("%d items have vectors of %s.", embedded, stele.model()));
            }
            return 0;
        }
    }

    /**
     * Computes embeddings and shows the progress.
     *
     * @param again whether existing embeddings of the model are computed again
     * @throws IllegalStateException if the model failed; the embeddings made before are kept
     */
    static void embed(AgentMemory memory, boolean again) {
        AgentStats stats = memory.stats();
        long items = stats.messages() + stats.notes();
        try (var bar = new ProgressBar("embedding", again ? items : items - stats.embedded())) {
            memory.embed(again, bar::update);
        }
    }
}
