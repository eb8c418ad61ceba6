package dev.stele.cli.config;

import dev.stele.analysis.Languages;
import dev.stele.chat.ChatSettings;
import dev.stele.concurrent.WorkLimits;
import dev.stele.config.MemoryBudget;
import dev.stele.config.ReflectionPolicy;
import dev.stele.config.SteleConfig;
import dev.stele.config.TaskLimits;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.GraphLimits;
import dev.stele.model.ImportLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.profile.Persona;
import dev.stele.server.CommandSocket;
import dev.stele.server.ServerOptions;
import dev.stele.server.documents.DocumentParser;
import dev.stele.store.DatabaseConfig;
import dev.stele.telemetry.TelemetryConfig;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Values of all settings with their sources. Flags take precedence over environment variables, and these over {@code
 * stele.yaml}. Immutable.
 */
public final class Settings {

    /** Name and version of this program. */
    public static final String VERSION = "stele 0.1.0";

    /** Environment variables with the prefix {@code STELE_} that are not settings. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("STELE_CONFIG", "STELE_JAVA_HOME", "STELE_JAVA_OPTS", "STELE_EMBEDDING_KEY", "STELE_RERANKER_KEY");

    /** Maximum number of references to other parts of a settings file; each could double what is read. */
    private static final int MAX_ALIASES = 10;

    private record Value(Object value, String text, String source) {}

    /** Prefixes of settings that do not change what a memory contains or answers. */
    private static final List<String> OF_PROCESS = List.of(
            "data",
            "audit.",
            "server.",
            "command.",
            "log.",
            "arena.",
            "mcp.",
            "chat.",
            "documents.",
            "telemetry.",
            "store.password");

    private static final String MODELS = "models.";
    private static final String MODEL_VARIABLES = "STELE_MODELS_";

    private final Map<Setting, Value> values;
    /** Descriptions of language models: values by {@code name.field}. */
    private final Map<String, String> models;

    private final Map<AgentName, Persona> personas;

    private Settings(Map<Setting, Value> values, Map<String, String> models, Map<AgentName, Persona> personas) {
        this.values = values;
        this.models = Map.copyOf(models);
        this.personas = Map.copyOf(personas);
    }

    /**
     * Loads the settings from all sources.
     *
     * @param file settings file; empty for the file of {@code STELE_CONFIG}, or else for {@code stele.yaml} in the data
     *     directory if it exists
     * @param environment environment variables of the process
     * @param flags settings from the command line, by key
     * @return the settings
     * @throws InvalidInputException if a key is unknown, a value is invalid, or the file cannot be read; the message
     *     names the source
     * @throws NotFoundException if the named file does not exist
     */
    public static Settings load(Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
        var fromEnvironment = new EnumMap<Setting, Value>(Setting.class);
        environment.forEach((name, text) -> {
            if (name.startsWith("STELE_") && !OTHER_VARIABLES.contains(name) && !isOfModel(name)) {
                put(fromEnvironment, Setting.ofVariable(name), text, "environment variable " + name);
            }
        });
        var fromFlags = new EnumMap<Setting, Value>(Setting.class);
        Map<String, String> models = new TreeMap<>();
        Map<String, String> modelFlags = new TreeMap<>();
        Map<AgentName, Persona> personas = new LinkedHashMap<>();
        new TreeMap<>(flags).forEach((name, text) -> {
            if (isOfModel(name)) {
                putModel(modelFlags, name, text, "the command line");
            } else {
                put(fromFlags, Setting.of(name, "the command line"), text, "the command line");
            }
        });

        var values = new EnumMap<Setting, Value>(Setting.class);
        for (Setting key : Setting.values()) {
            put(values, key, key.byDefault(), "the default");
        }
        Optional<Path> named = file.or(
                () -> Optional.ofNullable(environment.get("STELE_CONFIG")).map(Path::of));
        Value data = fromFlags.getOrDefault(
                Setting.DATA, fromEnvironment.getOrDefault(Setting.DATA, values.get(Setting.DATA)));
        Path defaultFile = dataDirectory(String.valueOf(data == null ? "" : data.value()), environment)
                .resolve("stele.yaml");
        if (named.isPresent()) {
            readFile(values, models, personas, named.get());
        } else if (Files.isRegularFile(defaultFile)) {
            readFile(values, models, personas, defaultFile);
        }
        values.putAll(fromEnvironment);
        values.putAll(fromFlags);
        String directory = dataDirectory(String.valueOf(text(values, Setting.DATA)), environment)
                .toString();
        Value configured = values.get(Setting.DATA);
        values.put(
                Setting.DATA,
                new Value(directory, directory, configured == null ? "the default" : configured.source()));
        environment.forEach((name, text) -> variableOfModel(name).ifPresent(field -> models.put(field, text)));
        models.putAll(modelFlags);
        return new Settings(values, models, personas);
    }

