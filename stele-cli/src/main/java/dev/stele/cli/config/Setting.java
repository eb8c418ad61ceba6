package dev.stele.cli.config;

import com.google.errorprone.annotations.Immutable;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** All settings, in the order of the documentation, with key, default, parser and meaning. */
public enum Setting {
    DATA("data", "", Setting::path, "data directory; ~/.stele if empty"),
    STORE_URL(
            "store.url",
            "",
            Setting::text,
            "address of a database server that stores the memory, jdbc:postgresql://…; the data directory if empty"),
    STORE_USER("store.user", "", Setting::text, "user at the database server; the one of the URL if empty"),
    STORE_PASSWORD("store.password", "", Setting::text, "password of that user; a file is safer"),
    STORE_PASSWORD_FILE(
            "store.password-file", "", Setting::path, "file with the password, read again for every new connection"),
    STORE_CONNECTIONS("store.connections", "10", Setting::whole, "number of connections that a node keeps open"),
    STORE_OVERFLOW("store.overflow-connections", "20", Setting::whole, "maximum number of further connections"),
    STORE_LIFETIME(
            "store.connection-lifetime",
            "25m",
            Setting::time,
            "maximum age of a connection; keep it below the limits of the server and of proxies"),
    STORE_STATEMENT("store.statement-timeout", "30s", Setting::time, "maximum time for one statement"),
    STORE_PARTITIONS(
            "store.partitions",
            "0",
            Setting::whole,
            "number of partitions of each table, set when the tables are created; 0 for none"),
    STORE_ARCHIVE(
            "store.archive",
            "",
            Setting::path,
            "directory for archived messages that all nodes share; the database if empty"),
    READ_ONLY("read-only", "false", Setting::flag, "whether to open the memory beside writers and refuse every write"),
    AUDIT_BYTES(
            "audit.bytes",
            "64MiB",
            Setting::bytes,
            "maximum size of the audit log in the data directory, 0 for none; the oldest entries are deleted"),
    SERVER_HOST("server.host", "127.0.0.1", Setting::text, "address to listen on"),
    SERVER_PORT("server.port", "7077", Setting::port, "port to listen on, 0 for any free one"),
    SERVER_MAX_BODY("server.max-body-bytes", "8MiB", Setting::bytes, "maximum size of a request body"),
    SERVER_IDLE("server.idle-timeout", "60s", Setting::time, "maximum time without traffic on a connection"),
    SERVER_SHUTDOWN(
            "server.shutdown-timeout", "20s", Setting::time, "maximum time that a stop waits for running requests"),
    MCP_SESSIONS(
            "mcp.sessions",
            "256",
            Setting::whole,
            "maximum number of MCP sessions over HTTP; beyond it unused sessions end, and if there are none new ones are refused"),
    MCP_EVICTABLE(
            "mcp.evict-after",
            "60s",
            Setting::time,
            "time since its last use for which an MCP session does not end for a new one"),
    MCP_BATCH("mcp.max-batch", "100", Setting::whole, "maximum number of messages in an MCP batch"),
    MCP_RUNNING(
            "mcp.max-running",
            "256",
            Setting::whole,
            "maximum number of MCP messages being processed; more are answered 503"),
    MCP_TASKS(
            "mcp.tasks",
            "64",
            Setting::whole,
            "maximum number of tasks of MCP clients, running and ended; beyond it calls run without a task"),
    MCP_TASK_TIME(
            "mcp.task-time",
            "30m",
            Setting::time,
            "time for which a task of an MCP client is kept; one that still runs then is canceled"),
    MCP_IDLE("mcp.idle", "30m", Setting::time, "maximum time without use of an MCP session over HTTP"),
    SERVER_STREAMS(
            "server.max-streams", "256", Setting::whole, "maximum number of open change feeds and MCP event streams"),
    SERVER_SHARE(
            "server.caller-share",
            "50",
            Setting::percent,
            "maximum share of requests, streams, sessions, answers, connections and bytes in percent that one key or remote address may hold"),
    SERVER_BODY_GRACE(
            "server.body-grace", "10s", Setting::time, "time for a body in addition to what server.min-rate allows"),
    SERVER_MIN_RATE(
            "server.min-rate",
            "4KiB",
            Setting::bytes,
            "minimum average rate in bytes per second at which a client must send bodies and read answers"),
    SERVER_RATIO(
            "server.max-compression-ratio",
            "100",
            Setting::whole,
            "maximum ratio of the unpacked to the compressed size of a body, beyond the first MiB"),
    SERVER_COMPUTE(
            "server.compute-threads",
            "0",
            Setting::whole,
            "number of graph queries and walks that run at once, 0 for one per processor"),
    SERVER_COMPUTE_QUEUE(
            "server.compute-queue",
            "64",
            Setting::whole,
            "maximum number of graph queries and walks that wait; more are answered 503"),
    SERVER_REVIEW(
            "server.review-items",
            "500",
            Setting::whole,
            "maximum number of notes, and of interactions, that a review examines: the newest ones"),
    SERVER_RANKINGS(
            "server.graph-rankings",
            "4",
            Setting::whole,
            "maximum number of rankings of graphs that are kept for the dashboard, of about 24 bytes per entity"),
    MCP_GRAPH("mcp.graph-nodes", "300", Setting::whole, "maximum number of entities that the graph viewer shows"),
    SERVER_LOGIN("server.login-time", "12h", Setting::time, "time after which a browser must log in again"),
    SERVER_TRANSFERS(
            "server.max-transfers", "8", Setting::whole, "maximum number of imports and exports that run at once"),
    SERVER_BULK(
            "server.bulk-threads", "4", Setting::whole, "number of requests with bodies over 32 KiB that run at once"),
    SERVER_REQUESTS(
            "server.max-requests",
            "512",
            Setting::whole,
            "maximum number of requests that run at once; more are answered 503"),
    SERVER_AGENT_REQUESTS(
            "server.max-requests-per-agent",
            "256",
            Setting::whole,
            "maximum number of requests to one agent that run at once; more are answered 503"),
    SERVER_QUEUE_TIME(
            "server.queue-time",
            "0ms",
            Setting::time,
            "maximum time that a request waits for a permit before it is refused"),
    SERVER_RATE(
            "server.max-requests-per-second",
            "0",
            Setting::whole,
            "maximum rate of requests of one key, or of one address without a key, 0 for no limit; more are answered 429"),
    SERVER_HEADER("server.max-header-bytes", "8KiB", Setting::bytes, "maximum size of request line and headers"),
    SERVER_CONNECTIONS(
            "server.max-connections",
            "10000",
            Setting::whole,
            "maximum number of open connections; beyond it idle ones are closed"),
    REQUEST_BYTES(
            "arena.request-bytes",
            "256MiB",
            Setting::bytes,
            "off-heap memory for requests; beyond it requests are answered 503"),
    RESPONSE_BYTES(
            "arena.response-bytes",
            "256MiB",
            Setting::bytes,
            "off-heap memory for answers, beyond it the heap is used; also the maximum size of answers that were not sent yet"),
    STATIC_BYTES("arena.static-bytes", "64MiB", Setting::bytes, "off-heap memory for the files of the dashboard"),
    TASK_BYTES(
            "arena.task-bytes",
            "256MiB",
            Setting::bytes,
            "memory for batches and background jobs in progress; beyond it they wait"),
    ARENA_OPTIMIZE(
            "arena.optimize-every", "60s", Setting::time, "interval at which free off-heap memory is looked for"),
    ARENA_IDLE(
            "arena.optimize-idle-percent",
            "50",
            Setting::whole,
            "share of free off-heap memory in percent above which it is returned to the system"),
    TASK_WORKERS(
            "tasks.workers",
            "2",
            Setting::whole,
            "number of background jobs that run at once in this process, 0 for none"),
    TASK_QUEUE("tasks.max-waiting", "1000", Setting::whole, "maximum number of waiting background jobs"),
    TASK_KEEP("tasks.keep", "168h", Setting::time, "time for which an ended background job can be looked up"),
    TASK_LEASE(
            "tasks.lease",
            "30s",
            Setting::time,
            "time without renewal after which the worker of a background job counts as dead"),
    MAX_MESSAGES(
            "memory.max-messages-per-agent",
            "5000",
            Setting::whole,
            "maximum number of live messages of an agent, 0 for no limit"),
    EMBEDDER(
            "memory.embedder",
            "auto",
            Setting::text,
            "embedding model: auto, none, bge-small, minilm, openai, ollama, gemini or onnx"),
    EMBEDDING_MODEL(
            "memory.embedding-model",
            "",
            Setting::text,
            "name of the model of an embedding service; a directory for onnx"),
    EMBEDDING_URL(
            "memory.embedding-url",
            "",
            Setting::text,
            "address of an embedding service; for openai up to and including /v1"),
    EMBEDDING_KEY_FILE(
            "memory.embedding-key-file",
            "",
            Setting::path,
            "file with the key of an embedding service; STELE_EMBEDDING_KEY if empty"),
    EMBEDDING_DIMENSION(
            "memory.embedding-dimension", "0", Setting::whole, "dimension of the vectors of a service or file"),
    EMBEDDING_TIMEOUT(
            "memory.embedding-timeout", "10s", Setting::time, "maximum time for an answer of an embedding service"),
    EMBEDDING_BATCH(
            "memory.embedding-batch",
            "64",
            Setting::whole,
            "maximum number of texts in one request to an embedding service"),
    EMBEDDING_RATE(
            "memory.embedding-rate",
            "0",
            Setting::whole,
            "maximum number of requests per second to an embedding service, 0 for no limit"),
    EMBEDDING_ATTEMPTS(
            "memory.embedding-attempts",
            "3",
            Setting::whole,
            "number of attempts before a request to an embedding service counts as failed"),
    RERANKER(
            "memory.reranker",
            "none",
            Setting::text,
            "orders the best hits: none, onnx for a model in this process, or a service: tei, cohere or jina"),
    RERANKER_URL("memory.reranker-url", "", Setting::text, "complete address of the route of a reranking service"),
    RERANKER_MODEL(
            "memory.reranker-model",
            "",
            Setting::text,
            "name of the model of a reranking service, or the directory of an ONNX model"),
    RERANKER_KEY_FILE(
            "memory.reranker-key-file",
            "",
            Setting::path,
            "file with the key of a reranking service; STELE_RERANKER_KEY if empty"),
    RERANKER_TIMEOUT(
            "memory.reranker-timeout", "2s", Setting::time, "maximum time for an answer of a reranking service"),
    RERANKER_DEPTH(
            "memory.reranker-depth",
            "50",
            Setting::whole,
            "number of best hits that a reranking service is asked about"),
    MODEL_CHAIN(
            "models.chain",
            "",
            Setting::text,
            "names of language models in the order in which they are asked; if empty, answers quote the memory"),
    MODEL_RACE(
            "models.race",
            "1",
            Setting::whole,
            "number of models at the head of the chain that are asked at once; the first to answer is used"),
    CHAT_WINDOW("chat.window", "20", Setting::whole, "number of latest turns of a session that a model is given"),
    CHAT_CONTEXT(
            "chat.context-tokens",
            "3000",
            Setting::whole,
            "maximum number of tokens from memory that a model is given"),
    CHAT_ANSWER("chat.answer-tokens", "1024", Setting::whole, "maximum number of tokens of an answer"),
    CHAT_TURN_WAIT(
            "chat.turn-wait",
            "60s",
            Setting::time,
            "maximum time that a message waits for the answers to earlier messages of its session"),
    CHAT_TURNS("chat.max-turns", "20", Setting::whole, "maximum number of turns of a conversation between two agents"),
    CHAT_RUNNING(
            "chat.max-running", "256", Setting::whole, "maximum number of answers in progress; more are answered 503"),
    CHAT_JOINED("chat.max-joined", "64", Setting::whole, "maximum number of sessions that one WebSocket joins"),
    CHAT_SOCKETS("chat.max-sockets", "1024", Setting::whole, "maximum number of open WebSockets"),
    REFLECT_WORKERS(
            "reflect.workers", "4", Setting::whole, "number of interactions that are processed at once, 0 for none"),
    REFLECT_ATTEMPTS("reflect.attempts", "5", Setting::whole, "maximum number of attempts to process an interaction"),
    REFLECT_QUEUE("reflect.max-waiting", "10000", Setting::whole, "maximum number of pending interactions of an agent"),
    REFLECT_SIMILARITY(
            "reflect.similarity",
            "0.65",
            Setting::unit,
            "minimum cosine at which a statement may duplicate a note of its category"),
    REFLECT_SIMILARITIES(
            "reflect.similarities", "", Setting::units, "minimum cosines of individual categories, such as event=0.8"),
    REFLECT_ACROSS(
            "reflect.similarity-across",
            "0.8",
            Setting::unit,
            "minimum cosine at which a statement may duplicate a note of another category"),
    REFLECT_CONFIDENCE(
            "reflect.min-confidence",
            "0.3",
            Setting::unit,
            "minimum confidence of a statement that is stored as a note"),
    REFLECT_REPLACE(
            "reflect.replace-confidence",
            "0.6",
            Setting::unit,
            "minimum confidence at which a statement supersedes a note that it contradicts; below it both are kept for review"),
    REFLECT_KNOWN(
            "reflect.max-known-notes", "30", Setting::whole, "maximum number of existing notes that a model is given"),
    CONSOLIDATE_NOTES(
            "reflect.consolidate-notes",
            "50",
            Setting::whole,
            "number of notes of a user above which they are consolidated"),
    CONSOLIDATE_CATEGORY(
            "reflect.consolidate-category",
            "15",
            Setting::whole,
            "number of notes of a user in one category above which they are consolidated"),
    CONSOLIDATE_WEEKLY(
            "reflect.consolidate-weekly",
            "20",
            Setting::whole,
            "number of notes of a user above which they are consolidated weekly"),
    NOTES_KEPT("retention.notes", "365d", Setting::time, "time without use after which a note expires, 0s for never"),
    NOTES_UNIMPORTANT(
            "retention.unimportant-notes",
            "30d",
            Setting::time,
            "time without use after which a note of importance below 0.3 expires, 0s for never"),
    NOTES_EPHEMERAL(
            "retention.ephemeral-notes",
            "24h",
            Setting::time,
            "time without use after which a note of the category ephemeral expires, 0s for never"),
    LANGUAGE("memory.language", "en", Setting::text, "language of the texts of agents: en, de, fr, es … or any"),
    LANGUAGES("memory.languages", "", Setting::text, "languages of individual agents, such as kira=de, ben=fr"),
    IDLE_TIMEOUT("memory.idle-timeout", "60s", Setting::time, "time without use after which an agent is closed"),
    MAINTENANCE_INTERVAL("memory.maintenance-interval", "60s", Setting::time, "interval of maintenance"),
    IDEMPOTENCY("memory.idempotency-ttl", "24h", Setting::time, "time for which an idempotency key is kept"),
    INDEX_BYTES(
            "memory.index-bytes",
            "512MiB",
            Setting::bytes,
            "memory for index snapshots and postings of all agents together"),
    CACHE_BYTES("memory.cache-bytes", "64MiB", Setting::bytes, "memory for cached results of all agents together"),
    GRAPH_FROM(
            "memory.hnsw-threshold",
            "2000000",
            Setting::whole,
            "number of vectors of an agent from which an HNSW graph is built, 0 for never"),
    ARCHIVE(
            "retention.archive",
            "true",
            Setting::flag,
            "whether messages beyond the maximum are archived; otherwise they are deleted"),
    MESSAGE_BYTES("limits.message-bytes", "256KiB", Setting::bytes, "maximum size of the content of a message or note"),
    METADATA_BYTES("limits.metadata-bytes", "16KiB", Setting::bytes, "maximum size of the metadata of an item"),
    BATCH_MESSAGES("limits.batch-messages", "1000", Setting::whole, "maximum number of messages in one atomic write"),
    NOTES("limits.notes-per-agent", "100000", Setting::whole, "maximum number of notes of an agent"),
    ENTITIES("limits.entities-per-agent", "1000000", Setting::whole, "maximum number of entities of an agent"),
    RELATIONS("limits.relations-per-agent", "5000000", Setting::whole, "maximum number of relations of an agent"),
    GRAPH_BATCH(
            "limits.graph-batch",
            "10000",
            Setting::whole,
            "maximum number of entities, observations or relations in one write"),
    GRAPH_DEPTH(
            "limits.graph-depth",
            "16",
            Setting::whole,
            "maximum number of relations along which a read of the graph goes"),
    GRAPH_VISITED(
            "limits.graph-visited",
            "1000000",
            Setting::whole,
            "maximum number of relations that a read of the graph visits"),
    GRAPH_ROWS(
            "limits.graph-rows",
            "100000",
            Setting::whole,
            "maximum number of entities, relations or rows in a result of the graph"),
    GRAPH_VALUES(
            "limits.graph-values",
            "5000000",
            Setting::whole,
            "maximum number of list and map elements that a graph query creates; 16 characters of text count as one"),
    GRAPH_TIME("limits.graph-time", "10s", Setting::time, "maximum time for a read of the graph"),
    GRAPH_EDIT_TIME(
            "limits.graph-edit-time",
            "2s",
            Setting::time,
            "maximum time of a function that edits the graph while other writers wait"),
    WRITE_QUEUE("limits.write-queue", "8192", Setting::whole, "maximum number of writes that wait for an agent"),
    RESULTS("limits.results", "1000", Setting::whole, "maximum number of hits or rows in a result"),
    QUERY_BYTES("limits.query-bytes", "64KiB", Setting::bytes, "maximum size of a query"),
    USER_HISTORY(
            "limits.user-history",
            "1000",
            Setting::whole,
            "maximum number of former versions that are kept of a user context"),
    DATABASE_BYTES(
            "limits.database-bytes", "0", Setting::bytes, "maximum size of the database of an agent, 0 for no limit"),
    REWRITE_BYTES(
            "limits.rewrite-bytes",
            "512MiB",
            Setting::bytes,
            "maximum size of a database of an agent that is rewritten after an erasure, during which writers of the agent wait"),
    OPEN_AGENTS("limits.open-agents", "256", Setting::whole, "maximum number of open agents"),
    READERS("limits.readers", "4", Setting::whole, "maximum number of read connections of an agent"),
    REQUEST_TIME(
            "limits.request-time",
            "60s",
            Setting::time,
            "maximum time for a request, including the time that it waits"),
    REQUEST_CPU("limits.request-cpu-time", "10s", Setting::time, "maximum processor time for a request"),
    REQUEST_ALLOCATION(
            "limits.request-allocation",
            "0",
            Setting::bytes,
            "maximum memory that a request allocates, including garbage; 0 for a quarter of the heap"),
    DOCUMENT_TIME(
            "limits.document-time",
            "20s",
            Setting::time,
            "maximum time to parse a document, without the start of a parser process"),
    DOCUMENT_MEMORY("limits.document-memory", "256MiB", Setting::bytes, "heap of a process that parses documents"),
    DOCUMENT_PAGES("limits.document-pages", "10000", Setting::whole, "maximum number of pages of a PDF"),
    DOCUMENT_PARSERS("documents.parsers", "1", Setting::whole, "number of processes that parse documents"),
    DOCUMENT_QUEUE("documents.queue", "16", Setting::whole, "maximum number of documents that wait for a parser"),
    IMPORT_LINE(
            "limits.import-line",
            "16777216",
            Setting::whole,
            "maximum length of a line of an import, or of an import that is one JSON document, in characters"),
    IMPORT_ENTRIES(
            "limits.import-entries",
            "100000",
            Setting::whole,
            "maximum number of files in a folder or zip file that is imported"),
    IMPORT_UNPACKED_BYTES(
            "limits.import-unpacked-bytes",
            "8GiB",
            Setting::bytes,
            "maximum size of the unpacked content of a zip file that is imported"),
    IMPORT_RATIO(
            "limits.import-ratio",
            "200",
            Setting::whole,
            "maximum ratio of the unpacked to the packed size of a zip file that is imported, beyond the first MiB"),
    WAIT("limits.wait-timeout", "30s", Setting::time, "maximum time to wait for the write lock or a read connection"),
    COMMAND_TIMEOUT(
            "command.server-timeout",
            "10s",
            Setting::time,
            "maximum time that a command waits for the server of its data directory before it does the work itself; 0s to use no server"),
    TELEMETRY_CONTENT(
            "telemetry.content",
            "false",
            Setting::flag,
            "whether spans of OpenTelemetry contain the texts of queries and items"),
    LOG_LEVEL("log.level", "info", Setting::text, "minimum level of log messages: error, warning, info or debug");

