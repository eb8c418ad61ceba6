package dev.stele;

import dev.stele.analysis.Languages;
import dev.stele.config.ReflectionPolicy;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import dev.stele.profile.Persona;
import dev.stele.store.DatabaseConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

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
        return with(parts -> parts.database = Optional.of(server));
    }

    public SteleConfig withReadOnly() {
        return with(parts -> parts.readOnly = true);
    }

    public SteleConfig withLimits(Limits newLimits) {
        return with(parts -> parts.limits = newLimits);
    }

    public SteleConfig withRetention(int most, boolean toArchive) {
        return with(parts -> {
            parts.maxMessages = most;
            parts.archive = toArchive;
        });
    }

    public SteleConfig withEmbedder(String name) {
        return with(parts -> parts.embedder = name);
    }

    public SteleConfig withTasks(TaskLimits limitsOfTasks) {
        return with(parts -> parts.tasks = limitsOfTasks);
    }

    public SteleConfig withReflection(ReflectionPolicy policy) {
        return with(parts -> parts.reflection = policy);
    }

    public SteleConfig withHousekeeping(Duration every, Duration closeIdleAfter) {
        return with(parts -> {
            parts.housekeeping = every;
            parts.idleClose = closeIdleAfter;
        });
    }

    public SteleConfig withMemory(MemoryBudget budget) {
        return with(parts -> parts.memory = budget);
    }

    public SteleConfig withLanguages(Languages others) {
        return with(parts -> parts.languages = others);
    }

    private SteleConfig with(Consumer<Parts> change) {
        var parts = new Parts(this);
        change.accept(parts);
        return parts.whole();
    }

    /** The components while one of them is exchanged. */
    private static final class Parts {

        private Path data;
        private Optional<DatabaseConfig> database;
        private boolean readOnly;
        private Limits limits;
        private int maxMessages;
        private boolean archive;
        private String embedder;
        private Duration idleClose;
        private Duration housekeeping;
        private Duration replayTime;
        private MemoryBudget memory;
        private TaskLimits tasks;
        private Languages languages;
        private ReflectionPolicy reflection;
        private Map<AgentName, Persona> personas;

        Parts(SteleConfig config) {
            this.data = config.data;
            this.database = config.database;
            this.readOnly = config.readOnly;
            this.limits = config.limits;
            this.maxMessages = config.maxMessages;
            this.archive = config.archive;
            this.embedder = config.embedder;
            this.idleClose = config.idleClose;
            this.housekeeping = config.housekeeping;
            this.replayTime = config.replayTime;
            this.memory = config.memory;
            this.tasks = config.tasks;
            this.languages = config.languages;
            this.reflection = config.reflection;
            this.personas = config.personas;
        }

        SteleConfig whole() {
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
                    reflection,
                    personas);
        }
    }
}
