package dev.stele.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentReplacedException;
import dev.stele.store.AgentStore;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorePoolTest {

    @TempDir
    Path data;

    private Stele open(SteleConfig config) {
        return Stele.open(config, Optional.empty());
    }

    @Test
    void thousandThreadsOpenOneAgentOnce() throws Exception {
        try (Stele stele = open(Stores.at(data))) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
        }
        try (Stele stele = open(Stores.at(data))) {
            var counts = Threads.atOnce(1_000, _ -> () -> stele.agent("kira").messageCount());
            assertThat(counts).hasSize(1_000).containsOnly(1L);
            assertThat(stele.openCount()).isEqualTo(1);
        }
    }

    @Test
    void failedCloseStillClosesTheStoreAndReturnsThePermit() {
        AgentName kira = new AgentName("kira");
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false)) {
            var pool = new StorePool(
                    (agent, _) -> stores.open(agent),
                    _ -> {
                        throw new StackOverflowError("a defect of a cache");
                    },
                    PlatformThreads::unstarted,
                    Limits.DEFAULT);
            var opened = new AtomicReference<AgentStore>();
            pool.withStore(kira, true, store -> {
                opened.set(store);
                return store.agent();
            });
            pool.evict(kira);
            assertThat(pool.count()).isZero();
            assertThatThrownBy(() -> opened.get().read(view -> view.lastChange()))
                    .isInstanceOf(ClosedException.class);
            pool.close();
        }
    }

    @Test
    void storeThatNoThreadCouldBeStartedToCloseIsClosedByTheNextCall() {
        AgentName kira = new AgentName("kira");
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false)) {
            var pool = new StorePool(
                    (agent, _) -> stores.open(agent),
                    _ -> {},
                    (name, _) -> new Thread(name) {
                        @Override
                        public void start() {
                            throw new OutOfMemoryError("unable to create native thread");
                        }
                    },
                    Limits.DEFAULT.withOpenAgents(1).withPatience(Duration.ofSeconds(5)));
            var opened = new AtomicReference<AgentStore>();
            CompletableFuture<String> write = pool.submit(kira, store -> {
                opened.set(store);
                return CompletableFuture.failedFuture(new AgentReplacedException("agent kira"));
            });
            assertThat(write).isCompletedExceptionally();
            // The only place is free again, and the store was closed before.
            assertThat(pool.<AgentName>withStore(new AgentName("juno"), true, AgentStore::agent))
                    .isEqualTo(new AgentName("juno"));
            assertThatThrownBy(() -> opened.get().read(view -> view.lastChange()))
                    .isInstanceOf(ClosedException.class);
            pool.close();
            assertThat(pool.count()).isZero();
        }
    }

    @Test
    void concurrentWritersCreateANewAgentOnce() throws Exception {
        try (Stele stele = open(Stores.at(data))) {
            Threads.atOnce(
                    200, i -> () -> stele.agent("new one").remember(MessageDraft.user("s" + i, "ana", "hello " + i)));
            assertThat(stele.agent("new one").messageCount()).isEqualTo(200);
            assertThat(stele.openCount()).isEqualTo(1);
        }
    }

    @Test
    void concurrentFailedLookupsDoNotCreateAnAgent() throws Exception {
        try (Stele stele = open(Stores.at(data))) {
            AgentMemory nobody = stele.agent("nobody");
            Threads.atOnceOfTheSystem(4, i -> () -> {
                for (int round = 0; round < 5_000; round++) {
                    if (i % 2 == 0) {
                        assertThatThrownBy(nobody::messageCount).isInstanceOf(NotFoundException.class);
                    } else {
                        assertThat(nobody.profile().access().version()).isZero();
                    }
                }
                return i;
            });
        }
    }

    @Test
    void agentIsCreatedDuringConcurrentFailedLookups() throws Exception {
        try (Stele stele = open(Stores.at(data))) {
            for (int round = 0; round < 50; round++) {
                AgentMemory agent = stele.agent("agent-" + round);
                var made = new AtomicBoolean();
                Threads.atOnceOfTheSystem(4, i -> () -> {
                    if (i == 0) {
                        try {
                            agent.remember(MessageDraft.user("s", "ana", "hello"));
                        } finally {
                            made.set(true);
                        }
                    }
                    while (!made.get()) {
                        try {
                            agent.messageCount();
                        } catch (NotFoundException e) {
                            // It is being made.
                        }
                    }
                    return i;
                });
                assertThat(agent.messageCount()).isEqualTo(1);
            }
        }
    }

    @Test
    @Tag("directory")
    void failedOpenLeavesNoEntryAndTheNextCallRetries() throws Exception {
        try (Stele stele = open(Stores.at(data))) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
        }
        Path file = data.resolve("agents/kira/memory.db");
        Path kept = data.resolve("kept.db");
        Files.move(file, kept);
        Files.writeString(file, "this is no database at all, however long one looks at it. ".repeat(100));
        try (Stele stele = open(Stores.at(data))) {
            assertThatThrownBy(() -> stele.agent("kira").messageCount())
                    .isInstanceOf(StelePersistenceException.Corrupt.class)
                    .hasMessageContaining("memory.db")
                    .hasMessageContaining("restore");
            assertThat(stele.openAgents()).isZero();
            Files.move(kept, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(stele.agent("kira").messageCount()).isEqualTo(1);
        }
    }

    @Test
    void idleAgentsAreClosedAndReopenedTransparently() {
        var config = Stores.at(data).withMaintenance(Duration.ofMillis(50), Duration.ofMillis(50));
        try (Stele stele = open(config)) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
            Awaitility.await().until(() -> stele.openAgents() == 0);
            assertThat(stele.agent("kira").messageCount()).isEqualTo(1);
        }
    }

    @Test
    @Tag("directory")
    void opensFourHundredAgentsWithBoundedFiles() throws Exception {
        assertOpenAgentsAndFilesAreBounded(400);
    }

    @Test
    @Tag("directory")
    @Tag("proof")
    void opensTenThousandAgentsWithBoundedFiles() throws Exception {
        assertOpenAgentsAndFilesAreBounded(10_000);
    }

    private void assertOpenAgentsAndFilesAreBounded(int agents) throws Exception {
        try (Stele stele = open(Stores.at(data))) {
            Threads.atOnce(8, worker -> () -> {
                for (int i = worker; i < agents; i += 8) {
                    stele.agent("agent-" + i).remember(MessageDraft.user("s", "ana", "hello " + i));
                    if (i % 100 == 0) {
                        assertThat(stele.openAgents()).isLessThanOrEqualTo(256);
                        assertThat(openFiles()).isLessThan(256 * 16 + 500);
                    }
                }
                return worker;
            });
            assertThat(stele.agents()).hasSize(agents);
            assertThat(stele.openAgents()).isLessThanOrEqualTo(256);
            assertThat(stele.agent("agent-0").recall("hello").hits()).hasSize(1);
        }
    }

    /** Open files of this process, or 0 where the system does not tell. */
    private static long openFiles() throws Exception {
        Path files = Path.of("/proc/self/fd");
        if (!Files.isDirectory(files)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(files)) {
            return open.count();
        }
    }

    @Test
    void callerWaitsForAPermitWhenAllAreInUse() throws Exception {
        var config = Stores.at(data).withLimits(Limits.DEFAULT.withOpenAgents(2));
        try (Stele stele = open(config)) {
            Threads.atOnce(
                    32, i -> () -> stele.agent("agent-" + i % 8).remember(MessageDraft.user("s", "ana", "hi " + i)));
            assertThat(stele.agents()).hasSize(8);
            assertThat(stele.openAgents()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void secondCloseDoesNothingAndUseAfterCloseIsRefused() {
        Stele stele = open(Stores.at(data));
        AgentMemory memory = stele.agent("kira");
        memory.remember(MessageDraft.user("s", "ana", "hello"));
        stele.close();
        stele.close();
        assertThatThrownBy(memory::messageCount).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> memory.remember(MessageDraft.user("s", "ana", "late")))
                .isInstanceOf(ClosedException.class);
    }
}
