package dev.stele.cli;

import dev.stele.Notes;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that lists notes, shows one with its sources, or changes one. */
@Command(
        name = "notes",
        description = "List notes, newest first; with a NOTE show its fields or versions, or change it.",
        mixinStandardHelpOptions = true,
        footer = {
            "  stele notes --user ana --category preference",
            "  stele notes 01m8kjh3jy60kgw51fxsfnqe1m --patch '{\"pinned\":true}'"
        })
final class NotesCommand implements AuditedCommand {

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

    @Option(names = "--user", paramLabel = "USER", description = "Only notes about this user.")
    @Nullable
    String user;

    @Option(names = "--category", paramLabel = "CATEGORY", description = "Only notes of this category.")
    @Nullable
    String category;

    @Option(names = "--tag", paramLabel = "TAG", description = "Only notes with this tag, such as review.")
    @Nullable
    String tag;

    @Option(names = "--session", paramLabel = "SESSION", description = "Only notes from this session.")
    @Nullable
    String session;

    @Option(
            names = "--source",
            paramLabel = "SOURCE",
            description =
                    "Only notes of this source: user for what the user said, data for structured data, and others.")
    @Nullable
    String source;

    @Option(names = "--pinned", description = "Only pinned notes.")
    boolean pinned;

    @Option(names = "--superseded", description = "Include superseded notes.")
    boolean superseded;

    @Option(names = "--after", paramLabel = "CURSOR", description = "Continue after this cursor.")
    @Nullable
    String after;

    @Option(
            names = "--patch",
            paramLabel = "JSON",
            description = "Change the note by a merge patch, such as {\"pinned\":true}.")
    @Nullable
    String patch;

    @Option(names = "--history", description = "Show all versions of the note.")
    boolean history;

    @Parameters(arity = "0..1", paramLabel = "NOTE", description = "Id of a note.")
    @Nullable
    String note;

    @Override
    public Optional<AuditedOperation> operation() {
        return patch == null ? Optional.empty() : Optional.of(AuditedOperation.of("updateNote", agent));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        if (note == null && (patch != null || history)) {
            throw new InvalidInputException("--patch and --history need the id of a NOTE; stele notes lists the ids.");
        }
        if (note != null) {
            OptionValues.refuse(
                    "to a single NOTE",
                    OptionValues.given("--user", user),
                    OptionValues.given("--category", category),
                    OptionValues.given("--tag", tag),
                    OptionValues.given("--session", session),
                    OptionValues.given("--source", source),
                    OptionValues.given("--pinned", pinned),
                    OptionValues.given("--superseded", superseded),
                    OptionValues.given("--limit", limit),
                    OptionValues.given("--after", after));
        }
        try (Stele stele = common.open()) {
            Notes notes = stele.agent(agent).notes();
            if (note == null) {
                int rows = limit == null ? DEFAULT_LIMIT : limit;
                list(output, notes.list(filter(), rows, Optional.ofNullable(after)));
                return 0;
            }
            Note selected = patch != null
                    ? notes.update(note, OptionValues.object("--patch", "patch", patch), OptionalLong.empty())
                    : notes.get(note)
                            .orElseThrow(() -> new NotFoundException("There is no note " + Json.write(note) + "."));
            if (history) {
                versions(
                        output,
                        Stream.concat(notes.history(selected.id()).stream(), Stream.of(selected))
                                .toList());
            } else {
                output.print(selected.toJson(), () -> show(output, selected));
            }
        }
        return 0;
    }

    private NoteFilter filter() {
        NoteFilter.Builder filter = NoteFilter.builder().superseded(superseded);
        Optional.ofNullable(category).ifPresent(filter::category);
        Optional.ofNullable(tag).ifPresent(filter::tag);
        Optional.ofNullable(user).ifPresent(filter::user);
        Optional.ofNullable(session).ifPresent(filter::session);
        Optional.ofNullable(source).ifPresent(filter::source);
        return (pinned ? filter.pinned(true) : filter).build();
    }

    private static void list(Output output, Page<Note> page) {
        output.print(
                Json.fields()
                        .keep("items", page.items().stream().map(Note::toJson).toList())
                        .put("next", page.next())
                        .map(),
                () -> {
                    output.table(
                            List.of("NOTE", "CATEGORY", "USER", "CONFIDENCE", "UPDATED", "CONTENT"),
                            page.items().stream()
                                    .map(entry -> List.of(
                                            entry.id(),
                                            entry.category(),
                                            entry.body().user().orElse("-"),
                                            number(entry.body().confidence()),
                                            Output.time(entry.updatedAt()),
                                            mark(entry) + line(entry)))
                                    .toList());
                    page.next().ifPresent(next -> output.line("More: --after %s", next));
                });
    }

    private static String mark(Note note) {
        return note.supersededBy().isPresent() ? "(superseded) " : note.body().pinned() ? "(pinned) " : "";
    }

    private static String line(Note note) {
        return note.content().replaceAll("\\s+", " ");
    }

    private static void versions(Output output, List<Note> versions) {
        output.print(
                versions.stream().map(Note::toJson).toList(),
                () -> output.table(
                        List.of("VERSION", "UPDATED", "CONFIDENCE", "CONTENT"),
                        versions.stream()
                                .map(entry -> List.of(
                                        String.valueOf(entry.version()),
                                        Output.time(entry.updatedAt()),
                                        number(entry.body().confidence()),
                                        line(entry)))
                                .toList()));
    }

    private static void show(Output output, Note note) {
        output.line("@|bold %s|@", note.content());
        output.line(
                "%s%s, confidence %s, importance %s, version %d of %s%s",
                mark(note),
                note.category(),
                number(note.body().confidence()),
                number(note.body().importance()),
                note.version(),
                Output.time(note.updatedAt()),
                note.body().user().map(user -> ", about " + user).orElse(""));
        note.supersededBy().ifPresent(id -> output.line("superseded by  %s", id));
        note.body().validFrom().ifPresent(from -> output.line("valid from     %s", Output.time(from)));
        note.body().validTo().ifPresent(to -> output.line("valid to       %s", Output.time(to)));
        note.body().tags().forEach(tag -> output.line("tag            %s", tag));
        note.body().evidence().forEach(item -> output.line("evidence       %s", item));
        note.body().provenance().forEach(source -> output.line("source         %s", source));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
