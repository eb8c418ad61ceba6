package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Items whose vectors are not computed yet, in a memory whose other items have theirs. */
class FreshItemsTest {

    /** Number of messages of other words; about one in 64 has a word with the vector of the one that is asked for. */
    private static final int OTHERS = 1_000;

    private static final int FRESH = 3;

    @TempDir
    Path data;

    private static final String QUERY = "zebra";

    /**
     * Model that answers queries only while it is broken. One that refused some texts only would be asked for parts of
     * them by maintenance.
     */
    private static final class FailingEmbedder extends WordEmbedder {
        private final AtomicBoolean broken = new AtomicBoolean();

        @Override
        public List<float[]> embed(List<String> texts) {
            if (broken.get() && !texts.equals(List.of(QUERY))) {
                throw new IllegalStateException("no answer of the model");
            }
            return super.embed(texts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"the session of all others", "a session of their own"})
    void itemsWithoutVectorsAreBeforeThoseThatShareNoWordWithTheQuery(String session) {
        var embedder = new FailingEmbedder();
        SteleConfig config = SteleConfig.at(data).withMaintenance(Duration.ofMillis(50), Duration.ofMillis(50));
        try (Stele stele = Stele.open(config, Optional.of(embedder))) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(IntStream.range(0, OTHERS)
                    .mapToObj(i -> message("the session of all others", "word" + i, i))
                    .toList());
            assertThat(memory.stats().embedded()).isEqualTo(OTHERS);
            embedder.broken.set(true);
            for (int i = 0; i < FRESH; i++) {
                memory.remember(message(session, "zebra in fresh grass", i));
            }
            assertThat(memory.stats().embedded()).isEqualTo(OTHERS);
            assertThat(best(memory)).hasSize(FRESH).allMatch(content -> content.startsWith("zebra"));
            embedder.broken.set(false);
            await().atMost(Duration.ofMinutes(2)).until(() -> memory.stats().embedded() == OTHERS + FRESH);
            assertThat(best(memory)).hasSize(FRESH).allMatch(content -> content.startsWith("zebra"));
        }
    }

    private static MessageDraft message(String session, String subject, int time) {
        return MessageDraft.user(session, "ana", subject + " for the " + time + ". time");
    }

    /** Returns the best hits of a query for one word. */
    private static List<String> best(AgentMemory memory) {
        return memory.recall(RecallQuery.of(QUERY).withoutFolding().withLimit(FRESH)).hits().stream()
                .map(Hit::content)
                .toList();
    }
}
