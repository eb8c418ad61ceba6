package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.analysis.Analyzers;
import dev.stele.analysis.Languages;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.config.SteleConfig;
import dev.stele.embedding.Embedder;
import dev.stele.index.Indexer;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.store.StoreEdit;
import dev.stele.store.sql.ArchiveSegments;
import dev.stele.store.sql.DirectoryArchiveSegments;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.SqlView;
import dev.stele.support.WordEmbedder;
import dev.stele.transfer.ImportReport;
import dev.stele.transfer.Importer;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An import of what is there already, most of it archived: it reads little and writes nothing. */
class RepeatedImportTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final int MESSAGES = 10_000;
    private static final int LIVE = 50;

    /** Messages that the importer looks up at once. */
    private static final int WINDOW = 8_192;

    @TempDir
    static Path data;

    private static String exported = "";

    @BeforeAll
    static void fill() {
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent(KIRA);
            for (int from = 0; from < MESSAGES; from += 1_000) {
                kira.remember(IntStream.range(from, from + 1_000)
                        .mapToObj(i -> MessageDraft.user("s" + i % 7, "ana", "turn " + i)
                                .withId("m" + i)
                                .withAt(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(i)))
                        .toList());
                kira.runMaintenance(); // a segment or more for each thousand
            }
            assertThat(kira.stats().archived()).isEqualTo(MESSAGES - LIVE);
            var out = new StringWriter();
            kira.export(out);
            exported = out.toString();
        }
    }

    private static Stele open() {
        return Stele.open(SteleConfig.at(data).withRetention(LIVE, true), Optional.<Embedder>empty());
    }

    private static List<String> segments() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("agents/kira/archive"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void repeatedImportMakesNoChange() throws IOException {
        List<String> segments = segments();
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent(KIRA);
            AgentStats before = kira.stats();
            for (int time = 0; time < 2; time++) {
                ImportReport report = kira.importFrom(new StringReader(exported), _ -> {});
                assertThat(report.known()).isEqualTo(MESSAGES);
                assertThat(report.messages()).isZero();
                assertThat(report.bad()).isZero();
                assertThat(kira.stats().changes()).isEqualTo(before.changes());
            }
            kira.runMaintenance();
            AgentStats after = kira.stats();
            assertThat(after.changes()).isEqualTo(before.changes());
            assertThat(after.messages()).isEqualTo(before.messages());
            assertThat(after.archived()).isEqualTo(before.archived());
            assertThat(kira.verify().problems()).isEmpty();
        }
        assertThat(segments()).isEqualTo(segments);
    }

    @Test
    void messageThatDiffersFromItsArchivedCopyIsReportedAndIgnored() throws IOException {
        String changed = exported.lines()
                .filter(line -> line.contains("\"turn 17\""))
                .map(line -> line.replace("\"turn 17\"", "\"turn 18\""))
                .collect(Collectors.joining("\n"));
        assertThat(changed).contains("turn 18");
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent(KIRA);
            long before = kira.stats().changes();
            ImportReport report = kira.importFrom(new StringReader(changed), _ -> {});
            assertThat(report.known()).isZero();
            assertThat(report.messages()).isZero();
            assertThat(report.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.reason()).contains("m17"));
            assertThat(kira.stats().changes()).isEqualTo(before);
            assertThat(kira.message("m17").orElseThrow().content()).isEqualTo("turn 17");
        }
    }

    /** Counts how often each segment is read. */
    private record Counting(ArchiveSegments segments, Map<String, Integer> reads) implements ArchiveSegments {
        @Override
        public InputStream read(String name) throws IOException {
            reads.merge(name, 1, Integer::sum);
            return segments.read(name);
        }

        @Override
        public void write(String name, DurableFiles.Content content) {
            throw new AssertionError("a segment is written");
        }

        @Override
        public void delete(String name) {
            throw new AssertionError("a segment is deleted");
        }

        @Override
        public List<String> olderThan(Instant time) throws IOException {
            return segments.olderThan(time);
        }

        @Override
        public String place(String name) {
            return segments.place(name);
        }
    }

    @Test
    void eachArchiveSegmentIsReadOncePerWindowWithoutWrites() throws IOException {
        var reads = new HashMap<String, Integer>();
        var lookups = new HashMap<Integer, Integer>();
        try (SqlSession db = Sqlite.reader(data.resolve("agents/kira/memory.db"))) {
            var view = new SqlView(
                    db, new Counting(new DirectoryArchiveSegments(data.resolve("agents/kira/archive")), reads));
            var target = new Importer.Target() {
                @Override
                public Map<String, Message> messages(Collection<String> ids) {
                    reads.clear();
                    Map<String, Message> found = view.messages(ids);
                    lookups.put(lookups.size(), ids.size());
                    assertThat(reads.values()).containsOnly(2); // once for the checksum, once for the messages
                    return found;
                }

                @Override
                public <T> T write(Function<? super StoreEdit, T> edit) {
                    throw new AssertionError("something is written");
                }
            };
            var indexer = new Indexer(
                    new Analyzers(Languages.ENGLISH),
                    Optional.of(new WordEmbedder()),
                    Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.TASK));
            // Sessions are brought in by an edit, so the messages alone.
            String messages = exported.lines()
                    .filter(line -> line.contains("\"turn ") || line.contains("\"format\""))
                    .collect(Collectors.joining("\n"));
            ImportReport report =
                    new Importer(KIRA, target, indexer, Limits.DEFAULT, _ -> {}).run(new StringReader(messages));
            assertThat(report.known()).isEqualTo(MESSAGES);
        }
        assertThat(lookups.values()).containsExactlyInAnyOrder(WINDOW, MESSAGES - WINDOW);
        assertThat(segments()).hasSizeGreaterThan(5);
    }

    @Test
    void messagesAreFoundTogetherInTheDatabaseAndTheArchive() {
        var reads = new HashMap<String, Integer>();
        try (SqlSession db = Sqlite.reader(data.resolve("agents/kira/memory.db"))) {
            var view = new SqlView(
                    db, new Counting(new DirectoryArchiveSegments(data.resolve("agents/kira/archive")), reads));
            Map<String, Message> found =
                    view.messages(List.of("m0", "m1", "m1", "m" + (MESSAGES - 1), "nobody", "m5000"));
            assertThat(found.keySet()).containsExactlyInAnyOrder("m0", "m1", "m5000", "m" + (MESSAGES - 1));
            found.forEach((id, message) ->
                    assertThat(message).isEqualTo(view.message(id).orElseThrow()));
            reads.clear();
            assertThat(view.messages(List.of("m" + (MESSAGES - 1), "nobody"))).hasSize(1);
            assertThat(reads).isEmpty(); // none of them is archived
        }
    }
}
