package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections that are lost while rows are written to an output, and leases of stores that are closed. */
@Timeout(120)
class StreamsTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final int MESSAGES = 3_000;

    @TempDir
    Path data;

    private final String url = new TestDatabases().create();

    @AutoClose
    private Stele stele;

    private AgentMemory memory;

    @BeforeEach
    void fill() {
        stele = Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(4, 12))
                        .withRetention(0, true),
                Optional.of(new WordEmbedder()));
        memory = stele.agent(KIRA);
        for (int from = 0; from < MESSAGES; from += 500) {
            int first = from;
            memory.remember(IntStream.range(first, first + 500)
                    .mapToObj(i -> MessageDraft.user("s", "ana", "message " + i))
                    .toList());
        }
    }

    /** Ends all connections of the memory when it has received some lines. */
    private final class EndingConnections extends Writer {
        private final StringWriter received = new StringWriter();
        private final AtomicInteger lines = new AtomicInteger();

        @Override
        public void write(char[] text, int from, int length) {
            received.write(text, from, length);
            for (int i = from; i < from + length; i++) {
                if (text[i] == '\n' && lines.incrementAndGet() == 700) {
                    OutagesTest.terminateConnections(url);
                }
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static List<String> messages(String export) {
        return export.lines()
                .filter(line -> line.startsWith("{\"type\":\"message\""))
                .toList();
    }

    @Test
    void exportIsNotRestartedInTheSameOutput() {
        for (int round = 0; round < 2; round++) {
            var out = new EndingConnections();
            assertThatThrownBy(() -> memory.export(out))
                    .isInstanceOf(AgentBusyException.class)
                    .hasMessageContaining("connection was lost")
                    .hasMessageContaining("not complete");
            assertThat(messages(out.received.toString()))
                    .doesNotHaveDuplicates()
                    .hasSizeLessThan(MESSAGES);
            assertThat(out.received.toString().lines().filter(line -> line.contains("stele-export")))
                    .hasSize(1);

            var whole = new StringWriter();
            memory.export(whole);
            assertThat(messages(whole.toString())).doesNotHaveDuplicates().hasSize(MESSAGES);
        }
    }

    @Test
    void successfulBackupCanBeRestored() throws Exception {
        int succeeded = 0;
        for (int round = 0; round < 5; round++) {
            Path backup = data.resolve("kira-" + round + ".zip");
            var stop = new AtomicBoolean(round == 4);
            Thread ending = Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    OutagesTest.terminateConnections(url);
                    pause(60);
                }
            });
            try {
                memory.backup(backup);
                var copy = stele.agent(stele.restore(backup, Optional.of(new AgentName("copy-" + round)), false));
                assertThat(copy.messageCount()).isEqualTo(MESSAGES);
                succeeded++;
            } catch (AgentBusyException e) {
                // The connection was lost while the rows were copied, or the restoration found none in time.
                assertThat(e).hasMessageContaining("ry again");
            } finally {
                stop.set(true);
                ending.join();
            }
            try (var files = Files.list(data)) {
                assertThat(files.filter(file -> file.getFileName().toString().startsWith(".tmp-")))
                        .isEmpty();
            }
        }
        assertThat(succeeded).isPositive();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failedQueryIsNotTakenForALostConnection() {
        assertThatThrownBy(() -> memory.export(new Writer() {
                    @Override
                    public void write(char[] text, int from, int length) throws IOException {
                        throw new UncheckedIOException(new IOException("disk full"));
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                }))
                .hasMessageContaining("could not be written");
        assertThat(memory.messageCount()).isEqualTo(MESSAGES);
    }

    @Test
    void threadOfALeaseEndsWithItsStore() throws Exception {
        try (var stores = PostgresStores.open(DatabaseConfig.at(url), Limits.DEFAULT, false)) {
            AgentStore store = stores.open(KIRA);
            var lease = (PostgresLease) store.lease("work").orElseThrow();
            assertThat(lease.renewal().isStopped()).isFalse();
            store.close();
            assertThat(lease.renewal().join(Duration.ofSeconds(2))).isTrue();
            lease.close();
            try (AgentStore again = stores.open(KIRA)) {
                var held = (PostgresLease) again.lease("work").orElseThrow();
                held.close();
                assertThat(held.renewal().join(Duration.ofSeconds(2))).isTrue();
            }
        }
    }
}
