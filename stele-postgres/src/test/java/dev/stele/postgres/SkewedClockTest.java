package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A node whose clock is hours ahead or behind takes no lease and no background job of another node. */
@EnabledOnOs(OS.LINUX)
class SkewedClockTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final Duration LEASE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    /** Node with another clock: {@code url name}. Prints its time, and which leases and jobs it gets. */
    static final class OtherNode {
        public static void main(String[] arguments) throws Exception {
            try (var stores = PostgresStores.open(DatabaseConfig.at(arguments[0]), Limits.DEFAULT, false);
                    AgentStore store = stores.open(KIRA)) {
                System.out.println(Instant.now());
                System.out.println(store.lease("work").isPresent());
                System.out.println(stores.tasks().claim(LEASE).map(Task::id).orElse("none"));
                // What it takes itself is its own, whatever its clock says.
                System.out.println(store.lease(arguments[1]).isPresent());
                stores.tasks().add(TaskDraft.of("maintenance").withAgent(KIRA), 10);
                System.out.println(stores.tasks().claim(LEASE).map(Task::id).orElse("none"));
                System.in.read();
            }
        }
    }

    private Path clock() throws Exception {
        Path source = directory.resolve("clock.c");
        try (InputStream in = SkewedClockTest.class.getResourceAsStream("clock.c")) {
            Files.write(source, in.readAllBytes());
        }
        Path library = directory.resolve("clock.so");
        try {
            Process compiler = new ProcessBuilder(
                            "cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString(), "-ldl")
                    .inheritIO()
                    .start();
            assumeTrue(compiler.waitFor(60, TimeUnit.SECONDS) && compiler.exitValue() == 0, "a C compiler");
        } catch (IOException e) {
            assumeTrue(false, "a C compiler");
        }
        return library;
    }

    @Test
    void nodesWithOtherClocksTakeNoLeaseAndNoJobOfAnother() throws Exception {
        Path library = clock();
        String url = new TestDatabases().create();
        try (var stores = PostgresStores.open(DatabaseConfig.at(url), Limits.DEFAULT, false);
                AgentStore store = stores.open(KIRA);
                AgentStore.Lease held = store.lease("work").orElseThrow()) {
            Task job = stores.tasks().add(TaskDraft.of("verify").withAgent(KIRA), 10);
            assertThat(stores.tasks().claim(LEASE).map(Task::id)).contains(job.id());
            for (Duration ahead : new Duration[] {Duration.ofHours(2), Duration.ofHours(-2)}) {
                try (SecondJvm other = SecondJvm.start(
                        Map.of("LD_PRELOAD", library.toString(), "STELE_CLOCK_SECONDS", "" + ahead.toSeconds()),
                        OtherNode.class,
                        url,
                        "own" + ahead.toHours())) {
                    Instant there = Instant.parse(other.line());
                    assertThat(Duration.between(Instant.now(), there)
                                    .minus(ahead)
                                    .abs())
                            .as("the clock of the other node is moved")
                            .isLessThan(Duration.ofMinutes(5));
                    assertThat(other.line()).as("lease of this node").isEqualTo("false");
                    assertThat(other.line()).as("job of this node").isEqualTo("none");
                    assertThat(other.line()).as("lease of its own").isEqualTo("true");
                    assertThat(other.line()).as("job of its own").isNotEqualTo("none");
                    assertThat(store.lease("own" + ahead.toHours()))
                            .as("lease of the other node")
                            .isEmpty();
                    assertThat(stores.tasks().claim(LEASE))
                            .as("job of the other node")
                            .isEmpty();
                    other.kill();
                }
            }
            assertThat(held.held()).isTrue();
        }
    }
}
