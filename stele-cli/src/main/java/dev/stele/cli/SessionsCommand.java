package dev.stele.cli;

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
            defaultValue = "20",
            description = "Maximum number of rows (${DEFAULT-VALUE}).")
    int limit;

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
        Output output = common.output();
        try (Stele stele = common.open()) {
            Sessions sessions = stele.agent(agent).sessions();
            if (session == null) {
                list(output, sessions.list(Optional.ofNullable(user), limit, Optional.ofNullable(after)));
            } else if (title != null || end || !participants.isEmpty()) {
                Session result = change(sessions, session);
                output.print(result.toJson(), () -> output.line("Changed session %s.", result.id()));
            } else {
                messages(output, sessions.messages(session, limit, Optional.ofNullable(after), archived));
            }
        }
        return 0;
    }

    private Session change(Sessions sessions, String id) {
        if (!participants.isEmpty()) {
            sessions.setParticipants(id, participants);
        }
        return sessions.change(id, existing -> {
            Session titled = title == null ? existing : existing.withTitle(Optional.of(title));
            return end && titled.endedAt().isEmpty() ? titled.withEnd(Optional.of(Instant.now())) : titled;
        });
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
