package dev.stele.cli;

import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Subcommand that shows the effective settings. */
@Command(
        name = "config",
        description = "Show every setting with its value and the source of the value.",
        mixinStandardHelpOptions = true,
        footer = {"  stele config", "  stele config --set limits.results=50 --json"})
final class ConfigCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Override
    public Integer call() {
        Settings settings = common.settings(Map.of());
        Output output = common.output();
        output.print(
                Arrays.stream(Setting.values())
                        .map(key -> Json.fields()
                                .put("key", key.key())
                                .put("variable", key.variable())
                                .put("meaning", key.meaning())
                                .put("setting", settings.describe(key))
                                .map())
                        .toList(),
                () -> {
                    for (Setting key : Setting.values()) {
                        output.line("@|faint # %s|@", key.meaning());
                        output.line("%s", settings.describe(key));
                    }
                });
        return 0;
    }
}
