package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.index.LiveItems;
import dev.stele.store.ItemRow;
import dev.stele.support.Rows;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OccurrencesTest {

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    private static LiveItems items(long... numbers) {
        return LiveItems.of(9, rows(numbers), 2, ARENA);
    }

    private static List<ItemRow> rows(long... numbers) {
        return LongStream.of(numbers)
                .mapToObj(number -> Rows.message(number, "s" + number, Optional.empty()))
                .toList();
    }

    @Test
    void whatHadMovedInOnePictureAndNotInAnotherIsFoundInBoth() {
        LiveItems moved = items(1, 3, 4, 5).with(rows(2)); // as one that was edited
        LiveItems readAnew = items(1, 2, 3, 4, 5);
        Occurrences word = Occurrences.of(moved, new long[] {1, 2, 2, 4});
        assertThat(word.slots()).containsExactly(0, 2, 4, 4);
        assertThat(word.with(readAnew, new long[0]).slots()).containsExactly(0, 1, 1, 3);
        assertThat(word.with(readAnew, new long[0]).with(moved, new long[0]).slots())
                .containsExactly(0, 2, 4, 4);
        assertThat(word.with(items(1, 4), new long[0]).slots()).containsExactly(0, 1);
    }
}
