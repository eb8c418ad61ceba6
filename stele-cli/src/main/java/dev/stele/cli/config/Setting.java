package dev.stele.cli.config;

import com.google.errorprone.annotations.Immutable;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Every setting there is. The order is that of the documentation. */
public enum Setting {
    DATA("data", "", Setting::text, "the data directory; ~/.stele when empty"),
    STORE_URL(
            "store.url",
            "",
            Setting::text,
            "database server that keeps the memory, jdbc:postgresql://…; the data directory when empty"),
    STORE_USER("store.user", "", Setting::text, "its user; that of the URL when empty"),
    STORE_PASSWORD("store.password", "", Setting::text, "the user's password; better in a file"),
    STORE_PASSWORD_FILE("store.password-file", "", Setting::text, "file with it, read again for every new connection"),
    STORE_CONNECTIONS("store.connections", "10", Setting::whole, "connections of this node that are kept ready"),
    STORE_OVERFLOW("store.connections-overflow", "20", Setting::whole, "how many more there may be at times"),
    STORE_LIFETIME(
            "store.connection-lifetime",
            "25m",
            Setting::time,
            "how long one is used; below any limit of server and proxies"),
    STORE_STATEMENT("store.statement-timeout", "30s", Setting::time, "how long one statement may take"),
    STORE_PARTITIONS(
            "store.partitions",
            "0",
            Setting::whole,
            "into how many parts tables are cut when they are made, 0 for none"),
    STORE_ARCHIVE(
            "store.archive",
            "",
            Setting::text,
            "directory that all nodes share, for archived messages; the database when empty"),
    READ_ONLY("read-only", "false", Setting::flag, "open beside writers and refuse every write"),
    SERVER_HOST("server.host", "127.0.0.1", Setting::text, "address to listen on"),
    SERVER_PORT("server.port", "7077", Setting::whole, "port to listen on, 0 for any free one"),
    SERVER_MAX_BODY("server.max-body-bytes", "8MiB", Setting::bytes, "largest request body"),
    SERVER_IDLE("server.idle-timeout", "60s", Setting::time, "how long a connection may say nothing"),
    SERVER_SHUTDOWN("server.shutdown-timeout", "20s", Setting::time, "how long a stop waits for running requests"),
    MCP_SESSIONS(
            "mcp.sessions",
            "256",
            Setting::whole,
            "maximum number of MCP sessions over HTTP; past it unused ones end, and if there are none new ones are refused"),
    MCP_EVICTABLE(
            "mcp.evict-after", "60s", Setting::time, "how long an MCP session that was used is safe from new ones"),
    MCP_BATCH("mcp.max-batch", "100", Setting::whole, "maximum number of messages in an MCP batch"),
    MCP_RUNNING(
            "mcp.max-running",
            "256",
            Setting::whole,
            "maximum number of MCP messages under way; more are answered 503"),
    MCP_IDLE("mcp.idle", "30m", Setting::time, "how long an MCP session over HTTP may be unused"),
    SERVER_STREAMS(
            "server.max-streams",
            "256",
            Setting::whole,
            "maximum number of change feeds and MCP event streams open at once"),
    SERVER_SHARE(
            "server.caller-share",
            "50",
            Setting::percent,
            "largest share of requests, streams, sessions, answers, connections and bytes in percent that one key or remote address may hold"),
    SERVER_BODY_GRACE(
            "server.body-grace",
            "10s",
            Setting::time,
            "how long a body may take in addition to what server.min-rate allows"),
    SERVER_MIN_RATE(
            "server.min-rate",
            "4KiB",
            Setting::bytes,
            "least bytes a second at which a client must send bodies and read answers, on average"),
    SERVER_RATIO(
            "server.max-compression-ratio",
            "100",
            Setting::whole,
            "maximum size of what a compressed body unpacks to, in multiples of itself, past the first MiB"),
    SERVER_COMPUTE(
            "server.compute-threads",
            "0",
            Setting::whole,
            "graph queries and walks that run at once, 0 for one a processor"),
    SERVER_COMPUTE_QUEUE(
            "server.compute-queue", "64", Setting::whole, "maximum number of them that wait; more are answered 503"),
    SERVER_TRANSFERS("server.max-transfers", "8", Setting::whole, "maximum number of imports and exports at once"),
    SERVER_BULK("server.bulk-threads", "4", Setting::whole, "requests with bodies over 32 KiB that run at once"),
    SERVER_REQUESTS(
            "server.max-requests", "512", Setting::whole, "most requests that run at once; more are answered 503"),
    SERVER_AGENT_REQUESTS(
            "server.max-requests-per-agent",
            "256",
            Setting::whole,
            "most of them for one agent; more are answered 503"),
    SERVER_QUEUE_TIME(
            "server.queue-time", "0ms", Setting::time, "how long a request may wait for its turn before it is refused"),
    SERVER_RATE(
            "server.max-requests-per-second",
            "0",
            Setting::whole,
            "of one key, or of one address without a key, 0 for no bound; more are answered 429"),
    SERVER_HEADER("server.max-header-bytes", "8KiB", Setting::bytes, "longest request line with headers"),
    SERVER_CONNECTIONS(
            "server.max-connections",
            "10000",
            Setting::whole,
            "maximum number of open connections; past it silent ones are closed"),
    REQUEST_BYTES("arena.request-bytes", "256MiB", Setting::bytes, "off-heap memory for what comes in; past it 503"),
    RESPONSE_BYTES(
            "arena.response-bytes",
            "256MiB",
            Setting::bytes,
            "off-heap memory for what goes out, past it the heap; also the maximum size of answers that were not sent yet"),
    STATIC_BYTES("arena.static-bytes", "64MiB", Setting::bytes, "off-heap memory for the dashboard's files"),
    TASK_BYTES("arena.task-bytes", "256MiB", Setting::bytes, "memory for batches and jobs in work; past it they wait"),
    ARENA_OPTIMIZE("arena.optimize-every", "60s", Setting::time, "how often idle off-heap memory is looked for"),
    ARENA_IDLE("arena.optimize-idle-percent", "50", Setting::whole, "share of idle memory that is given back"),
    TASK_WORKERS("tasks.workers", "2", Setting::whole, "background jobs at once in this process, 0 for none"),
    TASK_QUEUE("tasks.max-waiting", "1000", Setting::whole, "most background jobs waiting"),
    TASK_KEEP("tasks.keep", "168h", Setting::time, "how long an ended job can be looked up"),
    TASK_LEASE("tasks.lease", "30s", Setting::time, "after how long without a sign of life a worker counts as dead"),
    MAX_MESSAGES("memory.max-messages-per-agent", "5000", Setting::whole, "live messages of an agent, 0 for no bound"),
    EMBEDDER(
            "memory.embedder",
            "auto",
            Setting::text,
            "embedding model: auto, none, bge-small, minilm, openai, ollama, gemini or onnx"),
    EMBEDDING_MODEL("memory.embedding-model", "", Setting::text, "model of a service; of onnx a directory"),
    EMBEDDING_URL("memory.embedding-url", "", Setting::text, "address of a service; of openai up to and with /v1"),
    EMBEDDING_KEY_FILE(
            "memory.embedding-key-file", "", Setting::text, "file with a service's key; else STELE_EMBEDDING_KEY"),
    EMBEDDING_DIMENSION(
            "memory.embedding-dimension", "0", Setting::whole, "how many numbers a vector of a service or file has"),
    EMBEDDING_TIMEOUT("memory.embedding-timeout", "10s", Setting::time, "longest wait for a service's answer"),
    EMBEDDING_BATCH("memory.embedding-batch", "64", Setting::whole, "most texts in one request to a service"),
    EMBEDDING_RATE("memory.embedding-rate", "0", Setting::whole, "most requests a second to a service, 0 for no bound"),
    EMBEDDING_ATTEMPTS(
            "memory.embedding-attempts",
            "3",
            Setting::whole,
            "how often a service is asked before it counts as failed"),
    MODEL_CHAIN(
            "models.chain",
            "",
            Setting::text,
            "names of language models in the order in which they are asked; without any, memory answers alone"),
    MODEL_RACE("models.race", "1", Setting::whole, "so many of the first are asked at once, and the fastest answers"),
    CHAT_WINDOW("chat.window", "20", Setting::whole, "latest turns of a conversation that a model sees"),
    CHAT_CONTEXT("chat.context-tokens", "3000", Setting::whole, "most tokens that a model is given from memory"),
    CHAT_ANSWER("chat.answer-tokens", "1024", Setting::whole, "longest answer of a model"),
    CHAT_TURN_WAIT("chat.turn-wait", "60s", Setting::time, "how long a message waits for the answers before it"),
    CHAT_TURNS("chat.max-turns", "20", Setting::whole, "most turns of a conversation between two agents"),
    CHAT_RUNNING("chat.max-running", "256", Setting::whole, "most answers under way at once; more are answered 503"),
    CHAT_JOINED("chat.max-joined", "64", Setting::whole, "maximum number of conversations that one WebSocket joins"),
    CHAT_SOCKETS("chat.max-sockets", "1024", Setting::whole, "most WebSockets of chats open at once"),
    REFLECT_WORKERS(
            "reflect.workers",
            "4",
            Setting::whole,
            "interactions that the memory agent thinks about at once, 0 for none"),
    REFLECT_ATTEMPTS(
            "reflect.attempts", "5", Setting::whole, "how often an interaction is tried before it is given up"),
    REFLECT_QUEUE("reflect.max-waiting", "10000", Setting::whole, "most interactions of one agent waiting"),
    REFLECT_SIMILARITY(
            "reflect.similarity",
            "0.65",
            Setting::unit,
            "cosine from which a statement may be one that is noted already, if it says nothing more"),
    REFLECT_SIMILARITIES("reflect.similarities", "", Setting::units, "others for some categories, such as event=0.8"),
    REFLECT_ACROSS("reflect.similarity-across", "0.8", Setting::unit, "the same between notes of two categories"),
    REFLECT_CONFIDENCE("reflect.min-confidence", "0.3", Setting::unit, "statements less sure are not noted"),
    REFLECT_REPLACE(
            "reflect.replace-confidence",
            "0.6",
            Setting::unit,
            "statements less sure do not replace what they contradict; both are kept for review"),
    REFLECT_KNOWN("reflect.known-notes", "30", Setting::whole, "most known notes that a model is shown"),
    CONSOLIDATE_NOTES(
            "reflect.consolidate-notes", "50", Setting::whole, "notes of a user beyond which they are consolidated"),
    CONSOLIDATE_CATEGORY("reflect.consolidate-category", "15", Setting::whole, "the same of one category"),
    CONSOLIDATE_WEEKLY(
            "reflect.consolidate-weekly", "20", Setting::whole, "beyond this many they are consolidated weekly"),
    NOTES_KEPT("retention.notes", "365d", Setting::time, "how long a note stays that nobody uses, 0s for ever"),
    NOTES_UNIMPORTANT("retention.unimportant-notes", "30d", Setting::time, "the same for importance below 0.3"),
    NOTES_EPHEMERAL("retention.ephemeral-notes", "24h", Setting::time, "the same for notes of the category ephemeral"),
    LANGUAGE("memory.language", "en", Setting::text, "language of agents' words: en, de, fr, es … or any"),
    LANGUAGES("memory.languages", "", Setting::text, "languages of some agents, such as kira=de, ben=fr"),
    IDLE_CLOSE("memory.idle-close", "60s", Setting::time, "how long an unused agent stays open"),
    HOUSEKEEPING("memory.housekeeping", "60s", Setting::time, "how often retention and clean-up run"),
    IDEMPOTENCY("memory.idempotency", "24h", Setting::time, "how long an idempotency key is remembered"),
    INDEX_BYTES(
            "memory.index-bytes",
            "512MiB",
            Setting::bytes,
            "heap for pictures of live items and where their words occur, all agents together"),
    CACHE_BYTES("memory.cache-bytes", "64MiB", Setting::bytes, "heap for cached answers, all agents together"),
    GRAPH_FROM(
            "memory.vector-graph-from",
            "2000000",
            Setting::whole,
            "vectors of an agent from which a graph is made to search them, 0 for never"),
    ARCHIVE("retention.archive", "true", Setting::flag, "whether messages beyond the bound are archived, else deleted"),
    MESSAGE_BYTES("limits.message-bytes", "256KiB", Setting::bytes, "longest content of a message or note"),
    METADATA_BYTES("limits.metadata-bytes", "16KiB", Setting::bytes, "longest metadata of one item"),
    BATCH_MESSAGES("limits.batch-messages", "1000", Setting::whole, "most messages in one atomic write"),
    NOTES("limits.notes-per-agent", "100000", Setting::whole, "most notes of one agent"),
    ENTITIES("limits.entities-per-agent", "1000000", Setting::whole, "most entities of one agent's graph"),
    RELATIONS("limits.relations-per-agent", "5000000", Setting::whole, "most relations of one agent's graph"),
    GRAPH_BATCH("limits.graph-batch", "10000", Setting::whole, "most entities, observations or relations in one write"),
    GRAPH_DEPTH("limits.graph-depth", "16", Setting::whole, "most steps that a question of the graph goes"),
    GRAPH_VISITED(
            "limits.graph-visited", "1000000", Setting::whole, "most relations that a question of the graph looks at"),
    GRAPH_ROWS(
            "limits.graph-rows",
            "100000",
            Setting::whole,
            "most entities, relations or rows in an answer from the graph"),
    GRAPH_VALUES(
            "limits.graph-values",
            "5000000",
            Setting::whole,
            "most elements of lists and maps that a query makes, 16 characters of a text counting as one"),
    GRAPH_TIME("limits.graph-time", "10s", Setting::time, "longest time for a question of the graph"),
    WRITE_QUEUE("limits.write-queue", "8192", Setting::whole, "most writes waiting for one agent"),
    RESULTS("limits.results", "1000", Setting::whole, "most hits or rows in one answer"),
    QUERY_BYTES("limits.query-bytes", "64KiB", Setting::bytes, "longest query"),
    USER_HISTORY("limits.user-history", "1000", Setting::whole, "most past versions kept of one user context"),
    DATABASE_BYTES("limits.database-bytes", "0", Setting::bytes, "largest database of one agent, 0 for no bound"),
    OPEN_AGENTS("limits.open-agents", "256", Setting::whole, "most agents open at once"),
    READERS("limits.readers", "4", Setting::whole, "most read connections of one agent"),
    REQUEST_TIME("limits.request-time", "60s", Setting::time, "longest time for a request, waiting included"),
    REQUEST_CPU("limits.request-cpu-time", "10s", Setting::time, "longest processor time for a request"),
    REQUEST_ALLOCATION(
            "limits.request-allocation",
            "0",
            Setting::bytes,
            "maximum memory that a request allocates, garbage included; 0 for a quarter of the heap"),
    DOCUMENT_TIME("limits.document-time", "20s", Setting::time, "longest time to read a document"),
    DOCUMENT_MEMORY("limits.document-memory", "256MiB", Setting::bytes, "heap of a process that reads documents"),
    DOCUMENT_PAGES("limits.document-pages", "10000", Setting::whole, "maximum number of pages of a PDF"),
    DOCUMENT_PARSERS("documents.parsers", "1", Setting::whole, "processes that read documents at once"),
    DOCUMENT_QUEUE("documents.queue", "16", Setting::whole, "maximum number of documents that wait to be read"),
    IMPORT_LINE(
            "limits.import-line",
            "16777216",
            Setting::whole,
            "longest line of an imported file, or file that is one JSON document, in characters"),
    WAIT("limits.wait", "30s", Setting::time, "longest wait for a turn to write or a connection to read"),
    LOG_LEVEL("log.level", "info", Setting::text, "what is logged: error, warning, info or debug");

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

