package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Erased;
import dev.stele.model.InvalidInputException;
import dev.stele.model.NotFoundException;
import java.io.Console;
import java.util.Map;
import java.util.Objects;
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

    @Option(names = "--dry-run", description = "List what would go, and change nothing.")
    boolean dryRun;

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

        @Option(names = "--entity", paramLabel = "NAME", description = "An entity with all that is noted about it.")
        @Nullable
        String entity;

        @Option(names = "--collection", paramLabel = "NAME", description = "A collection with its documents.")
        @Nullable
        String collection;

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
            if (what.everything) {
                if (dryRun) {
                    throw new InvalidInputException("--everything has no preview: the whole agent goes.");
                }
                confirm("agent " + agent + " and all it remembers");
                stele.forget(memory.name());
                output.print(Map.of("agent", agent), () -> output.line("Forgot agent %s.", agent));
                return 0;
            }
            print(output, erase(memory));
        }
        return 0;
    }

    private Erased erase(AgentMemory memory) {
        if (what.message != null) {
            return dryRun ? memory.previewDeleteMessage(what.message) : memory.deleteMessage(what.message);
        }
        if (what.note != null) {
            return dryRun
                    ? memory.notes().previewDelete(what.note)
                    : memory.notes().delete(what.note);
        }
        if (what.entity != null) {
            return dryRun
                    ? memory.graph().previewDelete(what.entity)
                    : memory.graph().delete(what.entity);
        }
        if (what.session != null) {
            if (!dryRun) {
                confirm("session " + what.session);
            }
            return dryRun
                    ? memory.sessions().previewDelete(what.session)
                    : memory.sessions().delete(what.session);
        }
        if (what.collection != null) {
            if (!dryRun) {
                confirm("collection " + what.collection);
            }
            return memory.documents().deleteCollection(what.collection, dryRun);
        }
        String user = Objects.requireNonNull(what.user);
        if (!dryRun) {
            confirm("everything about user " + user);
        }
        return dryRun ? memory.users().previewForget(user) : memory.users().forget(user);
    }

    private void print(Output output, Erased erased) {
        output.print(erased.toJson(dryRun), () -> {
            erased.counts()
                    .forEach((kind, count) ->
                            output.line("%s %d of kind %s.", dryRun ? "Would forget" : "Forgot", count, kind.word()));
            if (dryRun) {
                erased.items()
                        .forEach(item -> output.line("  %s %s", item.kind().word(), item.id()));
            }
            if (!erased.reduced().isEmpty()) {
                output.line(
                        "%d items stay without what came from these.",
                        erased.reduced().size());
            }
            if (!dryRun && !erased.scrubbed()) {
                output.line("The bytes go from the files when the command ends.");
            }
        });
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
