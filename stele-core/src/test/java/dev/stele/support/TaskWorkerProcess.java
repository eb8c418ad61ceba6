package dev.stele.support;

import dev.stele.Stele;
import dev.stele.config.TaskLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Main class of a process that works on jobs of kind {@code slow} and never ends one: {@code data}. */
public final class TaskWorkerProcess {

    private TaskWorkerProcess() {}

    public static void main(String[] arguments) throws Exception {
        var limits = new TaskLimits(1_000, Duration.ofDays(1), Duration.ofSeconds(1));
        try (Stele stele =
                Stele.open(Stores.at(Path.of(arguments[0])).withTasks(limits), Optional.of(new WordEmbedder()))) {
            stele.tasks().handle("slow", run -> {
                System.out.println("began " + run.task().id());
                Thread.sleep(Duration.ofHours(1));
                return Map.of();
            });
            stele.tasks().start(2);
            Thread.sleep(Duration.ofHours(1));
        }
    }
}
