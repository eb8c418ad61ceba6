package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.RememberedNote;
import dev.stele.model.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that stores a message or a note. */
@Command(name = "remember", description = "Store a message, or with --note a note.", mixinStandardHelpOptions = true)
final class RememberCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--session", description = "Session (one for each user).")
    @Nullable
    String session;

    @Option(names = "--user", description = "User of the conversation, or user that the note is about.")
    @Nullable
    String user;

    @Option(
            names = "--role",
            defaultValue = "user",
            description = "user, assistant, system or tool (${DEFAULT-VALUE}).")
    String role = "";

    @Option(names = "--at", description = "Time of the message, such as 2026-05-08T13:56:00Z; now if omitted.")
    @Nullable
    String at;

    @Option(names = "--id", description = "Id to use; a repeated call stores nothing twice.")
    @Nullable
    String id;

    @Option(names = "--note", paramLabel = "CATEGORY", description = "Store a note of this category.")
    @Nullable
    String note;

    @Option(names = "--tag", description = "Tag of the note; may be repeated.")
    List<String> tags = new ArrayList<>();

    @Parameters(arity = "1..*", paramLabel = "TEXT", description = "The text; - reads it from standard input.")
    List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        String text = words.equals(List.of("-"))
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
                : String.join(" ", words);
        Output output = common.output();
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            if (note != null) {
                NoteDraft draft = NoteDraft.of(note, text).withTags(tags);
                draft = user == null ? draft : draft.withUser(user);
                RememberedNote stored =
                        memory.notes().remember(id == null ? draft : draft.withId(id), Optional.empty());
                output.print(
                        stored.toJson(),
                        () -> output.line(
                                switch (stored.outcome()) {
                                    case ADDED -> "Remembered note %s.";
                                    case REINFORCED -> "Note %s says this already; what was new was added to it.";
                                    case DUPLICATE -> "Note %s says this already.";
                                },
                                stored.note().id()));
            } else {
                MessageDraft draft = MessageDraft.of(
                        session == null ? MessageDraft.defaultSession(Optional.ofNullable(user)) : session,
                        Role.of(role),
                        text);
                draft = user == null ? draft : draft.withUser(user);
                draft = id == null ? draft : draft.withId(id);
                Message stored = memory.remember(at == null ? draft : draft.withAt(OptionValues.time("--at", at)));
                output.print(stored.toJson(), () -> output.line("Remembered message %s.", stored.id()));
            }
        }
        return 0;
    }
}
