package dev.stele.cli;

import dev.stele.Sessions;
import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.Page;
import dev.stele.model.Session;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that lists sessions, shows the messages of one, or changes it. */
@Command(
        name = "sessions",
        description = "List sessions; with a SESSION show its latest messages, set its title or end it.",
        mixinStandardHelpOptions = true)
final class SessionsCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--limit", defaultValue = "20", description = "Maximum number of rows (${DEFAULT-VALUE}).")
    int limit;

    @Option(names = "--user", description = "Only sessions with this user.")
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

    @Option(names = "--title", description = "Set the title of the session.")
    @Nullable
    String title;

    @Option(names = "--end", description = "End the session.")
    boolean end;

    @Parameters(arity = "0..1", paramLabel = "SESSION", description = "Id of a session.")
    @Nullable
    String session;

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            Sessions sessions = stele.agent(agent).sessions();
            if (session == null) {
                list(output, sessions.list(Optional.ofNullable(user), limit, Optional.ofNullable(after)));
            } else if (title != null || end) {
                Session changed = end ? sessions.end(session) : sessions.title(session, Optional.ofNullable(title));
                if (end && title != null) {
                    changed = sessions.title(session, Optional.of(title));
                }
                Session result = changed;
                output.print(result.toJson(), () -> output.line("Changed session %s.", result.id()));
            } else {
                messages(output, sessions.messages(session, limit, Optional.ofNullable(after), archived));
            }
        }
        return 0;
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
