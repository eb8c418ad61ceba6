package dev.stele.store.sqlite;

import dev.stele.concurrent.Deadline;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.SteleException;
import dev.stele.store.sql.GroupCommitWriter;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** The version counter, the queue of writers, the writer and the readers of one agent. */
public final class StoreStress {

    private static final Path DIRECTORY;
    private static final AtomicLong NEXT = new AtomicLong();

    static {
        try {
            DIRECTORY = Files.createTempDirectory("stele-stress");
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private StoreStress() {}

    /** Returns a directory that only one state uses. */
    private static Path fresh() {
        try {
            return Files.createDirectory(DIRECTORY.resolve("s" + NEXT.incrementAndGet()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory, String file) {
        try {
            Files.deleteIfExists(directory.resolve(file));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * One process commits and tells it; another keeps what it read as long as the number is the same. The processes are
     * two instances, each with its own mapping of the file.
     */
    @JCStressTest
    @Outcome(
            id = {"unknown", "old before the commit ended", "new"},
            expect = Expect.ACCEPTABLE,
            desc = "what is kept is current")
    @Outcome(
            id = "old after the commit ended",
            expect = Expect.FORBIDDEN,
            desc = "a stale value counts as current after the commit was acknowledged")
    @Outcome(
            id = "new of the old number",
            expect = Expect.FORBIDDEN,
            desc = "a value of a commit in progress counts as committed")
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ReaderBesideCommit {
        private final Path directory = fresh();
        private final SharedVersionCounter writer = SharedVersionCounter.of(directory.resolve("memory.db"), true);
        private final SharedVersionCounter reader = SharedVersionCounter.of(directory.resolve("memory.db"), true);
        private final OptionalLong first = reader.now();
        private volatile int database; // a query is a call of native code, which the compiler does not move either
        private volatile boolean acknowledged;

        @Actor
        public void commit() {
            writer.commitBegins();
            database = 1;
            writer.commitEnded(1);
            acknowledged = true;
        }

        @Actor
        public void read(L_Result result) {
            OptionalLong before = reader.now();
            int value = database;
            boolean late = acknowledged;
            OptionalLong after = reader.now();
            if (before.isEmpty() || !before.equals(after)) {
                result.r1 = "unknown";
            } else if (value == 0) {
                result.r1 = late ? "old after the commit ended" : "old before the commit ended";
            } else {
                result.r1 = before.equals(first) ? "new of the old number" : "new";
            }
        }

        @Arbiter
        public void close() {
            writer.close();
            reader.close();
            delete(directory, SharedVersionCounter.FILE);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1, 1", "0, 1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "the number is known or not, and the counter is closed")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the reader reads unmapped memory, or the close fails")
    @State
    public static class ReaderBesideCloseOfTheCounter {
        private final Path directory = fresh();
        private final SharedVersionCounter counter = SharedVersionCounter.of(directory.resolve("memory.db"), true);

        @Actor
        public void read(III_Result result) {
            try {
                result.r1 = counter.now().isPresent() && counter.lastChange() == 0 ? 1 : 0;
            } catch (RuntimeException e) {
                result.r1 = -1;
            }
        }

        @Actor
        public void close(III_Result result) {
            try {
                counter.close();
                result.r2 = 1;
            } catch (RuntimeException e) {
                result.r2 = -1;
            }
        }

        @Arbiter
        public void compare(III_Result result) {
            result.r3 = counter.now().isEmpty() ? 1 : 0;
            delete(directory, SharedVersionCounter.FILE);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1", "0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "the writer has the counter or is told that it is closed")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the counter is open after its close")
    @State
    public static class WriterBesideCloseOfTheCounter {
        private final Path directory = fresh();
        private final SharedVersionCounter counter;

        public WriterBesideCloseOfTheCounter() {
            try {
                Path inTheWay = Files.createDirectory(directory.resolve(SharedVersionCounter.FILE));
                counter = SharedVersionCounter.of(directory.resolve("memory.db"), true);
                Files.delete(inTheWay);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Actor
        public void require(II_Result result) {
            try {
                counter.require();
                result.r1 = 1;
            } catch (ClosedException e) {
                result.r1 = 0;
            }
        }

        @Actor
        public void close() {
            counter.close();
        }

        @Arbiter
        public void compare(II_Result result) {
            result.r2 = counter.now().isEmpty() ? 1 : 0;
            delete(directory, SharedVersionCounter.FILE);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 2", expect = Expect.ACCEPTABLE, desc = "one writer at a time")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two writers at once, or one that fails")
    @State
    public static class TwoTurns {
        private final Path directory = fresh();
        private int value; // plain: only the lock orders it

        /** Opens the queue, as a store does, so that opening and closing race as well. */
        private int count() {
            try (var queue = InterProcessQueueLock.open(directory.resolve("writer.lock"));
                    var _ = queue.take("test", Deadline.in(Duration.ofSeconds(20)))) {
                value = value + 1;
                return 1;
            } catch (SteleException e) {
                return -1;
            }
        }

        @Actor
        public void first(III_Result result) {
            result.r1 = count();
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = count();
        }

        @Arbiter
        public void compare(III_Result result) {
            result.r3 = value;
            delete(directory, "writer.lock");
        }
    }

    private static Connection connection() {
        try {
            return DriverManager.getConnection(InMemoryTransactions.URL);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A writer with its transactions. */
    private static final class Writing {
        private final InMemoryTransactions transactions = new InMemoryTransactions();
        private final GroupCommitWriter writer;

        Writing(Duration maxWait) {
            writer = new GroupCommitWriter("test", transactions, PlatformThreads::unstarted, 8, maxWait, _ -> {});
        }

        /** Returns 1 if the write is acknowledged, 0 if nothing was written. */
        int write() {
            try {
                return writer.write(_ -> {
                    transactions.edited();
                    return 1;
                });
            } catch (ClosedException | AgentBusyException e) {
                return 0;
            }
        }

        int close() {
            try {
                writer.close();
                return 1;
            } catch (RuntimeException e) {
                return -1;
            }
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1, 1", "0, 1, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "the write is committed, or refused and not committed")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a refused write is committed, one is lost, or the close fails")
    @State
    public static class WriteBesideClose {
        private final Writing writing = new Writing(Duration.ofSeconds(20));

        @Actor
        public void write(III_Result result) {
            result.r1 = writing.write();
        }

        @Actor
        public void close(III_Result result) {
            result.r2 = writing.close();
        }

        @Arbiter
        public void compare(III_Result result) {
            result.r3 = writing.transactions.committed();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1, 2", "1, 0, 1", "0, 1, 1", "0, 0, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "what is acknowledged is committed, and nothing else")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a write whose caller was told that nothing was written is committed")
    @State
    public static class WritersWithoutPatience {
        private final Writing writing = new Writing(Duration.ofNanos(30_000));

        @Actor
        public void first(III_Result result) {
            result.r1 = writing.write();
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = writing.write();
        }

        @Arbiter
        public void compare(III_Result result) {
            writing.close();
            result.r3 = writing.transactions.committed();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "the query is answered or refused, and no connection stays open")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a connection stays open, or the query fails")
    @State
    public static class QueryBesideClose {
        private final List<Connection> connections = new CopyOnWriteArrayList<>();
        private final ReaderPool readers = new ReaderPool("test", 2, Duration.ofSeconds(20), () -> {
            Connection connection = connection();
            connections.add(connection);
            return new SqlSession(connection, SqliteDialect.INSTANCE, 0);
        });

        @Actor
        public void query(II_Result result) {
            try {
                result.r1 = (int) (long) readers.<Long>read(db -> db.number("select 1"));
            } catch (ClosedException e) {
                result.r1 = 0;
            }
        }

        @Actor
        public void close() {
            readers.close();
        }

        @Arbiter
        public void open(II_Result result) {
            for (Connection connection : connections) {
                try {
                    result.r2 += connection.isClosed() ? 0 : 1;
                } catch (SQLException e) {
                    result.r2 = -1;
                }
            }
        }
    }
}
