package dev.stele.server;

import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Page;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import java.util.Optional;
import java.util.Set;

/**
 * REST resources of background jobs. A key that is limited to some agents can see and start only jobs of these agents.
 */
record TaskResources(Stele stele) {

    private static final int DEFAULT_PAGE_SIZE = 50;

    /** Kinds of jobs that concern the whole server, even if they name an agent. */
    private static final Set<String> SERVER_WIDE_KINDS = Set.of("optimize");

    /** Registers the routes. */
    void addTo(Router router) {
        router.add("GET", "/v1/tasks", "listTasks", "List background jobs, newest first", this::list)
                .add(
                        "POST",
                        "/v1/tasks",
                        "submitTask",
                        "Start a background job: backup, verify, maintenance or optimize",
                        this::submit)
                .add("GET", "/v1/tasks/{task}", "getTask", "Get the state of a background job", this::get)
                .add("POST", "/v1/tasks/{task}/cancel", "cancelTask", "Cancel a background job", this::cancel);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("state", "agent", "limit", "after");
        Optional<AgentName> agent = exchange.query("agent").map(AgentName::new);
        Page<Task> page = stele.tasks()
                .list(
                        exchange.query("state").map(TaskState::of),
                        agent,
                        draft -> isVisible(exchange, draft),
                        exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                        exchange.query("after"));
        return Reply.json(Json.fields()
                .keep("items", page.items().stream().map(Task::toJson).toList())
                .put("next", page.next())
                .map());
    }

    private static boolean isVisible(Exchange exchange, TaskDraft draft) {
        return draft.agent().map(exchange::reaches).orElseGet(exchange::reachesAll);
    }

    private Reply submit(Exchange exchange) {
        exchange.allowQuery();
        TaskDraft draft = TaskDraft.fromJson(
                JsonObject.of("background job", exchange.json()).only(TaskDraft.FIELDS));
        exchange.audit(draft.agent(), draft.kind());
        if (!isVisible(exchange, draft) || (SERVER_WIDE_KINDS.contains(draft.kind()) && !exchange.reachesAll())) {
            throw new HttpProblem(
                    403,
                    "agent-out-of-reach",
                    "The key does not reach the agent of this job, or the whole server; use a key that does.");
        }
        Task task = stele.tasks().submit(draft);
        return Reply.created(task.toJson(), "/v1/tasks/" + task.id());
    }

    /** Returns the job that the path names, if the caller may see it. */
    private Task visibleTask(Exchange exchange) {
        String id = exchange.path("task");
        Task task = stele.tasks().get(id);
        if (!isVisible(exchange, task.draft())) {
            throw new NotFoundException("There is no background job " + Json.write(id) + ".");
        }
        return task;
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(visibleTask(exchange).toJson());
    }

    private Reply cancel(Exchange exchange) {
        exchange.allowQuery();
        Task task = visibleTask(exchange);
        exchange.audit(task.draft().agent(), task.draft().kind());
        return Reply.json(stele.tasks().cancel(task.id()).toJson());
    }
}
