package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.Users;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.model.UserContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that shows or changes the user context of a user. */
@Command(
        name = "user",
        description = "Show or change what the agent knows about a user.",
        mixinStandardHelpOptions = true)
final class UserCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--patch",
            paramLabel = "JSON",
            description = "Change the user context by a merge patch, such as {\"trust\":0.8}.")
    @Nullable
    String patch;

    @Option(names = "--as-of", description = "Show the user context as of this time.")
    @Nullable
    String asOf;

    @Option(names = "--history", description = "List the versions of the user context.")
    boolean history;

    @Option(names = "--limit", defaultValue = "20", description = "Maximum number of versions (${DEFAULT-VALUE}).")
    int limit;

    @Parameters(paramLabel = "USER", description = "Id of the user.")
    String user = "";

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            Users users = stele.agent(agent).users();
            if (history) {
                var page = users.history(user, limit, Optional.empty());
                output.print(
                        page.items().stream()
                                .map(version -> version.context().toJson())
                                .toList(),
                        () -> output.table(
                                List.of("VERSION", "WRITTEN", "CONVERSATIONS", "FRIENDSHIP", "STAGE", "TRUST"),
                                page.items().stream()
                                        .map(version -> {
                                            UserContext context = version.context();
                                            return List.of(
                                                    String.valueOf(context.version()),
                                                    Output.time(version.at()),
                                                    String.valueOf(context.conversations()),
                                                    String.valueOf(context.friendship()),
                                                    context.stage().words(),
                                                    String.valueOf(context.trust()));
                                        })
                                        .toList()));
                return 0;
            }
            UserContext context = patch != null
                    ? users.patch(user, OptionValues.object("--patch", "patch", patch), OptionalLong.empty())
                    : Optional.ofNullable(asOf)
                            .map(time -> users.asOf(user, OptionValues.time("--as-of", time)))
                            .orElseGet(() -> users.get(user))
                            .orElseThrow(
                                    () -> new NotFoundException("Nothing is known of user " + Json.write(user) + "."));
            output.print(context.toJson(), () -> show(output, context));
        }
        return 0;
    }

    private static void show(Output output, UserContext context) {
        output.line("@|bold %s|@, %s", context.userId(), context.stage().words());
        output.line(
                String.format(Locale.ROOT, "friendship %.1f, trust %.2f, ", context.friendship(), context.trust())
                        + "conversations %d, first met %s, last %s, version %d",
                context.conversations(),
                Output.time(context.firstMet()),
                context.lastInteraction().map(Output::time).orElse("-"),
                context.version());
        context.traits().forEach((trait, strength) -> output.line("trait       %s: %s", trait, strength));
        context.preferences().forEach((name, value) -> output.line("preference  %s: %s", name, value));
        context.moods().forEach(mood -> output.line("mood        %s  %s", Output.time(mood.at()), mood.mood()));
    }
}