    /** Reads a value; keeps nothing. */
    @Immutable
    private interface Parser {
        Object parse(String value);
    }

    /** The dotted name, as in {@code stele.yaml}. */
    public String key() {
        return key;
    }

    public String byDefault() {
        return byDefault;
    }

    public String meaning() {
        return meaning;
    }

    /** The environment variable of this key. */
    public String variable() {
        return "STELE_" + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    /** Reads a value; an error names the key and where the value came from. */
    Object parse(String value, String source) {
        try {
            return parser.parse(value.strip());
        } catch (InvalidInputException e) {
            throw new InvalidInputException(
                    "%s (from %s) is %s; %s".formatted(key, source, Json.write(value), e.getMessage()));
        }
    }

    /** The key of this name; an unknown one is an error that names the nearest. */
    static Setting of(String name, String source) {
        for (Setting key : values()) {
            if (key.key.equals(name)) {
                return key;
            }
        }
        throw unknown(name, Arrays.stream(values()).map(Setting::key).toList(), source);
    }

    static Setting ofVariable(String name) {
        for (Setting key : values()) {
            if (key.variable().equals(name)) {
                return key;
            }
        }
        throw unknown(name, Arrays.stream(values()).map(Setting::variable).toList(), "the environment");
    }

    static InvalidInputException unknown(String name, List<String> known, String source) {
        String nearest = known.stream()
                .min(Comparator.comparingInt(other -> distance(name, other)))
                .orElseThrow();
        return new InvalidInputException(
                "There is no setting %s (from %s); did you mean %s?".formatted(Json.write(name), source, nearest));
    }

    /** Levenshtein's distance: how many letters to add, drop or change. */
    private static int distance(String a, String b) {
        var row = new ArrayList<Integer>();
        for (int j = 0; j <= b.length(); j++) {
            row.add(j);
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row.getFirst();
            row.set(0, i);
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row.get(j);
                row.set(j, Math.min(changed, 1 + Math.min(row.get(j), row.get(j - 1))));
            }
        }
        return row.getLast();
    }

    private static Object text(String value) {
        return value;
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

    /** Reads a whole number of a setting that is no key. */
    static int whole(String value, String setting) {
        return (Integer) named(setting, value, Setting::whole);
    }

    /** Reads a time of a setting that is no key. */
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
            switch (form.group(2)) {
                case "ms" -> {
                    return Duration.ofMillis(number);
                }
                case "s" -> {
                    return Duration.ofSeconds(number);
                }
                case "m" -> {
                    return Duration.ofMinutes(number);
                }
                case "h" -> {
                    return Duration.ofHours(number);
                }
                case "d" -> {
                    return Duration.ofDays(number);
                }
                default -> {}
            }
        }
        throw new InvalidInputException("give a time such as 500ms, 30s, 5m, 24h or 30d.");
    }
}
