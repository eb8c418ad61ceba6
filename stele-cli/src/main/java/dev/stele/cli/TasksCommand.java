package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.AgentName;
import dev.stele.model.NotFoundException;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskPriority;
import dev.stele.model.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommands that list, submit and cancel background jobs, which a running server executes. */
@Command(
        name = "tasks",
        description = "List, submit and cancel background jobs, which a running server executes.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TasksCommand.Add.class, TasksCommand.Cancel.class},
        footer = {"  stele tasks add backup --agent kira", "  stele tasks list"})
final class TasksCommand extends CommandGroup {

    @Command(
            name = "list",
            description = "List background jobs, newest first.",
            mixinStandardHelpOptions = true,
            footer = {"  stele tasks list --state failed"})
    int list(
            @Mixin CommonOptions common,
            @Option(
                            names = "--state",
                            paramLabel = "STATE",
                            description = "queued, running, done, failed or cancelled.")
                    @Nullable
                    String state,
            @Option(
                            names = "--limit",
                            paramLabel = "NUMBER",
                            defaultValue = "20",
                            description = "Maximum number of jobs (${DEFAULT-VALUE}).")
                    int limit) {
        Output output = common.output();
        try (Stele stele = common.open()) {
            List<Task> tasks = stele.tasks()
                    .list(Optional.ofNullable(state).map(TaskState::of), Optional.empty(), limit, Optional.empty())
                    .items();
            output.print(
                    tasks.stream().map(Task::toJson).toList(),
                    () -> output.table(
                            List.of("ID", "KIND", "AGENT", "STATE", "ATTEMPTS", "CREATED", "MESSAGE"),
                            tasks.stream()
                                    .map(task -> List.of(
                                            task.id(),
                                            task.draft().kind(),
                                            task.draft()
                                                    .agent()
                                                    .map(AgentName::value)
                                                    .orElse("-"),
                                            task.state().label(),
                                            String.valueOf(task.attempts()),
                                            Output.time(task.createdAt()),
                                            task.error().or(task::progress).orElse("")))
                                    .toList()));
        }
        return 0;
    }

    @Command(
            name = "add",
            description = "Submit a background job.",
            mixinStandardHelpOptions = true,
            footer = {
                "  stele tasks add backup --agent kira",
                "  stele tasks add verify --agent kira --priority low --delay-seconds 3600"
            })
    static final class Add implements AuditedCommand {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = "--agent",
                paramLabel = "AGENT",
                description = "Agent that the job works on; every job but optimize needs one.")
        @Nullable
        String agent;

        @Option(
                names = "--priority",
                paramLabel = "PRIORITY",
                defaultValue = "normal",
                description = "low, normal or high.")
        String priority = "";

        @Option(
                names = "--delay-seconds",
                paramLabel = "NUMBER",
                defaultValue = "0",
                description = "Minimum delay of the start, in seconds.")
        long delay;

        @Parameters(paramLabel = "JOB", description = "backup, verify, maintenance or optimize.")
        String kind = "";

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(new AuditedOperation("submitTask", Optional.ofNullable(agent), Optional.of(kind)));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        public Integer call() {
            Output output = common.output();
            try (Stele stele = common.open()) {
                TaskDraft draft = TaskDraft.of(kind)
                        .withPriority(TaskPriority.of(priority))
                        .withDelay(Duration.ofSeconds(delay));
                if (agent != null && !stele.exists(new AgentName(agent))) {
                    throw new NotFoundException("There is no agent \"" + agent + "\".");
                }
                Task task = stele.tasks().submit(agent == null ? draft : draft.withAgent(new AgentName(agent)));
                output.print(task.toJson(), () -> output.line("%s", task.id()));
            }
            return 0;
        }
    }

    @Command(
            name = "cancel",
            description = "Cancel a background job.",
            mixinStandardHelpOptions = true,
            footer = {"  stele tasks cancel 01m8kjh3jy60kgw51fxsfnqe1m"})
    static final class Cancel implements AuditedCommand {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Parameters(paramLabel = "ID", description = "Id of the job.")
        String id = "";

        /** Job that is canceled; null until it is found. */
        private @Nullable TaskDraft canceled;

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(new AuditedOperation(
                    "cancelTask",
                    Optional.ofNullable(canceled).flatMap(TaskDraft::agent).map(AgentName::value),
                    Optional.ofNullable(canceled).map(TaskDraft::kind)));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        public Integer call() {
            Output output = common.output();
            try (Stele stele = common.open()) {
                Task task = stele.tasks().cancel(id);
                canceled = task.draft();
                output.print(
                        task.toJson(),
                        () -> output.line(
                                "%s", task.state().ended() ? task.state().label() : "cancellation requested"));
            }
            return 0;
        }
    }
}
