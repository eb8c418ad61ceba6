package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.VerifyReport;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.WordEmbedder;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full disks, damaged files, backups, retention. */
class FaultInjectionTest {

    @TempDir
    Path data;

    private Stele open() {
        return open(SteleConfig.at(data).withRetention(0, true));
    }

    private Stele open(SteleConfig config) {
        return Stele.open(config, Optional.of(new WordEmbedder()));
    }

    private static void fill(AgentMemory memory, int count) {
        for (int from = 0; from < count; from += 100) {
            var drafts = new ArrayList<MessageDraft>();
            for (int i = from; i < Math.min(count, from + 100); i++) {
                drafts.add(MessageDraft.user("s" + i / 500, "ana", "message number " + i + " about tea and rain")
                        .withId("m" + i));
            }
            memory.remember(drafts);
        }
    }

    @Test
    void fullDatabaseIsReportedAndWritableAfterTheLimitIsRaised() {
        var acknowledged = new HashSet<String>();
        var small = SteleConfig.at(data).withRetention(0, true).withLimits(Limits.DEFAULT.withDatabaseBytes(400_000));
        try (Stele stele = open(small)) {
            AgentMemory memory = stele.agent("kira");
            assertThatThrownBy(() -> {
                        for (int i = 0; ; i++) {
                            acknowledged.add(memory.remember(MessageDraft.user("s", "ana", "word ".repeat(200) + i))
                                    .id());
                        }
                    })
                    .isInstanceOf(StelePersistenceException.Full.class)
                    .hasMessageContaining("memory.db")
                    .hasMessageContaining("limits.database-bytes");
            assertThat(acknowledged).isNotEmpty();
            assertThat(memory.messageCount()).isEqualTo(acknowledged.size());
            assertThat(memory.recall("word").hits()).isNotEmpty();
            assertThat(memory.verify().problems()).isEmpty();
        }
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            assertThat(acknowledged)
                    .allSatisfy(id -> assertThat(memory.message(id)).isPresent());
            memory.remember(MessageDraft.user("s", "ana", "there is room again"));
            assertThat(memory.messageCount()).isEqualTo(acknowledged.size() + 1L);
        }
    }

    @Test
    void truncatedDatabaseIsDetectedNamedAndRestored() throws Exception {
        Path backup = data.resolve("kira.stele");
        try (Stele stele = open()) {
            fill(stele.agent("kira"), 1_000);
            stele.agent("kira").backup(backup);
        }
        Path file = data.resolve("agents/kira/memory.db");
        try (var database = new RandomAccessFile(file.toFile(), "rw")) {
            database.setLength(database.length() / 2);
        }
        assertDamageIsDetectedAndRestored(backup);
    }

    @Test
    void flippedBitIsDetectedNamedAndRestored() throws Exception {
        Path backup = data.resolve("kira.stele");
        try (Stele stele = open()) {
            fill(stele.agent("kira"), 1_000);
            stele.agent("kira").backup(backup);
        }
        Path file = data.resolve("agents/kira/memory.db");
        byte[] bytes = Files.readAllBytes(file);
        int at = indexOf(bytes, "message number 700 about tea".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(at).isPositive();
        bytes[at + 20] ^= 4; // inside a value, where SQLite's own check sees nothing
        Files.write(file, bytes);
        assertDamageIsDetectedAndRestored(backup);
    }

    @Test
    void flippedBitInAUsedPageIsDetectedOrHarmless() throws Exception {
        Path backup = data.resolve("kira.stele");
        List<Message> before;
        try (Stele stele = open()) {
            fill(stele.agent("kira"), 300);
            stele.agent("kira").backup(backup);
            before = all(stele.agent("kira"));
        }
        Path file = data.resolve("agents/kira/memory.db");
        byte[] sound = Files.readAllBytes(file);
        var random = new Random(11);
        for (int round = 0; round < 40; round++) {
            byte[] bytes = sound.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            try (Stele stele = open(SteleConfig.at(data).withReadOnly())) {
                AgentMemory memory = stele.agent("kira");
                boolean detected;
                try {
                    detected = !memory.verify().clean();
                } catch (dev.stele.model.SteleException e) {
                    detected = true;
                }
                if (!detected) {
                    assertThat(all(memory)).isEqualTo(before);
                }
            }
            Files.deleteIfExists(file.resolveSibling("memory.db-wal"));
            Files.deleteIfExists(file.resolveSibling("memory.db-shm"));
        }
    }

    private static List<Message> all(AgentMemory memory) {
        return memory.sessions().messages("s0", 1_000, Optional.empty(), false).items();
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        outer:
        for (int i = 0; i <= bytes.length - wanted.length; i++) {
            for (int j = 0; j < wanted.length; j++) {
                if (bytes[i + j] != wanted[j]) {
                    continue outer;
                }
            }
            return i;
        }
        return -1;
    }

    private void assertDamageIsDetectedAndRestored(Path backup) {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            String problems;
            try {
                VerifyReport report = memory.verify();
                assertThat(report.clean()).isFalse();
                problems = report.problems().toString();
            } catch (StelePersistenceException e) {
                problems = e.getMessage();
            }
            assertThat(problems).containsAnyOf("memory.db", "m700");
            assertThat(stele.restore(backup, Optional.empty(), true)).isEqualTo(new AgentName("kira"));
            assertThat(memory.verify().problems()).isEmpty();
            assertThat(memory.messageCount()).isEqualTo(1_000);
            assertThat(memory.message("m700").orElseThrow().content()).contains("message number 700 about tea");
            memory.remember(MessageDraft.user("s", "ana", "and it goes on"));
        }
    }

    @Test
    void damagedBackupIsRefusedAndTheAgentIsKept() throws Exception {
        Path backup = data.resolve("kira.stele");
        try (Stele stele = open()) {
            fill(stele.agent("kira"), 100);
            stele.agent("kira").backup(backup);
            byte[] bytes = Files.readAllBytes(backup);
            bytes[bytes.length / 2] ^= 1;
            Files.write(backup, bytes);
            assertThatThrownBy(() -> stele.restore(backup, Optional.empty(), true))
                    .isInstanceOf(StelePersistenceException.Corrupt.class)
                    .hasMessageContaining("kira.stele");
            assertThat(stele.agent("kira").messageCount()).isEqualTo(100);
            assertThat(stele.agents()).hasSize(1);
        }
    }

    @Test
    void backupsUnderLoadAreConsistentSnapshots() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            fill(memory, 200);
            var stop = new AtomicBoolean();
            var written = new AtomicInteger();
            var writer = CompletableFuture.runAsync(() -> {
                for (int i = 0; !stop.get(); i++) {
                    // Two messages at once: a backup has both or none.
                    memory.remember(List.of(
                            MessageDraft.user("pair", "ana", "left " + i).withId("left-" + i),
                            MessageDraft.user("pair", "ana", "right " + i).withId("right-" + i)));
                    written.incrementAndGet();
                }
            });
            for (int i = 0; i < 3; i++) {
                int writtenBefore = written.get();
                await().until(() -> written.get() > writtenBefore || writer.isDone());
                Path backup = data.resolve("backup-" + i + ".stele");
                long before = memory.messageCount();
                memory.backup(backup);
                AgentName copy = stele.restore(backup, Optional.of(new AgentName("copy-" + i)), false);
                AgentMemory restored = stele.agent(copy);
                assertThat(restored.verify().problems()).isEmpty();
                assertThat(restored.messageCount()).isGreaterThanOrEqualTo(before);
                assertThat(restored.messageCount() % 2).isZero();
            }
            stop.set(true);
            writer.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void retentionKeepsFiveThousandMessagesAndArchivesTheRest() {
        try (Stele stele = open(SteleConfig.at(data))) {
            AgentMemory memory = stele.agent("kira");
            fill(memory, 5_600);
            memory.notes().create(NoteDraft.of("fact", "Ana likes tea").withProvenance(List.of("m3")));
            memory.runMaintenance();
            assertThat(memory.messageCount()).isEqualTo(5_000);
            assertThat(memory.stats().archived()).isEqualTo(600);
            assertThat(memory.message("m3").orElseThrow().archived()).isTrue();
            assertThat(memory.message("m3").orElseThrow().content()).startsWith("message number 3 ");
            assertThat(memory.notes()
                            .list(dev.stele.model.NoteFilter.ALL, 10, Optional.empty())
                            .items())
                    .hasSize(1);

            var query = RecallQuery.of("message number 3").withLimit(5);
            assertThat(memory.recall(query).hits()).noneMatch(hit -> hit.id().equals("m3"));
            assertThat(memory.recall(query.withFilter(RecallFilter.ALL.withArchived()))
                            .hits())
                    .anyMatch(hit -> hit.id().equals("m3") && hit.archived());

            assertThat(memory.sessions()
                            .messages("s0", 10, Optional.empty(), false)
                            .items())
                    .isEmpty();
            assertThat(memory.sessions()
                            .messages("s0", 500, Optional.empty(), true)
                            .items())
                    .hasSize(500);
            assertThat(memory.sessions().get("s0").orElseThrow().messages()).isEqualTo(500);
            assertThat(memory.verify().problems()).isEmpty();

            Path backup = data.resolve("kira.stele");
            memory.backup(backup);
            AgentMemory copy = stele.agent(stele.restore(backup, Optional.of(new AgentName("copy")), false));
            assertThat(copy.message("m3").orElseThrow().content()).startsWith("message number 3 ");
        }
    }

    @Test
    void retentionWithoutArchiveDeletesMessagesOnClose() {
        try (Stele stele = open(SteleConfig.at(data).withRetention(10, false))) {
            fill(stele.agent("kira"), 40);
        }
        try (Stele stele = open()) {
            assertThat(stele.agent("kira").messageCount()).isEqualTo(10);
            assertThat(stele.agent("kira").stats().archived()).isZero();
            assertThat(stele.agent("kira").message("m29")).isEmpty();
            assertThat(stele.agent("kira").message("m30")).isPresent();
        }
    }
}
