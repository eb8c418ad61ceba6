package dev.stele.cli;

import dev.stele.cli.config.Settings;
import dev.stele.context.ContextQuery;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that prints the context of a prompt. */
@Command(
        name = "context",
        description = {
            "Print the context of a prompt about a topic as Markdown. It has the profile of the user, facts of the graph,",
            "recalled items and the latest messages of the session, within a number of tokens."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "  stele context --agent kira --user ana \"planning a weekend trip\"",
            "  stele context --session monday --max-tokens 500 \"the new job\""
        })
final class ContextCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--user", paramLabel = "USER", description = "User whose profile is included.")
    @Nullable
    String user;

    @Option(names = "--session", paramLabel = "SESSION", description = "Session whose latest messages are included.")
    @Nullable
    String session;

    @Option(
            names = "--audience",
            paramLabel = "USER",
            description = "Only items that this user may see; repeat it for items that several users may all see.")
    Set<String> audience = new LinkedHashSet<>();

    @Option(
            names = "--max-tokens",
            paramLabel = "NUMBER",
            description = "Maximum number of tokens of the text (" + ContextQuery.DEFAULT_TOKENS + ").")
    int maxTokens = ContextQuery.DEFAULT_TOKENS;

    @Option(
            names = "--hits",
            paramLabel = "NUMBER",
            description = "Maximum number of recalled items (" + ContextQuery.DEFAULT_HITS + ").")
    int hits = ContextQuery.DEFAULT_HITS;

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "The topic of the prompt.")
    List<String> words = new ArrayList<>();

    @Override
    public Integer call() {
        Map<String, @Nullable Object> body = Json.fields()
                .put("topic", String.join(" ", words))
                .put("user", user)
                .put("session", session)
                .put("audience", List.copyOf(audience))
                .keep("max_tokens", maxTokens)
                .keep("hits", hits)
                .map();
        Settings settings = common.quietSettings();
        JsonObject context = new MemoryAccess(settings)
                .post(
                        agent,
                        "context",
                        body,
                        (memory, json) ->
                                memory.context(ContextQuery.fromJson(json)).toJson());
        Output output = common.output();
        output.print(
                context.raw(), () -> output.line("%s", context.string("text").stripTrailing()));
        return 0;
    }
}
