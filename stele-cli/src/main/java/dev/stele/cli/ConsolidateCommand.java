package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Json;
import dev.stele.reflect.ConsolidationPlanner;
import dev.stele.reflect.Consolidations;
import dev.stele.reflect.Operation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand that consolidates the notes about a user. */
@Command(
        name = "consolidate",
        description = "Show the plan of a consolidation of notes, apply it, list past ones, or undo one.",
        mixinStandardHelpOptions = true,
        footer = {"  stele consolidate ana", "  stele consolidate ana --apply", "  stele consolidate --list"})
final class ConsolidateCommand implements AuditedCommand {

    private static final int DEFAULT_LIMIT = 20;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--apply", description = "Apply the plan; it is only shown by default.")
    boolean apply;

    @Option(names = "--list", description = "List past consolidations, newest first.")
    boolean list;

    @Option(names = "--undo", paramLabel = "ID", description = "Undo a consolidation: restore its notes.")
    @Nullable
    String undo;

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            description = "Maximum number of listed consolidations (" + DEFAULT_LIMIT + ").")
    @Nullable
    Integer limit;

    @Parameters(
            paramLabel = "USER",
            arity = "0..1",
            description = "User whose notes are consolidated; notes about no user if omitted.")
    @Nullable
    String user;

    @Override
    public Optional<AuditedOperation> operation() {
        if (undo != null) {
            return Optional.of(AuditedOperation.of("undoConsolidation", agent));
        }
        return apply ? Optional.of(AuditedOperation.of("consolidateUser", agent)) : Optional.empty();
    }

    @Override
    public CommonOptions common() {
        return common;
    }

    @Override
    public Integer call() {
        checkOptions();
        Output output = common.output();
        try (Stele stele = common.open()) {
            Consolidations consolidations = stele.agent(agent).consolidations();
            Optional<String> owner = Optional.ofNullable(user);
            if (undo != null) {
                List<String> skipped = consolidations.undo(undo);
                output.print(
                        Json.fields().keep("left_alone", skipped).map(),
                        () -> output.line(
                                skipped.isEmpty()
                                        ? "All notes are restored."
                                        : "Notes are restored, except those that changed since: "
                                                + String.join(", ", skipped)));
            } else if (list) {
                int rows = limit == null ? DEFAULT_LIMIT : limit;
                show(output, consolidations.list(owner, rows, Optional.empty()).items());
            } else if (apply) {
                show(output, consolidations.consolidate(owner).stream().toList());
            } else {
                show(output, consolidations.plan(owner));
            }
        }
        return 0;
    }

    /** Refuses the options of the other forms of the command, which would be ignored. */
    private void checkOptions() {
        if (undo != null) {
            OptionValues.refuse(
                    "to --undo",
                    OptionValues.given("USER", user),
                    OptionValues.given("--apply", apply),
                    OptionValues.given("--list", list),
                    OptionValues.given("--limit", limit));
        } else if (list) {
            OptionValues.refuse("to --list", OptionValues.given("--apply", apply));
        } else {
            OptionValues.refuse("without --list", OptionValues.given("--limit", limit));
        }
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
                            List.of("OPERATION", "NOTES", "REASON"),
                            plan.operations().stream()
                                    .map(operation -> List.of(
                                            operation.action(),
                                            String.join(" ", operation.notes()),
                                            operation.reason()))
                                    .toList());
                    output.line(
                            plan.operations().isEmpty() ? "There is nothing to do." : "Apply the plan with --apply.");
                });
    }

    private static void show(Output output, List<ConsolidationRecord> records) {
        output.print(records.stream().map(ConsolidationRecord::toJson).toList(), () -> {
            output.table(
                    List.of("ID", "WHEN", "TRIGGER", "BEFORE", "AFTER", "STEPS", "UNDONE"),
                    records.stream()
                            .map(past -> List.of(
                                    past.id(),
                                    Output.time(past.at()),
                                    past.trigger(),
                                    String.valueOf(past.before()),
                                    String.valueOf(past.after()),
                                    String.valueOf(past.steps().size()),
                                    past.undoneAt().map(Output::time).orElse("")))
                            .toList());
            if (records.isEmpty()) {
                output.line("There is no consolidation to show.");
            }
        });
    }
}
