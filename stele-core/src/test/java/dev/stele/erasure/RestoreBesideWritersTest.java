package dev.stele.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restorations and erasures of an agent while other threads write, read, learn and maintain it. */
@Timeout(180)
class RestoreBesideWritersTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final int WRITERS = 4;
    private static final int OPERATIONS = 40;

    /** Number of messages in the backup. */
    private static final int BACKED_UP = 200;

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private Path backup;
    private final ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final AtomicInteger busy = new AtomicInteger();
    private volatile boolean ended;
    /** Whether the agent exists for sure: it is replaced, but never erased. */
    private volatile boolean exists;

    private interface Step {
        void run() throws Exception;
    }

    /** Runs a step again and again. It may fail only with what its method documents for a busy or missing agent. */
    private Void repeat(Step step) throws Exception {
        while (!ended) {
            try {
                step.run();
            } catch (AgentBusyException e) {
                busy.incrementAndGet();
            } catch (NotFoundException e) {
                assertThat(exists)
                        .as("an agent that is replaced is never missing: " + e)
                        .isFalse();
            }
            Thread.sleep(1);
        }
        return null;
    }

    private void write(int writer) {
        int number = acknowledged.size();
        // Two messages in one write: there are both or none.
        List<Message> pair;
        try {
            pair = memory.remember(List.of(
                    MessageDraft.user("w" + writer, "u" + writer, "left " + number),
                    MessageDraft.user("w" + writer, "u" + writer, "right " + number)));
        } catch (NotFoundException e) {
            throw new AssertionError("a write creates the agent", e);
        }
        pair.forEach(message -> acknowledged.add(message.id()));
    }

    /** Reads in one call what the backup has and what a writer has written. */
    private void read() {
        List<Message> session = memory.sessions()
                .messages("backup", BACKED_UP + 1, Optional.empty(), true)
                .items();
        assertThat(session).as("a restored agent is whole").hasSize(BACKED_UP);
        for (int writer = 0; writer < WRITERS; writer++) {
            Optional<Long> written = memory.sessions().get("w" + writer).map(found -> found.messages());
            assertThat(written.orElse(0L) % 2).as("writes are whole").isZero();
        }
        assertThat(memory.recall("backed up").hits()).isNotEmpty();
    }

    private void runBesideOthers(Step operations) throws Exception {
        ended = false;
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var others = new ArrayList<Future<Void>>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                others.add(threads.submit(() -> repeat(() -> write(writer))));
            }
            others.add(threads.submit(() -> repeat(this::read)));
            others.add(threads.submit(() -> repeat(memory::reflect)));
            others.add(threads.submit(() -> repeat(memory::runMaintenance)));
            others.add(
                    threads.submit(() -> repeat(() -> assertThat(stele.agents()).contains(KIRA))));
            others.add(threads.submit(
                    () -> repeat(() -> assertThat(memory.verify().problems()).isEmpty())));
            try {
                operations.run();
            } finally {
                ended = true;
            }
            for (Future<Void> other : others) {
                other.get();
            }
        }
    }

    private void restore() {
        assertThat(stele.restore(backup, Optional.empty(), true)).isEqualTo(KIRA);
    }

    private Stele open() {
        stele = Stele.open(Stores.at(data).withRetention(150, true), Optional.of(new WordEmbedder()));
        memory = stele.agent(KIRA);
        memory.remember(IntStream.range(0, BACKED_UP)
                .mapToObj(i -> MessageDraft.user("backup", "ana", "backed up " + i))
                .toList());
        memory.runMaintenance();
        backup = data.resolve("kira.zip");
        memory.backup(backup);
        return stele;
    }

    @Test
    void replacedAgentIsNeverMissingAndAlwaysComplete() throws Exception {
        try (Stele _ = open()) {
            exists = true;
            runBesideOthers(() -> {
                for (int i = 0; i < OPERATIONS / 2; i++) {
                    restore();
                    Thread.sleep(20);
                }
            });
            checkItGoesOn();
        }
    }

    @Test
    void erasedAndRestoredAgentIsNeverPartlyErased() throws Exception {
        try (Stele _ = open()) {
            var random = new Random(7);
            ended = false;
            try (var threads =
                    Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
                var others = new ArrayList<Future<Void>>();
                for (int i = 0; i < WRITERS; i++) {
                    int writer = i;
                    others.add(threads.submit(() -> repeat(() -> write(writer))));
                }
                others.add(threads.submit(() -> repeat(() -> {
                    int found = memory.sessions()
                            .messages("backup", BACKED_UP + 1, Optional.empty(), true)
                            .items()
                            .size();
                    assertThat(found).as("an erased agent is gone as a whole").isEqualTo(BACKED_UP);
                })));
                others.add(threads.submit(() -> repeat(memory::runMaintenance)));
                others.add(threads.submit(() ->
                        repeat(() -> assertThat(memory.verify().problems()).isEmpty())));
                try {
                    for (int i = 0; i < OPERATIONS; i++) {
                        operation(random);
                    }
                } finally {
                    ended = true;
                }
                for (Future<Void> other : others) {
                    other.get();
                }
            }
            restore();
            checkItGoesOn();
        }
    }

    private void operation(Random random) throws Exception {
        try {
            switch (random.nextInt(4)) {
                case 0 -> stele.forget(KIRA);
                case 1 -> restore();
                case 2 -> memory.users().forget("u" + random.nextInt(WRITERS));
                default -> memory.sessions().delete("w" + random.nextInt(WRITERS));
            }
        } catch (NotFoundException | AgentBusyException e) {
            assertThat(e).hasMessageNotContaining("Exception");
        }
        Thread.sleep(random.nextInt(20));
    }

    /** The same instance works afterwards, and what it writes is found by a new one. */
    private void checkItGoesOn() {
        assertThat(acknowledged).isNotEmpty();
        String after = memory.remember(MessageDraft.user("after", "ana", "and it goes on"))
                .id();
        read();
        memory.runMaintenance();
        assertThat(memory.verify().problems()).isEmpty();
        assertThat(memory.verify().remarks()).isEmpty();
        try (Stele fresh = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            assertThat(fresh.agent(KIRA).message(after)).isPresent();
        }
    }
}
