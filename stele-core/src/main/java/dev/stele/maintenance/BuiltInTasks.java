package dev.stele.maintenance;

import dev.stele.arena.Arenas;
import dev.stele.engine.Engine;
import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import dev.stele.model.Json;
import dev.stele.store.AgentStore;
import dev.stele.task.TaskRun;
import dev.stele.task.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Handlers of the built-in background jobs. Every job is idempotent, because it may run twice. */
public record BuiltInTasks(Engine engine) {

    /** Registers the handlers. */
    public void addTo(Tasks tasks) {
        tasks.handleForAgent("backup", this::backup);
        tasks.handleForAgent("verify", this::verify);
        tasks.handleForAgent("maintenance", this::runMaintenance);
        tasks.handle("optimize", this::optimize);
    }

    private static AgentName agent(TaskRun run) {
        return run.task().draft().agent().orElseThrow();
    }

    /** Writes a backup into the directory of {@link Backups}, under the job's own name. */
    private Map<String, @Nullable Object> backup(TaskRun run) {
        AgentName agent = agent(run);
        stats(agent); // fails for an unknown agent, which a retry cannot help
        Path target = Backups.in(engine.config().data()).target(run.task().id());
        try {
            DurableFiles.createDirectories(DurableFiles.parent(target));
            if (Files.exists(target)) {
                run.progress("an earlier attempt had finished");
            } else {
                run.progress("copying");
                engine.useStore(agent, store -> store.backup(target));
            }
            return Json.fields()
                    .put("file", target.toString())
                    .put("bytes", Files.size(target))
                    .map();
        } catch (IOException e) {
            throw FileErrors.of("The backup " + target + " could not be written", e);
        }
    }

    private Map<String, @Nullable Object> verify(TaskRun run) {
        return engine.withStore(agent(run), AgentStore::verify).toJson();
    }

    /** Runs maintenance: retention, missing embeddings, expired idempotency keys, residue of erased data. */
    private Map<String, @Nullable Object> runMaintenance(TaskRun run) {
        AgentName agent = agent(run);
        engine.useStore(agent, store -> new AgentMaintenance(engine).run(store));
        return stats(agent).toJson();
    }

    private AgentStats stats(AgentName agent) {
        return engine.read(agent, view -> view.stats(engine.indexer().model()));
    }

    private Map<String, @Nullable Object> optimize(TaskRun run) {
        run.progress("giving memory back");
        var released = Json.fields();
        Arenas.shared().optimize().forEach((kind, bytes) -> released.put(kind.label(), bytes));
        return Json.fields().put("released", released.map()).map();
    }
}
