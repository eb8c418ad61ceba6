package dev.stele.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ToolsReferenceTest {

    @Test
    void everyToolHasARowWithItsArguments() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("stele.root"), "docs/reference/mcp-tools.md"));
        var missing = new ArrayList<String>();
        Stream.of(
                        ReferenceTools.all(),
                        MemoryTools.all(),
                        SessionTools.all(),
                        GraphTools.all(),
                        List.of(MemoryFileTool.create()))
                .flatMap(List::stream)
                .forEach(tool -> {
                    String row = page.lines()
                            .filter(line -> line.startsWith("| `" + tool.name() + "` |"))
                            .collect(Collectors.joining()); // a profile may have the same name
                    var names = new LinkedHashSet<String>();
                    properties(tool.toJson().get("inputSchema"), names);
                    names.stream()
                            .filter(name -> !row.contains("`" + name + "`"))
                            .forEach(name -> missing.add(tool.name() + " " + name));
                });
        assertThat(missing).isEmpty();
        assertThat(page).contains("| `status` |");
    }

    @Test
    void bundleAndRegistryEntryDescribeThisServer() throws IOException {
        Path root = Path.of(System.getProperty("stele.root"), "deploy");
        JsonObject manifest = Json.readObject("manifest", Files.readString(root.resolve("mcpb/manifest.json")));
        Set<String> listed = new TreeSet<>();
        manifest.objects("tools").forEach(tool -> listed.add(tool.string("name")));
        Set<String> expected = new TreeSet<>();
        Stream.of(ReferenceTools.all(), MemoryTools.all(), SessionTools.all(), GraphTools.all())
                .flatMap(List::stream)
                .map(Tool::name)
                .filter(ToolProfile.AGENT::includes)
                .forEach(expected::add);
        assertThat(listed).isEqualTo(expected);
        JsonObject start = manifest.object("server").orElseThrow();
        assertThat(root.resolve("mcpb").resolve(start.string("entry_point"))).isExecutable();
        JsonObject entry = Json.readObject("server", Files.readString(root.resolve("server.json")));
        assertThat(List.of(manifest.string("version"), entry.string("version")))
                .containsOnly(String.valueOf(Envelope.serverInfo().get("version")));
        assertThat(entry.string("description")).hasSizeLessThanOrEqualTo(100);
    }

    /** Collects the names of the properties of a schema and of the schemas in it. */
    private static void properties(@Nullable Object schema, Set<String> names) {
        if (schema instanceof Map<?, ?> map) {
            if (map.get("properties") instanceof Map<?, ?> properties) {
                properties.forEach((name, value) -> {
                    names.add(String.valueOf(name));
                    properties(value, names);
                });
            }
            properties(map.get("items"), names);
        }
    }
}
