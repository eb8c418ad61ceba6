package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.concurrent.Deadline;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Limits;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.UserContext;
import dev.stele.store.AgentStore;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.store.sql.SqlScript;
import dev.stele.support.SecondJvm;
import dev.stele.support.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoresTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private static void touch(AgentStore store) {
        store.write(edit -> {
            long version = edit.user("ana").map(UserContext::version).orElse(0L);
            edit.putUser(UserContext.stranger("ana", Instant.EPOCH).withVersion(version + 1), Instant.now(), 100);
            return version;
        });
    }

    private static long version(AgentStore store) {
        return store.read(view -> view.user("ana").orElseThrow().version());
    }

    private static int schema(AgentStore store) {
        return store.read(view -> view.stats("").schema());
    }

    @Test
    void databaseOfANewerVersionIsRefusedUnchanged() throws Exception {
        var steps = new ArrayList<>(Schema.CURRENT.steps());
        steps.add(new SqlScript("create table of_tomorrow (x integer) strict;\n"));
        var tomorrow = new Schema(steps);
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false, tomorrow);
                var store = stores.open(KIRA)) {
            touch(store);
        }
        byte[] before = Files.readAllBytes(data.resolve("agents/kira/memory.db"));
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false)) {
            assertThatThrownBy(() -> stores.open(KIRA))
                    .isInstanceOf(StelePersistenceException.NewerSchema.class)
                    .hasMessageContaining("newer")
                    .hasMessageContaining("memory.db");
        }
        assertThat(Files.readAllBytes(data.resolve("agents/kira/memory.db"))).isEqualTo(before);
    }

    @Test
    void versionCounterChangesExactlyWithEachCommit() throws Exception {
        try (var here = SqliteStores.open(data, Limits.DEFAULT, false);
                var there = SqliteStores.open(data, Limits.DEFAULT, false);
                var onlyReading = SqliteStores.open(data, Limits.DEFAULT, true)) {
            AgentStore mine = here.open(KIRA);
            AgentStore theirs = there.open(KIRA);
            AgentStore reader = onlyReading.open(KIRA);
            touch(mine);
            long first = mine.stamp().orElseThrow();
            assertThat(version(theirs)).isEqualTo(1);
            assertThat(theirs.stamp()).hasValue(first);
            assertThat(reader.stamp()).hasValue(first);
            touch(theirs);
            long second = mine.stamp().orElseThrow();
            assertThat(second).isNotEqualTo(first);
            assertThat(reader.stamp()).hasValue(second);

            // A writer that dies between its two marks: nobody may trust the number until the next commit.
            try (var dying = SharedVersionCounter.of(data.resolve("agents/kira/memory.db"), true)) {
                dying.commitBegins();
            }
            assertThat(mine.stamp()).isEmpty();
            touch(mine);
            assertThat(mine.stamp().orElseThrow()).isNotIn(first, second);
            assertThat(theirs.stamp()).isEqualTo(mine.stamp());

            OptionalLong alive = theirs.stamp();
            here.delete(KIRA);
            assertThat(theirs.stamp()).isNotEqualTo(alive);
            mine.close();
            theirs.close();
            reader.close();
            assertThat(mine.stamp()).isEmpty();
        }
    }

    @Test
    void readIsCurrentWhileTheVersionCounterIsUnchanged() throws Exception {
        try (var here = SqliteStores.open(data, Limits.DEFAULT, false);
                var there = SqliteStores.open(data, Limits.DEFAULT, false);
                AgentStore writer = here.open(KIRA);
                AgentStore reader = there.open(KIRA)) {
            touch(writer);
            var acknowledged = new AtomicLong(1);
            var done = new AtomicBoolean();
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; i < 300; i++) {
                        touch(writer);
                        acknowledged.incrementAndGet();
                    }
                } finally {
                    done.set(true);
                }
            });
            long trusted = 0;
            while (!done.get()) {
                OptionalLong stamp = reader.stamp();
                long read = version(reader);
                for (int i = 0; i < 1_000 && stamp.isPresent(); i++) {
                    long atLeast = acknowledged.get();
                    if (!reader.stamp().equals(stamp)) {
                        break;
                    }
                    trusted++;
                    assertThat(read).isGreaterThanOrEqualTo(atLeast);
                }
            }
            writing.get(30, TimeUnit.SECONDS);
            assertThat(trusted).isPositive();
            assertThat(version(reader)).isEqualTo(301);
        }
    }

    @Test
    void olderDatabaseIsMigratedOnceByConcurrentOpeners() throws Exception {
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false);
                var store = stores.open(KIRA)) {
            touch(store);
        }
        var steps = new ArrayList<>(Schema.CURRENT.steps());
        steps.add(new SqlScript("create table of_tomorrow (x integer) strict;\ninsert into of_tomorrow values (1);\n"));
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false, new Schema(steps))) {
            Threads.atOnce(8, _ -> () -> {
                try (var store = stores.open(KIRA)) {
                    touch(store);
                }
                return 0;
            });
            try (var store = stores.open(KIRA)) {
                assertThat(version(store)).isEqualTo(9);
                assertThat(schema(store)).isEqualTo(steps.size());
                assertThat(store.verify().problems()).isEmpty();
            }
        }
    }

    @Test
    void failedMigrationLeavesTheDatabaseUnchanged() throws Exception {
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false);
                var store = stores.open(KIRA)) {
            touch(store);
        }
        var steps = new ArrayList<>(Schema.CURRENT.steps());
        steps.add(new SqlScript("create table half_done (x integer) strict;\nthis is no SQL;\n"));
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false, new Schema(steps))) {
            assertThatThrownBy(() -> stores.open(KIRA)).isInstanceOf(StelePersistenceException.class);
        }
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false);
                var store = stores.open(KIRA)) {
            assertThat(version(store)).isEqualTo(1);
            assertThat(schema(store)).isEqualTo(Schema.CURRENT.version());
        }
    }

    /** Takes the turn to write and keeps it: {@code lock file}. */
    static final class Hog {
        public static void main(String[] arguments) throws Exception {
            try (var queue = InterProcessQueueLock.open(Path.of(arguments[0]));
                    var _ = queue.take("everything", Deadline.in(Duration.ofSeconds(10)))) {
                System.out.println(ProcessHandle.current().pid());
                System.in.read();
            }
        }
    }

    @Test
    void writeTimeoutNamesTheLockHolderAndADeadHolderIsIgnored() {
        Limits impatient = Limits.DEFAULT.withPatience(Duration.ofMillis(300));
        try (var stores = SqliteStores.open(data, impatient, false);
                var store = stores.open(KIRA)) {
            touch(store);
            try (SecondJvm hog = SecondJvm.start(Hog.class, data.resolve("agents/kira/writer.lock"))) {
                String pid = hog.line();
                assertThatThrownBy(() -> touch(store))
                        .isInstanceOf(AgentBusyException.class)
                        .hasMessageContaining("pid " + pid)
                        .hasMessageContaining("writer.lock");
                assertThat(version(store)).isEqualTo(1);
                hog.kill();
            }
            touch(store);
            assertThat(version(store)).isEqualTo(2);
        }
    }

    @Test
    void orphanedDirectoriesOfACrashAreDeletedAndNotListed() throws Exception {
        Path old = Files.createDirectories(data.resolve("agents/.new-crashed"));
        Files.setLastModifiedTime(
                old, java.nio.file.attribute.FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        Files.createDirectories(data.resolve("agents/.trash-crashed"));
        Path young = Files.createDirectories(data.resolve("agents/.new-at-work"));
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false)) {
            assertThat(stores.agents()).isEmpty();
        }
        assertThat(old).doesNotExist();
        assertThat(data.resolve("agents/.trash-crashed")).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void closeCompletesAcceptedWrites() throws Exception {
        for (int round = 0; round < 5; round++) {
            try (var stores = SqliteStores.open(data, Limits.DEFAULT, false)) {
                AgentStore store = stores.open(KIRA);
                var done = new java.util.concurrent.atomic.AtomicLong();
                long before = store.read(
                        view -> view.user("ana").map(UserContext::version).orElse(0L));
                var writers = new ArrayList<CompletableFuture<Void>>();
                for (int i = 0; i < 50; i++) {
                    writers.add(CompletableFuture.runAsync(
                            () -> {
                                try {
                                    touch(store);
                                    done.incrementAndGet();
                                } catch (ClosedException e) {
                                    assertThat(e).hasMessageContaining("closed");
                                }
                            },
                            task -> Thread.ofVirtual().start(task)));
                }
                writers.getFirst().get(30, TimeUnit.SECONDS);
                store.close();
                for (CompletableFuture<Void> writer : writers) {
                    writer.get(30, TimeUnit.SECONDS);
                }
                try (var again = stores.open(KIRA)) {
                    long after =
                            again.read(view -> view.user("ana").orElseThrow().version());
                    assertThat(after - before).isEqualTo(done.get());
                }
            }
        }
    }

    @Test
    void directoryNamesAreSafeAndUnique() {
        var names = List.of("kira", "Kira", "k.ira", "..a", "aux", "com1", "ä", "a b", "a_b", "-a", "x".repeat(65));
        var directories =
                names.stream().map(AgentName::new).map(AgentDirectory::nameFor).toList();
        assertThat(directories)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z0-9_-]{0,64}(~[0-9a-f]{33})?"));
        assertThat(directories.getFirst()).isEqualTo("kira");
        assertThat(directories.get(4)).startsWith("aux~");
    }
}
