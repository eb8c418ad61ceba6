package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.LimitExceededException;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.support.WordEmbedder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Threads that are interrupted at any moment, as those of canceled tasks and departed clients are. A call either does
 * all its work or says that it was interrupted before it wrote; files and channels that threads share stay open.
 */
class InterruptedCallersTest {

    private static final int THREADS = 3;
    private static final int CALLS = 150;

    @TempDir
    Path data;

    @Test
    void filesAreWrittenWholeWhileTheThreadIsInterrupted() throws Exception {
        interrupting(() -> {
            for (int i = 0; i < 300; i++) {
                Path directory = data.resolve("d" + i);
                String text = "content " + i;
                DurableFiles.createDirectories(directory);
                DurableFiles.write(directory.resolve("file"), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
                DurableFiles.forceFile(directory.resolve("file"));
                assertThat(Files.readString(directory.resolve("file"))).isEqualTo(text);
            }
        });
    }

    @Test
    void interruptedCallsLoseNothingAcknowledgedAndHarmNobodyElse() throws Exception {
        Map<String, AgentName> acknowledged = new ConcurrentHashMap<>();
        try (var stele = Stele.open(SteleConfig.at(data), SteleModels.offline(Optional.of(new WordEmbedder())))) {
            var quiet = new AgentName("quiet");
            stele.agent(quiet).remember(MessageDraft.user("s", "ana", "The lamp is green."));
            var victims = new ArrayList<Work>();
            for (int t = 0; t < THREADS; t++) {
                int thread = t;
                victims.add(() -> calls(stele, thread, acknowledged));
            }
            interrupting(victims.toArray(Work[]::new));
            // The same instance continues for a thread that nobody interrupts.
            assertThat(stele.agent(quiet).recall("green lamp").hits()).isNotEmpty();
            acknowledged.forEach((id, agent) ->
                    assertThat(stele.agent(agent).existing(List.of(id))).containsExactly(id));
            for (int t = 0; t < THREADS; t++) {
                stele.agent(new AgentName("a" + t)).remember(MessageDraft.user("s", "ana", "still here"));
            }
        }
        try (var stele = Stele.open(SteleConfig.at(data))) {
            assertThat(acknowledged).hasSizeGreaterThan(THREADS * CALLS / 4);
            acknowledged.forEach((id, agent) ->
                    assertThat(stele.agent(agent).existing(List.of(id))).containsExactly(id));
        }
    }

    private static void calls(Stele stele, int thread, Map<String, AgentName> acknowledged) {
        for (int i = 0; i < CALLS; i++) {
            Thread.interrupted(); // a pool does this between two tasks
            // New agents too, because most files are created and opened for them.
            var agent = new AgentName(i % 5 == 0 ? "new-%d-%d".formatted(thread, i) : "a" + thread);
            try {
                AgentMemory memory = stele.agent(agent);
                String id = switch (i % 3) {
                    case 0 ->
                        memory.rememberAsync(MessageDraft.user("s", "ana", "Message " + i))
                                .id();
                    case 1 ->
                        memory.notes()
                                .create(NoteDraft.of("fact", "Note %d of %d".formatted(i, thread)), Optional.empty())
                                .id();
                    default -> {
                        String turn = memory.remember(MessageDraft.user("b", "ben", "Turn " + i))
                                .id();
                        acknowledged.put(turn, agent);
                        memory.recall("message " + i);
                        yield turn;
                    }
                };
                acknowledged.put(id, agent);
            } catch (AgentBusyException | LimitExceededException e) {
                assertThat(e.getMessage()).containsAnyOf("interrupted", "The request was cancelled.");
            }
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    /** Runs work on a thread each, and interrupts these threads at random moments until they end. */
    private static void interrupting(Work... work) throws Exception {
        var failures = new ConcurrentLinkedQueue<Throwable>();
        var threads = new ArrayList<Thread>();
        var ended = new AtomicBoolean();
        for (Work one : work) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    one.run();
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        var interrupter = Thread.ofPlatform().start(() -> {
            var random = new SplittableRandom(7);
            while (!ended.get()) {
                threads.get(random.nextInt(threads.size())).interrupt();
                LockSupport.parkNanos(random.nextLong(2_000_000));
            }
        });
        for (Thread thread : threads) {
            thread.join();
        }
        ended.set(true);
        interrupter.join();
        assertThat(failures).isEmpty();
    }
}