    /** Returns whether a setting or environment variable belongs to the description of a language model. */
    private static boolean isOfModel(String name) {
        boolean setting = name.startsWith(MODELS) && name.indexOf('.', MODELS.length()) > 0;
        boolean variable = name.startsWith(MODEL_VARIABLES)
                && (name.endsWith("_KEY") || variableOfModel(name).isPresent());
        return setting || variable;
    }

    /** Returns model and field of an environment variable: {@code fast.url} for {@code STELE_MODELS_FAST_URL}. */
    private static Optional<String> variableOfModel(String variable) {
        if (!variable.startsWith(MODEL_VARIABLES)) {
            return Optional.empty();
        }
        String rest = variable.substring(MODEL_VARIABLES.length())
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
        return LanguageModels.fields().stream()
                .filter(field -> rest.endsWith("-" + field) && rest.length() > field.length() + 1)
                .map(field -> rest.substring(0, rest.length() - field.length() - 1) + "." + field)
                .findFirst();
    }

    private static void putModel(Map<String, String> models, String name, String text, String source) {
        String rest = name.substring(MODELS.length());
        int dot = rest.indexOf('.');
        String field = rest.substring(dot + 1);
        if (!LanguageModels.fields().contains(field)) {
            throw Setting.unknown(
                    name,
                    LanguageModels.fields().stream()
                            .map(known -> MODELS + rest.substring(0, dot) + "." + known)
                            .toList(),
                    source);
        }
        models.put(rest, text);
    }

