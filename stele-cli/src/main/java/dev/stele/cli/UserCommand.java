package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.Users;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that shows or changes the user context of a user. */
@Command(
        name = "user",
        description = "List users; with a USER show or change what the agent knows about the user.",
        mixinStandardHelpOptions = true,
        footer = {"  stele user", "  stele user ana", "  stele user ana --preference drink=tea --trait patient=0.8"})
final class UserCommand implements AuditedCommand {

    private static final int DEFAULT_LIMIT = 20;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--patch",
            paramLabel = "JSON",
            description = "Change the user context by a merge patch, such as {\"trust\":0.8}.")
    @Nullable
    String patch;

    @Option(
            names = "--preference",
            paramLabel = "NAME=VALUE",
            description = "Set a preference, such as drink=tea; may be repeated.")
    Map<String, String> preferences = new LinkedHashMap<>();

    @Option(
            names = "--trait",
            paramLabel = "NAME=STRENGTH",
            description = "Set a trait, such as patient=0.8; may be repeated.")
    Map<String, Double> traits = new LinkedHashMap<>();

    @Option(names = "--as-of", paramLabel = "TIME", description = "Show the user context as of this time.")
    @Nullable
    String asOf;

    @Option(names = "--history", description = "List the versions of the user context.")
    boolean history;

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            description = "Maximum number of users or versions (" + DEFAULT_LIMIT + ").")
    @Nullable
    Integer limit;

    @Option(names = "--after", paramLabel = "CURSOR", description = "Continue the list of users after this cursor.")
    @Nullable
    String after;

    @Parameters(arity = "0..1", paramLabel = "USER", description = "Id of a user.")
    @Nullable
    String user;

    @Override
    public Optional<AuditedOperation> operation() {
        return isChange() ? Optional.of(AuditedOperation.of("updateUser", agent)) : Optional.empty();
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        checkOptions();
        Map<String, @Nullable Object> changes = changes();
        int rows = limit == null ? DEFAULT_LIMIT : limit;
        try (Stele stele = common.open()) {
            Users users = stele.agent(agent).users();
            if (user == null) {
                list(output, users.list(rows, Optional.ofNullable(after)));
                return 0;
            }
            String id = user;
            if (history) {
                var page = users.history(id, rows, Optional.empty());
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
            UserContext context = !changes.isEmpty()
                    ? users.patch(id, JsonObject.of("patch", changes), OptionalLong.empty())
                    : Optional.ofNullable(asOf)
                            .map(time -> users.asOf(id, OptionValues.time("--as-of", time)))
                            .orElseGet(() -> users.get(id))
                            .orElseThrow(
                                    () -> new NotFoundException("Nothing is known of user " + Json.write(id) + "."));
            output.print(context.toJson(), () -> show(output, context));
        }
        return 0;
    }

    private boolean isChange() {
        return patch != null || !preferences.isEmpty() || !traits.isEmpty();
    }

    /** Refuses the options of the other forms of the command, which would be ignored. */
    private void checkOptions() {
        if (user == null) {
            if (history || asOf != null || isChange()) {
                throw new InvalidInputException("This option needs the id of a USER; \"stele user\" lists the ids.");
            }
            return;
        }
        OptionValues.refuse("to a single USER", OptionValues.given("--after", after));
        if (!history) {
            OptionValues.refuse("to a USER without --history", OptionValues.given("--limit", limit));
        }
        if (isChange()) {
            OptionValues.refuse(
                    "to a change of a USER",
                    OptionValues.given("--history", history),
                    OptionValues.given("--as-of", asOf));
        } else if (history) {
            OptionValues.refuse("to --history", OptionValues.given("--as-of", asOf));
        }
    }

    /** Returns the changes as one merge patch; empty if nothing is changed. */
    private Map<String, @Nullable Object> changes() {
        Map<String, @Nullable Object> changes = patch == null
                ? new LinkedHashMap<>()
                : new LinkedHashMap<>(
                        OptionValues.object("--patch", "patch", patch).raw());
        put(changes, "preferences", "--preference", preferences);
        put(changes, "traits", "--trait", traits);
        return changes;
    }

    private static void put(Map<String, @Nullable Object> changes, String field, String option, Map<String, ?> values) {
        if (!values.isEmpty() && changes.put(field, values) != null) {
            throw new InvalidInputException("--patch has the field \"%s\", too; give its values there, or by %s only."
                    .formatted(field, option));
        }
    }

    private static void list(Output output, Page<String> page) {
        output.print(
                Json.fields()
                        .keep("items", page.items())
                        .put("next", page.next())
                        .map(),
                () -> {
                    output.table(
                            List.of("USER"), page.items().stream().map(List::of).toList());
                    page.next().ifPresent(next -> output.line("More: --after %s", next));
                });
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
