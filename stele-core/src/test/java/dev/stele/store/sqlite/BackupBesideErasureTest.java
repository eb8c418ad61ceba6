package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.support.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups while erasures replace the files of the archive. */
@Tag("directory")
class BackupBesideErasureTest {

    private static final int MESSAGES = 3_000;
    private static final int BATCH = 1_000;
    private static final int KEPT = 50;
    private static final int BACKUPS = 2;

    /** Number of the first message of the last segment, from which is erased. */
    private static final int FIRST_ERASED = 2_000;

    private static final int MAX_ERASED = 800;

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(
                SteleConfig.at(data)
                        .withRetention(KEPT, true)
                        .withMaintenance(Duration.ofHours(1), Duration.ofHours(1)),
                Optional.empty());
    }

    /** The texts of the first segments are long, so that a backup takes long until it copies the last segment. */
    private static String text(int number) {
        return number < FIRST_ERASED
                ? "message " + number + " "
                        + new Random(number)
                                .ints(600)
                                .mapToObj(Integer::toHexString)
                                .collect(Collectors.joining())
                : "message " + number;
    }

    @Test
    void backupsSucceedWhileErasuresReplaceTheArchive() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            for (int from = 0; from < MESSAGES; from += BATCH) {
                memory.remember(IntStream.range(from, from + BATCH)
                        .mapToObj(i -> MessageDraft.user("s", "ana", text(i)).withId("m" + i))
                        .toList());
            }
            memory.runMaintenance();
            var done = new AtomicBoolean();
            Callable<Integer> backups = () -> {
                try {
                    for (int i = 0; i < BACKUPS; i++) {
                        Path backup = data.resolve("backup" + i + ".stele");
                        memory.backup(backup);
                        AgentName copy = stele.restore(backup, Optional.of(new AgentName("copy" + i)), false);
                        assertThat(stele.agent(copy).verify().problems()).isEmpty();
                        assertThat(stele.agent(copy).message("m" + (MESSAGES - KEPT - 1)))
                                .isPresent();
                    }
                    return 0;
                } finally {
                    done.set(true);
                }
            };
            Callable<Integer> erasures = () -> {
                for (int id = FIRST_ERASED; !done.get() && id < FIRST_ERASED + MAX_ERASED; id++) {
                    memory.deleteMessage("m" + id);
                    memory.runMaintenance();
                }
                return 0;
            };
            Threads.atOnce(2, i -> i == 0 ? backups : erasures);
            memory.runMaintenance();
            assertThat(memory.verify().problems()).isEmpty();
        }
    }
}
