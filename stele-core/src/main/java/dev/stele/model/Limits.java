package dev.stele.model;

import java.time.Duration;

/**
 * Limits of all resources that could grow without bound. An operation beyond a limit fails with a
 * {@link LimitExceededException} that names the key given here in parentheses; no data is lost. Immutable.
 *
 * @param messageBytes maximum length of the content of a message or note in UTF-8 bytes ({@code limits.message-bytes})
 * @param metadataBytes maximum length of the metadata of one item as JSON, in bytes ({@code limits.metadata-bytes})
 * @param batchMessages maximum number of messages in one atomic write ({@code limits.batch-messages})
 * @param notesPerAgent maximum number of notes of one agent ({@code limits.notes-per-agent})
 * @param writeQueue maximum number of writes that wait for the writer of one agent ({@code limits.write-queue})
 * @param results maximum number of hits or rows in one result ({@code limits.results})
 * @param queryBytes maximum length of a recall query in UTF-8 bytes ({@code limits.query-bytes})
 * @param userHistory maximum number of past versions kept of one user context ({@code limits.user-history})
 * @param databaseBytes maximum size of the database of one agent in bytes; 0 for no limit
 *     ({@code limits.database-bytes})
 * @param rewriteBytes maximum size of a database of an agent that is rewritten after an erasure, in bytes; writers of
 *     the agent wait meanwhile ({@code limits.rewrite-bytes})
 * @param openAgents maximum number of agents open at the same time ({@code limits.open-agents})
 * @param readers maximum number of read connections of one agent ({@code limits.readers})
 * @param importLineChars maximum length of a line of an imported file, or of a file that is one JSON document, in
 *     UTF-16 chars ({@code limits.import-line})
 * @param imports limits of imports of folders and zip files
 * @param graph limits of the graph
 * @param waitTimeout maximum time to wait for the write lock, a read connection or a permit to open an agent
 *     ({@code limits.wait-timeout})
 */
