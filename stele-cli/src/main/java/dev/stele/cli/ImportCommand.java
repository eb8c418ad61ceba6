package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.io.FileErrors;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.transfer.ImportFormat;
import dev.stele.transfer.ImportOptions;
import dev.stele.transfer.ImportReport;
import dev.stele.transfer.ImportSource;
import dev.stele.transfer.VectorTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that imports files, zip files and folders into a memory. */
@Command(
        name = "import",
        description = {
            "Import files, zip files or folders into a memory. They are exports of Stele, ChatGPT, Claude,",
            "Gemini, Copilot, mem0, Zep, PAM and OMI, chats, Markdown notes and others.",
            "The format is detected by the content. An import can be repeated."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "  stele import --agent kira --user mia chatgpt-export.zip",
            "  stele import --format markdown notes",
            "  stele import --keep-all --learn chat.jsonl"
        })
final class ImportCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = {
                "Format of the files instead of the detected one: stele, chat, chatgpt, claude,",
                "gemini, copilot, langchain, langchain4j, locomo, mem0, zep, pam, omi,",
                "mcp-memory, markdown, memory-files."
            })
    @Nullable
    String format;

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "User of messages and notes for which the file names none.")
    @Nullable
    String user;

    @Option(
            names = "--session",
            paramLabel = "SESSION",
            description = "Session of messages for which the file names none.")
    @Nullable
    String session;

    @Option(names = "--learn", description = "Let reflection distill notes from the imported exchanges.")
    boolean learn;

    @Option(
            names = "--keep-all",
            description =
                    "Raise the maximum number of live messages of the agent by the imported ones, so that none is archived.")
    boolean keepAll;

    @Option(
            names = "--no-wait",
            description = {
                "End when the items are durable and found by words. A server, or \"stele embed rebuild\", computes",
                "the vectors by which they are found by meaning."
            })
    boolean noWait;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files, zip files or folders; - is standard input.")
    List<String> files = new ArrayList<>();

    /**
     * Source of the command line.
     *
     * @param name as the command line names it
     */
    private record Input(String name, ImportSource source) {

        /** Name of standard input. */
        static final String STANDARD_INPUT = "-";

        static Input of(String name) {
            return new Input(
                    name,
                    name.equals(STANDARD_INPUT) ? ImportSource.of(System.in, "") : ImportSource.of(Path.of(name)));
        }
    }

    @Override
    public Optional<AuditedOperation> operation() {
        return Optional.of(AuditedOperation.of("importFile", agent));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        Output output = common.output();
        var options = new ImportOptions(
                Optional.ofNullable(format).map(ImportFormat::of),
                Optional.ofNullable(user),
                Optional.ofNullable(session),
                learn,
                keepAll,
                VectorTime.ON_REQUEST);
        // A missing file is found before the first one is imported.
        List<Input> inputs = files.stream().map(Input::of).toList();
        if (files.stream().filter(Input.STANDARD_INPUT::equals).count() > 1) {
            throw new InvalidInputException("Standard input can be read once; give - once.");
        }
        var reports = new ArrayList<Map<String, @Nullable Object>>();
        long bad = 0;
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            for (Input input : inputs) {
                ImportReport report = importFrom(memory, input, options);
                bad += report.bad();
                var json = Json.fields().put("file", input.name());
                report.toJson().forEach(json::keep);
                reports.add(json.map());
                if (!output.isJson()) {
                    show(output, input.name(), report);
                }
            }
            if (!noWait && memory.exists() && !stele.model().isEmpty()) {
                embed(memory);
            }
        }
        output.print(reports, () -> {});
        return bad == 0 ? 0 : 1;
    }

    private static ImportReport importFrom(AgentMemory memory, Input input, ImportOptions options) {
        try {
            return importInput(memory, input, options);
        } catch (IOException e) {
            throw FileErrors.of("The import source " + input.name() + " cannot be read", e);
        }
    }

    private static ImportReport importInput(AgentMemory memory, Input input, ImportOptions options) throws IOException {
        if (input.name().equals(Input.STANDARD_INPUT)) {
            return memory.importFrom(input.source(), options, _ -> {});
        }
        Path path = Path.of(input.name());
        long size = Files.isRegularFile(path) ? Files.size(path) : 0;
        try (var bar = new ProgressBar("importing " + path.getFileName(), size)) {
            return memory.importFrom(input.source(), options, bar::update);
        }
    }

    /** Computes the vectors of the imported items. The items are durable, so a failure of the model is only reported. */
    private static void embed(AgentMemory memory) {
        try {
            EmbedCommand.embed(memory, false);
        } catch (IllegalStateException e) {
            System.err.println("Imported; " + e.getMessage() + ".");
        }
    }

    private static void show(Output output, String file, ImportReport report) {
        output.line(
                "%s (%s): %d messages, %d notes, %d users, %d entities, %d relations added; %d known already; %d bad, %d repaired.",
                file,
                report.format(),
                report.messages(),
                report.notes(),
                report.users(),
                report.entities(),
                report.relations(),
                report.known(),
                report.bad(),
                report.repaired());
        report.problems()
                .forEach(problem -> System.err.println(file + (problem.file().isEmpty() ? "" : "/" + problem.file())
                        + ":" + problem.line() + ": " + problem.reason()));
        long unlisted = report.bad() + report.repaired() - report.problems().size();
        if (unlisted > 0) {
            System.err.println(file + ": and " + unlisted + " more");
        }
        report.notices().forEach(notice -> System.err.println(file + ": " + notice));
    }
}
