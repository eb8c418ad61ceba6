package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.VerifyReport;
import dev.stele.support.SecondJvm;
import dev.stele.support.WordEmbedder;
import dev.stele.transfer.ExportReport;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged, missing and foreign files of one agent: they are named, and hide neither the rest nor the other agents. */
@Timeout(60)
class DamagedFilesTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final AgentName OTHER = new AgentName("other");
    /** Agent whose directory has a name of its own. */
    private static final AgentName NAMED = new AgentName("Żółw 7");

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(SteleConfig.at(data).withRetention(100, true), Optional.of(new WordEmbedder()));
    }

    private Path directory(AgentName agent) {
        return data.resolve("agents").resolve(AgentDirectory.nameFor(agent));
    }

    private static void fill(AgentMemory memory, int count) {
        memory.remember(Stream.iterate(1, i -> i + 1)
                .limit(count)
                .map(i -> MessageDraft.user("s", "ana", "message " + i).withId("m" + i))
                .toList());
    }

    private static List<String> problems(Stele stele, AgentName agent) {
        return stele.verify().stream()
                .filter(report -> report.agent().equals(agent.value()))
                .map(VerifyReport::problems)
                .findFirst()
                .orElseThrow();
    }

    /** Kind of damage to a database that no write may go on after. */
    private enum Damage {
        MISSING,
        EMPTY,
        NO_DATABASE,
        FOREIGN
    }

    private void damage(Damage damage) throws Exception {
        Path file = directory(KIRA).resolve("memory.db");
        switch (damage) {
            case MISSING -> Files.delete(file);
            case EMPTY -> Files.write(file, new byte[0]);
            case NO_DATABASE -> Files.writeString(file, "this is no database ".repeat(500));
            case FOREIGN -> {
                Path elsewhere = data.resolve("elsewhere");
                try (Stele stele = Stele.open(SteleConfig.at(elsewhere), Optional.empty())) {
                    fill(stele.agent(OTHER), 150);
                }
                Files.copy(
                        elsewhere
                                .resolve("agents")
                                .resolve(AgentDirectory.nameFor(OTHER))
                                .resolve("memory.db"),
                        file,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.deleteIfExists(file.resolveSibling("memory.db-wal"));
        Files.deleteIfExists(file.resolveSibling("memory.db-shm"));
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void damagedDatabaseIsNamedAtOnceAndRestored(Damage damage) throws Exception {
        Path backup = data.resolve("kira.zip");
        try (Stele stele = open()) {
            fill(stele.agent(KIRA), 150);
            stele.agent(KIRA).runMaintenance();
            stele.agent(KIRA).backup(backup);
        }
        damage(damage);
        try (Stele stele = open()) {
            stele.agent(OTHER).remember(MessageDraft.user("s", "ben", "hello"));
            assertThat(stele.agents()).containsExactly(KIRA, OTHER);
            AgentMemory memory = stele.agent(KIRA);
            long start = System.nanoTime();
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> memory.message("m1"))
                        .isInstanceOf(StelePersistenceException.Corrupt.class)
                        .hasMessageContaining("memory.db");
                assertThatThrownBy(() -> memory.remember(MessageDraft.user("s", "ana", "more")))
                        .isInstanceOf(StelePersistenceException.Corrupt.class)
                        .hasMessageContaining("memory.db");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(problems(stele, KIRA)).anyMatch(problem -> problem.contains("memory.db"));
            assertThat(problems(stele, OTHER)).isEmpty();
            // Nothing was deleted that a rescue could use.
            assertThat(AgentFile.list(directory(KIRA))).anyMatch(file -> file.kind() == AgentFile.Kind.ARCHIVE_SEGMENT);

            assertThat(stele.restore(backup, Optional.empty(), true)).isEqualTo(KIRA);
            assertThat(memory.message("m1")).isPresent();
            memory.remember(MessageDraft.user("s", "ana", "and it goes on"));
            assertThat(stele.verify()).allMatch(VerifyReport::clean);
        }
    }

    @Test
    void agentWithoutADatabaseCanBeForgotten() throws Exception {
        try (Stele stele = open()) {
            fill(stele.agent(KIRA), 10);
        }
        damage(Damage.MISSING);
        try (Stele stele = open()) {
            stele.forget(KIRA);
            assertThat(stele.agents()).isEmpty();
            fill(stele.agent(KIRA), 5);
            assertThat(stele.agent(KIRA).messageCount()).isEqualTo(5);
        }
    }

    /** Writes messages until it is killed, archiving the old ones: {@code data}. */
    static final class Killed {
        public static void main(String[] arguments) throws Exception {
            try (Stele stele = Stele.open(
                    SteleConfig.at(Path.of(arguments[0])).withRetention(100, true), Optional.of(new WordEmbedder()))) {
                AgentMemory memory = stele.agent(KIRA);
                fill(memory, 250);
                memory.runMaintenance();
                System.out.println("filled");
                System.in.read();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"emptied", "garbled", "deleted"})
    void lostLogIsDetectedAndNothingIsWrittenAfterIt(String how) throws Exception {
        Path backup = data.resolve("kira.zip");
        try (Stele stele = open()) {
            stele.agent(KIRA)
                    .remember(MessageDraft.user("s", "ana", "at the beginning").withId("m0"));
            stele.agent(KIRA).backup(backup);
        }
        try (SecondJvm jvm = SecondJvm.start(Killed.class, data)) {
            assertThat(jvm.line()).isEqualTo("filled");
            jvm.kill();
        }
        Path log = directory(KIRA).resolve("memory.db-wal");
        assertThat(Files.size(log)).isPositive();
        switch (how) {
            case "emptied" -> Files.write(log, new byte[0]);
            case "garbled" -> {
                var garbage = new byte[(int) Files.size(log)];
                new Random(5).nextBytes(garbage);
                Files.write(log, garbage);
            }
            default -> Files.delete(log);
        }
        Files.deleteIfExists(log.resolveSibling("memory.db-shm"));
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent(KIRA);
            assertThat(memory.message("m0")).isPresent(); // what is left can be read
            assertThat(memory.message("m250")).isEmpty();
            assertThat(problems(stele, KIRA))
                    .anyMatch(problem -> problem.contains("log was lost"))
                    .anyMatch(problem -> problem.contains("archive segment") && problem.contains("lost changes"));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> memory.remember(MessageDraft.user("s", "ana", "more")))
                        .isInstanceOf(StelePersistenceException.Corrupt.class)
                        .hasMessageContaining("log was lost")
                        .hasMessageContaining("Nothing was written");
            }
            assertThat(memory.messageCount()).isEqualTo(1);

            stele.restore(backup, Optional.empty(), true);
            memory.remember(MessageDraft.user("s", "ana", "and it goes on"));
            assertThat(memory.messageCount()).isEqualTo(2);
            assertThat(problems(stele, KIRA)).isEmpty();
        }
    }

    @Test
    void lostLogCanBeAccepted() throws Exception {
        try (Stele stele = open()) {
            stele.agent(KIRA).remember(MessageDraft.user("s", "ana", "at the beginning"));
        }
        try (SecondJvm jvm = SecondJvm.start(Killed.class, data)) {
            assertThat(jvm.line()).isEqualTo("filled");
            jvm.kill();
        }
        Files.write(directory(KIRA).resolve("memory.db-wal"), new byte[0]);
        Files.delete(directory(KIRA).resolve("changes.stamp"));
        try (Stele stele = open()) {
            stele.agent(KIRA).remember(MessageDraft.user("s", "ana", "and it goes on"));
            assertThat(stele.agent(KIRA).messageCount()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not\u0000a name", "someone else"})
    void damagedNameHidesNoAgentAndIsWrittenAgain(String name) throws Exception {
        try (Stele stele = open()) {
            fill(stele.agent(NAMED), 3);
            fill(stele.agent(OTHER), 3);
            for (boolean missing : List.of(false, true)) {
                Path file = directory(NAMED).resolve("name");
                if (missing) {
                    Files.delete(file);
                } else {
                    Files.writeString(file, name);
                }
                assertThat(stele.agents()).containsExactlyInAnyOrder(NAMED, OTHER);
                try (Stele readOnly = Stele.open(SteleConfig.at(data).withReadOnly(), Optional.empty())) {
                    assertThat(problems(readOnly, NAMED)).anyMatch(problem -> problem.contains("name"));
                    assertThat(problems(readOnly, OTHER)).isEmpty();
                }
                try (Stele fresh = open()) {
                    assertThat(fresh.agents()).containsExactlyInAnyOrder(NAMED, OTHER);
                    assertThat(fresh.agent(NAMED).messageCount()).isEqualTo(3);
                }
                assertThat(Files.readString(file)).isEqualTo(NAMED.value());
                assertThat(stele.verify()).allMatch(VerifyReport::clean);
            }
        }
    }

    @Test
    void directoryOfAnUnknownAgentIsReportedAndHidesNothing() throws Exception {
        try (Stele stele = open()) {
            fill(stele.agent(NAMED), 3);
            fill(stele.agent(OTHER), 3);
        }
        Files.delete(directory(NAMED).resolve("name"));
        Files.writeString(directory(NAMED).resolve("memory.db"), "this is no database ".repeat(500));
        try (Stele stele = open()) {
            assertThat(stele.agents()).containsExactly(OTHER);
            assertThat(problems(stele, OTHER)).isEmpty();
            VerifyReport beside = stele.verify().getLast();
            assertThat(beside.clean()).isFalse();
            assertThat(beside.problems())
                    .anyMatch(problem -> problem.contains(directory(NAMED).toString()));
            assertThatThrownBy(() -> stele.agent(NAMED).messageCount())
                    .isInstanceOf(StelePersistenceException.Corrupt.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"truncated", "flipped", "emptied", "deleted"})
    void exportContainsIntactItemsAndNamesTheDamagedOnes(String how) throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent(KIRA);
            fill(memory, 150);
            memory.runMaintenance();
            memory.remember(Stream.iterate(151, i -> i + 1)
                    .limit(50)
                    .map(i -> MessageDraft.user("s", "ana", "message " + i).withId("m" + i))
                    .toList());
            memory.runMaintenance();
            memory.notes().create(NoteDraft.of("fact", "Ana writes messages"));
            assertThat(memory.stats().archived()).isEqualTo(100);
            Path segment = segment(KIRA);
            byte[] whole = Files.readAllBytes(segment);
            switch (how) {
                case "truncated" -> Files.write(segment, java.util.Arrays.copyOf(whole, whole.length / 2));
                case "flipped" -> {
                    byte[] flipped = whole.clone();
                    flipped[whole.length / 2] ^= 1;
                    Files.write(segment, flipped);
                }
                case "emptied" -> Files.write(segment, new byte[0]);
                default -> Files.delete(segment);
            }
            var out = new StringWriter();
            ExportReport report = memory.export(out);
            assertThat(report.damaged())
                    .singleElement()
                    .asString()
                    .contains(segment.getFileName().toString(), "it has 50 messages");
            assertThat(out.toString().lines()).hasSize((int) report.lines());
            assertThat(out.toString().lines().filter(line -> line.startsWith("{\"type\":\"message\"")))
                    .hasSize(150);
            assertThat(out.toString()).contains("Ana writes messages");
            var copied = stele.agent("copy").importFrom(new StringReader(out.toString()), _ -> {});
            assertThat(copied.messages()).isEqualTo(150);
            assertThat(copied.toJson().toString()).contains("not complete");
            assertThat(problems(stele, KIRA)).anyMatch(problem -> problem.contains("archive segment"));

            Files.write(segment, whole);
            assertThat(memory.export(new StringWriter()).damaged()).isEmpty();
            assertThat(problems(stele, KIRA)).isEmpty();
        }
    }

    /** An archive segment of another agent in place of one's own is damage, not an answer, wherever it is read. */
    @Test
    void archiveSegmentOfAnotherAgentIsNotRead() throws Exception {
        AgentName other = new AgentName("other");
        try (Stele stele = open()) {
            for (AgentName agent : List.of(KIRA, other)) {
                AgentMemory memory = stele.agent(agent);
                memory.remember(Stream.iterate(1, i -> i + 1)
                        .limit(150)
                        .map(i -> MessageDraft.user("s", "ana", agent + " says " + i)
                                .withId("m" + i))
                        .toList());
                memory.runMaintenance();
                assertThat(memory.stats().archived()).isEqualTo(50);
            }
            AgentMemory memory = stele.agent(KIRA);
            Path own = segment(KIRA);
            byte[] whole = Files.readAllBytes(own);
            Files.copy(segment(other), own, StandardCopyOption.REPLACE_EXISTING);
            List<ThrowingCallable> reads = List.of(
                    () -> memory.message("m1"), () -> memory.sessions().messages("s", 200, Optional.empty(), true));
            for (ThrowingCallable read : reads) {
                assertThatThrownBy(read)
                        .isInstanceOf(StelePersistenceException.Corrupt.class)
                        .hasMessageContaining(own.getFileName() + " does not agree");
            }
            var out = new StringWriter();
            assertThat(memory.export(out).damaged()).hasSize(1);
            assertThat(out.toString()).doesNotContain("other says");
            assertThat(memory.message("m150")).isPresent();

            Files.write(own, whole);
            assertThat(memory.message("m1").orElseThrow().content()).isEqualTo("kira says 1");
            assertThat(problems(stele, KIRA)).isEmpty();
        }
    }

    private Path segment(AgentName agent) throws IOException {
        try (var files = Files.newDirectoryStream(directory(agent).resolve("archive"), "*.gz")) {
            return files.iterator().next();
        }
    }

    @Test
    void everyFileIsKnownOrReported() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent(KIRA);
            fill(memory, 150);
            memory.runMaintenance();
            memory.reflect();
            VerifyReport report = stele.verify(KIRA);
            assertThat(report.problems()).isEmpty();
            assertThat(report.remarks()).isEmpty();
            assertThat(AgentFile.list(directory(KIRA)))
                    .noneMatch(file -> file.kind() == AgentFile.Kind.FOREIGN)
                    .anyMatch(file -> file.kind() == AgentFile.Kind.ARCHIVE_SEGMENT);

            Path agent = directory(KIRA);
            Files.writeString(agent.resolve("notes.txt"), "by hand");
            Files.createDirectories(data.resolve("agents/.cache"));
            Files.createDirectories(data.resolve("agents/photos"));
            Path old = Files.writeString(agent.resolve("archive/.tmp-killed"), "half");
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
            Path segment;
            try (var files = Files.newDirectoryStream(agent.resolve("archive"), "*.gz")) {
                segment = files.iterator().next();
            }
            Files.copy(segment, agent.resolve("archive/messages-1-orphan.jsonl.gz"));
            report = stele.verify(KIRA);
            assertThat(report.clean()).isTrue();
            assertThat(report.remarks())
                    .hasSize(3)
                    .anyMatch(remark -> remark.contains("notes.txt"))
                    .anyMatch(remark -> remark.contains(".tmp-killed"))
                    .anyMatch(remark -> remark.contains("messages-1-orphan"));
            assertThat(stele.verify().getLast().remarks())
                    .anyMatch(remark -> remark.contains(".cache"))
                    .anyMatch(remark -> remark.contains("photos"));
            assertThat(stele.agents()).containsExactly(KIRA);
            DurableFiles.deleteTree(data.resolve("agents/photos"));
        }
    }
}
