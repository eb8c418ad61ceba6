package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Sessions;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that lists sessions, shows the messages of one, or changes it. */
@Command(
        name = "sessions",
        description =
                "List sessions; with a SESSION show its latest messages, set its title or its participants, or end it.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele sessions --user ana",
            "  stele sessions monday --limit 50",
            "  stele sessions monday --title \"The move\""
        })
final class SessionsCommand implements AuditedCommand {

    private static final int DEFAULT_LIMIT = 20;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--limit", paramLabel = "NUMBER", description = "Maximum number of rows (" + DEFAULT_LIMIT + ").")
    @Nullable
    Integer limit;

    @Option(names = "--user", paramLabel = "USER", description = "Only sessions with this user.")
    @Nullable
    String user;

    @Option(
            names = "--after",
            paramLabel = "CURSOR",
            description = "Continue after this cursor; messages go back in time.")
    @Nullable
    String after;

    @Option(names = "--archived", description = "Include archived messages.")
    boolean archived;

    @Option(names = "--title", paramLabel = "TITLE", description = "Set the title of the session.")
    @Nullable
    String title;

    @Option(
            names = "--participant",
            paramLabel = "USER",
            description = "User who takes part in the session, which makes it a room; repeat it for each.")
    List<String> participants = new ArrayList<>();

    @Option(names = "--end", description = "End the session.")
    boolean end;

    @Parameters(arity = "0..1", paramLabel = "SESSION", description = "Id of a session.")
    @Nullable
    String session;

    @Override
    public Optional<AuditedOperation> operation() {
        return session == null || participants.isEmpty()
                ? Optional.empty()
                : Optional.of(AuditedOperation.of("updateSession", agent).withDetail("participants"));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        checkOptions();
        Output output = common.output();
        int rows = limit == null ? DEFAULT_LIMIT : limit;
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            Sessions sessions = memory.sessions();
            if (session == null) {
                list(output, sessions.list(Optional.ofNullable(user), rows, Optional.ofNullable(after)));
            } else if (isChange()) {
                Session result = change(memory, session);
                output.print(result.toJson(), () -> output.line("Changed session %s.", result.id()));
            } else {
                messages(output, sessions.messages(session, rows, Optional.ofNullable(after), archived));
            }
        }
        return 0;
    }

    private boolean isChange() {
        return title != null || end || !participants.isEmpty();
    }

    /** Refuses the options of the other forms of the command, which would be ignored. */
    private void checkOptions() {
        if (session == null) {
            OptionValues.refuse(
                    "without the id of a SESSION",
                    OptionValues.given("--title", title),
                    OptionValues.given("--participant", participants),
                    OptionValues.given("--end", end),
                    OptionValues.given("--archived", archived));
            return;
        }
        OptionValues.refuse("to a single SESSION", OptionValues.given("--user", user));
        if (isChange()) {
            OptionValues.refuse(
                    "to a change of a SESSION",
                    OptionValues.given("--limit", limit),
                    OptionValues.given("--after", after),
                    OptionValues.given("--archived", archived));
        }
    }

    /** Changes a session in one write, or creates it with its participants first. */
    private Session change(AgentMemory memory, String id) {
        UnaryOperator<Session> change = existing -> {
            Session shared = participants.isEmpty() ? existing : existing.withParticipants(participants);
            Session titled = title == null ? shared : shared.withTitle(Optional.of(title));
            return end && titled.endedAt().isEmpty() ? titled.withEnd(Optional.of(Instant.now())) : titled;
        };
        // Checks the values before a session is created.
        Session checked = change.apply(Session.started(id, Optional.empty(), Instant.now()));
        Sessions sessions = memory.sessions();
        boolean isNew = !memory.exists() || sessions.get(id).isEmpty();
        if (isNew && checked.isRoom()) {
            sessions.setParticipants(id, checked.participants());
        }
        return sessions.change(id, change);
    }

    private static void list(Output output, Page<Session> page) {
        output.print(
                Json.fields()
                        .keep(
                                "items",
                                page.items().stream().map(Session::toJson).toList())
                        .put("next", page.next())
                        .map(),
                () -> {
                    output.table(
                            List.of("SESSION", "USER", "TITLE", "MESSAGES", "LAST", "ENDED"),
                            page.items().stream()
                                    .map(session -> List.of(
                                            session.id(),
                                            session.user().orElse("-"),
                                            session.title().orElse("-"),
                                            String.valueOf(session.messages()),
                                            Output.time(session.lastAt()),
                                            session.endedAt().map(Output::time).orElse("-")))
                                    .toList());
                    page.next().ifPresent(next -> output.line("More: --after %s", next));
                });
    }

    private static void messages(Output output, Page<Message> page) {
        output.print(
                Json.fields()
                        .keep(
                                "items",
                                page.items().stream().map(Message::toJson).toList())
                        .put("next", page.next())
                        .map(),
                () -> {
                    page.next().ifPresent(next -> output.line("@|faint Earlier: --after %s|@", next));
                    page.items()
                            .forEach(message -> output.line(
                                    "@|faint %s|@  @|cyan %s|@  %s",
                                    Output.time(message.at()), message.speaker(), message.content()));
                });
    }
}
