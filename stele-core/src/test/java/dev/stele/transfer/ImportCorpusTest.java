package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.support.Stores;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports of the files in {@code src/test/resources/import}: three valid and five damaged ones of each format. */
class ImportCorpusTest {

    @TempDir
    Path data;

    /** Row of {@code expected.tsv}. */
    private record Row(String file, String format, String counts) {}

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ImportCorpusTest.class.getResourceAsStream("/import/" + name))) {
            return in.readAllBytes();
        }
    }

    private static List<Row> rows() throws IOException {
        return new String(resource("expected.tsv"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", 3))
                .map(cells -> new Row(cells[0], cells[1], cells[2]))
                .toList();
    }

    private static String counts(ImportReport report) {
        return "%d\t%d\t%d\t%d\t%d\t%d\t%d"
                .formatted(
                        report.messages(),
                        report.notes(),
                        report.entities(),
                        report.relations(),
                        report.bad(),
                        report.repaired(),
                        report.leftOut().values().stream()
                                .mapToLong(Long::longValue)
                                .sum());
    }

    /** Returns the agent that receives a file: one for all formats but those whose files have the same content. */
    private static String agent(Row row) {
        String kind = row.file().replaceAll(".*/([a-z]+-[0-9]).*", "$1");
        return switch (row.format()) {
            case "mcp-memory", "markdown", "zep", "chat", "langchain4j" -> kind + "-" + row.format();
            default -> kind;
        };
    }

    @Test
    void everyFileIsDetectedAndLosesOnlyWhatIsDamaged() throws IOException {
        List<Row> rows = rows();
        for (ImportFormat format : ImportFormat.values()) {
            assertThat(rows.stream().filter(row -> row.format().equals(format.label())))
                    .as("files of " + format.label())
                    .hasSize(8);
        }
        var expected = new ArrayList<String>();
        var actual = new ArrayList<String>();
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            for (Row row : rows) {
                AgentMemory memory = stele.agent(agent(row));
                expected.add(row.file() + "\t" + row.format() + "\t" + row.counts());
                ImportReport report;
                try {
                    report = memory.importFrom(
                            ImportSource.of(new ByteArrayInputStream(resource(row.file())), row.file()),
                            ImportOptions.DEFAULT,
                            _ -> {});
                } catch (dev.stele.model.SteleException e) {
                    actual.add(row.file() + "\t" + e.getMessage());
                    continue;
                }
                actual.add(row.file() + "\t" + report.format() + "\t" + counts(report));
                assertThat(report.problems().size()).as(row.file()).isEqualTo((int) (report.bad() + report.repaired()));
                boolean isFirst = row.file().contains("good-1") || row.file().contains("damaged-1");
                if (isFirst) {
                    assertThat(memory.verify().problems()).as(row.file()).isEmpty();
                    long changes = memory.stats().changes();
                    memory.importFrom(
                            ImportSource.of(new ByteArrayInputStream(resource(row.file())), row.file()),
                            ImportOptions.DEFAULT,
                            _ -> {});
                    assertThat(memory.stats().changes())
                            .as("repeated import of " + row.file())
                            .isEqualTo(changes);
                }
            }
        }
        assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
    }

    @Test
    void zipFileAndFolderOfAllFilesAreImportedLikeTheFiles() throws IOException {
        var zip = new ByteArrayOutputStream();
        Path folder = data.resolve("folder");
        long messages = 0;
        long notes = 0;
        try (var out = new ZipOutputStream(zip)) {
            for (Row row : rows()) {
                if (row.file().contains("/good-1")) {
                    String[] counts = row.counts().split("\t", -1);
                    messages += Long.parseLong(counts[0]);
                    notes += Long.parseLong(counts[1]);
                    out.putNextEntry(new ZipEntry("export/" + row.file()));
                    out.write(resource(row.file()));
                    Path file = folder.resolve(row.file());
                    Files.createDirectories(file.getParent());
                    Files.write(file, resource(row.file()));
                }
            }
            for (String other : Arrays.asList("export/picture.png", "export/.hidden/x.json", "export/other.json")) {
                out.putNextEntry(new ZipEntry(other));
                out.write("{\"some\":\"object\"}".getBytes(StandardCharsets.UTF_8));
            }
        }
        try (Stele stele = Stele.open(Stores.at(data.resolve("store")), Optional.empty())) {
            ImportReport zipped = stele.agent("zipped")
                    .importFrom(
                            ImportSource.of(new ByteArrayInputStream(zip.toByteArray()), "all.zip"),
                            ImportOptions.DEFAULT,
                            _ -> {});
            ImportReport unzipped =
                    stele.agent("unzipped").importFrom(ImportSource.of(folder), ImportOptions.DEFAULT, _ -> {});
            assertThat(zipped.problems()).isEmpty();
            assertThat(zipped.format()).isEqualTo("several");
            assertThat(zipped.skippedFiles()).containsExactly("export/other.json");
            assertThat(List.of(zipped.messages(), zipped.notes())).containsExactly(messages, notes);
            assertThat(List.of(unzipped.messages(), unzipped.notes())).containsExactly(messages, notes);
            assertThat(stele.agent("zipped").verify().problems()).isEmpty();
        }
    }
}
