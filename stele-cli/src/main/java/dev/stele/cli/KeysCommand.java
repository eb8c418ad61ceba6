package dev.stele.cli;

import dev.stele.cli.config.Setting;
import dev.stele.model.Json;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes, lists and revokes the keys of a server. */
@Command(
        name = "keys",
        description = "Make, list and revoke the keys that a server asks for when other machines can reach it.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class KeysCommand extends CommandGroup {

    private static ApiKeys keys(CommonOptions common) {
        return new ApiKeys(Path.of(common.settings(Map.of()).text(Setting.DATA)));
    }

    @Command(name = "create", description = "Make a key. It is shown once.", mixinStandardHelpOptions = true)
    int create(
            @Mixin CommonOptions common,
            @Option(names = "--scope", defaultValue = "write", description = "read, write or admin (${DEFAULT-VALUE}).")
                    String scope,
            @Option(names = "--agent", description = "Only this agent; may stand several times.") @Nullable
                    List<String> agents,
            @Parameters(paramLabel = "LABEL", description = "What it is for.") String label) {
        ApiKeys.Created made = keys(common).create(label, Scope.of(scope), agents == null ? new ArrayList<>() : agents);
        Output output = common.output();
        var json = Json.fields();
        made.key().toJson().forEach(json::put);
        json.put("key", made.text());
        output.print(json.map(), () -> {
            output.line("%s", made.text());
            System.err.println("Keep it: it is not stored and not shown again. Send it as Authorization: Bearer KEY.");
        });
        return 0;
    }

    @Command(name = "list", description = "List keys, without their secrets.", mixinStandardHelpOptions = true)
    int list(@Mixin CommonOptions common) {
        List<ApiKey> keys = keys(common).list();
        Output output = common.output();
        output.print(
                keys.stream().map(ApiKey::toJson).toList(),
                () -> output.table(
                        List.of("ID", "LABEL", "SCOPE", "AGENTS", "CREATED"),
                        keys.stream()
                                .map(key -> List.of(
                                        key.id(),
                                        key.label(),
                                        key.scope().word(),
                                        key.agents().isEmpty() ? "all" : String.join(", ", key.agents()),
                                        Output.time(key.createdAt())))
                                .toList()));
        return 0;
    }

    @Command(name = "revoke", description = "Take a key away, at once.", mixinStandardHelpOptions = true)
    int revoke(
            @Mixin CommonOptions common,
            @Parameters(paramLabel = "ID", description = "The key's id, from the list.") String id) {
        keys(common).revoke(id);
        Output output = common.output();
        output.print(Map.of("revoked", id), () -> output.line("Revoked key %s.", id));
        return 0;
    }
}
