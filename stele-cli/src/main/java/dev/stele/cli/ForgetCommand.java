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

/** Subcommand that erases an item, a user or an agent. */
@Command(
        name = "forget",
        description = "Erase a message, note, session, user, or the whole agent. This cannot be undone.",
        mixinStandardHelpOptions = true)
final class ForgetCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--yes", description = "Do not ask for confirmation.")
    boolean yes;

    @ArgGroup(multiplicity = "1")
    Subject erased = new Subject();

    /** Options that name what is erased; exactly one is given. */
    static final class Subject {
        @Option(names = "--message", paramLabel = "ID", description = "A message.")
        @Nullable
        String message;

        @Option(names = "--note", paramLabel = "ID", description = "A note.")
        @Nullable
        String note;

        @Option(names = "--session", paramLabel = "ID", description = "A session with its messages.")
        @Nullable
        String session;

        @Option(names = "--user", paramLabel = "ID", description = "A user with all data about the user.")
        @Nullable
        String user;

        @Option(names = "--everything", description = "The whole agent.")
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
            if (erased.message != null) {
                memory.deleteMessage(erased.message);
                printErased(output, "message", erased.message);
            } else if (erased.note != null) {
                memory.notes().delete(erased.note);
                printErased(output, "note", erased.note);
            } else if (erased.session != null) {
                confirm("session " + erased.session);
                memory.sessions().delete(erased.session);
                printErased(output, "session", erased.session);
            } else if (erased.user != null) {
                confirm("everything about user " + erased.user);
                Forgotten counts = memory.users().forget(erased.user);
                output.print(
                        Json.fields()
                                .put("user", erased.user)
                                .put("messages", counts.messages())
                                .put("notes", counts.notes())
                                .put("sessions", counts.sessions())
                                .put("interactions", counts.interactions())
                                .map(),
                        () -> output.line(
                                "Forgot %d messages, %d notes, %d sessions and %d interactions.",
                                counts.messages(), counts.notes(), counts.sessions(), counts.interactions()));
            } else {
                confirm("agent " + agent + " and all it remembers");
                stele.forget(memory.name());
                printErased(output, "agent", agent);
            }
        }
        return 0;
    }

    private static void printErased(Output output, String kind, String id) {
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
