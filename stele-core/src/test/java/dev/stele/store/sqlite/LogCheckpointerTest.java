package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.support.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The write-ahead log is copied beside steady writers, and starts anew before SQLite itself would copy it. */
class LogCheckpointerTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final int WRITERS = 2;
    private static final int BATCHES = 140;
    private static final String TEXT = "The tide tables of Porto, page by page. ".repeat(100);

    /** Size of the log at which SQLite copies it within a commit. */
    private static final long SQLITE_COPIES = 16_000L * 4_096;

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.empty());
    }

    private Path database() {
        return data.resolve("agents/kira/memory.db");
    }

    private long logBytes() throws Exception {
        Path log = database().resolveSibling("memory.db-wal");
        return Files.exists(log) ? Files.size(log) : 0;
    }

    /** Writes more than twenty megabytes in batches, and returns the largest size of the log that was seen. */
    private long write(AgentMemory memory, String prefix) throws Exception {
        var largest = new AtomicLong();
        Threads.atOnce(WRITERS, thread -> () -> {
            for (int i = 0; i < BATCHES; i++) {
                int batch = i;
                memory.remember(IntStream.range(0, 20)
                        .mapToObj(n -> MessageDraft.user("s" + thread, "ana", TEXT)
                                .withId(prefix + thread + "-" + batch + "-" + n))
                        .toList());
                largest.accumulateAndGet(logBytes(), Math::max);
            }
            return 0;
        });
        return largest.get();
    }

    @Test
    void logIsCopiedBesideWritersAndStartsAnew() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent(KIRA);
            assertThat(write(memory, "a")).isLessThan(SQLITE_COPIES);
            assertThat(Files.size(database())).isGreaterThan(WRITERS * BATCHES * 20L * TEXT.length() / 3);
            assertThat(memory.verify().problems()).isEmpty();
        }
        try (Stele stele = open()) {
            assertThat(stele.agent(KIRA).stats().messages()).isEqualTo(WRITERS * BATCHES * 20L);
        }
    }

    @Test
    void logThatAReaderNeedsIsCopiedOnceTheReaderHasEnded() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent(KIRA);
            memory.remember(MessageDraft.user("s", "ana", "first"));
            try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + database());
                    Statement statement = reader.createStatement()) {
                statement.execute("begin");
                statement.executeQuery("select count(*) from message").close();
                write(memory, "a");
                assertThat(logBytes()).as("the reader needs the whole log").isGreaterThan(SQLITE_COPIES / 2);
                statement.execute("rollback");
            }
            long before = Files.size(database());
            var next = new AtomicLong();
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                memory.remember(List.of(MessageDraft.user("s", "ana", "another " + next.incrementAndGet())));
                assertThat(Files.size(database())).isGreaterThan(before);
            });
            assertThat(memory.verify().problems()).isEmpty();
        }
    }
}
