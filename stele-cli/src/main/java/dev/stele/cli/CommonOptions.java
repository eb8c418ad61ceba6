package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.cli.config.Logging;
import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that every command takes. Filled by the parser before the command runs. */
final class CommonOptions {

    @Option(names = "--data", paramLabel = "DIR", description = "Data directory; else STELE_DATA, else ~/.stele.")
    @Nullable
    String data;

    @Option(
            names = "--store",
            paramLabel = "URL",
            description = "Database server that keeps the memory instead, jdbc:postgresql://… (store.url).")
    @Nullable
    String store;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings file; else stele.yaml in the data directory.")
    @Nullable
    Path config;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Any setting, such as limits.results=50.")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print JSON, for programs.")
    boolean json;

    /** The settings in force; also sets up logging. */
    Settings settings(Map<String, String> more) {
        var flags = new LinkedHashMap<>(set);
        flags.putAll(more);
        if (data != null) {
            flags.put(Setting.DATA.key(), data);
        }
        if (store != null) {
            flags.put(Setting.STORE_URL.key(), store);
        }
        Settings settings = Settings.load(Optional.ofNullable(config), System.getenv(), flags);
        Logging.configure(settings.text(Setting.LOG_LEVEL));
        return settings;
    }

    /** The settings in force for a command whose answer should not drown in what went well. */
    Settings quietSettings() {
        if (!set.containsKey(Setting.LOG_LEVEL.key()) && System.getenv(Setting.LOG_LEVEL.variable()) == null) {
            set.put(Setting.LOG_LEVEL.key(), "warning");
        }
        return settings(Map.of());
    }

    /** Opens the data directory for one command. */
    Stele open() {
        return SteleOpener.open(quietSettings());
    }

    Output output() {
        return new Output(json);
    }
}
