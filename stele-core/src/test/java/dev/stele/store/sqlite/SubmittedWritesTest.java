package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.concurrent.Deadline;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ClosedException;
import dev.stele.model.ConflictException;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.WriterStats;
import dev.stele.store.sql.InterProcessQueueLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages that are submitted without a thread that waits for the disk. */
class SubmittedWritesTest {

    private static final Executor EXECUTOR = ForkJoinPool.commonPool();

    @TempDir
    Path data;

    private Stele stele;

    @BeforeEach
    void open() {
        stele = Stele.open(config(Limits.DEFAULT.withPatience(Duration.ofSeconds(2))));
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private SteleConfig config(Limits limits) {
        return SteleConfig.at(data.resolve("home")).withEmbedder("none").withLimits(limits);
    }

    private static CompletableFuture<List<Message>> submit(AgentMemory memory, String content) {
        return memory.submit(List.of(draft(content)), Optional.empty(), EXECUTOR);
    }

    private static MessageDraft draft(String content) {
        return MessageDraft.user("s", "ana", content);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private static List<String> contents(AgentMemory memory) {
        return memory.sessions().messages("s", 100, Optional.empty(), false).items().stream()
                .map(Message::content)
                .sorted()
                .toList();
    }

    /** The queue of the writers, as another process would hold it. */
    private InterProcessQueueLock writeLock() {
        return InterProcessQueueLock.open(data.resolve("home/agents/kira/writer.lock"));
    }

    @Test
    void submittedMessagesAreDurableAndFoundWhenTheirResultIsThere() throws Exception {
        AgentMemory memory = stele.agent("kira");
        var pending = new ArrayList<CompletableFuture<List<Message>>>();
        for (int i = 0; i < 300; i++) {
            pending.add(submit(memory, "turn " + i));
        }
        for (int i = 0; i < pending.size(); i++) {
            Message stored = get(pending.get(i)).getFirst();
            assertThat(stored.content()).isEqualTo("turn " + i);
            assertThat(memory.message(stored.id())).contains(stored);
        }
        try (Stele other = Stele.open(config(Limits.DEFAULT))) {
            assertThat(other.agent("kira").stats().messages()).isEqualTo(300);
        }
    }

    @Test
    void failureOfASubmittedWriteDoesNotAffectOthers() throws Exception {
        AgentMemory memory = stele.agent("kira");
        get(memory.submit(List.of(draft("first").withId("a")), Optional.empty(), EXECUTOR));
        CompletableFuture<List<Message>> before = submit(memory, "before");
        CompletableFuture<List<Message>> conflicting =
                memory.submit(List.of(draft("other").withId("a")), Optional.empty(), EXECUTOR);
        CompletableFuture<List<Message>> after = submit(memory, "after");
        get(before);
        get(after);
        assertThatThrownBy(() -> get(conflicting))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ConflictException.class);
        assertThat(contents(memory)).containsExactly("after", "before", "first");
    }

    @Test
    void repeatedKeyWritesOnce() throws Exception {
        AgentMemory memory = stele.agent("kira");
        List<MessageDraft> drafts = List.of(draft("once"));
        CompletableFuture<List<Message>> first = memory.submit(drafts, Optional.of("key"), EXECUTOR);
        CompletableFuture<List<Message>> again = memory.submit(drafts, Optional.of("key"), EXECUTOR);
        assertThat(get(again)).isEqualTo(get(first));
        assertThat(contents(memory)).containsExactly("once");
    }

    @Test
    void statisticsNameTheHolderOfTheLockThatWritesWaitFor() throws Exception {
        AgentMemory memory = stele.agent("kira");
        memory.remember(draft("first"));
        Duration before = stele.writeLockWait();
        CompletableFuture<List<Message>> taken;
        CompletableFuture<List<Message>> queued;
        try (var lock = writeLock();
                var _ = lock.take("test", Deadline.in(Duration.ofSeconds(5)))) {
            taken = submit(memory, "taken");
            Awaitility.await()
                    .until(() -> stele.writerStats().getFirst().waiting().isPresent());
            queued = submit(memory, "queued");
            WriterStats waiting = stele.writerStats().getFirst();
            assertThat(waiting.agent()).isEqualTo(memory.name());
            assertThat(waiting.queued()).isEqualTo(1);
            assertThat(waiting.holder())
                    .hasValueSatisfying(holder -> assertThat(holder)
                            .contains("pid " + ProcessHandle.current().pid()));
        }
        get(taken);
        get(queued);
        WriterStats after = stele.writerStats().getFirst();
        assertThat(after.queued()).isZero();
        assertThat(after.waiting()).isEmpty();
        assertThat(after.holder()).isEmpty();
        Duration waited = stele.writeLockWait();
        assertThat(waited.minus(before)).isGreaterThan(Duration.ofMillis(10));
        stele.forget(memory.name());
        assertThat(stele.writerStats()).isEmpty();
        assertThat(stele.writeLockWait()).as("closed agents count").isGreaterThanOrEqualTo(waited);
    }

    @Test
    void canceledWriteIsWithdrawnAndExpiredWriteIsBusyWhileAnotherProcessWrites() throws Exception {
        AgentMemory memory = stele.agent("kira");
        memory.remember(draft("first"));
        CompletableFuture<List<Message>> taken;
        CompletableFuture<List<Message>> canceled;
        CompletableFuture<List<Message>> expired;
        try (var queue = writeLock();
                var _ = queue.take("a test", Deadline.in(Duration.ofSeconds(5)))) {
            taken = submit(memory, "taken"); // the writer waits with it for the lock
            Thread.sleep(100); // so that the following writes form the next group
            canceled = submit(memory, "canceled");
            expired = submit(memory, "expired");
            assertThat(canceled.cancel(false)).isTrue();
            assertThatThrownBy(() -> get(canceled)).isInstanceOf(CancellationException.class);
            assertThatThrownBy(() -> get(taken))
                    .hasCauseInstanceOf(AgentBusyException.class)
                    .hasMessageContaining("Nothing was written");
            assertThatThrownBy(() -> get(expired)).hasCauseInstanceOf(AgentBusyException.class);
        }
        CompletableFuture<List<Message>> later = submit(memory, "later");
        get(later);
        assertThat(later.cancel(false)).isFalse();
        assertThat(contents(memory)).containsExactly("first", "later");
    }

    @Test
    void storeIsReleasedAfterEverySubmittedWrite() throws Exception {
        stele.close();
        stele = Stele.open(config(Limits.DEFAULT.withOpenAgents(1).withPatience(Duration.ofSeconds(2))));
        for (int round = 0; round < 5; round++) {
            for (String agent : List.of("kira", "lena", "mona")) {
                get(submit(stele.agent(agent), "round " + round)); // needs the only permit
                assertThatThrownBy(() -> get(stele.agent(agent)
                                .submit(
                                        List.of(
                                                draft("x").withId("same"),
                                                draft("y").withId("same")),
                                        Optional.empty(),
                                        EXECUTOR)))
                        .hasRootCauseInstanceOf(ConflictException.class);
            }
        }
        assertThat(contents(stele.agent("mona"))).hasSize(5);
    }

    @Test
    void resultIsCompletedWhenTheExecutorRefusesIt() throws Exception {
        Executor closed = _ -> {
            throw new RejectedExecutionException("closed");
        };
        assertThat(get(stele.agent("kira").submit(List.of(draft("kept")), Optional.empty(), closed)))
                .hasSize(1);
        assertThat(contents(stele.agent("kira"))).containsExactly("kept");
    }

    @Test
    void writesBesideRestorationsAreCompleteOrRefused() throws Exception {
        AgentMemory memory = stele.agent("kira");
        memory.remember(draft("kept"));
        Path backup = data.resolve("kira.backup");
        memory.backup(backup);
        var stored = new ArrayList<String>();
        for (int round = 0; round < 5; round++) {
            var pending = new ArrayList<CompletableFuture<List<Message>>>();
            for (int i = 0; i < 20; i++) {
                pending.add(submit(memory, "turn " + round + " " + i));
            }
            stele.restore(backup, Optional.empty(), true);
            CompletableFuture<List<Message>> after = submit(memory, "after " + round);
            for (CompletableFuture<List<Message>> write : pending) {
                get(write); // each goes to the memory before or after the restoration
            }
            stored.add(get(after).getFirst().content());
            assertThat(contents(memory)).contains("kept", stored.getLast());
        }
        assertThat(memory.verify().problems()).isEmpty();
    }

    @Test
    void closeCompletesWhatWasSubmitted() throws Exception {
        AgentMemory memory = stele.agent("kira");
        var pending = new ArrayList<CompletableFuture<List<Message>>>();
        for (int i = 0; i < 100; i++) {
            pending.add(submit(memory, "turn " + i));
        }
        stele.close();
        int written = 0;
        for (CompletableFuture<List<Message>> write : pending) {
            try {
                written += get(write).size();
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(ClosedException.class);
            }
        }
        assertThatThrownBy(() -> submit(memory, "late")).isInstanceOf(ClosedException.class);
        open();
        assertThat(stele.agent("kira").stats().messages()).isEqualTo(written);
    }
}
