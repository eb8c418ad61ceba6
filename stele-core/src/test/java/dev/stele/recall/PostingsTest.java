package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.index.IndexSnapshot;
import dev.stele.store.ItemRow;
import dev.stele.support.Rows;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PostingsTest {

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    private static IndexSnapshot items(long... numbers) {
        return IndexSnapshot.of(9, rows(numbers), 2, ARENA);
    }

    private static List<ItemRow> rows(long... numbers) {
        return LongStream.of(numbers)
                .mapToObj(number -> Rows.message(number, "s" + number, Optional.empty()))
                .toList();
    }

    @Test
    void postingsAreFoundInSnapshotsWithAndWithoutMovedItems() {
        IndexSnapshot moved = items(1, 3, 4, 5).with(rows(2)); // as one that was edited
        IndexSnapshot readAnew = items(1, 2, 3, 4, 5);
        assertThat(Postings.of(moved, new long[] {1, 2, 2, 4}).slots()).containsExactly(0, 2, 4, 4);
        assertThat(Postings.of(readAnew, new long[] {1, 2, 2, 4}).slots()).containsExactly(0, 1, 1, 3);
        assertThat(Postings.of(items(1, 4), new long[] {1, 2, 2, 4}).slots()).containsExactly(0, 1);
    }

    @Test
    void postingsAreNotCarriedToAnotherBranch() {
        Postings word = Postings.of(items(1, 2), new long[] {1});
        assertThat(word.with(items(1, 2), () -> new long[0])).isEmpty();
    }

    @Test
    void sparseAndDensePostingsReturnTheSameData() {
        IndexSnapshot items = items(LongStream.rangeClosed(1, 200).toArray());
        for (int every : new int[] {1, 3, 40, 150}) {
            long[] numbers = LongStream.rangeClosed(1, 200)
                    .filter(number -> number % every == 0)
                    .flatMap(number -> number % 2 == 0 ? LongStream.of(number, number, number) : LongStream.of(number))
                    .toArray();
            Postings word = Postings.of(items, numbers);
            assertThat(word.slots())
                    .containsExactly(LongStream.of(numbers)
                            .mapToInt(number -> (int) number - 1)
                            .toArray());
            assertThat(word.isFrequent()).isEqualTo(every < 40);
            assertThat(word.count())
                    .isEqualTo(200 / every)
                    .isEqualTo(word.groups().count());
            assertThat(BitSet.valueOf(word.bits(items.size())).stream())
                    .containsExactlyElementsOf(
                            IntStream.of(word.slots()).distinct().boxed().toList());
            assertThat(word.bits(1_000)).hasSize(16).startsWith(word.bits(items.size()));
            Map<Integer, Integer> timesInGroups = LongStream.of(numbers)
                    .boxed()
                    .collect(Collectors.toMap(number -> items.group((int) (number - 1)), _ -> 1, Integer::sum));
            IntStream.of(word.slots())
                    .forEach(slot -> assertThat(word.count(slot)).isEqualTo(timesInGroups.get(items.group(slot))));
            Map<Integer, Integer> told = new HashMap<>();
            word.groups().each(told::put);
            if (word.isFrequent()) {
                timesInGroups
                        .keySet()
                        .forEach(group -> told.put(group, word.groups().times(group)));
            }
            assertThat(told).isEqualTo(timesInGroups);
        }
    }
}
