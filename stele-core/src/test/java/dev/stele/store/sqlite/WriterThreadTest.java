package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.UserContext;
import dev.stele.store.AgentStore;
import dev.stele.store.sql.GroupCommitWriter;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.support.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The writer thread, the locks and the connections of one open store, on their failure paths. */
class WriterThreadTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private SqliteStores stores;

    @BeforeEach
    void open() {
        stores = SqliteStores.open(data, Limits.DEFAULT, false);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private static long update(AgentStore store) {
        return store.write(edit -> {
            long version = edit.user("ana").map(UserContext::version).orElse(0L) + 1;
            edit.putUser(UserContext.stranger("ana", Instant.EPOCH).withVersion(version), Instant.now(), 100);
            return version;
        });
    }

    private static long writers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("stele-writer agent kira"))
                .count();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void writerHasNormalPriorityWhicheverThreadWritesFirst() throws Exception {
        try (AgentStore store = stores.open(KIRA)) {
            BackgroundThreads.run("test-background", () -> update(store));
            assertThat(niceOfWriters()).isNotEmpty().containsOnly(nice(read(Path.of("/proc/thread-self/stat"))));
        }
    }

    /** The system's priority of each writer thread, whose name it cuts at 15 characters. */
    private static List<String> niceOfWriters() throws IOException {
        try (var threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.map(thread -> read(thread.resolve("stat")))
                    .filter(stat -> stat.contains("(stele-writer ag"))
                    .map(WriterThreadTest::nice)
                    .toList();
        }
    }

    private static String nice(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16];
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // the thread has ended
        }
    }

    @Test
    void writesAfterTheCloseStartNoThread() {
        for (int round = 0; round < 20; round++) {
            AgentStore store = stores.open(KIRA);
            if (round % 2 == 0) {
                update(store);
            }
            store.close();
            assertThatThrownBy(() -> update(store)).isInstanceOf(ClosedException.class);
        }
        assertThat(writers()).isZero();
    }

    /** Every write to the device of that name finds no room. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void lockFileThatCannotBeWrittenHoldsNoLock() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        Path lock = data.resolve("writer.lock");
        Files.createSymbolicLink(lock, full);
        try (var queue = InterProcessQueueLock.open(lock)) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> queue.take("kira", Deadline.in(Duration.ofSeconds(5))))
                        .isInstanceOf(StelePersistenceException.class)
                        .hasMessageContaining("No space left");
            }
            // Another thread gets the same answer at once: nothing is held inside the process either.
            Threads.atOnce(2, _ -> () -> {
                assertThatThrownBy(() -> queue.take("kira", Deadline.in(Duration.ofSeconds(5))))
                        .hasMessageContaining("No space left");
                return null;
            });
        }
    }

    @Test
    void writerWithoutItsVersionCounterDoesNotWrite() throws Exception {
        Path stamp = data.resolve("agents/kira/changes.stamp");
        try (AgentStore first = stores.open(KIRA)) {
            assertThat(update(first)).isOne();
        }
        Files.delete(stamp);
        Files.createDirectories(stamp.resolve("in-the-way"));
        try (AgentStore blind = stores.open(KIRA)) {
            assertThat(blind.stamp()).isEmpty();
            assertThat(blind.read(view -> view.user("ana")).orElseThrow().version())
                    .isOne();
            assertThatThrownBy(() -> update(blind))
                    .isInstanceOf(StelePersistenceException.class)
                    .hasMessageContaining("changes.stamp")
                    .hasMessageContaining("Nothing was written");
            Files.delete(stamp.resolve("in-the-way"));
            Files.delete(stamp);
            try (AgentStore other = stores.openExisting(KIRA)) {
                long before = other.stamp().orElseThrow();
                assertThat(update(blind)).isEqualTo(2);
                assertThat(other.stamp().orElseThrow()).isNotEqualTo(before);
                assertThat(blind.stamp()).isEqualTo(other.stamp());
            }
        }
    }

    @Test
    void exceptionOfAQueryKeepsItsConnection() {
        try (AgentStore store = stores.open(KIRA)) {
            update(store);
        }
        Path file = data.resolve("agents/kira/memory.db");
        var opened = new AtomicInteger();
        try (var readers = new ReaderPool("agent kira", 4, Duration.ofSeconds(5), () -> {
            opened.incrementAndGet();
            return Sqlite.reader(file);
        })) {
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> readers.read(db -> {
                            db.number("select count(*) from user_context");
                            throw new NotFoundException("There is no such thing.");
                        }))
                        .isInstanceOf(NotFoundException.class);
            }
            assertThat(opened).hasValue(1);
            assertThat(readers.<Long>read(db -> db.number("select count(*) from change")))
                    .isPositive();
            // A failure of the database itself closes the connection.
            assertThatThrownBy(() -> readers.read(db -> db.number("select * from nowhere")));
            assertThat(readers.<Long>read(db -> db.number("select count(*) from change")))
                    .isPositive();
            assertThat(opened).hasValue(2);
        }
    }

    /** A writer whose thread starts as a test says. */
    private static GroupCommitWriter writer(InMemoryTransactions transactions, Runnable beforeTheStart) {
        return new GroupCommitWriter(
                "agent kira",
                transactions,
                (name, task) -> new Thread(task, name) {
                    @Override
                    public void start() {
                        beforeTheStart.run();
                        super.start();
                    }
                },
                8,
                Duration.ofSeconds(5),
                _ -> {});
    }

    private static int edit(GroupCommitWriter writer, InMemoryTransactions transactions) {
        return writer.write(_ -> {
            transactions.edited();
            return 1;
        });
    }

    @Test
    void closeBesideTheFirstWriteWaitsForTheThreadThatTheWriteStarts() throws Exception {
        var transactions = new InMemoryTransactions();
        var starting = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        GroupCommitWriter writer = writer(transactions, () -> {
            starting.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        var write = new FutureTask<>(() -> edit(writer, transactions));
        var close = new FutureTask<>(writer::close, true);
        Thread.ofPlatform().start(write);
        starting.await();
        Thread closing = Thread.ofPlatform().start(close);
        Awaitility.await()
                .until(() -> List.of(Thread.State.TIMED_WAITING, Thread.State.TERMINATED)
                        .contains(closing.getState()));
        go.countDown();
        assertThat(close.get(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(ClosedException.class);
        assertThat(transactions.committed()).isZero();
    }

    @Test
    void writerWhoseThreadCouldNotBeStartedStartsItWithTheNextWrite() {
        var transactions = new InMemoryTransactions();
        var starts = new AtomicInteger();
        GroupCommitWriter writer = writer(transactions, () -> {
            if (starts.getAndIncrement() == 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
        });
        assertThatThrownBy(() -> edit(writer, transactions)).isInstanceOf(OutOfMemoryError.class);
        assertThat(edit(writer, transactions)).isOne();
        writer.close();
        assertThat(transactions.committed()).isOne();
    }
}
