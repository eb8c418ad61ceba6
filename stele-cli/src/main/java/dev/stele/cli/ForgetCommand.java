package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Forgotten;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import java.io.Console;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Forgets one thing, one person, or all. */
@Command(
        name = "forget",
        description = "Forget a message, note, session, user, or the whole agent. There is no way back.",
        mixinStandardHelpOptions = true)
final class ForgetCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Whose memory (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--yes", description = "Do not ask.")
    boolean yes;

    @ArgGroup(multiplicity = "1")
    What what = new What();

    /** Exactly one of these. */
    static final class What {
        @Option(names = "--message", paramLabel = "ID", description = "A message.")
        @Nullable
        String message;

        @Option(names = "--note", paramLabel = "ID", description = "A note.")
        @Nullable
        String note;

        @Option(names = "--session", paramLabel = "ID", description = "A conversation with its messages.")
        @Nullable
        String session;

        @Option(names = "--user", paramLabel = "ID", description = "A user with everything about them.")
        @Nullable
        String user;

        @Option(names = "--everything", description = "The agent itself.")
        boolean everything;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            if (!stele.exists(memory.name())) {
                throw new NotFoundException("There is no agent \"" + agent + "\".");
            }
            if (what.message != null) {
                memory.deleteMessage(what.message);
                done(output, "message", what.message);
            } else if (what.note != null) {
                memory.notes().delete(what.note);
                done(output, "note", what.note);
            } else if (what.session != null) {
                confirm("session " + what.session);
                memory.sessions().delete(what.session);
                done(output, "session", what.session);
            } else if (what.user != null) {
                confirm("everything about user " + what.user);
                Forgotten gone = memory.users().forget(what.user);
                output.print(
                        Json.fields()
                                .put("user", what.user)
                                .put("messages", gone.messages())
                                .put("notes", gone.notes())
                                .put("sessions", gone.sessions())
                                .put("interactions", gone.interactions())
                                .map(),
                        () -> output.line(
                                "Forgot %d messages, %d notes, %d sessions and %d interactions.",
                                gone.messages(), gone.notes(), gone.sessions(), gone.interactions()));
            } else {
                confirm("agent " + agent + " and all it remembers");
                stele.forget(memory.name());
                done(output, "agent", agent);
            }
        }
        return 0;
    }

    private static void done(Output output, String kind, String id) {
        output.print(Map.of(kind, id), () -> output.line("Forgot %s %s.", kind, id));
    }

    private void confirm(String subject) {
        if (yes) {
            return;
        }
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new InvalidInputException("To forget " + subject + " without being asked, add --yes.");
        }
        String answer = console.readLine("Forget %s for ever? [y/N] ", subject);
        if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
            throw new InvalidInputException("Nothing was forgotten.");
        }
    }
}
