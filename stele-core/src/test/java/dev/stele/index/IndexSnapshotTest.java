package dev.stele.index;

import static dev.stele.index.IndexSnapshot.NONE;
import static dev.stele.index.IndexSnapshot.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.store.ItemRow;
import dev.stele.support.Rows;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IndexSnapshotTest {

    private static ItemRow row(long number) {
        return Rows.message(number, "s" + number, Optional.empty());
    }

    private static IndexSnapshot moved(IndexSnapshot from, long number, long change) {
        var edit = new SnapshotBuilder(from, false);
        edit.remove(from.ordinalOf(number));
        edit.move(row(number), change);
        return edit.done(change);
    }

    @Test
    void repeatedlyMovedItemIsFoundByItsFirstOrdinalOnly() {
        var arena = Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);
        IndexSnapshot first = IndexSnapshot.of(3, List.of(row(1), row(2), row(3)), 2, arena);
        IndexSnapshot second = moved(first, 2, 4);
        assertThat(second.carried(0)).isZero();
        assertThat(second.carried(1)).isEqualTo(3).isEqualTo(second.ordinalOf(2));
        IndexSnapshot third = moved(second, 2, 5);
        assertThat(third.carried(1)).isEqualTo(4).isEqualTo(third.ordinalOf(2));
        assertThat(third.carried(3)).isEqualTo(UNKNOWN);
        assertThat(second.carried(3)).isEqualTo(3);
        var edit = new SnapshotBuilder(third, false);
        edit.remove(0);
        assertThat(edit.done(6).carried(0)).isEqualTo(NONE);
    }
}
