package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.config.SteleConfig;
import dev.stele.graph.GraphWriter;
import dev.stele.model.EntityDraft;
import dev.stele.model.GraphLimits;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions of callers that run within an edit, under the lock of all writers. */
class GraphEditTest {

    @TempDir
    Path data;

    private Stele open(Duration editTime) {
        GraphLimits graph = GraphLimits.DEFAULT;
        SteleConfig config = Stores.at(data)
                .withLimits(Limits.DEFAULT.withGraph(new GraphLimits(
                        graph.entities(),
                        graph.relations(),
                        graph.batch(),
                        graph.depth(),
                        graph.visited(),
                        graph.rows(),
                        graph.values(),
                        graph.time(),
                        editTime)));
        return Stele.open(config, Optional.of(new WordEmbedder()));
    }

    @Test
    void editBeyondItsTimeLimitChangesNothingAndDelaysNoOtherWrite() throws Exception {
        try (Stele stele = open(Duration.ofMillis(300))) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("s", "ana", "hello"));
            var entered = new CountDownLatch(1);
            var release = new CountDownLatch(1);
            var late = new CompletableFuture<Throwable>();
            var edit = CompletableFuture.runAsync(
                    () -> assertThatThrownBy(() -> kira.graph().edit(graph -> {
                                graph.put(EntityDraft.of("person", "Half"));
                                entered.countDown();
                                try {
                                    waitInVain(release);
                                    graph.put(EntityDraft.of("person", "Late"));
                                    late.complete(null);
                                } catch (Throwable e) {
                                    late.complete(e);
                                }
                                return graph;
                            }))
                            .isInstanceOf(LimitExceededException.class)
                            .hasMessageContaining("limits.graph-edit-time")
                            .hasMessageContaining("Nothing was changed"),
                    task -> Thread.ofPlatform().start(task));
            entered.await();
            long start = System.nanoTime();
            kira.remember(MessageDraft.user("s", "ana", "not held up").withId("m"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            edit.get(20, TimeUnit.SECONDS);
            release.countDown();
            // The function goes on, and can do no harm.
            assertThat(late.get(20, TimeUnit.SECONDS)).isInstanceOf(LimitExceededException.class);
            kira.graph().edit(graph -> graph.put(EntityDraft.of("person", "Next")));
            assertThat(kira.graph().entities(Optional.empty(), 0, 10))
                    .extracting(entity -> entity.name())
                    .containsExactly("Next");
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    @Test
    void consumerOfAViewThatBlocksHoldsNoOtherWriteUp() throws Exception {
        try (Stele stele = open(Duration.ofMillis(300))) {
            AgentMemory kira = stele.agent("kira");
            kira.graph().put(EntityDraft.of("person", "Ana"));
            kira.graph().put(EntityDraft.of("person", "Ben"));
            var release = new CountDownLatch(1);
            var late = new CompletableFuture<Throwable>();
            try {
                assertThatThrownBy(() -> kira.graph().edit(graph -> {
                            try {
                                graph.view().forEachEntity(_ -> waitInVain(release));
                                late.complete(null);
                            } catch (Throwable e) {
                                late.complete(e);
                            }
                            return graph;
                        }))
                        .isInstanceOf(LimitExceededException.class);
                kira.remember(MessageDraft.user("s", "ana", "not held up"));
            } finally {
                release.countDown();
            }
            assertThat(late.get(20, TimeUnit.SECONDS)).isInstanceOf(LimitExceededException.class);
            assertThat(kira.graph().entities(Optional.empty(), 0, 10)).hasSize(2);
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    private static void waitInVain(CountDownLatch release) {
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                // The worst of functions: it does not stop when it is told to.
            }
        }
    }

    @Test
    void errorInOneEditFailsThatEditOnly() throws Exception {
        try (Stele stele = open(Duration.ofSeconds(30))) {
            AgentMemory kira = stele.agent("kira");
            var failed = new AtomicInteger();
            Threads.atOnce(96, i -> () -> {
                if (i % 3 > 0) {
                    kira.remember(MessageDraft.user("s", "ana", "innocent " + i).withId("m" + i));
                    return i;
                }
                try {
                    kira.graph().edit(graph -> {
                        graph.put(EntityDraft.of("person", "Guilty " + i));
                        return depth(graph);
                    });
                } catch (StackOverflowError e) {
                    failed.incrementAndGet();
                }
                return i;
            });
            assertThat(failed).hasValue(32);
            assertThat(IntStream.range(0, 96).filter(i -> i % 3 > 0).mapToObj(i -> "m" + i))
                    .allSatisfy(id -> assertThat(kira.message(id)).isPresent());
            assertThat(kira.graph().size().entities()).isZero();
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int depth(GraphWriter graph) {
        return 1 + depth(graph);
    }
}
