package dev.stele.fault;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Process of actors: {@code data seed first threads steps}. Prints the number of interactions that its actors counted,
 * and the operations that they ran.
 */
final class ApiActors {

    /** Number of messages that retention keeps out of the archive. */
    private static final int KEPT = 300;

    private ApiActors() {}

    /** What actors have done. */
    record Outcome(long counted, Map<String, Integer> operations) {}

    static Stele open(Path data) {
        return Stele.open(
                SteleConfig.at(data)
                        .withRetention(KEPT, true)
                        .withMaintenance(Duration.ofSeconds(1), Duration.ofSeconds(1)),
                SteleModels.offline(Optional.of(new WordEmbedder())));
    }

    /**
     * Runs actors at the same time.
     *
     * @param first number of the first actor, which makes their names and seeds different
     * @param steps number of steps of each actor
     */
    static Outcome run(Path data, long seed, int first, int threads, int steps) throws Exception {
        try (Stele stele = open(data)) {
            List<ApiActor> actors = IntStream.range(first, first + threads)
                    .mapToObj(i -> new ApiActor(stele, data.resolve("backups"), "a" + i, seed + i))
                    .toList();
            Threads.atOnce(threads, i -> () -> {
                actors.get(i).run(steps);
                return 0;
            });
            Map<String, Integer> operations = new TreeMap<>();
            actors.forEach(
                    actor -> actor.operations().forEach((name, count) -> operations.merge(name, count, Integer::sum)));
            return new Outcome(actors.stream().mapToLong(ApiActor::counted).sum(), operations);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Outcome outcome = run(
                Path.of(arguments[0]),
                Long.parseLong(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Integer.parseInt(arguments[4]));
        System.out.println(outcome.counted());
        System.out.println(outcome.operations());
    }
}