    /** Returns the names of the described language models, sorted. */
    Set<String> models() {
        return models.keySet().stream()
                .map(name -> name.substring(0, name.indexOf('.')))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns a field of the description of a language model; empty if the field is not set. */
    Optional<String> model(String name, String field) {
        return Optional.ofNullable(models.get(name + "." + field));
    }

    private static Object text(Map<Setting, Value> values, Setting key) {
        Value value = values.get(key);
        return value == null ? "" : value.value();
    }

    private static Path dataDirectory(String configured, Map<String, String> environment) {
        if (!configured.isEmpty()) {
            return Path.of(configured);
        }
        String home = environment.getOrDefault("HOME", System.getProperty("user.home", "."));
        return Path.of(home, ".stele");
    }

    private static void put(Map<Setting, Value> values, Setting key, String text, String source) {
        values.put(key, new Value(key.parse(text, source), text, source));
    }

    private static void readFile(
            Map<Setting, Value> values, Map<String, String> models, Map<AgentName, Persona> personas, Path file) {
        try {
            Object tree = new Load(LoadSettings.builder()
                            .setLabel(file.toString())
                            .setMaxAliasesForCollections(MAX_ALIASES)
                            .build())
                    .loadFromString(Files.readString(file));
            if (tree instanceof Map<?, ?> map && map.get("personas") instanceof Map<?, ?> described) {
                described.forEach((name, persona) -> personas.put(
                        new AgentName(String.valueOf(name)), persona(String.valueOf(name), persona, file)));
            }
            flatten(values, models, "", tree, file.toString());
        } catch (StackOverflowError e) { // such as of a part that contains itself
            throw new InvalidInputException("The settings file " + file + " is nested too deeply; make it flatter.");
        } catch (YamlEngineException e) {
            throw new InvalidInputException("The settings file " + file + " is not valid YAML: " + e.getMessage());
        } catch (NoSuchFileException e) {
            throw new NotFoundException(
                    "There is no settings file " + file + "; correct --config or STELE_CONFIG, or create the file.");
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("The settings file " + file + " is not UTF-8; convert it to UTF-8.");
        } catch (IOException e) {
            throw new InvalidInputException(
                    "The settings file " + file + " cannot be read: " + FileErrors.reason(e) + ".");
        }
    }

    private static Persona persona(String name, @Nullable Object tree, Path file) {
        try {
            return Persona.fromJson(JsonObject.of("persona " + name, Json.read(Json.write(Json.copy(tree)))));
        } catch (InvalidInputException e) {
            throw new InvalidInputException("personas." + name + " (from " + file + "): " + e.getMessage());
        }
    }

    private static void flatten(
            Map<Setting, Value> values, Map<String, String> models, String path, @Nullable Object tree, String source) {
        if (path.equals("personas")) {
            return; // readFile handles personas
        }
        switch (tree) {
            case null -> {
                if (!path.isEmpty()) {
                    throw new InvalidInputException("The setting " + path + " (from " + source + ") has no value.");
                }
            }
            case Map<?, ?> map ->
                map.forEach((name, value) -> flatten(
                        values, models, path.isEmpty() ? String.valueOf(name) : path + "." + name, value, source));
            case Collection<?> _ ->
                throw new InvalidInputException("The setting " + path + " (from " + source
                        + ") is a list; give one value, or several in one text that is separated by commas.");
            default -> {
                if (isOfModel(path)) {
                    putModel(models, path, tree.toString(), source);
                } else {
                    put(values, Setting.of(path, source), tree.toString(), source);
                }
            }
        }
    }

    /**
     * Describes a setting for people, without passwords.
     *
     * @param key the setting
     * @return key, value and source
     */
    public String describe(Setting key) {
        return "%s = %s (%s)".formatted(key.key(), shown(key), value(key).source());
    }

    /** Returns the text of a setting for people, without passwords. */
    private String shown(Setting key) {
        Value value = value(key);
        return switch (key) {
            case STORE_PASSWORD -> value.text().isEmpty() ? "" : "(not shown)";
            case STORE_URL -> value.text().isEmpty() ? "" : place();
            default -> value.text();
        };
    }

    /** Returns all settings with their sources, for people who administer a server. */
    private List<ServerOptions.SettingInForce> inForce() {
        return Arrays.stream(Setting.values())
                .map(key -> new ServerOptions.SettingInForce(
                        key.key(), shown(key), value(key).source()))
                .toList();
    }

    /**
     * Returns the value of a setting that is text.
     *
     * @param key a setting that is text
     * @return the text, possibly empty
     * @throws ClassCastException if the setting has another type
     */
    public String text(Setting key) {
        return (String) value(key).value();
    }

    /**
     * Returns the value of a setting that is an integer.
     *
     * @param key a setting that is an integer
     * @return the integer, 0 or more
     * @throws ClassCastException if the setting has another type
     */
    public int number(Setting key) {
        return (Integer) value(key).value();
    }

    /**
     * Returns the value of a setting that is a size.
     *
     * @param key a setting that is a size
     * @return the size in bytes, 0 or more
     * @throws ClassCastException if the setting has another type
     */
    public long bytes(Setting key) {
        return (Long) value(key).value();
    }

    /**
     * Returns the value of a setting that is a duration.
     *
     * @param key a setting that is a duration
     * @return the duration, 0 or more
     * @throws ClassCastException if the setting has another type
     */
    public Duration time(Setting key) {
        return (Duration) value(key).value();
    }

    /**
     * Returns the value of a setting that is true or false.
     *
     * @param key a setting that is true or false
     * @return the value
     * @throws ClassCastException if the setting has another type
     */
    public boolean flag(Setting key) {
        return (Boolean) value(key).value();
    }

    /**
     * Returns the value of a setting that is a fraction.
     *
     * @param key a setting that is a fraction
     * @return the number, from 0 to 1
     * @throws ClassCastException if the setting has another type
     */
    public double unit(Setting key) {
        return (Double) value(key).value();
    }

    /**
     * Returns the options of the HTTP server, from the settings under {@code server}, {@code chat}, {@code mcp},
     * {@code arena}, {@code documents} and {@code limits}.
     *
     * @throws InvalidInputException if a value is out of range
     */
    public ServerOptions serverOptions() {
        return serverOptionsBuilder().build();
    }

    /**
     * Returns the options of the HTTP server as {@link #serverOptions} does, with the settings in force, which the
     * server shows to people who administer it, and the socket for commands.
     *
     * @throws InvalidInputException if a value is out of range
     */
    public ServerOptions serverOptionsWithSettings() {
        return serverOptionsBuilder()
                .settings(inForce())
                .commandSocket(commandSocket())
                .build();
    }

    private ServerOptions.Builder serverOptionsBuilder() {
        return ServerOptions.builder()
                .host(text(Setting.SERVER_HOST))
                .port(number(Setting.SERVER_PORT))
                .callerShare(number(Setting.SERVER_SHARE))
                .maxConnections(number(Setting.SERVER_CONNECTIONS))
                .idleTimeout(time(Setting.SERVER_IDLE))
                .maxHeaderBytes(bytes(Setting.SERVER_HEADER))
                .maxRequests(number(Setting.SERVER_REQUESTS))
                .maxRequestsPerAgent(number(Setting.SERVER_AGENT_REQUESTS))
                .maxRequestsPerSecond(number(Setting.SERVER_RATE))
                .queueTime(time(Setting.SERVER_QUEUE_TIME))
                .requestLimits(workLimits())
                .computeThreads(number(Setting.SERVER_COMPUTE))
                .maxQueuedComputations(number(Setting.SERVER_COMPUTE_QUEUE))
                .bulkThreads(number(Setting.SERVER_BULK))
                .loginTime(time(Setting.SERVER_LOGIN))
                .auditBytes(bytes(Setting.AUDIT_BYTES))
                .reviewItems(number(Setting.SERVER_REVIEW))
                .graphRankings(number(Setting.SERVER_RANKINGS))
                .graphNodes(number(Setting.MCP_GRAPH))
                .maxTransfers(number(Setting.SERVER_TRANSFERS))
                .maxStreams(number(Setting.SERVER_STREAMS))
                .maxBodyBytes(bytes(Setting.SERVER_MAX_BODY))
                .bodyGrace(time(Setting.SERVER_BODY_GRACE))
                .minBytesPerSecond(bytes(Setting.SERVER_MIN_RATE))
                .maxCompressionRatio(number(Setting.SERVER_RATIO))
                .documents(documentLimits())
                .chat(chat())
                .maxReplies(number(Setting.CHAT_RUNNING))
                .maxSockets(number(Setting.CHAT_SOCKETS))
                .maxJoinedChats(number(Setting.CHAT_JOINED))
                .maxMcpSessions(number(Setting.MCP_SESSIONS))
                .mcpIdleTimeout(time(Setting.MCP_IDLE))
                .mcpEvictAfter(time(Setting.MCP_EVICTABLE))
                .maxMcpBatch(number(Setting.MCP_BATCH))
                .maxMcpTasks(number(Setting.MCP_TASKS))
                .mcpTaskTime(time(Setting.MCP_TASK_TIME))
                .maxMcpMessages(number(Setting.MCP_RUNNING))
                .requestBytes(bytes(Setting.REQUEST_BYTES))
                .responseBytes(bytes(Setting.RESPONSE_BYTES))
                .staticBytes(bytes(Setting.STATIC_BYTES))
                .reclaimInterval(time(Setting.ARENA_OPTIMIZE))
                .reclaimPercent(number(Setting.ARENA_IDLE))
                .shutdownTimeout(time(Setting.SERVER_SHUTDOWN));
    }

    /** Returns the limits of one request. */
    public WorkLimits workLimits() {
        long allocation = bytes(Setting.REQUEST_ALLOCATION);
        return new WorkLimits(
                time(Setting.REQUEST_TIME),
                time(Setting.REQUEST_CPU),
                allocation > 0 ? allocation : WorkLimits.DEFAULT.allocatedBytes());
    }

    /** Returns the limits of parsing documents. */
    public DocumentParser.Limits documentLimits() {
        return new DocumentParser.Limits(
                time(Setting.DOCUMENT_TIME),
                bytes(Setting.DOCUMENT_MEMORY),
                number(Setting.DOCUMENT_PAGES),
                number(Setting.DOCUMENT_PARSERS),
                number(Setting.DOCUMENT_QUEUE));
    }

    /** Returns the limits of chats. */
    public ChatSettings chat() {
        return new ChatSettings(
                number(Setting.CHAT_WINDOW),
                number(Setting.CHAT_CONTEXT),
                number(Setting.CHAT_ANSWER),
                time(Setting.CHAT_TURN_WAIT),
                number(Setting.CHAT_TURNS));
    }

    @SuppressWarnings("unchecked") // the parser of this setting returns this type
    private ReflectionPolicy reflection() {
        return new ReflectionPolicy(
                number(Setting.REFLECT_WORKERS),
                number(Setting.REFLECT_ATTEMPTS),
                number(Setting.REFLECT_QUEUE),
                unit(Setting.REFLECT_SIMILARITY),
                (Map<String, Double>) value(Setting.REFLECT_SIMILARITIES).value(),
                unit(Setting.REFLECT_ACROSS),
                unit(Setting.REFLECT_CONFIDENCE),
                unit(Setting.REFLECT_REPLACE),
                number(Setting.REFLECT_KNOWN),
                number(Setting.CONSOLIDATE_NOTES),
                number(Setting.CONSOLIDATE_CATEGORY),
                number(Setting.CONSOLIDATE_WEEKLY),
                time(Setting.NOTES_KEPT),
                time(Setting.NOTES_UNIMPORTANT),
                time(Setting.NOTES_EPHEMERAL));
    }

    /** Returns the database server of the memory; empty if the memory is in the data directory. */
    public Optional<DatabaseConfig> database() {
        return nonEmpty(Setting.STORE_URL)
                .map(url -> new DatabaseConfig(
                        url,
                        nonEmpty(Setting.STORE_USER),
                        nonEmpty(Setting.STORE_PASSWORD),
                        nonEmpty(Setting.STORE_PASSWORD_FILE).map(Path::of),
                        number(Setting.STORE_CONNECTIONS),
                        number(Setting.STORE_OVERFLOW),
                        time(Setting.STORE_LIFETIME),
                        time(Setting.STORE_STATEMENT),
                        number(Setting.STORE_PARTITIONS),
                        nonEmpty(Setting.STORE_ARCHIVE).map(Path::of)));
    }

    private Optional<String> nonEmpty(Setting key) {
        return Optional.of(text(key)).filter(text -> !text.isEmpty());
    }

    /** Returns the location of the memory for people, without passwords. */
    public String place() {
        return database().map(DatabaseConfig::toString).orElseGet(() -> text(Setting.DATA));
    }

    /**
     * Returns the socket through which commands reach a server of the same data directory, the same version and the same
     * settings of the memory. Its name has a checksum of these settings, so that a command never gets the answer of a
     * server that would answer otherwise than the command itself.
     *
     * @return the socket, which need not exist; empty if its path is too long for a socket
     */
    public Optional<Path> commandSocket() {
        var text = new StringBuilder(VERSION);
        values.forEach((key, value) -> {
            if (OF_PROCESS.stream().noneMatch(key.key()::startsWith)) {
                text.append('\n').append(key.key()).append('=').append(value.value());
            }
        });
        models.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(field -> text.append('\n').append(field));
        personas.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue().toJson())
                .sorted()
                .forEach(persona -> text.append('\n').append(persona));
        return CommandSocket.path(Path.of(text(Setting.DATA)), text.toString());
    }

