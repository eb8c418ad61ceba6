package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A name in a question says who is meant, if it is somebody's who spoke; else it is a word like others. */
class RecallSpeakerNamesTest {

    @TempDir
    Path data;

    /** What the model was asked for. */
    private final List<String> embedded = new CopyOnWriteArrayList<>();

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder() {
            @Override
            public float[] embedQuery(String text) {
                embedded.add(text);
                return super.embedQuery(text);
            }
        }));
        memory = stele.agent("kira");
        memory.sessions().setParticipants("may", List.of("ana", "ben"));
        memory.remember(List.of(
                MessageDraft.user("may", "ana", "I moved to Porto").withId("move"),
                MessageDraft.user("may", "ben", "Porto is where I learnt to surf")
                        .withId("surf"),
                MessageDraft.user("may", "ana", "I bought a cat").withId("cat")));
        memory.graph().put(EntityDraft.of("place", "Porto", "has six bridges"));
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private List<String> ids(String question, RecallMode mode) {
        return memory.recall(RecallQuery.of(question).withMode(mode)).hits().stream()
                .map(Hit::id)
                .toList();
    }

    @Test
    void speakerNamesAreNotEmbedded() {
        assertThat(ids("Who of Porto did Ana say moved?", RecallMode.HYBRID)).contains("move");
        assertThat(ids("What has Zoe bought in Porto?", RecallMode.HYBRID)).contains("cat");
        assertThat(ids("Where was Ana two weeks before Ben learnt to surf?", RecallMode.HYBRID))
                .contains("surf");
        assertThat(ids("Ana and Ben?", RecallMode.HYBRID)).containsExactlyInAnyOrder("move", "surf", "cat");
        assertThat(embedded)
                .containsExactly(
                        "Who of Porto did say moved?",
                        "What has Zoe bought in Porto?",
                        "Where was two weeks before learnt to surf?",
                        "learnt to surf",
                        "Ana and Ben?");
    }

    @Test
    void prefetchEmbedsTheSameTextAsRecall() {
        ids("anything", RecallMode.HYBRID); // so that it is known who spoke
        memory.prefetch("What did Ana buy?");
        Awaitility.await().until(() -> embedded.contains("What did buy?"));
        ids("What did Ana buy?", RecallMode.HYBRID);
        assertThat(embedded).containsExactly("anything", "What did buy?");
    }

    @Test
    void nameOfANonSpeakerEntityIsAKeywordTerm() {
        assertThat(ids("Porto", RecallMode.KEYWORD)).hasSize(4).contains("move", "surf");
        assertThat(ids("ana in Porto", RecallMode.KEYWORD)).containsSubsequence("move", "surf");
    }
}
