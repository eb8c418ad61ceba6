package dev.stele.cli;

import dev.stele.audit.AuditedOperation;
import dev.stele.cli.config.Setting;
import dev.stele.model.Json;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommands that create, list and revoke API keys. */
@Command(
        name = "keys",
        description = "Create, list and revoke API keys, which a server requires if other machines can reach it.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {KeysCommand.Create.class, KeysCommand.Revoke.class},
        footer = {"  stele keys create laptop", "  stele keys list"})
final class KeysCommand extends CommandGroup {

    private static ApiKeys keys(CommonOptions common) {
        return new ApiKeys(Path.of(common.settings(Map.of()).text(Setting.DATA)));
    }

    @Command(
            name = "create",
            description = "Create a key. It is shown only once.",
            mixinStandardHelpOptions = true,
            footer = {"  stele keys create laptop --scope read", "  stele keys create bot --agent kira --agent otto"})
    static final class Create implements AuditedCommand {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                defaultValue = "write",
                description = "read, write or admin (${DEFAULT-VALUE}).")
        String scope = "";

        @Option(
                names = "--agent",
                paramLabel = "AGENT",
                description = "Agent that the key may access; may be repeated. All agents if omitted.")
        List<String> agents = new ArrayList<>();

        @Parameters(paramLabel = "LABEL", description = "Purpose of the key.")
        String label = "";

        /** Id of the created key; empty before. */
        private Optional<String> id = Optional.empty();

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(new AuditedOperation("createKey", Optional.empty(), id));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        public Integer call() {
            ApiKeys.Created created = keys(common).create(label, Scope.of(scope), agents);
            id = Optional.of(created.key().id());
            Output output = common.output();
            var json = Json.fields();
            created.key().toJson().forEach(json::put);
            json.put("key", created.text());
            output.print(json.map(), () -> {
                output.line("%s", created.text());
                System.err.println(
                        "Keep the key: it is not stored and not shown again. Send it as Authorization: Bearer KEY.");
            });
            return 0;
        }
    }

    @Command(
            name = "list",
            description = "List keys, without their secrets.",
            mixinStandardHelpOptions = true,
            footer = {"  stele keys list"})
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
                                        key.scope().label(),
                                        key.agents().isEmpty() ? "all" : String.join(", ", key.agents()),
                                        Output.time(key.createdAt())))
                                .toList()));
        return 0;
    }

    @Command(
            name = "revoke",
            description = "Revoke a key at once.",
            mixinStandardHelpOptions = true,
            footer = {"  stele keys revoke 3fa9c1"})
    static final class Revoke implements AuditedCommand {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Parameters(paramLabel = "KEY_ID", description = "Id of the key, from the list.")
        String id = "";

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(new AuditedOperation("revokeKey", Optional.empty(), Optional.of(id)));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        public Integer call() {
            keys(common).revoke(id);
            Output output = common.output();
            output.print(Map.of("revoked", id), () -> output.line("Revoked key %s.", id));
            return 0;
        }
    }
}