    private Value value(Setting key) {
        Value value = values.get(key);
        if (value == null) {
            throw new IllegalStateException(key + " has no value");
        }
        return value;
    }

    private int intBytes(Setting key) {
        return (int) Math.min(Integer.MAX_VALUE, bytes(key));
    }

    /**
     * Returns the configuration of the library.
     *
     * @throws InvalidInputException if a value is out of range
     */
    public SteleConfig steleConfig() {
        Limits limits = Limits.builder()
                .messageBytes(intBytes(Setting.MESSAGE_BYTES))
                .metadataBytes(intBytes(Setting.METADATA_BYTES))
                .batchMessages(number(Setting.BATCH_MESSAGES))
                .notesPerAgent(number(Setting.NOTES))
                .writeQueue(number(Setting.WRITE_QUEUE))
                .results(number(Setting.RESULTS))
                .queryBytes(intBytes(Setting.QUERY_BYTES))
                .userHistory(number(Setting.USER_HISTORY))
                .databaseBytes(bytes(Setting.DATABASE_BYTES))
                .rewriteBytes(bytes(Setting.REWRITE_BYTES))
                .openAgents(number(Setting.OPEN_AGENTS))
                .readers(number(Setting.READERS))
                .importLineChars(number(Setting.IMPORT_LINE))
                .imports(new ImportLimits(
                        number(Setting.IMPORT_ENTRIES),
                        bytes(Setting.IMPORT_UNPACKED_BYTES),
                        number(Setting.IMPORT_RATIO)))
                .graph(graphLimits())
                .waitTimeout(time(Setting.WAIT))
                .build();
        SteleConfig.Builder config = SteleConfig.builder(Path.of(text(Setting.DATA)))
                .readOnly(flag(Setting.READ_ONLY))
                .limits(limits)
                .maxMessages(number(Setting.MAX_MESSAGES))
                .archive(flag(Setting.ARCHIVE))
                .embedder(text(Setting.EMBEDDER))
                .idleTimeout(time(Setting.IDLE_TIMEOUT))
                .maintenanceInterval(time(Setting.MAINTENANCE_INTERVAL))
                .idempotencyTtl(time(Setting.IDEMPOTENCY))
                .memory(new MemoryBudget(
                        bytes(Setting.INDEX_BYTES),
                        bytes(Setting.CACHE_BYTES),
                        bytes(Setting.TASK_BYTES),
                        number(Setting.GRAPH_FROM)))
                .tasks(new TaskLimits(number(Setting.TASK_QUEUE), time(Setting.TASK_KEEP), time(Setting.TASK_LEASE)))
                .languages(Languages.parse(text(Setting.LANGUAGE), text(Setting.LANGUAGES)))
                .reflection(reflection())
                .personas(personas)
                .telemetry(new TelemetryConfig(flag(Setting.TELEMETRY_CONTENT), Optional.empty()));
        database().ifPresent(config::database);
        return config.build();
    }

    private GraphLimits graphLimits() {
        return new GraphLimits(
                number(Setting.ENTITIES),
                number(Setting.RELATIONS),
                number(Setting.GRAPH_BATCH),
                number(Setting.GRAPH_DEPTH),
                number(Setting.GRAPH_VISITED),
                number(Setting.GRAPH_ROWS),
                number(Setting.GRAPH_VALUES),
                time(Setting.GRAPH_TIME),
                time(Setting.GRAPH_EDIT_TIME));
    }
}
