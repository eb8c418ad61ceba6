package dev.stele.server;

import dev.stele.chat.ChatSettings;
import dev.stele.concurrent.WorkLimits;
import dev.stele.mcp.McpServers;
import dev.stele.mcp.TaskLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.server.documents.DocumentParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Options of a {@link SteleServer}: its address, limits and timeouts. The server reads no settings itself, so that a
 * program that embeds the server decides where options come from. The command {@code stele serve} takes them from the
 * settings that are named here in parentheses; errors of the server name the same settings. Immutable.
 *
 * @param host address or host name to listen on ({@code server.host})
 * @param port port to listen on; 0 for any free port ({@code server.port})
 * @param callerShare maximum share of requests, streams, sessions, replies, connections and bytes that one key or
 *     remote address may hold, in percent from 1 to 100 ({@code server.caller-share})
 * @param maxConnections maximum number of open connections; past it idle ones are closed
 *     ({@code server.max-connections})
 * @param idleTimeout maximum time that a connection may be silent ({@code server.idle-timeout})
 * @param maxHeaderBytes maximum length of request line and headers, in bytes; values above 1 MiB count as 1 MiB
 *     ({@code server.max-header-bytes})
 * @param maxRequests maximum number of requests that run at once ({@code server.max-requests})
 * @param maxRequestsPerAgent maximum number of requests for one agent that run at once
 *     ({@code server.max-requests-per-agent})
 * @param maxRequestsPerSecond maximum number of requests a second of one caller; 0 for no limit
 *     ({@code server.max-requests-per-second})
 * @param queueTime maximum time that a request waits for a permit before it is refused ({@code server.queue-time})
 * @param requestLimits maximum time, processor time and allocation of one request
 * @param computeThreads maximum number of graph queries and walks that run at once; 0 for one a processor
 *     ({@code server.compute-threads})
 * @param maxQueuedComputations maximum number of graph queries and walks that wait ({@code server.compute-queue})
 * @param bulkThreads maximum number of requests with large bodies that run at once ({@code server.bulk-threads})
 * @param loginTime time from the login of a browser to its end ({@code server.login-time})
 * @param maxTransfers maximum number of imports and exports that run at once ({@code server.max-transfers})
 * @param maxStreams maximum number of open change feeds and MCP event streams ({@code server.max-streams})
 * @param maxBodyBytes maximum size of a request body after decompression, in bytes ({@code server.max-body-bytes})
 * @param bodyGrace time that a body may take in addition to what {@code minBytesPerSecond} allows
 *     ({@code server.body-grace})
 * @param minBytesPerSecond minimum average rate at which a client must send bodies and read responses, in bytes a
 *     second; 0 counts as 1 ({@code server.min-rate})
 * @param maxCompressionRatio maximum ratio of the decompressed to the compressed size of a body past its first MiB;
 *     0 counts as 1 ({@code server.max-compression-ratio})
 * @param documents limits of parsing documents
 * @param chat limits of chats
 * @param maxReplies maximum number of replies that are generated at once ({@code chat.max-running})
 * @param maxSockets maximum number of open WebSockets of chats ({@code chat.max-sockets})
 * @param maxJoinedChats maximum number of chats that one WebSocket joins ({@code chat.max-joined})
 * @param maxMcpSessions maximum number of MCP sessions over HTTP ({@code mcp.sessions})
 * @param mcpIdleTimeout time without use after which an MCP session ends ({@code mcp.idle})
 * @param mcpEvictAfter time without use after which an MCP session may be ended in favor of a new one
 *     ({@code mcp.evict-after})
 * @param maxMcpBatch maximum number of messages in one MCP batch ({@code mcp.max-batch})
 * @param maxMcpTasks maximum number of tasks of MCP clients, running and ended ({@code mcp.tasks})
 * @param mcpTaskTime time from its creation for which such a task is kept ({@code mcp.task-time})
 * @param maxMcpMessages maximum number of MCP messages that are processed at once ({@code mcp.max-running})
 * @param requestBytes maximum off-heap memory for request bodies, in bytes ({@code arena.request-bytes})
 * @param responseBytes maximum off-heap memory for responses, and maximum size of unsent responses, in bytes
 *     ({@code arena.response-bytes})
 * @param staticBytes maximum off-heap memory for the files of the dashboard, in bytes ({@code arena.static-bytes})
 * @param reclaimInterval interval between searches for idle off-heap memory ({@code arena.optimize-every})
 * @param reclaimPercent share of idle off-heap memory that is released, in percent; values above 100 count as 100
 *     ({@code arena.optimize-idle-percent})
 * @param auditBytes maximum size of the audit log in the data directory, in bytes; 0 for none
 *     ({@code audit.bytes})
 * @param reviewItems maximum number of notes, and of interactions, that a review examines: the newest ones
 *     ({@code server.review-items})
 * @param graphRankings maximum number of rankings of graphs that are kept ({@code server.graph-rankings})
 * @param graphNodes maximum number of entities that the graph viewer of MCP clients shows
 *     ({@code mcp.graph-nodes})
 * @param settings settings in force, for people who administer the server ({@code GET /v1/settings}); without secrets
 * @param commandSocket socket for commands on this machine, see {@link CommandSocket}; empty for none
 * @param shutdownTimeout maximum time that {@link SteleServer#close} waits for running requests
 *     ({@code server.shutdown-timeout})
 */
public record ServerOptions(
        String host,
        int port,
        int callerShare,
        int maxConnections,
        Duration idleTimeout,
        long maxHeaderBytes,
        int maxRequests,
        int maxRequestsPerAgent,
        int maxRequestsPerSecond,
        Duration queueTime,
        WorkLimits requestLimits,
        int computeThreads,
        int maxQueuedComputations,
        int bulkThreads,
        Duration loginTime,
        int maxTransfers,
        int maxStreams,
        long maxBodyBytes,
        Duration bodyGrace,
        long minBytesPerSecond,
        int maxCompressionRatio,
        DocumentParser.Limits documents,
        ChatSettings chat,
        int maxReplies,
        int maxSockets,
        int maxJoinedChats,
        int maxMcpSessions,
        Duration mcpIdleTimeout,
        Duration mcpEvictAfter,
        int maxMcpBatch,
        int maxMcpTasks,
        Duration mcpTaskTime,
        int maxMcpMessages,
        long requestBytes,
        long responseBytes,
        long staticBytes,
        Duration reclaimInterval,
        int reclaimPercent,
        long auditBytes,
        int reviewItems,
        int graphRankings,
        int graphNodes,
        List<SettingInForce> settings,
        Optional<Path> commandSocket,
        Duration shutdownTimeout) {

    /**
     * Setting in force.
     *
     * @param key name of the setting
     * @param value value as text, without secrets
     * @param source where the value comes from, such as "the default" or the name of a file
     */
    public record SettingInForce(String key, String value, String source) {}

    /** Default options. */
    public static final ServerOptions DEFAULT = builder().build();

    /**
     * Checks the options.
     *
     * @throws InvalidInputException if the share of a caller is not a percentage from 1 to 100, or another option is
     *     out of its range
     */
    public ServerOptions {
        if (callerShare < 1 || callerShare > 100) {
            throw new InvalidInputException(
                    "server.caller-share is %d; it must be from 1 to 100.".formatted(callerShare));
        }
        positive("server.review-items", reviewItems);
        positive("server.graph-rankings", graphRankings);
        positive("mcp.graph-nodes", graphNodes);
        if (auditBytes < 0) {
            throw new InvalidInputException("audit.bytes is %d; it cannot be negative.".formatted(auditBytes));
        }
        settings = List.copyOf(settings);
    }

    private static void positive(String key, int value) {
        if (value < 1) {
            throw new InvalidInputException("%s is %d; it must be at least 1.".formatted(key, value));
        }
    }

    /** Returns a builder that starts with the default options. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builder that sets some options and leaves the others at their defaults. Not thread-safe. */
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port = 7_077;
        private int callerShare = 50;
        private int maxConnections = 10_000;
        private Duration idleTimeout = Duration.ofSeconds(60);
        private long maxHeaderBytes = 8 << 10;
        private int maxRequests = 512;
        private int maxRequestsPerAgent = 256;
        private int maxRequestsPerSecond = 0;
        private Duration queueTime = Duration.ZERO;
        private WorkLimits requestLimits = WorkLimits.DEFAULT;
        private int computeThreads = 0;
        private int maxQueuedComputations = 64;
        private int bulkThreads = 4;
        private Duration loginTime = Duration.ofHours(12);
        private int maxTransfers = 8;
        private int maxStreams = 256;
        private long maxBodyBytes = 8 << 20;
        private Duration bodyGrace = Duration.ofSeconds(10);
        private long minBytesPerSecond = 4 << 10;
        private int maxCompressionRatio = 100;
        private DocumentParser.Limits documents = DocumentParser.Limits.DEFAULT;
        private ChatSettings chat = ChatSettings.DEFAULT;
        private int maxReplies = 256;
        private int maxSockets = 1_024;
        private int maxJoinedChats = 64;
        private int maxMcpSessions = 256;
        private Duration mcpIdleTimeout = Duration.ofMinutes(30);
        private Duration mcpEvictAfter = Duration.ofSeconds(60);
        private int maxMcpBatch = 100;
        private int maxMcpTasks = TaskLimits.DEFAULT.maxTasks();
        private Duration mcpTaskTime = TaskLimits.DEFAULT.keep();
        private int maxMcpMessages = 256;
        private long requestBytes = 256 << 20;
        private long responseBytes = 256 << 20;
        private long staticBytes = 64 << 20;
        private Duration reclaimInterval = Duration.ofSeconds(60);
        private int reclaimPercent = 50;
        private long auditBytes = 64 << 20;
        private int reviewItems = 500;
        private int graphRankings = 4;
        private int graphNodes = McpServers.DEFAULT_GRAPH_NODES;
        private List<SettingInForce> settings = List.of();
        private Optional<Path> commandSocket = Optional.empty();
        private Duration shutdownTimeout = Duration.ofSeconds(20);

        private Builder() {}

        /** See {@link ServerOptions#host()}. */
        public Builder host(String value) {
            host = value;
            return this;
        }

        /** See {@link ServerOptions#port()}. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** See {@link ServerOptions#callerShare()}. */
        public Builder callerShare(int value) {
            callerShare = value;
            return this;
        }

        /** See {@link ServerOptions#maxConnections()}. */
        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        /** See {@link ServerOptions#idleTimeout()}. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /** See {@link ServerOptions#maxHeaderBytes()}. */
        public Builder maxHeaderBytes(long value) {
            maxHeaderBytes = value;
            return this;
        }

        /** See {@link ServerOptions#maxRequests()}. */
        public Builder maxRequests(int value) {
            maxRequests = value;
            return this;
        }

        /** See {@link ServerOptions#maxRequestsPerAgent()}. */
        public Builder maxRequestsPerAgent(int value) {
            maxRequestsPerAgent = value;
            return this;
        }

        /** See {@link ServerOptions#maxRequestsPerSecond()}. */
        public Builder maxRequestsPerSecond(int value) {
            maxRequestsPerSecond = value;
            return this;
        }

        /** See {@link ServerOptions#queueTime()}. */
        public Builder queueTime(Duration value) {
            queueTime = value;
            return this;
        }

        /** See {@link ServerOptions#requestLimits()}. */
        public Builder requestLimits(WorkLimits value) {
            requestLimits = value;
            return this;
        }

        /** See {@link ServerOptions#computeThreads()}. */
        public Builder computeThreads(int value) {
            computeThreads = value;
            return this;
        }

        /** See {@link ServerOptions#maxQueuedComputations()}. */
        public Builder maxQueuedComputations(int value) {
            maxQueuedComputations = value;
            return this;
        }

        /** See {@link ServerOptions#bulkThreads()}. */
        public Builder bulkThreads(int value) {
            bulkThreads = value;
            return this;
        }

        /** See {@link ServerOptions#loginTime()}. */
        public Builder loginTime(Duration value) {
            loginTime = value;
            return this;
        }

        /** See {@link ServerOptions#maxTransfers()}. */
        public Builder maxTransfers(int value) {
            maxTransfers = value;
            return this;
        }

        /** See {@link ServerOptions#maxStreams()}. */
        public Builder maxStreams(int value) {
            maxStreams = value;
            return this;
        }

        /** See {@link ServerOptions#maxBodyBytes()}. */
        public Builder maxBodyBytes(long value) {
            maxBodyBytes = value;
            return this;
        }

        /** See {@link ServerOptions#bodyGrace()}. */
        public Builder bodyGrace(Duration value) {
            bodyGrace = value;
            return this;
        }

        /** See {@link ServerOptions#minBytesPerSecond()}. */
        public Builder minBytesPerSecond(long value) {
            minBytesPerSecond = value;
            return this;
        }

        /** See {@link ServerOptions#maxCompressionRatio()}. */
        public Builder maxCompressionRatio(int value) {
            maxCompressionRatio = value;
            return this;
        }

        /** See {@link ServerOptions#documents()}. */
        public Builder documents(DocumentParser.Limits value) {
            documents = value;
            return this;
        }

        /** See {@link ServerOptions#chat()}. */
        public Builder chat(ChatSettings value) {
            chat = value;
            return this;
        }

        /** See {@link ServerOptions#maxReplies()}. */
        public Builder maxReplies(int value) {
            maxReplies = value;
            return this;
        }

        /** See {@link ServerOptions#maxSockets()}. */
        public Builder maxSockets(int value) {
            maxSockets = value;
            return this;
        }

        /** See {@link ServerOptions#maxJoinedChats()}. */
        public Builder maxJoinedChats(int value) {
            maxJoinedChats = value;
            return this;
        }

        /** See {@link ServerOptions#maxMcpSessions()}. */
        public Builder maxMcpSessions(int value) {
            maxMcpSessions = value;
            return this;
        }

        /** See {@link ServerOptions#mcpIdleTimeout()}. */
        public Builder mcpIdleTimeout(Duration value) {
            mcpIdleTimeout = value;
            return this;
        }

        /** See {@link ServerOptions#mcpEvictAfter()}. */
        public Builder mcpEvictAfter(Duration value) {
            mcpEvictAfter = value;
            return this;
        }

        /** See {@link ServerOptions#maxMcpBatch()}. */
        public Builder maxMcpBatch(int value) {
            maxMcpBatch = value;
            return this;
        }

        /** See {@link ServerOptions#maxMcpTasks()}. */
        public Builder maxMcpTasks(int value) {
            maxMcpTasks = value;
            return this;
        }

        /** See {@link ServerOptions#mcpTaskTime()}. */
        public Builder mcpTaskTime(Duration value) {
            mcpTaskTime = value;
            return this;
        }

        /** See {@link ServerOptions#maxMcpMessages()}. */
        public Builder maxMcpMessages(int value) {
            maxMcpMessages = value;
            return this;
        }

        /** See {@link ServerOptions#requestBytes()}. */
        public Builder requestBytes(long value) {
            requestBytes = value;
            return this;
        }

        /** See {@link ServerOptions#responseBytes()}. */
        public Builder responseBytes(long value) {
            responseBytes = value;
            return this;
        }

        /** See {@link ServerOptions#staticBytes()}. */
        public Builder staticBytes(long value) {
            staticBytes = value;
            return this;
        }

        /** See {@link ServerOptions#reclaimInterval()}. */
        public Builder reclaimInterval(Duration value) {
            reclaimInterval = value;
            return this;
        }

        /** See {@link ServerOptions#reclaimPercent()}. */
        public Builder reclaimPercent(int value) {
            reclaimPercent = value;
            return this;
        }

        /** See {@link ServerOptions#auditBytes()}. */
        public Builder auditBytes(long value) {
            auditBytes = value;
            return this;
        }

        /** See {@link ServerOptions#reviewItems()}. */
        public Builder reviewItems(int value) {
            reviewItems = value;
            return this;
        }

        /** See {@link ServerOptions#graphRankings()}. */
        public Builder graphRankings(int value) {
            graphRankings = value;
            return this;
        }

        /** See {@link ServerOptions#graphNodes()}. */
        public Builder graphNodes(int value) {
            graphNodes = value;
            return this;
        }

        /** See {@link ServerOptions#settings()}. */
        public Builder settings(List<SettingInForce> value) {
            settings = value;
            return this;
        }

        /** See {@link ServerOptions#commandSocket()}. */
        public Builder commandSocket(Optional<Path> value) {
            commandSocket = value;
            return this;
        }

        /** See {@link ServerOptions#shutdownTimeout()}. */
        public Builder shutdownTimeout(Duration value) {
            shutdownTimeout = value;
            return this;
        }

        /**
         * Returns the options.
         *
         * @throws InvalidInputException if an option is out of range
         */
        public ServerOptions build() {
            return new ServerOptions(
                    host,
                    port,
                    callerShare,
                    maxConnections,
                    idleTimeout,
                    maxHeaderBytes,
                    maxRequests,
                    maxRequestsPerAgent,
                    maxRequestsPerSecond,
                    queueTime,
                    requestLimits,
                    computeThreads,
                    maxQueuedComputations,
                    bulkThreads,
                    loginTime,
                    maxTransfers,
                    maxStreams,
                    maxBodyBytes,
                    bodyGrace,
                    minBytesPerSecond,
                    maxCompressionRatio,
                    documents,
                    chat,
                    maxReplies,
                    maxSockets,
                    maxJoinedChats,
                    maxMcpSessions,
                    mcpIdleTimeout,
                    mcpEvictAfter,
                    maxMcpBatch,
                    maxMcpTasks,
                    mcpTaskTime,
                    maxMcpMessages,
                    requestBytes,
                    responseBytes,
                    staticBytes,
                    reclaimInterval,
                    reclaimPercent,
                    auditBytes,
                    reviewItems,
                    graphRankings,
                    graphNodes,
                    settings,
                    commandSocket,
                    shutdownTimeout);
        }
    }
}
