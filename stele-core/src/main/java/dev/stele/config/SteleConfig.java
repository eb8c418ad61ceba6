package dev.stele.config;

import dev.stele.Stele;
import dev.stele.analysis.Languages;
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
 * Settings of a {@link Stele}. Immutable. {@link #at} returns the defaults. Each component names in parentheses the key
 * by which the command and the server set it.
 *
 * @param data the data directory; created if it does not exist ({@code data})
 * @param database the database server that stores the memory instead of the directory; empty for none ({@code store.*})
 * @param readOnly whether to open beside writers, never to wait for a writer, and to reject every write
 *     ({@code read-only})
 * @param limits upper bounds of everything that could grow ({@code limits.*})
 * @param maxMessages maximum number of live messages of an agent, 0 for no maximum
 *     ({@code memory.max-messages-per-agent})
 * @param archive whether messages beyond the maximum are moved to an archive; otherwise they are deleted
 *     ({@code retention.archive})
 * @param embedder name of an embedder, {@code auto} for any embedder on the class path, {@code none} for keywords only
 *     ({@code memory.embedder})
 * @param idleClose time after which an unused agent is closed ({@code memory.idle-timeout})
 * @param housekeeping interval between runs of retention and other maintenance ({@code memory.maintenance-interval})
 * @param replayTime time for which an idempotency key is kept ({@code memory.idempotency-ttl})
 * @param memory maximum memory for data that can be recomputed
 * @param tasks limits of background jobs
 * @param languages languages by whose rules the text of agents is analyzed ({@code memory.language},
 *     {@code memory.languages})
 * @param reflection thresholds and limits of the reflection worker ({@code reflect.*}, {@code retention.*})
 * @param personas personas of agents that have no persona of their own ({@code personas})
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
        positive("memory.idle-timeout", idleClose);
        positive("memory.maintenance-interval", housekeeping);
        positive("memory.idempotency-ttl", replayTime);
    }

    private static void positive(String key, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new InvalidInputException(key + " must be longer than nothing.");
        }
    }

    /**
     * Returns the default settings for a data directory.
     *
     * @param data the data directory; created if it does not exist
     */
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

    /**
     * Returns the default settings for a database server.
     *
     * @param data directory for files that belong to this machine only
     * @param database the database server that stores the memory
     */
    public static SteleConfig at(Path data, DatabaseConfig database) {
        return at(data).withDatabase(database);
    }

    /** Returns a copy that stores the memory in a database server. */
    public SteleConfig withDatabase(DatabaseConfig server) {
        return with(builder -> builder.database = Optional.of(server));
    }

    /** Returns a copy that rejects every write. */
    public SteleConfig withReadOnly() {
        return with(builder -> builder.readOnly = true);
    }

    /** Returns a copy with other limits. */
    public SteleConfig withLimits(Limits newLimits) {
        return with(builder -> builder.limits = newLimits);
    }

    /**
     * Returns a copy with other retention settings.
     *
     * @param most maximum number of live messages of an agent, 0 for no maximum
     * @param toArchive whether messages beyond the maximum are archived; otherwise they are deleted
     */
    public SteleConfig withRetention(int most, boolean toArchive) {
        return with(builder -> {
            builder.maxMessages = most;
            builder.archive = toArchive;
        });
    }

    /**
     * Returns a copy with another embedder.
     *
     * @param name name of an embedder, {@code auto} or {@code none}
     */
    public SteleConfig withEmbedder(String name) {
        return with(builder -> builder.embedder = name);
    }

    /** Returns a copy with other limits of background jobs. */
    public SteleConfig withTasks(TaskLimits limitsOfTasks) {
        return with(builder -> builder.tasks = limitsOfTasks);
    }

    /** Returns a copy with other settings of the reflection worker. */
    public SteleConfig withReflection(ReflectionPolicy policy) {
        return with(builder -> builder.reflection = policy);
    }

    /**
     * Returns a copy with other maintenance intervals.
     *
     * @param every interval between runs of maintenance, more than zero
     * @param closeIdleAfter time after which an unused agent is closed, more than zero
     */
    public SteleConfig withHousekeeping(Duration every, Duration closeIdleAfter) {
        return with(builder -> {
            builder.housekeeping = every;
            builder.idleClose = closeIdleAfter;
        });
    }

    /** Returns a copy with another memory budget. */
    public SteleConfig withMemory(MemoryBudget budget) {
        return with(builder -> builder.memory = budget);
    }

    /** Returns a copy with other languages. */
    public SteleConfig withLanguages(Languages others) {
        return with(builder -> builder.languages = others);
    }

    private SteleConfig with(Consumer<Builder> change) {
        var builder = new Builder(this);
        change.accept(builder);
        return builder.build();
    }

    /** Mutable copy of the components while some of them are replaced. */
    private static final class Builder {

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

        Builder(SteleConfig config) {
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

        SteleConfig build() {
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
