package dev.stele.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated settings files, and hostile values of every setting from the file, the environment and the command line. Each
 * is used, or refused with a clear error that names the setting or the file; nothing is written.
 *
 * <p>The corpus is {@code fuzz/settings.txt}: settings files that are separated by lines of hyphens. A file that found a
 * defect is added to it.
 */
class SettingsFuzzTest {

    /** Time for one file, with a pause of the machine. */
    private static final Duration MAX_TIME = Duration.ofSeconds(10);

    private static final int MAX_MESSAGE = 4_000;

    private static final Pattern UNCLEAR = Pattern.compile(
            "\\bjava\\.(lang|util)\\.|\\b(dev\\.stele|org\\.snakeyaml)\\.|Exception|^\\s*$|StackOverflow");

    private static final List<String> VALUES = List.of(
            "",
            " ",
            "0",
            "-1",
            "1",
            "2147483647",
            "2147483648",
            "9223372036854775807",
            "99999999999999999999999999",
            "1e9",
            "0x10",
            "NaN",
            "Infinity",
            "0.5",
            "true",
            "maybe",
            "5 stones",
            "9223372036854775807GiB",
            "8589934591GiB",
            "999999999d",
            "999999999h",
            "0ms",
            "a=b",
            "event=2",
            "=0.5",
            "a=0.5,a=0.6",
            "../../etc/passwd",
            "a\u0000b",
            "\uD800",
            "jdbc:postgresql://",
            "jdbc:postgresql://[::1",
            "http://[",
            "x".repeat(5_000),
            "[1, 2]",
            "{a: b}",
            "*",
            "%s%n",
            "a\nb");

    private static final List<String> PIECES = List.of(
            ":",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "\t",
            "{",
            "}",
            "[",
            "]",
            "&a ",
            "*a",
            "!!java.net.URL ",
            "!<x> ",
            "|",
            ">",
            "'",
            "\"",
            "#",
            "---\n",
            "...\n",
            "? ",
            "<<: *a",
            "null",
            "~",
            "\u0000",
            "\uFEFF",
            "\u2028",
            "é",
            "%YAML 9.9\n",
            "personas:",
            "models:",
            "data:",
            "server:",
            "limits.results: 5");

    @TempDir
    Path data;

    private static List<String> corpus() throws IOException {
        try (var in = SettingsFuzzTest.class.getResourceAsStream("/fuzz/settings.txt")) {
            return List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("(?m)^-----+\n", -1));
        }
    }

    /** Uses all settings; returns what became of them. */
    private String outcome(
            ExecutorService thread, String file, Map<String, String> variables, Map<String, String> flags)
            throws Exception {
        Files.write(data.resolve("stele.yaml"), file.getBytes(StandardCharsets.UTF_8));
        var environment = new HashMap<>(variables);
        environment.putIfAbsent("STELE_DATA", data.toString());
        environment.put("HOME", data.toString());
        var running = thread.submit(() -> {
            Settings settings = Settings.load(Optional.empty(), environment, flags);
            for (Setting key : Setting.values()) {
                assertThat(settings.describe(key)).isNotEmpty();
            }
            settings.steleConfig();
            settings.serverOptionsWithSettings();
            settings.database();
            settings.place();
            return LanguageModels.of(settings, environment).isPresent() ? "used with models" : "used";
        });
        String what = file + "\nenvironment " + variables + "\nflags " + flags;
        try {
            return running.get(MAX_TIME.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not loaded within " + MAX_TIME + ": " + what, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InvalidInputException refused
                    && !UNCLEAR.matcher(refused.getMessage()).find()
                    && refused.getMessage().length() < what.length() + MAX_MESSAGE) {
                return "refused";
            }
            throw new AssertionError("undocumented or unclear: " + e.getCause() + "\nof: " + what, e.getCause());
        }
    }

    private void fuzz(int count, long seed) throws Exception {
        System.out.println("fuzz of settings with -Dstele.fuzz.seed=" + seed);
        var random = new Random(seed);
        List<String> corpus = corpus();
        var outcomes = new TreeMap<String, Integer>();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            for (String file : corpus) {
                outcomes.merge(outcome(thread, file, Map.of(), Map.of()), 1, Integer::sum);
            }
            for (int i = 0; i < count; i++) {
                String outcome = switch (random.nextInt(4)) {
                    case 0 -> outcome(thread, "", Map.of(any(random, variables()), any(random, VALUES)), Map.of());
                    case 1 -> outcome(thread, "", Map.of(), Map.of(any(random, keys()), any(random, VALUES)));
                    default -> outcome(thread, mutated(random, any(random, corpus)), Map.of(), Map.of());
                };
                outcomes.merge(outcome, 1, Integer::sum);
            }
        }
        System.out.println("settings: " + outcomes);
        assertThat(outcomes).containsKeys("used", "refused");
        try (Stream<Path> files = Files.walk(data)) {
            assertThat(files).as("files").containsExactlyInAnyOrder(data, data.resolve("stele.yaml"));
        }
    }

    private static List<String> keys() {
        return Arrays.stream(Setting.values()).map(Setting::key).toList();
    }

    private static List<String> variables() {
        return Arrays.stream(Setting.values()).map(Setting::variable).toList();
    }

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static String mutated(Random random, String file) {
        var text = new StringBuilder(file);
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(6)) {
                case 0 -> text.insert(at, any(random, PIECES));
                case 1 -> text.replace(at, end, any(random, PIECES));
                case 2 -> text.delete(at, end);
                case 3 -> text.insert(at, text.substring(at, end).repeat(random.nextInt(20)));
                case 4 ->
                    text.append('\n').append(any(random, keys())).append(": ").append(any(random, VALUES));
                default -> {
                    int colon = text.indexOf(":", at);
                    int line = text.indexOf("\n", Math.max(at, colon));
                    if (colon >= 0 && line > colon) {
                        text.replace(colon + 1, line, " " + any(random, VALUES));
                    }
                }
            }
        }
        return text.toString();
    }

    @Test
    void settingsAreUsedOrRefusedWithAClearError() throws Exception {
        fuzz(1_000, 20_261_130);
    }

    @Test
    @Tag("proof")
    void manySettingsAreUsedOrRefusedWithAClearError() throws Exception {
        fuzz(100_000, Long.getLong("stele.fuzz.seed", System.nanoTime()));
    }
}
