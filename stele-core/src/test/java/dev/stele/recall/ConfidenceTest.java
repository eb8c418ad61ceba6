package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The confidence of a result tells an answer from the nearest of unrelated items; the minimum score cuts a list. */
class ConfidenceTest {

    @TempDir
    Path data;

    private static void talk(AgentMemory memory) {
        for (String said : List.of(
                "The canoe is in the shed behind the mill",
                "Edda paints the shutters green this week",
                "The baker moved his shop to the harbor",
                "Our cat Quagga sleeps on the piano",
                "I booked the cabin for the second week of July",
                "The orchard needs water every other day")) {
            memory.remember(MessageDraft.user("s", "ana", said));
        }
    }

    @Test
    void answersHaveMoreConfidenceThanUnrelatedItems() {
        for (Optional<WordEmbedder> embedder :
                List.of(Optional.of(new WordEmbedder()), Optional.<WordEmbedder>empty())) {
            try (Stele stele = Stele.open(Stores.at(data), embedder.map(model -> model))) {
                AgentMemory memory = stele.agent(embedder.isPresent() ? "hybrid" : "keyword");
                talk(memory);
                RecallResult answered = memory.recall("Where is the canoe in the shed?");
                assertThat(answered.confidence()).isGreaterThan(0.7);
                assertThat(answered.hits().getFirst().confidence()).isEqualTo(answered.confidence());
                for (String unrelated : List.of(
                        "qwertyuiop zxcvbnm",
                        "Which satellite did the committee launch?",
                        "What did the violin teacher charge for lessons?")) {
                    RecallResult result = memory.recall(unrelated);
                    assertThat(result.confidence()).as(unrelated).isLessThan(0.2);
                }
                assertThat(memory.recall("qwertyuiop zxcvbnm").hits()).isEmpty();
            }
        }
    }

    @Test
    void hitsBelowTheMinimumScoreAreLeftOut() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            talk(memory);
            RecallQuery query = RecallQuery.of("the shop of the baker in the harbor behind the mill");
            List<Hit> all = memory.recall(query).hits();
            assertThat(all).hasSizeGreaterThan(1);
            double best = all.getFirst().score();
            double second = all.get(1).score();
            double minScore = (best + second) / 2;
            assertThat(memory.recall(query.toBuilder().minScore(minScore).build())
                            .hits())
                    .extracting(Hit::id)
                    .containsExactly(all.getFirst().id());
            assertThat(memory.recall(query.toBuilder().minScore(1).build()).hits())
                    .allMatch(hit -> hit.score() == 1);
        }
    }
}
