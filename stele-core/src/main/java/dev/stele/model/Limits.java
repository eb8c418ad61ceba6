package dev.stele.model;

import java.time.Duration;

/**
 * Bounds of everything that could grow. Past a bound comes a {@link LimitExceededException} that names the key given
 * here in brackets; nothing is lost by it.
 *
 * @param messageBytes longest content of a message or note, in UTF-8 bytes ({@code limits.message-bytes})
 * @param metadataBytes longest metadata of one item, as JSON ({@code limits.metadata-bytes})
 * @param batchMessages most messages in one atomic write ({@code limits.batch-messages})
 * @param notesPerAgent most notes of one agent ({@code limits.notes-per-agent})
 * @param writeQueue most writes waiting for one agent's writer ({@code limits.write-queue})
 * @param results most hits or rows in one answer ({@code limits.results})
 * @param queryBytes longest query of a recall, in UTF-8 bytes ({@code limits.query-bytes})
 * @param userHistory most past versions kept of one user context ({@code limits.user-history})
 * @param databaseBytes most bytes of one agent's database, 0 for no bound ({@code limits.database-bytes})
 * @param openAgents most agents open at once ({@code limits.open-agents})
 * @param readers most read connections of one agent ({@code limits.readers})
 * @param graph bounds of the graph
 * @param patience longest wait for a writer's turn, a read connection or a place among the open agents ({@code limits.wait})
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
        int openAgents,
        int readers,
        GraphLimits graph,
        Duration patience) {

    public static final Limits DEFAULT = new Limits(
            256 * 1024,
            16 * 1024,
            1_000,
            100_000,
            8_192,
            1_000,
            64 * 1024,
            1_000,
            0,
            256,
            4,
            GraphLimits.DEFAULT,
            Duration.ofSeconds(30));

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
        if (databaseBytes < 0) {
            throw new InvalidInputException("limits.database-bytes is negative; use 0 for no bound.");
        }
        if (patience.isNegative() || patience.isZero()) {
            throw new InvalidInputException("limits.wait must be longer than nothing.");
        }
    }

    private static void positive(String key, int value) {
        if (value < 1) {
            throw new InvalidInputException("%s is %d; it must be at least 1.".formatted(key, value));
        }
    }

    public Limits withOpenAgents(int most) {
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
                most,
                readers,
                graph,
                patience);
    }

    public Limits withDatabaseBytes(long most) {
        return new Limits(
                messageBytes,
                metadataBytes,
                batchMessages,
                notesPerAgent,
                writeQueue,
                results,
                queryBytes,
                userHistory,
                most,
                openAgents,
                readers,
                graph,
                patience);
    }

    public Limits withPatience(Duration longest) {
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
                openAgents,
                readers,
                graph,
                longest);
    }

    public Limits withGraph(GraphLimits others) {
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
                openAgents,
                readers,
                others,
                patience);
    }
}
