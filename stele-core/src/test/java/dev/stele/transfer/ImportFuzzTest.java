package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.support.Stores;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Imports of mutated files. A mutated file is imported, or refused with a documented exception and without a trace.
 * Each refused item is counted, and every count of the report is what the memory holds.
 */
class ImportFuzzTest {

    private static final int FILES_PER_AGENT = 50;

    private static final List<ImportFormat> FORMATS = List.of(ImportFormat.values());

    private static final List<String> SNIPPETS = List.of(
            "null",
            "{}",
            "[]",
            "\"\"",
            "-1",
            "1e400",
            "{\"role\":\"user\"}",
            "\u0000",
            "\"",
            "\\",
            "}",
            "]",
            "{",
            "[",
            ",",
            "\n",
            "\r\n",
            "\ud83d\ude00",
            "99999999999999999999",
            "true",
            "---\n",
            "[[",
            "]]",
            "\"id\":",
            "\"type\":\"stele-export\"",
            "<b>",
            "&#x0;");

    @TempDir
    Path data;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ImportFuzzTest.class.getResourceAsStream("/import/" + name))) {
            return in.readAllBytes();
        }
    }

    private static final class Seed {
        private final String name;
        private final byte[] content;

        Seed(String name, byte[] content) {
            this.name = name;
            this.content = content;
        }

        String name() {
            return name;
        }

        byte[] content() {
            return content;
        }
    }

    private static List<Seed> seeds() throws IOException {
        var seeds = new ArrayList<Seed>();
        for (String line : new String(resource("expected.tsv"), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            if (!line.startsWith("#")) {
                String name = line.substring(0, line.indexOf('\t'));
                seeds.add(new Seed(name, resource(name)));
            }
        }
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            for (Seed seed : seeds.subList(0, 12)) {
                out.putNextEntry(new ZipEntry("../" + seed.name()));
                out.write(seed.content());
            }
        }
        seeds.add(new Seed("some.zip", zip.toByteArray()));
        return seeds;
    }

    /** Changes, removes, repeats or inserts bytes at some places of a file. */
    private static byte[] mutated(Random random, byte[] content, byte[] other) {
        var bytes = new ArrayList<Byte>();
        for (byte b : content) {
            bytes.add(b);
        }
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && !bytes.isEmpty(); i++) {
            int at = random.nextInt(bytes.size());
            int length = Math.min(1 + random.nextInt(40), bytes.size() - at);
            switch (random.nextInt(7)) {
                case 0 -> bytes.set(at, (byte) random.nextInt(256));
                case 1 -> bytes.subList(at, at + length).clear();
                case 2 -> bytes.addAll(at, List.copyOf(bytes.subList(at, at + length)));
                case 3 -> bytes.subList(at, bytes.size()).clear();
                case 4 -> {
                    for (byte b : SNIPPETS.get(random.nextInt(SNIPPETS.size())).getBytes(StandardCharsets.UTF_8)) {
                        bytes.add(at, b);
                    }
                }
                case 5 -> {
                    byte[] snippet =
                            SNIPPETS.get(random.nextInt(SNIPPETS.size())).getBytes(StandardCharsets.UTF_8);
                    for (int j = snippet.length - 1; j >= 0; j--) {
                        bytes.add(at, snippet[j]);
                    }
                }
                default -> {
                    int from = random.nextInt(other.length);
                    for (int j = Math.min(other.length, from + length) - 1; j >= from; j--) {
                        bytes.add(at, other[j]);
                    }
                }
            }
        }
        var result = new byte[bytes.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = bytes.get(i);
        }
        return result;
    }

    private void fuzz(int files, long seed) throws IOException {
        List<Seed> seeds = seeds();
        var random = new Random(seed);
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            int imported = 0;
            var formats = new TreeSet<String>();
            for (int i = 0; i < files; i++) {
                Seed chosen = seeds.get(random.nextInt(seeds.size()));
                byte[] content = mutated(
                        random,
                        chosen.content(),
                        seeds.get(random.nextInt(seeds.size())).content());
                String agent = "fuzz-" + i / FILES_PER_AGENT;
                var name = new AgentName(agent);
                long before = stele.exists(name) ? stele.agent(agent).stats().changes() : 0;
                String label = "file %d of seed %d from %s: %s"
                        .formatted(i, seed, chosen.name(), new String(content, StandardCharsets.ISO_8859_1));
                ImportOptions options = random.nextInt(4) == 0
                        ? ImportOptions.DEFAULT.withFormat(FORMATS.get(random.nextInt(FORMATS.size())))
                        : ImportOptions.DEFAULT;
                Counted counted = count(stele, name);
                try {
                    ImportReport report = stele.agent(agent)
                            .importFrom(
                                    ImportSource.of(new ByteArrayInputStream(content), chosen.name()),
                                    options.withUser("mia"),
                                    _ -> {});
                    imported++;
                    formats.add(report.format());
                    Counted after = count(stele, name);
                    assertThat(after.messages() - counted.messages()).as(label).isEqualTo(report.messages());
                    assertThat(after.notes() - counted.notes()).as(label).isEqualTo(report.notes());
                    assertThat(report.problems().size()).as(label).isEqualTo((int)
                            Math.min(ImportReport.MAX_PROBLEMS, report.bad() + report.repaired()));
                    assertThat(report.problems())
                            .as(label)
                            .allMatch(problem -> !problem.reason().contains("Exception"));
                } catch (InvalidInputException | LimitExceededException e) {
                    assertThat(e.getMessage())
                            .as(label)
                            .doesNotContain("Exception")
                            .isNotBlank();
                    assertThat(stele.exists(name) ? stele.agent(agent).stats().changes() : 0)
                            .as(label)
                            .isEqualTo(before);
                } catch (RuntimeException e) {
                    throw new AssertionError(label, e);
                }
                boolean isLast = i % FILES_PER_AGENT == FILES_PER_AGENT - 1 || i == files - 1;
                if (isLast && stele.exists(name)) {
                    AgentMemory memory = stele.agent(agent);
                    assertThat(memory.verify().problems()).isEmpty();
                    stele.forget(name);
                }
            }
            assertThat(imported).isGreaterThan(files / 2);
            assertThat(formats)
                    .containsAll(FORMATS.stream().map(ImportFormat::label).toList());
        }
    }

    private record Counted(long messages, long notes) {}

    private static Counted count(Stele stele, AgentName name) {
        if (!stele.exists(name)) {
            return new Counted(0, 0);
        }
        var stats = stele.agent(name.value()).stats();
        return new Counted(stats.messages(), stats.notes());
    }

    @Test
    void mutatedFilesAreImportedOrRefusedWithoutATrace() throws IOException {
        fuzz(400, 20_261_129);
    }

    @Test
    @Tag("proof")
    void twentyThousandMutatedFilesAreImportedOrRefusedWithoutATrace() throws IOException {
        fuzz(20_000, 42);
    }
}
