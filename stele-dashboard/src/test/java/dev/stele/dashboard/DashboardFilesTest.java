package dev.stele.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the dashboard are complete, small, and refer only to each other. */
class DashboardFilesTest {

    private static final int MAX_COMPRESSED_BYTES = 500_000;
    private static final Pattern IMPORT = Pattern.compile("(?:from|import\\()\\s*'\\./([^']+)'");
    private static final Pattern ASSET = Pattern.compile("/assets/([\\w.-]+)");
    private static final Pattern ICON = Pattern.compile("(?:icon|name)=\"([a-z0-9-]+)\"");

    private static String text(String name) {
        return new String(DashboardFiles.read(name), StandardCharsets.UTF_8);
    }

    @Test
    void everyImportAndAssetIsAFileOfTheDashboard() {
        var missing = new ArrayList<String>();
        for (String name : DashboardFiles.names()) {
            assertThat(DashboardFiles.read(name)).as(name).isNotEmpty();
            assertThat(DashboardFiles.type(name)).as(name).isNotBlank();
            if (!name.startsWith("lib-")) {
                for (Pattern pattern : new Pattern[] {IMPORT, ASSET}) {
                    pattern.matcher(text(name))
                            .results()
                            .map(match -> match.group(1))
                            .filter(other -> !DashboardFiles.names().contains(other))
                            .forEach(other -> missing.add(name + " refers to " + other));
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyIconThatAPageNamesIsASymbol() {
        String sprite = text("icons.svg");
        var missing = new ArrayList<String>();
        for (String name : DashboardFiles.names()) {
            if (name.endsWith(".js") && !name.startsWith("lib-")) {
                Matcher icons = Pattern.compile("<\\$\\{(?:Icon|Empty|Action)\\}[^>]*?" + ICON)
                        .matcher(text(name));
                while (icons.find()) {
                    if (!sprite.contains("id=\"" + icons.group(1) + "\"")) {
                        missing.add(name + " names " + icons.group(1));
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(sprite.split("<symbol", -1)).hasSizeGreaterThan(30);
    }

    @Test
    void allFilesTogetherAreSmall() throws IOException {
        var sizes = new TreeMap<String, Integer>();
        for (String name : DashboardFiles.names()) {
            var out = new ByteArrayOutputStream();
            try (var gzip = new GZIPOutputStream(out)) {
                gzip.write(DashboardFiles.read(name));
            }
            sizes.put(name, out.size());
        }
        assertThat(sizes.values().stream().mapToInt(Integer::intValue).sum())
                .as("compressed sizes %s", sizes)
                .isLessThan(MAX_COMPRESSED_BYTES);
    }

    @Test
    void noPageTurnsTextIntoMarkup() {
        for (String name : DashboardFiles.names()) {
            if (!name.startsWith("lib-") && name.endsWith(".js")) {
                assertThat(text(name))
                        .as(name)
                        .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "files.txt", "../DashboardFiles.class", "font/LICENSE.txt", "app.js/"})
    void otherResourcesAreNoFiles(String name) {
        assertThatThrownBy(() -> DashboardFiles.read(name)).isInstanceOf(IllegalArgumentException.class);
    }
}
