package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Json;
import dev.stele.reflect.ConsolidationPlanner;
import dev.stele.reflect.Consolidations;
import dev.stele.reflect.Operation;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tidies what was noted of a user. */
@Command(
        name = "consolidate",
        description = "Show what tidying the notes of a user would do, do it, list what was done, or undo it.",
        mixinStandardHelpOptions = true)
final class ConsolidateCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "Whose notes (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--apply", description = "Do it; without, it is only shown.")
    boolean apply;

    @Option(names = "--list", description = "List what was done, newest first.")
    boolean list;

    @Option(names = "--undo", paramLabel = "ID", description = "Put notes back as they were before.")
    @Nullable
    String undo;

    @Option(names = "--limit", defaultValue = "20", description = "Most that are listed (${DEFAULT-VALUE}).")
    int limit;

    @Parameters(paramLabel = "USER", arity = "0..1", description = "Of whom; none for notes of nobody.")
    @Nullable
    String user;

    @Override
    public Integer call() {
        Output output = common.output();
        try (Stele stele = common.open()) {
            Consolidations consolidations = stele.agent(agent).consolidations();
            Optional<String> whose = Optional.ofNullable(user);
            if (undo != null) {
                List<String> left = consolidations.undo(undo);
                output.print(
                        Json.fields().keep("leftAlone", left).map(),
                        () -> output.line(
                                left.isEmpty()
                                        ? "All notes are as they were before."
                                        : "Notes are as they were before, but for those changed since: "
                                                + String.join(", ", left)));
            } else if (list) {
                show(output, consolidations.list(whose, limit, Optional.empty()).items());
            } else if (apply) {
                show(output, consolidations.consolidate(whose).stream().toList());
            } else {
                show(output, consolidations.plan(whose));
            }
        }
        return 0;
    }

    private static void show(Output output, ConsolidationPlanner.Plan plan) {
        output.print(
                Json.fields()
                        .put("engine", plan.engine())
                        .keep(
                                "operations",
                                plan.operations().stream()
                                        .map(Operation::toJson)
                                        .toList())
                        .keep("refused", plan.refused())
                        .map(),
                () -> {
                    output.table(
                            List.of("WOULD", "NOTES", "WHY"),
                            plan.operations().stream()
                                    .map(one -> List.of(one.action(), String.join(" ", one.notes()), one.reason()))
                                    .toList());
                    output.line(plan.operations().isEmpty() ? "There is nothing to do." : "Add --apply to do it.");
                });
    }

    private static void show(Output output, List<ConsolidationRecord> done) {
        output.print(done.stream().map(ConsolidationRecord::toJson).toList(), () -> {
            output.table(
                    List.of("ID", "WHEN", "TRIGGER", "BEFORE", "AFTER", "STEPS", "UNDONE"),
                    done.stream()
                            .map(one -> List.of(
                                    one.id(),
                                    Output.time(one.at()),
                                    one.trigger(),
                                    String.valueOf(one.before()),
                                    String.valueOf(one.after()),
                                    String.valueOf(one.steps().size()),
                                    one.undoneAt().map(Output::time).orElse("")))
                            .toList());
            if (done.isEmpty()) {
                output.line("There is nothing to do or to show.");
            }
        });
    }
}
