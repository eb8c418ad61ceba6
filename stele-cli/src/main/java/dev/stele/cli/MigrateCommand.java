package dev.stele.cli;

import dev.stele.Migration;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.cli.config.Setting;
import dev.stele.io.Secrets;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
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

/** Subcommand that copies agents between data directories and database servers. */
@Command(
        name = "migrate",
        description = {
            "Copy agents from one place to another: from a data directory to a database server, or back.",
            "Both may be in use. A repeated run continues an interrupted one; at the end both copies are compared."
        },
        mixinStandardHelpOptions = true,
        footer = {"  stele migrate ~/.stele 'jdbc:postgresql://localhost:5432/stele?user=stele'"})
final class MigrateCommand implements AuditedCommand {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "SOURCE", description = "A data directory or jdbc:… URL.")
    String source = "";

    @Parameters(index = "1", paramLabel = "TARGET", description = "Another data directory or jdbc:… URL.")
    String target = "";

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            description = "Agent to copy, may be repeated; all agents if omitted.")
    List<String> agents = new ArrayList<>();

    @Override
    public Optional<AuditedOperation> operation() {
        Optional<String> only = agents.size() == 1 ? Optional.of(agents.getFirst()) : Optional.empty();
        return Optional.of(new AuditedOperation("migrate", only, Optional.empty()));
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        OptionValues.refuse("beside SOURCE and TARGET", OptionValues.given("--store", common.store));
        if (!source.startsWith("jdbc:")) {
            OptionValues.refuse("to a SOURCE that is a data directory", OptionValues.given("--data", common.data));
        }
        if (source.equals(target)) {
            throw new InvalidInputException("SOURCE and TARGET are the same place; give two different places.");
        }
        if (!source.startsWith("jdbc:") && !Files.isDirectory(Path.of(source))) {
            throw new NotFoundException("There is no data directory " + source + ".");
        }
        Output output = common.output();
        var outcomes = new ArrayList<Map<String, @Nullable Object>>();
        int failed = 0;
        try (Stele from = open(source, true);
                Stele to = open(target, false)) {
            List<AgentName> all = agents.isEmpty()
                    ? from.agents()
                    : agents.stream().map(AgentName::new).toList();
            var migration = new Migration(from, to);
            for (int i = 0; i < all.size(); i++) {
                AgentName agent = all.get(i);
                String label = "%d/%d %s".formatted(i + 1, all.size(), agent);
                try {
                    if (!from.exists(agent)) {
                        throw new NotFoundException("There is no agent \"" + agent + "\" in " + source + ".");
                    }
                    Migration.Outcome outcome = migration.bring(agent);
                    outcomes.add(json(outcome));
                    if (!output.isJson()) {
                        output.line(
                                "%s: %d items, %d of them copied; both copies are equal.",
                                label, outcome.things(), outcome.added());
                    }
                } catch (SteleException e) {
                    failed++;
                    System.err.println("stele: " + label + ": " + Secrets.hide(String.valueOf(e.getMessage())));
                }
            }
        }
        output.print(outcomes, () -> {});
        return failed == 0 ? 0 : 1;
    }

    /** Opens a place with the common settings; the source is opened read-only, beside its writers. */
    private Stele open(String place, boolean readOnly) {
        boolean database = place.startsWith("jdbc:");
        common.set.put(Setting.STORE_URL.key(), database ? place : "");
        common.set.put(Setting.READ_ONLY.key(), String.valueOf(readOnly));
        if (!database) {
            common.data = place;
        }
        return common.open();
    }

    private static Map<String, @Nullable Object> json(Migration.Outcome outcome) {
        return Json.fields()
                .put("agent", outcome.agent().value())
                .put("things", outcome.things())
                .put("added", outcome.added())
                .put("rounds", outcome.rounds())
                .map();
    }
}
