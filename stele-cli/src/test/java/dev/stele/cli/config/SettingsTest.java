package dev.stele.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.InvalidInputException;
import dev.stele.server.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

    /** A setting in quotes, in parentheses or in Javadoc; {@code memory.db} and {@code tasks.lock} are files. */
    private static final Pattern SETTING_IN_SOURCE = Pattern.compile("(?:[(\"]|\\{@code )"
            + "((?:store|audit|server|mcp|arena|tasks|memory|chat|reflect|retention|limits|documents)"
            + "\\.(?!db\\b|lock\\b)[a-z]+(?:-[a-z]+)*)[)\"}]");

    @TempDir
    Path data;

    private Settings load(Map<String, String> environment, Map<String, String> flags) {
        var all = new java.util.HashMap<>(environment);
        all.putIfAbsent("STELE_DATA", data.toString());
        return Settings.load(Optional.empty(), all, flags);
    }

    @Test
    void flagsOverrideTheEnvironmentAndTheEnvironmentOverridesTheFile() throws Exception {
        Files.writeString(data.resolve("stele.yaml"), """
                server:
                  port: 8001
                  host: localhost
                limits.results: 77
                memory:
                  idle-timeout: 5m
                  index-bytes: 1GiB
                retention:
                  archive: false
                """);
        Settings settings = load(Map.of("STELE_SERVER_PORT", "8002"), Map.of());
        assertThat(settings.number(Setting.SERVER_PORT)).isEqualTo(8002);
        assertThat(settings.text(Setting.SERVER_HOST)).isEqualTo("localhost");
        assertThat(settings.number(Setting.RESULTS)).isEqualTo(77);
        assertThat(settings.flag(Setting.ARCHIVE)).isFalse();
        assertThat(settings.steleConfig().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.steleConfig().memory().indexBytes()).isEqualTo(1L << 30);
        assertThat(settings.describe(Setting.SERVER_PORT)).contains("8002").contains("STELE_SERVER_PORT");
        Settings flagged = load(Map.of("STELE_SERVER_PORT", "8002"), Map.of("server.port", "8003"));
        assertThat(flagged.number(Setting.SERVER_PORT)).isEqualTo(8003);
    }

    @Test
    void formerKeysStayValid() throws Exception {
        assertThat(load(Map.of("STELE_SERVER_AUDIT_BYTES", "1MiB"), Map.of()).bytes(Setting.AUDIT_BYTES))
                .isEqualTo(1 << 20);
        Files.writeString(data.resolve("stele.yaml"), "server:\n  audit-bytes: 2MiB\n");
        assertThat(load(Map.of(), Map.of()).serverOptions().auditBytes()).isEqualTo(2 << 20);
    }

    @Test
    void unknownKeyIsAnErrorThatNamesTheNearestKey() throws Exception {
        assertThatThrownBy(() -> load(Map.of(), Map.of("limits.result", "5")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("limits.results");
        assertThatThrownBy(() -> load(Map.of("STELE_SERVER_PROT", "5"), Map.of()))
                .hasMessageContaining("STELE_SERVER_PORT");
        Files.writeString(data.resolve("stele.yaml"), "memory:\n  embeder: none\n");
        assertThatThrownBy(() -> load(Map.of(), Map.of()))
                .hasMessageContaining("memory.embedder")
                .hasMessageContaining("stele.yaml");
    }

    @Test
    void invalidValueIsReportedWithKeyValueAndSource() throws Exception {
        assertThatThrownBy(() -> load(Map.of("STELE_LIMITS_WAIT_TIMEOUT", "soon"), Map.of()))
                .hasMessageContaining("limits.wait-timeout")
                .hasMessageContaining("soon")
                .hasMessageContaining("STELE_LIMITS_WAIT_TIMEOUT");
        assertThatThrownBy(() -> load(Map.of(), Map.of("limits.message-bytes", "5 stones")))
                .hasMessageContaining("KiB");
        assertThatThrownBy(() -> load(Map.of(), Map.of("retention.archive", "maybe")))
                .hasMessageContaining("true or false");
        assertThatThrownBy(() -> load(Map.of(), Map.of("limits.readers", "0")).steleConfig())
                .hasMessageContaining("limits.readers");
        Files.writeString(data.resolve("stele.yaml"), "a: [1\n");
        assertThatThrownBy(() -> load(Map.of(), Map.of())).hasMessageContaining("not valid YAML");
    }

    @Test
    void defaultsOfSettingsEqualThoseOfTheLibrary() {
        var fromKeys = load(Map.of(), Map.of()).steleConfig();
        assertThat(fromKeys).isEqualTo(dev.stele.config.SteleConfig.at(data));
    }

    @Test
    void documentationListsEveryKeyAndDefault() throws Exception {
        String document =
                Files.readString(Path.of(System.getProperty("stele.root"), "docs", "reference", "settings.md"));
        for (Setting key : Setting.values()) {
            String byDefault = key.byDefault().isEmpty() ? "empty" : "`" + key.byDefault() + "`";
            assertThat(document).contains("| `%s` | %s | %s |".formatted(key.key(), byDefault, key.meaning()));
        }
    }

    @Test
    void defaultsOfTheServerEqualThoseOfItsSettings() {
        assertThat(load(Map.of(), Map.of()).serverOptions()).isEqualTo(ServerOptions.DEFAULT);
    }

    /** Errors name the setting to change, from modules that do not know the settings. */
    @Test
    void everySettingThatAnErrorNamesExists() throws IOException {
        Set<String> keys = Arrays.stream(Setting.values()).map(Setting::key).collect(Collectors.toSet());
        var named = new TreeSet<String>();
        for (String module : List.of("stele-core", "stele-models", "stele-postgres", "stele-mcp", "stele-server")) {
            Path sources = Path.of(System.getProperty("stele.root"), module, "src/main/java");
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    SETTING_IN_SOURCE
                            .matcher(Files.readString(file))
                            .results()
                            .forEach(found -> named.add(found.group(1)));
                }
            }
        }
        assertThat(named).hasSizeGreaterThan(50).isSubsetOf(keys);
    }
}
