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

/** Background jobs over HTTP. A key that reaches some agents sees and starts jobs of those alone. */
record TaskResources(Stele stele) {

    private static final int PAGE = 50;

    /** Kinds of jobs that concern the whole server, even if an agent is named. */
    private static final Set<String> OF_SERVER = Set.of("optimize");

    void addTo(Router router) {
        router.add("GET", "/v1/tasks", "Background jobs, newest first", this::list)
                .add("POST", "/v1/tasks", "Take a background job on: backup, verify, upkeep or optimize", this::submit)
                .add("GET", "/v1/tasks/{task}", "A background job as it stands", this::get)
                .add("POST", "/v1/tasks/{task}/cancel", "Call a background job off", this::cancel);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("state", "agent", "limit", "after");
        Optional<AgentName> agent = exchange.query("agent").map(AgentName::new);
        Page<Task> page = stele.tasks()
                .list(
                        exchange.query("state").map(TaskState::of),
                        agent,
                        draft -> mayKnow(exchange, draft),
                        exchange.queryNumber("limit", PAGE),
                        exchange.query("after"));
        return Reply.json(Json.fields()
                .keep("items", page.items().stream().map(Task::toJson).toList())
                .put("next", page.next())
                .map());
    }

    private static boolean mayKnow(Exchange exchange, TaskDraft draft) {
        return draft.agent().map(exchange::reaches).orElseGet(exchange::reachesAll);
    }

    private Reply submit(Exchange exchange) {
        exchange.allowQuery();
        TaskDraft draft = TaskDraft.fromJson(
                JsonObject.of("background job", exchange.json()).only(TaskDraft.FIELDS));
        if (!mayKnow(exchange, draft) || (OF_SERVER.contains(draft.kind()) && !exchange.reachesAll())) {
            throw new HttpProblem(403, "agent-out-of-reach", "The key does not reach what this job concerns.");
        }
        Task task = stele.tasks().submit(draft);
        return Reply.created(task.toJson(), "/v1/tasks/" + task.id());
    }

    private Task known(Exchange exchange) {
        String id = exchange.path("task");
        Task task = stele.tasks().get(id);
        if (!mayKnow(exchange, task.draft())) {
            throw new NotFoundException("There is no background job " + Json.write(id) + ".");
        }
        return task;
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(known(exchange).toJson());
    }

    private Reply cancel(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(stele.tasks().cancel(known(exchange).id()).toJson());
    }
}
