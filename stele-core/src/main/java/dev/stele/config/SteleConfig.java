package dev.stele.config;

import dev.stele.Stele;
import dev.stele.analysis.Languages;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import dev.stele.profile.Persona;
import dev.stele.store.DatabaseConfig;
import dev.stele.telemetry.TelemetryConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

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
 * @param idleTimeout time after which an unused agent is closed ({@code memory.idle-timeout})
 * @param maintenanceInterval interval between runs of retention and other maintenance
 *     ({@code memory.maintenance-interval})
 * @param idempotencyTtl time for which an idempotency key is kept ({@code memory.idempotency-ttl})
 * @param memory maximum memory for data that can be recomputed
 * @param tasks limits of background jobs
 * @param languages languages by whose rules the text of agents is analyzed ({@code memory.language},
 *     {@code memory.languages})
 * @param reflection thresholds and limits of the reflection worker ({@code reflect.*}, {@code retention.*})
 * @param personas personas of agents that have no persona of their own ({@code personas})
 * @param telemetry observer of operations, and whether it may record texts ({@code telemetry.*})
 */
public record SteleConfig(
        Path data,
        Optional<DatabaseConfig> database,
        boolean readOnly,
        Limits limits,
        int maxMessages,
        boolean archive,
        String embedder,
        Duration idleTimeout,
        Duration maintenanceInterval,
        Duration idempotencyTtl,
        MemoryBudget memory,
        TaskLimits tasks,
        Languages languages,
        ReflectionPolicy reflection,
        Map<AgentName, Persona> personas,
        TelemetryConfig telemetry) {

    public SteleConfig {
        if (maxMessages < 0) {
            throw new InvalidInputException("memory.max-messages-per-agent is negative; use 0 for no bound.");
        }
        personas = Map.copyOf(personas);
        positive("memory.idle-timeout", idleTimeout);
        positive("memory.maintenance-interval", maintenanceInterval);
        positive("memory.idempotency-ttl", idempotencyTtl);
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
        return builder(data).build();
    }

    /**
     * Returns a builder that starts with the default settings.
     *
     * @param data the data directory; created if it does not exist
     */
    public static Builder builder(Path data) {
        return new Builder(data);
    }

    /** Returns a builder that starts with these settings. */
    public Builder toBuilder() {
        var builder = new Builder(data);
        builder.database = database;
        builder.readOnly = readOnly;
        builder.limits = limits;
        builder.maxMessages = maxMessages;
        builder.archive = archive;
        builder.embedder = embedder;
        builder.idleTimeout = idleTimeout;
        builder.maintenanceInterval = maintenanceInterval;
        builder.idempotencyTtl = idempotencyTtl;
        builder.memory = memory;
        builder.tasks = tasks;
        builder.languages = languages;
        builder.reflection = reflection;
        builder.personas = personas;
        builder.telemetry = telemetry;
        return builder;
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
        return toBuilder().database(server).build();
    }

    /** Returns a copy that rejects every write. */
    public SteleConfig withReadOnly() {
        return toBuilder().readOnly(true).build();
    }

    /** Returns a copy with other limits. */
    public SteleConfig withLimits(Limits newLimits) {
        return toBuilder().limits(newLimits).build();
    }

    /**
     * Returns a copy with other retention settings.
     *
     * @param most maximum number of live messages of an agent, 0 for no maximum
     * @param toArchive whether messages beyond the maximum are archived; otherwise they are deleted
     */
    public SteleConfig withRetention(int most, boolean toArchive) {
        return toBuilder().maxMessages(most).archive(toArchive).build();
    }

    /**
     * Returns a copy with another embedder.
     *
     * @param name name of an embedder, {@code auto} or {@code none}
     */
    public SteleConfig withEmbedder(String name) {
        return toBuilder().embedder(name).build();
    }

    /** Returns a copy with other limits of background jobs. */
    public SteleConfig withTasks(TaskLimits limitsOfTasks) {
        return toBuilder().tasks(limitsOfTasks).build();
    }

    /** Returns a copy with other settings of the reflection worker. */
    public SteleConfig withReflection(ReflectionPolicy policy) {
        return toBuilder().reflection(policy).build();
    }

    /**
     * Returns a copy with other maintenance intervals.
     *
     * @param every interval between runs of maintenance, more than zero
     * @param closeIdleAfter time after which an unused agent is closed, more than zero
     */
    public SteleConfig withMaintenance(Duration every, Duration closeIdleAfter) {
        return toBuilder()
                .maintenanceInterval(every)
                .idleTimeout(closeIdleAfter)
                .build();
    }

    /** Returns a copy with another memory budget. */
    public SteleConfig withMemory(MemoryBudget budget) {
        return toBuilder().memory(budget).build();
    }

    /** Returns a copy with other languages. */
    public SteleConfig withLanguages(Languages others) {
        return toBuilder().languages(others).build();
    }

    /** Builder that sets some components and leaves the others at their defaults. Not thread-safe. */
    public static final class Builder {
        private final Path data;
        private Optional<DatabaseConfig> database = Optional.empty();
        private boolean readOnly = false;
        private Limits limits = Limits.DEFAULT;
        private int maxMessages = 5_000;
        private boolean archive = true;
        private String embedder = "auto";
        private Duration idleTimeout = Duration.ofSeconds(60);
        private Duration maintenanceInterval = Duration.ofSeconds(60);
        private Duration idempotencyTtl = Duration.ofHours(24);
        private MemoryBudget memory = MemoryBudget.DEFAULT;
        private TaskLimits tasks = TaskLimits.DEFAULT;
        private Languages languages = Languages.ENGLISH;
        private ReflectionPolicy reflection = ReflectionPolicy.DEFAULT;
        private Map<AgentName, Persona> personas = Map.of();
        private TelemetryConfig telemetry = TelemetryConfig.DEFAULT;

        private Builder(Path data) {
            this.data = data;
        }

        /** See {@link SteleConfig#database()}. */
        public Builder database(DatabaseConfig value) {
            database = Optional.of(value);
            return this;
        }

        /** See {@link SteleConfig#readOnly()}. */
        public Builder readOnly(boolean value) {
            readOnly = value;
            return this;
        }

        /** See {@link SteleConfig#limits()}. */
        public Builder limits(Limits value) {
            limits = value;
            return this;
        }

        /** See {@link SteleConfig#maxMessages()}. */
        public Builder maxMessages(int value) {
            maxMessages = value;
            return this;
        }

        /** See {@link SteleConfig#archive()}. */
        public Builder archive(boolean value) {
            archive = value;
            return this;
        }

        /** See {@link SteleConfig#embedder()}. */
        public Builder embedder(String value) {
            embedder = value;
            return this;
        }

        /** See {@link SteleConfig#idleTimeout()}. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /** See {@link SteleConfig#maintenanceInterval()}. */
        public Builder maintenanceInterval(Duration value) {
            maintenanceInterval = value;
            return this;
        }

        /** See {@link SteleConfig#idempotencyTtl()}. */
        public Builder idempotencyTtl(Duration value) {
            idempotencyTtl = value;
            return this;
        }

        /** See {@link SteleConfig#memory()}. */
        public Builder memory(MemoryBudget value) {
            memory = value;
            return this;
        }

        /** See {@link SteleConfig#tasks()}. */
        public Builder tasks(TaskLimits value) {
            tasks = value;
            return this;
        }

        /** See {@link SteleConfig#languages()}. */
        public Builder languages(Languages value) {
            languages = value;
            return this;
        }

        /** See {@link SteleConfig#reflection()}. */
        public Builder reflection(ReflectionPolicy value) {
            reflection = value;
            return this;
        }

        /** See {@link SteleConfig#personas()}. */
        public Builder personas(Map<AgentName, Persona> value) {
            personas = value;
            return this;
        }

        /** See {@link SteleConfig#telemetry()}. */
        public Builder telemetry(TelemetryConfig value) {
            telemetry = value;
            return this;
        }

        /**
         * Returns the settings.
         *
         * @throws InvalidInputException if a value is out of range
         */
        public SteleConfig build() {
            return new SteleConfig(
                    data,
                    database,
                    readOnly,
                    limits,
                    maxMessages,
                    archive,
                    embedder,
                    idleTimeout,
                    maintenanceInterval,
                    idempotencyTtl,
                    memory,
                    tasks,
                    languages,
                    reflection,
                    personas,
                    telemetry);
        }
    }
}
