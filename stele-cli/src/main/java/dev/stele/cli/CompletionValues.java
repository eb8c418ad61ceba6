package dev.stele.cli;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import dev.stele.mcp.ToolProfile;
import dev.stele.model.AgentName;
import dev.stele.model.Document;
import dev.stele.model.Entity;
import dev.stele.model.ItemKind;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.model.TaskPriority;
import dev.stele.model.TaskState;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.server.auth.ApiKey;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.transfer.ExportFormat;
import dev.stele.transfer.ImportFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Values of options and parameters for {@link Completion}. A label means the same in all commands, so the label decides:
 * {@code AGENT} for the agents of the memory, {@code USER} for the users of the agent.
 *
 * @param options options of the command line that name the memory and the agent, with their values
 */
record CompletionValues(Map<String, String> options) {

    /** Maximum number of values of the memory. */
    private static final int MAX_VALUES = 100;

    /** Options that name the memory and the agent. */
    private static final List<String> MEMORY_OPTIONS = List.of("--data", "--store", "--config", "--agent");

    /** Returns the options of a command line that name the memory and the agent. */
    static Map<String, String> options(List<String> words) {
        var options = new LinkedHashMap<String, String>();
        for (int i = 0; i < words.size(); i++) {
            String[] option = words.get(i).split("=", 2);
            if (MEMORY_OPTIONS.contains(option[0])) {
                if (option.length == 2) {
                    options.put(option[0], option[1]);
                } else if (i + 1 < words.size()) {
                    options.put(option[0], words.get(i + 1));
                }
            }
        }
        return options;
    }

    /**
     * Returns the values for a label; empty for a label without a list of values, such as that of a file.
     *
     * @param command command of the option or parameter
     * @param word beginning of the value
     */
    List<String> of(CommandSpec command, String label, String word) {
        return switch (label) {
            case "AGENT" ->
                stored(stele -> stele.agents().stream().map(AgentName::value).toList());
            case "USER" -> ofAgent(memory -> memory.users().list(MAX_VALUES));
            case "SESSION" ->
                ofAgent(memory ->
                        memory.sessions().list(Optional.empty(), MAX_VALUES, Optional.empty()).items().stream()
                                .map(Session::id)
                                .toList());
            case "NOTE" ->
                ofAgent(memory ->
                        memory.notes().list(NoteFilter.builder().build(), MAX_VALUES, Optional.empty()).items().stream()
                                .map(Note::id)
                                .toList());
            case "ENTITY", "DUPLICATE", "FROM", "TO" ->
                ofAgent(memory -> memory.graph().entities(Optional.empty(), 0, MAX_VALUES).stream()
                        .map(Entity::name)
                        .toList());
            case "COLLECTION" ->
                ofAgent(memory ->
                        memory.documents().list(Optional.empty(), MAX_VALUES, Optional.empty()).items().stream()
                                .map(Document::collection)
                                .toList());
            case "MODE" -> labels(RecallMode.values(), RecallMode::label);
            case "KIND" -> labels(ItemKind.values(), ItemKind::label);
            case "JOB" -> List.of("backup", "maintenance", "optimize", "verify");
            case "ROLE" -> labels(Role.values(), Role::label);
            case "SCOPE" -> labels(Scope.values(), Scope::label);
            case "STATE" -> labels(TaskState.values(), TaskState::label);
            case "PRIORITY" -> labels(TaskPriority.values(), TaskPriority::label);
            case "PROFILE" -> labels(ToolProfile.values(), ToolProfile::label);
            case "CLIENT" -> labels(McpClient.values(), McpClient::label);
            case "FORMAT" ->
                switch (command.name()) {
                    case "import" -> labels(ImportFormat.values(), ImportFormat::label);
                    case "export" -> labels(ExportFormat.values(), ExportFormat::label);
                    default -> List.of("html", "markdown", "pdf", "text");
                };
            case "EVENT" -> HookCommand.EVENTS;
            case "SHELL" -> CompletionCommand.SHELLS;
            case "KEY=VALUE" ->
                word.contains("=")
                        ? List.of()
                        : Arrays.stream(Setting.values())
                                .map(key -> key.key() + "=")
                                .toList();
            case "SIGNAL=WEIGHT" ->
                RecallQuery.signals().stream().map(signal -> signal + "=").toList();
            case "KEY_ID" -> keys();
            default -> List.of();
        };
    }

    private static <T> List<String> labels(T[] values, Function<T, String> label) {
        return Arrays.stream(values).map(label).toList();
    }

    private List<String> ofAgent(Function<AgentMemory, List<String>> list) {
        return stored(stele -> list.apply(stele.agent(options.getOrDefault("--agent", "default"))));
    }

    /** Lists what the memory contains, if there is one: completion creates none. */
    private List<String> stored(Function<Stele, List<String>> list) {
        Settings settings = settings();
        if (settings.database().isEmpty() && !Files.isDirectory(Path.of(settings.text(Setting.DATA)))) {
            return List.of();
        }
        try (Stele stele = SteleOpener.open(settings)) {
            return list.apply(stele);
        }
    }

    private List<String> keys() {
        Path data = Path.of(settings().text(Setting.DATA));
        return Files.isDirectory(data)
                ? new ApiKeys(data).list().stream().map(ApiKey::id).toList()
                : List.of();
    }

    private Settings settings() {
        var common = new CommonOptions();
        common.data = options.get("--data");
        common.store = options.get("--store");
        common.config =
                Optional.ofNullable(options.get("--config")).map(Path::of).orElse(null);
        return common.settings(Map.of(
                Setting.LOG_LEVEL.key(), "error", Setting.READ_ONLY.key(), "true", Setting.EMBEDDER.key(), "none"));
    }
}
