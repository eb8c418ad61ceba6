package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.model.TaskDraft;
import dev.stele.support.WordEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files and directories that are removed or replaced under an open memory: no write goes into a deleted file. */
@Timeout(120)
class ReplacedFilesTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path home;

    private static Stele open(Path data) {
        return Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
    }

    private Path data() {
        return home.resolve("data");
    }

    private static String write(AgentMemory memory, String content) {
        return memory.remember(MessageDraft.user("s", "ana", content)).id();
    }

    private static void assertStored(Path data, List<String> ids) {
        try (Stele fresh = open(data)) {
            assertThat(ids)
                    .allSatisfy(id ->
                            assertThat(fresh.agent(KIRA).message(id)).as(id).isPresent());
        }
    }

    @Test
    void writesAfterTheRemovalOfAnAgentsDirectoryAreStored() throws Exception {
        try (Stele stele = open(data())) {
            AgentMemory memory = stele.agent(KIRA);
            var acknowledged = new ArrayList<String>();
            for (int round = 0; round < 5; round++) {
                String before = write(memory, "before");
                assertThat(memory.message(before)).isPresent();
                DurableFiles.deleteTree(data().resolve("agents/kira"));
                if (round % 2 == 0) {
                    assertThatThrownBy(() -> memory.message(before)).isInstanceOf(NotFoundException.class);
                }
                acknowledged.clear();
                for (int i = 0; i < 5; i++) {
                    acknowledged.add(write(memory, "after " + i));
                }
                assertStored(data(), acknowledged);
                assertThat(memory.messageCount()).isEqualTo(5);
            }
            assertThat(stele.verify()).allMatch(report -> report.clean());
        }
    }

    @Test
    void writesAfterTheReplacementOfAnAgentsDirectoryAreStored() throws Exception {
        Path kira = data().resolve("agents/kira");
        Path older = home.resolve("older");
        String first;
        try (Stele stele = open(data())) {
            first = write(stele.agent(KIRA), "first");
        }
        copy(kira, older);
        try (Stele stele = open(data())) {
            AgentMemory memory = stele.agent(KIRA);
            String lost = write(memory, "lost with the directory");
            Files.move(kira, home.resolve("aside"));
            Files.move(older, kira);
            String after = write(memory, "after");
            assertThat(memory.message(first)).isPresent();
            assertThat(memory.message(lost)).isEmpty();
            assertStored(data(), List.of(first, after));
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @Test
    void writesBesideRemovalsAreStoredUnlessTheyCameBefore() throws Exception {
        Path kira = data().resolve("agents/kira");
        try (Stele stele = open(data());
                var threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            AgentMemory memory = stele.agent(KIRA);
            var stop = new AtomicBoolean();
            var acknowledged = new ConcurrentLinkedQueue<String>();
            var writers = new ArrayList<Future<?>>();
            for (int i = 0; i < 4; i++) {
                writers.add(threads.submit(() -> {
                    while (!stop.get()) {
                        try {
                            acknowledged.add(write(memory, "hello"));
                        } catch (AgentBusyException e) {
                            assertThat(e).hasMessageContaining("try again");
                        }
                    }
                }));
            }
            for (int round = 0; round < 10; round++) {
                int seen = acknowledged.size();
                while (acknowledged.size() < seen + 20) {
                    assertThat(writers).noneMatch(Future::isDone);
                    Thread.onSpinWait();
                }
                Path aside = home.resolve("aside-" + round);
                Files.move(kira, aside);
            }
            stop.set(true);
            for (Future<?> writer : writers) {
                writer.get();
            }
            // Each acknowledged write is in the directory that was in place when it was acknowledged.
            var stored = new ArrayList<String>();
            stored.addAll(ids(memory));
            for (int round = 0; round < 10; round++) {
                Path other = home.resolve("other-" + round);
                Files.createDirectories(other.resolve("agents"));
                Files.move(home.resolve("aside-" + round), other.resolve("agents/kira"));
                try (Stele fresh = open(other)) {
                    stored.addAll(ids(fresh.agent(KIRA)));
                }
            }
            assertThat(stored).containsAll(acknowledged);
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    private static List<String> ids(AgentMemory memory) {
        return memory.sessions().messages("s", 1_000, Optional.empty(), false).items().stream()
                .map(message -> message.id())
                .toList();
    }

    @Test
    void movedDataDirectoryIsDetectedAndWorksAgainAfterItsReturn() throws Exception {
        Path away = home.resolve("away");
        try (Stele stele = open(data())) {
            AgentMemory memory = stele.agent(KIRA);
            String before = write(memory, "before");
            stele.tasks().submit(TaskDraft.of("verify").withAgent(KIRA));
            assertThat(stele.reachable()).isTrue();
            Files.move(data(), away);
            for (boolean replaced : List.of(false, true)) {
                if (replaced) {
                    Files.createDirectories(data().resolve("agents"));
                }
                assertThat(stele.reachable()).isFalse();
                for (String agent : List.of("kira", "new")) {
                    assertThatThrownBy(() -> write(stele.agent(agent), "lost"))
                            .isInstanceOf(StelePersistenceException.class)
                            .hasMessageContaining("removed or replaced")
                            .hasMessageContaining("Nothing was written");
                }
                assertThatThrownBy(() ->
                                stele.tasks().submit(TaskDraft.of("verify").withAgent(KIRA)))
                        .isInstanceOf(StelePersistenceException.class);
                assertThat(Files.exists(data())).isEqualTo(replaced);
                assertThat(stele.verify().getLast().problems())
                        .anyMatch(problem -> problem.contains("removed or replaced"));
            }
            try (var files = Files.walk(data())) {
                assertThat(files.filter(Files::isRegularFile)).isEmpty();
            }
            DurableFiles.deleteTree(data());
            Files.move(away, data());
            assertThat(stele.reachable()).isTrue();
            String after = write(memory, "after");
            assertThat(memory.message(before)).isPresent();
            stele.tasks().submit(TaskDraft.of("verify").withAgent(KIRA));
            assertStored(data(), List.of(before, after));
        }
    }

    @Test
    void jobsAfterTheRemovalOfTheirListAreStored() throws Exception {
        try (Stele stele = open(data())) {
            write(stele.agent(KIRA), "hello");
            stele.tasks().submit(TaskDraft.of("verify").withAgent(KIRA));
            for (String file : List.of("tasks.db", "tasks.db-wal", "tasks.db-shm")) {
                Files.deleteIfExists(data().resolve(file));
            }
            String id =
                    stele.tasks().submit(TaskDraft.of("verify").withAgent(KIRA)).id();
            assertThat(stele.tasks().get(id).id()).isEqualTo(id);
            try (Stele fresh = open(data())) {
                assertThat(fresh.tasks().get(id).id()).isEqualTo(id);
            }
        }
    }

    @Test
    void interruptedRestorationIsDroppedOrCompletedByTheNextCallOfALiveInstance() throws Exception {
        Path agents = data().resolve("agents");
        Path staging = agents.resolve(".new-1234");
        try (Stele stele = open(data())) {
            AgentMemory memory = stele.agent(KIRA);
            String kept = write(memory, "from the backup");
            Path backup = home.resolve("kira.zip");
            memory.backup(backup);
            String replaced = write(memory, "after the backup");
            // As a process leaves it that is killed after its announcement, and after each of its two renames.
            for (int cut = 0; cut < 2; cut++) {
                try (Stele other = open(home.resolve("other"))) {
                    other.restore(backup, Optional.empty(), true);
                }
                Files.move(home.resolve("other/agents/kira"), staging);
                Files.writeString(agents.resolve(".restore-kira"), ".new-1234");
                if (cut == 1) {
                    stele.forget(KIRA);
                }
                assertThat(stele.agents()).containsExactly(KIRA);
                if (cut == 0) {
                    String later = write(memory, "after the process was killed");
                    assertStored(data(), List.of(replaced, later)); // a start must not complete what had not begun
                    assertThat(staging).doesNotExist();
                } else {
                    assertThat(memory.message(kept)).isPresent();
                    assertThat(memory.message(replaced)).isEmpty();
                }
                assertThat(agents.resolve(".restore-kira")).doesNotExist();
            }
            write(memory, "and it goes on");
            assertThat(memory.messageCount()).isEqualTo(2);
        }
    }
}