    private static final int MAX_PORT = 65_535;

    /** Maximum time, about a hundred years: sums of longer times do not fit into a 64-bit number of nanoseconds. */
    private static final Duration MAX_TIME = Duration.ofDays(36_500);

    /** Present keys of settings by a former key, which stays valid. */
    private static final Map<String, String> FORMER_KEYS = Map.of("server.audit-bytes", "audit.bytes");

    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");

    private final String key;
    private final String byDefault;
    private final Parser parser;
    private final String meaning;

    Setting(String key, String byDefault, Parser parser, String meaning) {
        this.key = key;
        this.byDefault = byDefault;
        this.parser = parser;
        this.meaning = meaning;
    }

    /** Parser of a value. Stateless. */
    @Immutable
    private interface Parser {
        Object parse(String value);
    }

    /** Returns the dotted name, as in {@code stele.yaml}. */
    public String key() {
        return key;
    }

    /** Returns the default as text; may be empty. */
    public String byDefault() {
        return byDefault;
    }

    /** Returns the meaning as a noun phrase, for people. */
    public String meaning() {
        return meaning;
    }

    /** Returns the name of the environment variable. */
    public String variable() {
        return variable(key);
    }

    private static String variable(String key) {
        return "STELE_" + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    /**
     * Parses a value.
     *
     * @param source source of the value, for the error
     * @throws InvalidInputException if the value is invalid
     */
    Object parse(String value, String source) {
        try {
            return parser.parse(value.strip());
        } catch (InvalidInputException e) {
            throw new InvalidInputException(
                    "%s (from %s) is %s; %s".formatted(key, source, Json.write(value), e.getMessage()));
        }
    }

    /**
     * Returns the setting with a key.
     *
     * @param source source of the key, for the error
     * @throws InvalidInputException if there is none; the message names the most similar key
     */
    static Setting of(String name, String source) {
        String current = FORMER_KEYS.getOrDefault(name, name);
        for (Setting key : values()) {
            if (key.key.equals(current)) {
                return key;
            }
        }
        throw unknown(name, Arrays.stream(values()).map(Setting::key).toList(), source);
    }

    /** Returns the setting of an environment variable, like {@link #of}. */
    static Setting ofVariable(String name) {
        for (Setting key : values()) {
            if (key.variable().equals(name)) {
                return key;
            }
        }
        for (String former : FORMER_KEYS.keySet()) {
            if (variable(former).equals(name)) {
                return of(former, "the environment");
            }
        }
        throw unknown(name, Arrays.stream(values()).map(Setting::variable).toList(), "the environment");
    }

    /** Returns the error of an unknown name, which suggests the most similar known one. */
    static InvalidInputException unknown(String name, List<String> known, String source) {
        String nearest = NearestName.of(name, known).orElseThrow();
        return new InvalidInputException(
                "There is no setting %s (from %s); did you mean %s?".formatted(Json.write(name), source, nearest));
    }

    private static Object text(String value) {
        return value;
    }

    private static Object path(String value) {
        try {
            return Path.of(value).toString().isEmpty() ? "" : value;
        } catch (InvalidPathException e) {
            throw new InvalidInputException("give the path of a file or directory of this system.");
        }
    }

    private static Object whole(String value) {
        try {
            int number = Integer.parseInt(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new InvalidInputException("give a whole number of at least 0.");
        }
        throw new InvalidInputException("give a whole number of at least 0.");
    }

    private static Object port(String value) {
        if (whole(value) instanceof Integer port && port <= MAX_PORT) {
            return port;
        }
        throw new InvalidInputException("give a port from 0 to %d.".formatted(MAX_PORT));
    }

    private static Object percent(String value) {
        if (whole(value) instanceof Integer percent && percent >= 1 && percent <= 100) {
            return percent;
        }
        throw new InvalidInputException("give a whole number from 1 to 100.");
    }

    private static Object unit(String value) {
        try {
            double number = Double.parseDouble(value);
            if (number >= 0 && number <= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new InvalidInputException("give a number from 0 to 1.");
        }
        throw new InvalidInputException("give a number from 0 to 1.");
    }

    private static Object units(String value) {
        Map<String, Double> units = new LinkedHashMap<>();
        for (String pair : value.split("[,\\s]+", -1)) {
            if (!pair.isEmpty()) {
                String[] parts = pair.split("=", 2);
                if (parts.length != 2) {
                    throw new InvalidInputException("give pairs such as event=0.8, fact=0.7.");
                }
                units.put(parts[0], (Double) unit(parts[1]));
            }
        }
        return Map.copyOf(units);
    }

    /** Parses an integer of a setting that is not in this enum. */
    static int whole(String value, String setting) {
        return (Integer) named(setting, value, Setting::whole);
    }

    /** Parses a duration of a setting that is not in this enum. */
    static Object time(String value, String setting) {
        return named(setting, value, Setting::time);
    }

    private static Object named(String setting, String value, Parser parser) {
        try {
            return parser.parse(value.strip());
        } catch (InvalidInputException e) {
            throw new InvalidInputException("%s is %s; %s".formatted(setting, Json.write(value), e.getMessage()));
        }
    }

    private static Object flag(String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidInputException("give true or false.");
        };
    }

    private static Object bytes(String value) {
        var form = NUMBER_AND_UNIT.matcher(value);
        if (form.matches()) {
            long number = Long.parseLong(form.group(1));
            int shift = switch (form.group(2)) {
                case "", "B" -> 0;
                case "KiB" -> 10;
                case "MiB" -> 20;
                case "GiB" -> 30;
                default -> -1;
            };
            if (shift >= 0 && number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        }
        throw new InvalidInputException("give a number of bytes, or one with KiB, MiB or GiB.");
    }

    private static Object time(String value) {
        var form = NUMBER_AND_UNIT.matcher(value);
        if (form.matches() && form.group(1).length() <= 9) {
            long number = Long.parseLong(form.group(1));
            Optional<Duration> time = switch (form.group(2)) {
                case "ms" -> Optional.of(Duration.ofMillis(number));
                case "s" -> Optional.of(Duration.ofSeconds(number));
                case "m" -> Optional.of(Duration.ofMinutes(number));
                case "h" -> Optional.of(Duration.ofHours(number));
                case "d" -> Optional.of(Duration.ofDays(number));
                default -> Optional.empty();
            };
            if (time.isPresent() && time.get().compareTo(MAX_TIME) > 0) {
                throw new InvalidInputException("give a time of at most " + MAX_TIME.toDays() + "d.");
            }
            if (time.isPresent()) {
                return time.get();
            }
        }
        throw new InvalidInputException("give a time such as 500ms, 30s, 5m, 24h or 30d.");
    }
}
