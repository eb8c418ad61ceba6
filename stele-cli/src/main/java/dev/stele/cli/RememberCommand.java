package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.RememberedNote;
import dev.stele.model.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that stores a message or a note. */
@Command(
        name = "remember",
        description = "Store a message, or with --category a note.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele remember --user ana \"I moved to Lisbon in May.\"",
            "  stele remember --category preference --user ana --tag drinks \"Ana drinks green tea.\"",
            "  stele remember --session monday - < message.txt"
        })
final class RememberCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--session",
            paramLabel = "SESSION",
            description = "Session of the message (one for each user), or session that the note comes from.")
    @Nullable
    String session;

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "User of the conversation, or user that the note is about.")
    @Nullable
    String user;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "Role of the message: user, assistant, system or tool (user).")
    @Nullable
    String role;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "Time of the message, such as 2026-05-08T13:56:00Z; now if omitted.")
    @Nullable
    String at;

    @Option(names = "--id", paramLabel = "ID", description = "Id to use; a repeated call stores nothing twice.")
    @Nullable
    String id;

    @Option(names = "--category", paramLabel = "CATEGORY", description = "Store a note of this category.")
    @Nullable
    String category;

    @Option(names = "--tag", paramLabel = "TAG", description = "Tag of the note; may be repeated.")
    List<String> tags = new ArrayList<>();

    @Parameters(arity = "1..*", paramLabel = "TEXT", description = "The text; - reads it from standard input.")
    List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        if (category == null) {
            OptionValues.refuse("to a message, which has no --category", OptionValues.given("--tag", tags));
        } else {
            OptionValues.refuse(
                    "to a note, which --category stores",
                    OptionValues.given("--role", role),
                    OptionValues.given("--at", at));
        }
        String text = words.equals(List.of("-"))
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
                : String.join(" ", words);
        Output output = common.output();
        if (category == null) {
            JsonObject stored = message(text);
            output.print(stored.raw(), () -> output.line("Remembered message %s.", stored.string("id")));
            return 0;
        }
        NoteDraft draft = NoteDraft.of(category, text).withTags(tags);
        draft = user == null ? draft : draft.withUser(user);
        draft = session == null ? draft : draft.withSession(session);
        draft = id == null ? draft : draft.withId(id);
        try (Stele stele = common.open()) {
            RememberedNote stored = stele.agent(agent).notes().remember(draft, Optional.empty());
            output.print(
                    stored.toJson(),
                    () -> output.line(
                            switch (stored.outcome()) {
                                case ADDED -> "Remembered note %s.";
                                case REINFORCED -> "Note %s says this already; what was new was added to it.";
                                case DUPLICATE -> "Note %s says this already.";
                            },
                            stored.note().id()));
        }
        return 0;
    }

    private JsonObject message(String text) {
        Map<String, @Nullable Object> body = Json.fields()
                .put("session", session == null ? MessageDraft.defaultSession(Optional.ofNullable(user)) : session)
                .put("role", role == null ? Role.USER.label() : role)
                .put("user", user)
                .put("id", id)
                .put("at", Optional.ofNullable(at).map(time -> OptionValues.time("--at", time)))
                .put("content", text)
                .map();
        String key = UUID.randomUUID().toString();
        return new MemoryAccess(common.quietSettings())
                .postOnce(
                        agent,
                        "messages",
                        body,
                        key,
                        (memory, json) -> memory.remember(MessageDraft.listFromJson(List.of(json)), Optional.of(key))
                                .getFirst()
                                .toJson());
    }
}
