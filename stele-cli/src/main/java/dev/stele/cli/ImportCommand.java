package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.transfer.ImportReport;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that imports files into a memory. */
@Command(
        name = "import",
        description = {
            "Import files into a memory. The format is detected: an export of stele, chat lines",
            "(JSON with role, content and an optional timestamp), or a LoCoMo conversation."
        },
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files; - is standard input.")
    List<String> files = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        Output output = common.output();
        var reports = new ArrayList<Map<String, @Nullable Object>>();
        long bad = 0;
        try (Stele stele = common.open()) {
            AgentMemory memory = stele.agent(agent);
            for (String file : files) {
                ImportReport report = importFile(memory, file);
                bad += report.bad();
                var json = Json.fields().put("file", file);
                report.toJson().forEach(json::keep);
                reports.add(json.map());
                if (!output.isJson()) {
                    show(output, file, report);
                }
            }
        }
        output.print(reports, () -> {});
        return bad == 0 ? 0 : 1;
    }

    private ImportReport importFile(AgentMemory memory, String file) throws IOException {
        if (file.equals("-")) {
            return memory.importFrom(new InputStreamReader(System.in, StandardCharsets.UTF_8), _ -> {});
        }
        Path path = Path.of(file);
        try (Reader in = Files.newBufferedReader(path, StandardCharsets.UTF_8);
                var bar = new ProgressBar("importing " + path.getFileName(), Files.size(path))) {
            return memory.importFrom(in, bar::update);
        } catch (NoSuchFileException e) {
            throw new InvalidInputException("There is no file " + file + ".");
        } catch (AccessDeniedException e) {
            throw new InvalidInputException("The file " + file + " may not be read.");
        }
    }

    private static void show(Output output, String file, ImportReport report) {
        output.line(
                "%s (%s): %d messages, %d notes, %d users, %d entities, %d relations added; %d known already; %d bad.",
                file,
                report.format(),
                report.messages(),
                report.notes(),
                report.users(),
                report.entities(),
                report.relations(),
                report.known(),
                report.bad());
        report.problems().forEach(problem -> System.err.println(file + ":" + problem.line() + ": " + problem.reason()));
        if (report.bad() > report.problems().size()) {
            System.err.println(
                    file + ": and " + (report.bad() - report.problems().size()) + " more");
        }
    }
}
