package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.ChangeKind;
import dev.stele.model.MessageDraft;
import dev.stele.model.ReadOnlyException;
import dev.stele.model.UserContext;
import dev.stele.recall.RecallQuery;
import dev.stele.support.MessageWriterProcess;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes on one directory. */
class MultiProcessTest {

    @TempDir
    Path data;

    /** Where the memory is, for all processes: the first to ask would have it made. */
    @BeforeEach
    void prepareStore() {
        assertThat(Stores.at(data).data()).isEqualTo(data);
    }

    private Stele open() {
        return Stele.open(Stores.at(data).withRetention(0, true), Optional.of(new WordEmbedder()));
    }

    /** Updates one context 25 times at once: {@code data}. */
    static final class Updater {
        public static void main(String[] arguments) throws Exception {
            try (Stele stele = Stele.open(Stores.at(Path.of(arguments[0])), Optional.empty())) {
                System.out.println("ready");
                System.in.read();
                Users users = stele.agent("kira").users();
                Threads.atOnce(
                        25,
                        i -> () -> i % 2 == 0
                                ? users.recordInteraction("ana", java.time.Instant.now())
                                : users.update("ana", context -> context.withInteraction(java.time.Instant.now())));
            }
        }
    }

    @Test
    void fourProcessesApplyExactlyAHundredUpdates() {
        var processes = new ArrayList<SecondJvm>();
        for (int i = 0; i < 4; i++) {
            processes.add(SecondJvm.start(Updater.class, data));
        }
        processes.forEach(process -> assertThat(process.line()).isEqualTo("ready"));
        processes.forEach(SecondJvm::endInput);
        processes.forEach(process -> assertThat(process.await()).isZero());
        try (Stele stele = open()) {
            UserContext context = stele.agent("kira").users().get("ana").orElseThrow();
            assertThat(context.conversations()).isEqualTo(100);
            assertThat(context.version()).isEqualTo(100);
            assertThat(context.friendship()).isEqualTo(50);
            assertThat(stele.agent("kira")
                            .users()
                            .history("ana", 1_000, Optional.empty())
                            .items())
                    .hasSize(100);
        }
    }

    @Test
    void fourProcessesOfSixteenThreadsWriteDuringReadsWithoutLoss() throws Exception {
        writeDuringReads(Duration.ofSeconds(4));
    }

    @Test
    @Tag("proof")
    void fourProcessesWriteForHalfAMinuteDuringReadsWithoutLoss() throws Exception {
        writeDuringReads(Duration.ofSeconds(30));
    }

    private void writeDuringReads(Duration time) throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("first", "ana", "the first message"));
            var stop = new AtomicBoolean();
            var readers = new ArrayList<Thread>();
            var failures = new java.util.concurrent.ConcurrentLinkedQueue<Throwable>();
            var reads = new java.util.concurrent.atomic.AtomicLong();
            for (int i = 0; i < 2; i++) {
                readers.add(Thread.ofPlatform().start(() -> {
                    try {
                        long last = 0;
                        while (!stop.get()) {
                            long now = memory.messageCount();
                            assertThat(now).isGreaterThanOrEqualTo(last);
                            last = now;
                            assertThat(memory.recall(RecallQuery.of("first message")
                                                    .withLimit(5))
                                            .hits())
                                    .isNotEmpty();
                            reads.incrementAndGet();
                        }
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                }));
            }
            var processes = new ArrayList<SecondJvm>();
            for (int i = 0; i < 4; i++) {
                processes.add(SecondJvm.start(MessageWriterProcess.class, data, "kira", 16, time.toMillis()));
            }
            Set<String> acknowledged = new HashSet<>();
            long worst = 0;
            for (List<String> lines : Threads.atOnce(4, i -> processes.get(i)::lines)) {
                assertThat(lines.getFirst()).isEqualTo("ready");
                assertThat(lines.getLast()).startsWith("worst ");
                worst = Math.max(worst, Long.parseLong(lines.getLast().substring(6)));
                acknowledged.addAll(lines.subList(1, lines.size() - 1));
            }
            processes.forEach(process -> assertThat(process.await()).isZero());
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(failures).isEmpty();
            assertThat(reads.get()).isPositive();
            assertThat(stored(memory)).containsAll(acknowledged).hasSize(acknowledged.size() + 1);
            assertThat(memory.verify().problems()).isEmpty();
            System.out.printf(
                    "4 processes of 16 threads, %d s: %d messages acknowledged, none lost, worst wait %d ms, %d reads beside%n",
                    time.toSeconds(), acknowledged.size(), worst, reads.get());
        }
    }

    private static Set<String> stored(AgentMemory memory) {
        var ids = new HashSet<String>();
        for (long after = 0; ; ) {
            var page = memory.changes(after, 1_000);
            if (page.isEmpty()) {
                return ids;
            }
            for (var change : page) {
                if (change.kind() == ChangeKind.MESSAGE_CREATED) {
                    String id = change.ref().orElseThrow();
                    ids.add(id);
                }
                after = change.number();
            }
        }
    }

    private void killWriters(int times) {
        var random = new Random(7);
        Set<String> acknowledged = new HashSet<>();
        for (int round = 0; round < times; round++) {
            try (SecondJvm writer = SecondJvm.start(MessageWriterProcess.class, data, "kira", 8, 0)) {
                assertThat(writer.line()).isEqualTo("ready");
                int enough = 1 + random.nextInt(60);
                for (int i = 0; i < enough; i++) {
                    acknowledged.add(writer.line());
                }
                writer.kill();
                // What it printed before it died was acknowledged too.
                writer.lines().stream().filter(line -> line.length() == 26).forEach(acknowledged::add);
            }
        }
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            assertThat(stored(memory)).containsAll(acknowledged);
            assertThat(acknowledged)
                    .allSatisfy(id -> assertThat(memory.message(id)).isPresent());
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    @Test
    void tenKillsDuringWritesLoseNothing() {
        killWriters(10);
    }

    @Test
    @Tag("proof")
    void thousandKillsDuringWritesLoseNothing() {
        killWriters(1_000);
    }

    /** Holds the database's write lock until it is killed: {@code data}. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            try (Stele stele = Stele.open(Stores.at(Path.of(arguments[0])), Optional.empty())) {
                stele.agent("kira").users().update("ana", context -> context.withTrust(0.9));
                var database = java.sql.DriverManager.getConnection(
                        "jdbc:sqlite:" + Path.of(arguments[0]).resolve("agents/kira/memory.db"));
                database.createStatement().execute("begin immediate");
                System.out.println("holding");
                System.in.read();
            }
        }
    }

    @Test
    @Tag("directory")
    void readOnlyOpeningNeitherWaitsForAWriterNorWrites() {
        try (SecondJvm holder = SecondJvm.start(Holder.class, data)) {
            assertThat(holder.line()).isEqualTo("holding");
            try (Stele stele = Stele.open(Stores.at(data).withReadOnly(), Optional.empty())) {
                AgentMemory memory = stele.agent("kira");
                assertThat(memory.users().get("ana").orElseThrow().trust()).isEqualTo(0.9);
                assertThat(memory.verify().problems()).isEmpty();
                assertThatThrownBy(() -> memory.remember(MessageDraft.user("s", "ana", "hello")))
                        .isInstanceOf(ReadOnlyException.class);
                assertThatThrownBy(() -> stele.agent("nobody").remember(MessageDraft.user("s", "ana", "hello")))
                        .isInstanceOf(ReadOnlyException.class);
                assertThat(stele.agents()).hasSize(1);
            }
        }
    }
}
