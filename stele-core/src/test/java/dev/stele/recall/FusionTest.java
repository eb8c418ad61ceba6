package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.index.LiveItems;
import dev.stele.store.ItemRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FusionTest {

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    /** Messages of these sessions, one a letter, in this order. */
    private static LiveItems items(String sessions) {
        var rows = new ArrayList<ItemRow>();
        for (int i = 0; i < sessions.length(); i++) {
            rows.add(new ItemRow(
                    i + 1,
                    true,
                    "m" + i,
                    sessions.substring(i, i + 1),
                    "ana",
                    "user",
                    "ana",
                    Instant.ofEpochMilli(i),
                    10,
                    0,
                    0.5,
                    Set.of(),
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()));
        }
        return LiveItems.of(1, rows, ARENA);
    }

    private static BitSet all(int size) {
        var all = new BitSet();
        all.set(0, size);
        return all;
    }

    @Test
    void scalesAreOfTheCandidatesAndScoresOfTheSignals() {
        var fusion = new Fusion(all(3), 4, Map.of());
        float[] scaled = fusion.add(Fusion.Signal.MEANING, new float[] {0.2f, 0.6f, Float.NaN, 9});
        assertThat(scaled).containsExactly(0, 1, 0, 0); // the last is no candidate
        fusion.add(Fusion.Signal.ASKS, new float[] {0, 0, 1, 0});
        assertThat(fusion.score(1)).isEqualTo(1);
        assertThat(fusion.score(2)).isEqualTo(0); // the worst by both
        float middle = Fusion.Signal.ASKS.weight / (Fusion.Signal.ASKS.weight - Fusion.Signal.MEANING.weight);
        assertThat(fusion.score(0)).isEqualTo(middle, Offset.offset(1e-6f));
        assertThat(fusion.explain(1)).containsEntry("meaning", 1.0).containsEntry("asks", 0.0);
        assertThat(new Fusion(all(2), 2, Map.of()).score(0)).isZero();
    }

    @Test
    void nearlyEqualCosinesAreNotTornApart() {
        var fusion = new Fusion(all(3), 3, Map.of());
        float[] scaled = fusion.add(Fusion.Signal.MEANING, new float[] {0.60f, 0.58f, Float.NaN});
        assertThat(scaled[0]).isEqualTo(1, Offset.offset(1e-5f));
        assertThat(scaled[1]).isEqualTo(0.9f, Offset.offset(1e-5f));
        assertThat(scaled[2]).isZero();
    }

    @Test
    void ranksFallByScoreAndThenByPosition() {
        LiveItems items = items("abcdefgh");
        var fusion = new Fusion(all(8), 8, Map.of());
        fusion.add(Fusion.Signal.ASKS, new float[] {0, 1, -1, 0, 0.5f, -0.5f, 1, -0f}); // its weight is negative
        assertThat(fusion.best(items, all(8), 10)).containsExactly(2, 5, 0, 3, 7, 4, 1, 6);
    }

    @Test
    void signalsAllAlikeSayNothingOrAll() {
        var fusion = new Fusion(all(2), 2, Map.of());
        assertThat(fusion.add(Fusion.Signal.TURN, new float[] {0, 0})).containsExactly(0, 0);
        assertThat(fusion.add(Fusion.Signal.WINDOW, new float[] {2, 2})).containsExactly(1, 1);
    }

    @Test
    void aTopicIsTheMeanOfTheThreeBestOfAConversation() {
        LiveItems items = items("aaaabb");
        float[] topic = Fusion.topic(items, new float[] {0.1f, 0.9f, 0.5f, 0.7f, Float.NaN, Float.NaN});
        assertThat(topic[0]).isEqualTo(0.7f, Offset.offset(1e-6f)).isEqualTo(topic[3]);
        assertThat(topic[4]).isNaN();
        assertThat(Fusion.beside(items, new float[] {1, 2, 3, 4, 5, 6}, 1)).containsExactly(2, 3, 4, 0, 6, 0);
        assertThat(Fusion.beside(items, new float[] {1, 2, 3, 4, 5, 6}, -1)).containsExactly(0, 1, 2, 3, 0, 5);
    }

    @Test
    void whatIsChosenLiftsTheTurnsBesideItAndMakesRoomForOtherConversations() {
        LiveItems items = items("aaaaaaaaab");
        var worthy = new BitSet();
        // Turns of one conversation that do not stand side by side, and a slightly worse one of another.
        IntStream.of(0, 2, 4, 6, 8, 9).forEach(worthy::set);
        var fusion = new Fusion(all(10), 10, Map.of());
        fusion.add(Fusion.Signal.LENGTH, new float[] {1, 0.1f, 0.995f, 0.1f, 0.99f, 0.1f, 0.985f, 0.1f, 0.98f, 0.96f});
        int[] ranked = fusion.best(items, worthy, 10);
        assertThat(ranked).containsExactlyInAnyOrder(0, 2, 4, 6, 8, 9).startsWith(0);
        assertThat(IntStream.of(ranked).boxed().toList().indexOf(9)).isLessThan(5);

        var beside = new Fusion(all(10), 10, Map.of());
        beside.add(Fusion.Signal.LENGTH, new float[] {1, 0.9f, 0.95f, 0, 0, 0, 0, 0, 0, 0});
        worthy.set(1);
        int[] completed = beside.best(items, worthy, 10);
        assertThat(completed).startsWith(0, 1, 2);
        List<Float> scores = IntStream.of(completed).mapToObj(beside::score).toList();
        assertThat(scores).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }
}