public record Limits(
        int messageBytes,
        int metadataBytes,
        int batchMessages,
        int notesPerAgent,
        int writeQueue,
        int results,
        int queryBytes,
        int userHistory,
        long databaseBytes,
        long rewriteBytes,
        int openAgents,
        int readers,
        int importLineChars,
        ImportLimits imports,
        GraphLimits graph,
        Duration waitTimeout) {

    /** Default limits. */
    public static final Limits DEFAULT = new Builder().build();

    public Limits {
        positive("limits.message-bytes", messageBytes);
        positive("limits.metadata-bytes", metadataBytes);
        positive("limits.batch-messages", batchMessages);
        positive("limits.notes-per-agent", notesPerAgent);
        positive("limits.write-queue", writeQueue);
        positive("limits.results", results);
        positive("limits.query-bytes", queryBytes);
        positive("limits.user-history", userHistory);
        positive("limits.open-agents", openAgents);
        positive("limits.readers", readers);
        positive("limits.import-line", importLineChars);
        if (databaseBytes < 0) {
            throw new InvalidInputException("limits.database-bytes is negative; use 0 for no bound.");
        }
        if (rewriteBytes < 0) {
            throw new InvalidInputException("limits.rewrite-bytes is negative; use 0 to rewrite no database.");
        }
        if (waitTimeout.isNegative() || waitTimeout.isZero()) {
            throw new InvalidInputException("limits.wait-timeout must be longer than nothing.");
        }
    }

    private static void positive(String key, int value) {
        if (value < 1) {
            throw new InvalidInputException("%s is %d; it must be at least 1.".formatted(key, value));
        }
    }

    /** Returns a builder that starts with the default limits. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts with these limits. */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.messageBytes = messageBytes;
        builder.metadataBytes = metadataBytes;
        builder.batchMessages = batchMessages;
        builder.notesPerAgent = notesPerAgent;
        builder.writeQueue = writeQueue;
        builder.results = results;
        builder.queryBytes = queryBytes;
        builder.userHistory = userHistory;
        builder.databaseBytes = databaseBytes;
        builder.rewriteBytes = rewriteBytes;
        builder.openAgents = openAgents;
        builder.readers = readers;
        builder.importLineChars = importLineChars;
        builder.imports = imports;
        builder.graph = graph;
        builder.waitTimeout = waitTimeout;
        return builder;
    }

    /** Returns a copy with another maximum number of open agents. */
    public Limits withOpenAgents(int limit) {
        return toBuilder().openAgents(limit).build();
    }

    /** Returns a copy with another maximum database size in bytes; 0 for no limit. */
    public Limits withDatabaseBytes(long limit) {
        return toBuilder().databaseBytes(limit).build();
    }

    /** Returns a copy with another maximum size of a database that is rewritten, in bytes. */
    public Limits withRewriteBytes(long limit) {
        return toBuilder().rewriteBytes(limit).build();
    }

    /** Returns a copy with another maximum wait. */
    public Limits withPatience(Duration maxWait) {
        return toBuilder().waitTimeout(maxWait).build();
    }

    /** Returns a copy with other limits of the graph. */
    public Limits withGraph(GraphLimits others) {
        return toBuilder().graph(others).build();
    }

    /** Builder that sets some limits and leaves the others unchanged. Not thread-safe. */
    public static final class Builder {
        private int messageBytes = 256 * 1024;
        private int metadataBytes = 16 * 1024;
        private int batchMessages = 1_000;
        private int notesPerAgent = 100_000;
        private int writeQueue = 8_192;
        private int results = 1_000;
        private int queryBytes = 64 * 1024;
        private int userHistory = 1_000;
        private long databaseBytes = 0;
        private long rewriteBytes = 512L * 1024 * 1024;
        private int openAgents = 256;
        private int readers = 4;
        private int importLineChars = 16 * 1024 * 1024;
        private ImportLimits imports = ImportLimits.DEFAULT;
        private GraphLimits graph = GraphLimits.DEFAULT;
        private Duration waitTimeout = Duration.ofSeconds(30);

        private Builder() {}

        /** See {@link Limits#messageBytes()}. */
        public Builder messageBytes(int value) {
            messageBytes = value;
            return this;
        }

        /** See {@link Limits#metadataBytes()}. */
        public Builder metadataBytes(int value) {
            metadataBytes = value;
            return this;
        }

        /** See {@link Limits#batchMessages()}. */
        public Builder batchMessages(int value) {
            batchMessages = value;
            return this;
        }

        /** See {@link Limits#notesPerAgent()}. */
        public Builder notesPerAgent(int value) {
            notesPerAgent = value;
            return this;
        }

        /** See {@link Limits#writeQueue()}. */
        public Builder writeQueue(int value) {
            writeQueue = value;
            return this;
        }

        /** See {@link Limits#results()}. */
        public Builder results(int value) {
            results = value;
            return this;
        }

        /** See {@link Limits#queryBytes()}. */
        public Builder queryBytes(int value) {
            queryBytes = value;
            return this;
        }

        /** See {@link Limits#userHistory()}. */
        public Builder userHistory(int value) {
            userHistory = value;
            return this;
        }

        /** See {@link Limits#databaseBytes()}. */
        public Builder databaseBytes(long value) {
            databaseBytes = value;
            return this;
        }

        /** See {@link Limits#rewriteBytes()}. */
        public Builder rewriteBytes(long value) {
            rewriteBytes = value;
            return this;
        }

        /** See {@link Limits#openAgents()}. */
        public Builder openAgents(int value) {
            openAgents = value;
            return this;
        }

        /** See {@link Limits#readers()}. */
        public Builder readers(int value) {
            readers = value;
            return this;
        }

        /** See {@link Limits#importLineChars()}. */
        public Builder importLineChars(int value) {
            importLineChars = value;
            return this;
        }

        /** See {@link Limits#imports()}. */
        public Builder imports(ImportLimits value) {
            imports = value;
            return this;
        }

        /** See {@link Limits#graph()}. */
        public Builder graph(GraphLimits value) {
            graph = value;
            return this;
        }

        /** See {@link Limits#waitTimeout()}. */
        public Builder waitTimeout(Duration value) {
            waitTimeout = value;
            return this;
        }

        /**
         * Returns the limits.
         *
         * @throws InvalidInputException if a limit is out of range
         */
        public Limits build() {
            return new Limits(
                    messageBytes,
                    metadataBytes,
                    batchMessages,
                    notesPerAgent,
                    writeQueue,
                    results,
                    queryBytes,
                    userHistory,
                    databaseBytes,
                    rewriteBytes,
                    openAgents,
                    readers,
                    importLineChars,
                    imports,
                    graph,
                    waitTimeout);
        }
    }
}
