package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.index.IndexSnapshot;
import dev.stele.recall.Fusion.Signal;
import dev.stele.store.ItemRow;
import dev.stele.support.Rows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FusionTest {

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    private static final SignalWeights WEIGHTS = SignalWeights.ofBriefTurns(Map.of());

    /** Messages of these sessions, one a letter, in this order; NaN for one without a vector. */
    private static IndexSnapshot items(String sessions, float... cosines) {
        var rows = new ArrayList<ItemRow>();
        for (int i = 0; i < sessions.length(); i++) {
            boolean vector = i < cosines.length && !Float.isNaN(cosines[i]);
            rows.add(Rows.message(
                    i + 1,
                    sessions.substring(i, i + 1),
                    vector ? Optional.of(new float[] {cosines[i], 0}) : Optional.empty()));
        }
        return IndexSnapshot.of(1, rows, 2, ARENA);
    }

    private static int[] all(int size) {
        return IntStream.range(0, size).toArray();
    }

    @Test
    void scoresAreWeightedSumsOfScaledSignals() {
        var fusion = new Fusion(all(3), WEIGHTS);
        Fusion.Scale scale = Signal.MEANING.scale(0.2f, 0.6f);
        assertThat(scale.of(0.6f)).isEqualTo(1);
        assertThat(scale.of(0.2f)).isEqualTo(0);
        assertThat(scale.of(Float.NaN)).isZero();
        fusion.add(Signal.MEANING, new float[] {0, 1, 0});
        fusion.add(Signal.ASKS, new float[] {0, 0, 1});
        assertThat(fusion.score(1)).isEqualTo(1);
        assertThat(fusion.score(2)).isEqualTo(0); // the worst by both
        float middle = WEIGHTS.of(Signal.ASKS) / (WEIGHTS.of(Signal.ASKS) - WEIGHTS.of(Signal.MEANING));
        assertThat(fusion.score(0)).isEqualTo(middle, Offset.offset(1e-6f));
        assertThat(fusion.explain(1)).containsEntry("meaning", 1.0).containsEntry("asks", 0.0);
        assertThat(new Fusion(all(2), WEIGHTS).score(0)).isZero();
    }

    @Test
    void similarCosinesGetSimilarScores() {
        Fusion.Scale scale = Signal.MEANING.scale(0.58f, 0.60f);
        assertThat(scale.of(0.60f)).isEqualTo(1, Offset.offset(1e-5f));
        assertThat(scale.of(0.58f)).isEqualTo(0.9f, Offset.offset(1e-5f));
    }

    @Test
    void rankingIsByScoreAndThenByOrdinal() {
        IndexSnapshot items = items("abcdefgh");
        var fusion = new Fusion(all(8), WEIGHTS);
        fusion.add(Signal.ASKS, new float[] {0, 1, -1, 0, 0.5f, -0.5f, 1, -0f}); // its weight is negative
        assertThat(fusion.best(items, 10, 0)).containsExactly(2, 5, 0, 3, 7, 4, 1, 6);
    }

    @Test
    void constantSignalsScaleToZeroOrOne() {
        assertThat(Signal.TURN.scale(0, 0).of(0)).isZero();
        assertThat(Signal.TURN.scale(2, 2).of(2)).isEqualTo(1);
    }

    @Test
    void topicScoreIsTheMeanOfTheThreeBestCosinesOfASession() {
        IndexSnapshot items = items("aaaabbc", 0.1f, 0.9f, 0.5f, 0.7f, Float.NaN, Float.NaN, 0.3f);
        var topics = new Ranking.Topics(items, items.nearest(new float[] {1, 0}, items.live(), 10), _ -> true);
        assertThat(topics.of(0)).isEqualTo(0.7f, Offset.offset(1e-6f)).isEqualTo(topics.of(3));
        assertThat(topics.of(4)).isNaN();
        assertThat(topics.of(6)).isEqualTo(0.3f);
        assertThat(topics.minTopic()).isEqualTo(0.3f);
        assertThat(topics.maxTopic()).isEqualTo(topics.of(0));
    }

    @Test
    void selectionBoostsAdjacentTurnsAndDiversifiesSessions() {
        IndexSnapshot items = items("aaaaaaaaab");
        // Turns of one conversation that do not stand side by side, and a slightly worse one of another.
        var fusion = new Fusion(new int[] {0, 2, 4, 6, 8, 9}, WEIGHTS);
        fusion.add(Signal.LENGTH, new float[] {1, 0.995f, 0.99f, 0.985f, 0.98f, 0.96f});
        int[] ranked = fusion.best(items, 10, 0);
        assertThat(ranked).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5).startsWith(0);
        assertThat(IntStream.of(ranked).boxed().toList().indexOf(5)).isLessThan(5);

        var beside = new Fusion(all(10), WEIGHTS);
        beside.add(Signal.LENGTH, new float[] {1, 0.9f, 0.95f, 0, 0, 0, 0, 0, 0, 0});
        int[] completed = beside.best(items, 10, 0);
        assertThat(completed).startsWith(0, 1, 2);
        List<Float> scores = IntStream.of(completed).mapToObj(beside::score).toList();
        assertThat(scores).isSortedAccordingTo(Comparator.reverseOrder());
    }
}
