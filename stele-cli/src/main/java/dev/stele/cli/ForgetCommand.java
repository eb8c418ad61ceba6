package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.Erased;
import dev.stele.model.InvalidInputException;
import dev.stele.model.NotFoundException;
import java.io.Console;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Subcommand that erases an item, a user or an agent. */
@Command(
        name = "forget",
        description = "Erase a message, note, session, user, or the whole agent. This cannot be undone.",
        mixinStandardHelpOptions = true,
        footer = {"  stele forget --session monday --dry-run", "  stele forget --user ana --yes"})
final class ForgetCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--yes", description = "Do not ask for confirmation.")
    boolean yes;

    @Option(names = "--dry-run", description = "List the items that would be erased, and change nothing.")
    boolean dryRun;

    @ArgGroup(multiplicity = "1")
    Subject erased = new Subject();

    /** Options that name the subject of the erasure; exactly one is given. */
    static final class Subject {
        @Option(names = "--message", paramLabel = "MESSAGE", description = "A message.")
        @Nullable
        String message;

        @Option(names = "--note", paramLabel = "NOTE", description = "A note.")
        @Nullable
        String note;

        @Option(names = "--session", paramLabel = "SESSION", description = "A session with its messages.")
        @Nullable
        String session;

        @Option(names = "--user", paramLabel = "USER", description = "A user with all data about the user.")
        @Nullable
        String user;

        @Option(
                names = "--entity",
                paramLabel = "ENTITY",
                description = "An entity with its observations and relations.")
        @Nullable
        String entity;

        @Option(names = "--collection", paramLabel = "COLLECTION", description = "A collection with its documents.")
        @Nullable
        String collection;

        @Option(names = "--everything", description = "The whole agent.")
        boolean everything;
    }

    @Override
    public Optional<AuditedOperation> operation() {
        if (dryRun) {
            return Optional.empty();
        }
        String name = erased.everything
                ? "deleteAgent"
                : erased.message != null
                        ? "deleteMessage"
                        : erased.note != null
                                ? "deleteNote"
                                : erased.session != null
                                        ? "deleteSession"
                                        : erased.entity != null
                                                ? "deleteEntity"
                                                : erased.collection != null ? "deleteCollection" : "deleteUser";
        return Optional.of(AuditedOperation.of(name, agent));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            if (!stele.exists(memory.name())) {
                throw new NotFoundException("There is no agent \"" + agent + "\".");
            }
            if (erased.everything) {
                if (dryRun) {
                    throw new InvalidInputException(
                            "--everything erases the whole agent and has no preview; leave out --dry-run.");
                }
                confirm("agent " + agent + " with its whole memory");
                stele.forget(memory.name());
                output.print(Map.of("agent", agent), () -> output.line("Forgot agent %s.", agent));
                return 0;
            }
            print(output, erase(memory));
        }
        return 0;
    }

    private Erased erase(AgentMemory memory) {
        if (erased.message != null) {
            return dryRun ? memory.previewDeleteMessage(erased.message) : memory.deleteMessage(erased.message);
        }
        if (erased.note != null) {
            return dryRun
                    ? memory.notes().previewDelete(erased.note)
                    : memory.notes().delete(erased.note);
        }
        if (erased.entity != null) {
            return dryRun
                    ? memory.graph().previewDelete(erased.entity)
                    : memory.graph().delete(erased.entity);
        }
        if (erased.session != null) {
            if (!dryRun) {
                confirm("session " + erased.session);
            }
            return dryRun
                    ? memory.sessions().previewDelete(erased.session)
                    : memory.sessions().delete(erased.session);
        }
        if (erased.collection != null) {
            if (!dryRun) {
                confirm("collection " + erased.collection);
            }
            return memory.documents().deleteCollection(erased.collection, dryRun);
        }
        String user = Objects.requireNonNull(erased.user);
        if (!dryRun) {
            confirm("everything about user " + user);
        }
        return dryRun ? memory.users().previewForget(user) : memory.users().forget(user);
    }

    private void print(Output output, Erased result) {
        output.print(result.toJson(dryRun), () -> {
            result.counts()
                    .forEach((kind, count) -> output.line(
                            "%s %d %s.",
                            dryRun ? "Would forget" : "Forgot", count, count == 1 ? kind.label() : kind.plural()));
            if (dryRun) {
                result.items()
                        .forEach(item -> output.line("  %s %s", item.kind().label(), item.id()));
            }
            if (!result.reduced().isEmpty()) {
                output.line(
                        "%d items lose the content that came only from the erased items.",
                        result.reduced().size());
            }
            if (!dryRun && !result.scrubbed()) {
                output.line("The bytes are removed from the files when the command ends.");
            }
        });
    }

    private void confirm(String subject) {
        if (yes) {
            return;
        }
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new InvalidInputException(
                    "Erasing " + subject + " needs a confirmation, and there is no terminal to ask; add --yes.");
        }
        String answer = console.readLine("Erase %s permanently? [y/N] ", subject);
        if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
            throw new InvalidInputException("Nothing was erased.");
        }
    }
}
