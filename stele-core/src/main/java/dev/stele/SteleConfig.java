package dev.stele;

import dev.stele.index.Languages;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import dev.stele.profile.Persona;
import dev.stele.reflect.ReflectionPolicy;
import dev.stele.store.DatabaseConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How a {@link Stele} is set up. Immutable; {@link #at} gives the defaults. The words in brackets are the keys by which
 * the command and the server set them.
 *
 * @param data the data directory; made when it is missing ({@code data})
 * @param database the database server that keeps the memory instead of the directory, if any ({@code store.*})
 * @param readOnly opens beside writers, never waits for one and refuses every write ({@code read-only})
 * @param limits bounds of everything that could grow ({@code limits.*})
 * @param maxMessages most live messages of an agent, 0 for no bound ({@code memory.max-messages-per-agent})
 * @param archive whether messages beyond that go to an archive, else they are deleted ({@code retention.archive})
 * @param embedder name of an embedder, {@code auto} for any there is, {@code none} for words alone ({@code memory.embedder})
 * @param idleClose how long an unused agent stays open ({@code memory.idle-close})
 * @param housekeeping how often retention and clean-up run ({@code memory.housekeeping})
 * @param replayTime how long an idempotency key is remembered ({@code memory.idempotency})
 * @param memory how much memory it may take for what it could make again
 * @param tasks bounds of background jobs
 * @param languages in which agents' words are analysed ({@code memory.language}, {@code memory.languages})
 * @param reflection what the memory agent holds for new, and its bounds ({@code reflect.*}, {@code retention.*})
 * @param personas of agents that were not given one otherwise ({@code personas})
 */
public record SteleConfig(
        Path data,
        Optional<DatabaseConfig> database,
        boolean readOnly,
        Limits limits,
        int maxMessages,
        boolean archive,
        String embedder,
        Duration idleClose,
        Duration housekeeping,
        Duration replayTime,
        MemoryBudget memory,
        TaskLimits tasks,
        Languages languages,
        ReflectionPolicy reflection,
        Map<AgentName, Persona> personas) {

    public SteleConfig {
        if (maxMessages < 0) {
            throw new InvalidInputException("memory.max-messages-per-agent is negative; use 0 for no bound.");
        }
        personas = Map.copyOf(personas);
        positive("memory.idle-close", idleClose);
        positive("memory.housekeeping", housekeeping);
        positive("memory.idempotency", replayTime);
    }

    private static void positive(String key, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new InvalidInputException(key + " must be longer than nothing.");
        }
    }

    /** The defaults, with data in this directory. */
    public static SteleConfig at(Path data) {
        return new SteleConfig(
                data,
                Optional.empty(),
                false,
                Limits.DEFAULT,
                5_000,
                true,
                "auto",
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofHours(24),
                MemoryBudget.DEFAULT,
                TaskLimits.DEFAULT,
                Languages.ENGLISH,
                ReflectionPolicy.DEFAULT,
                Map.of());
    }

    /** The defaults, with the memory in a database server; what belongs to this machine alone is in the directory. */
    public static SteleConfig at(Path data, DatabaseConfig database) {
        return at(data).withDatabase(database);
    }

    public SteleConfig withDatabase(DatabaseConfig server) {
        return new SteleConfig(
                data,
                Optional.of(server),
                readOnly,
                limits,
                maxMessages,
                archive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withReadOnly() {
        return new SteleConfig(
                data,
                database,
                true,
                limits,
                maxMessages,
                archive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withLimits(Limits newLimits) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                newLimits,
                maxMessages,
                archive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withRetention(int most, boolean toArchive) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                limits,
                most,
                toArchive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withEmbedder(String name) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                limits,
                maxMessages,
                archive,
                name,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withTasks(TaskLimits limitsOfTasks) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                limits,
                maxMessages,
                archive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                limitsOfTasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withReflection(ReflectionPolicy policy) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                limits,
                maxMessages,
                archive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                languages,
                policy,
                personas);
    }

    public SteleConfig withHousekeeping(Duration every, Duration closeIdleAfter) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                limits,
                maxMessages,
                archive,
                embedder,
                closeIdleAfter,
                every,
                replayTime,
                memory,
                tasks,
                languages,
                reflection,
                personas);
    }

    public SteleConfig withLanguages(Languages others) {
        return new SteleConfig(
                data,
                database,
                readOnly,
                limits,
                maxMessages,
                archive,
                embedder,
                idleClose,
                housekeeping,
                replayTime,
                memory,
                tasks,
                others,
                reflection,
                personas);
    }
}
