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

/** Options that every subcommand takes. The parser sets the fields before the subcommand runs. Not thread-safe. */
final class CommonOptions {

    @Option(names = "--data", paramLabel = "DIR", description = "Data directory; by default STELE_DATA, or ~/.stele.")
    @Nullable
    String data;

    @Option(
            names = "--store",
            paramLabel = "URL",
            description = "Database server for the memory, jdbc:postgresql://… (store.url).")
    @Nullable
    String store;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings file; by default stele.yaml in the data directory.")
    @Nullable
    Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting, such as limits.results=50; may be repeated.")
    Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    /**
     * Loads the settings and configures logging.
     *
     * @param overrides settings that take precedence over {@code --set}
     */
    Settings settings(Map<String, String> overrides) {
        var flags = new LinkedHashMap<>(set);
        flags.putAll(overrides);
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

    /** Loads the settings; logs warnings and errors only, unless a level is set. For commands that print a result. */
    Settings quietSettings() {
        if (!set.containsKey(Setting.LOG_LEVEL.key()) && System.getenv(Setting.LOG_LEVEL.variable()) == null) {
            set.put(Setting.LOG_LEVEL.key(), "warning");
        }
        return settings(Map.of());
    }

    /** Opens the memory; the caller closes it. */
    Stele open() {
        return SteleOpener.open(quietSettings());
    }

    Output output() {
        return new Output(json);
    }
}
