package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.support.SecondJvm;
import dev.stele.support.WordEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The loops of a live instance (maintenance, embedding, reflection, jobs) survive every failure of their work. */
@Tag("directory")
class BackgroundLoopsTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = {"FULL_DISK", "IO_ERROR"})
    void everyLoopSurvivesAFailingDiskAndTheModelIsNotAskedInVain(Faults.Fault fault) throws Exception {
        Path library = directory.resolve("faults.so");
        assumeTrue(Faults.compile(library), "a C compiler on Linux");
        Path data = Files.createDirectory(directory.resolve("data"));
        try (SecondJvm process = SecondJvm.start(
                Faults.environment(library, data, directory.resolve("control")),
                LoopsProcess.class,
                data.toRealPath(),
                fault)) {
            List<String> lines = process.lines();
            System.out.println(lines);
            assertThat(process.await()).isZero();
            assertThat(lines)
                    .contains("alive reflection", "alive tasks", "alive embedding", "alive maintenance", "closed");
            int calls = Integer.parseInt(lines.getFirst().substring("calls ".length()));
            assertThat(calls).isLessThanOrEqualTo(2);
        }
    }

    /** A model whose calls end with an error, which is no exception, until it is repaired. */
    private static final class BrokenEmbedder extends WordEmbedder {
        private final AtomicBoolean broken = new AtomicBoolean();

        @Override
        public List<float[]> embed(List<String> texts) {
            if (broken.get()) {
                throw new StackOverflowError("a defect of the model");
            }
            return super.embed(texts);
        }
    }

    @Test
    void anErrorOfTheModelEndsNeitherTheLoopsNorTheClose() {
        var embedder = new BrokenEmbedder();
        SteleConfig config = SteleConfig.at(directory).withMaintenance(Duration.ofMillis(50), Duration.ofMillis(50));
        try (Stele stele = Stele.open(config, Optional.of(embedder))) {
            AgentMemory kira = stele.agent("kira");
            embedder.broken.set(true);
            kira.rememberAsync(MessageDraft.user("s", "ana", "the first text"));
            await().during(Duration.ofMillis(500)).until(() -> kira.stats().embedded() == 0);
            embedder.broken.set(false);
            await().atMost(Duration.ofSeconds(20)).until(() -> kira.stats().embedded() == 1);
            kira.rememberAsync(MessageDraft.user("s", "ana", "the second text"));
            await().atMost(Duration.ofSeconds(20)).until(() -> kira.stats().embedded() == 2);
            embedder.broken.set(true);
            kira.rememberAsync(MessageDraft.user("s", "ana", "the last text"));
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("stele-writer agent kira");
        try (Stele stele = Stele.open(config, Optional.of(embedder))) {
            assertThat(stele.agent("kira").messageCount()).isEqualTo(3);
        }
    }
}
