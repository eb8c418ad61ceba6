package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.index.SnapshotCache.Model;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.IndexEntry;
import dev.stele.store.sqlite.SqliteStores;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that stays small while its items come and go. */
class SnapshotChurnTest {

    private static final Model NO_MODEL = new Model("", 0);
    private static final int KEPT = 100;
    private static final int ROUNDS = 60;

    @TempDir
    Path data;

    private static List<Message> replace(AgentStore store, int round, List<Message> former) {
        return store.write(edit -> {
            former.forEach(edit::deleteMessage);
            var added = new ArrayList<Message>();
            for (int i = 0; i < KEPT; i++) {
                String id = "m" + round + "-" + i;
                added.add(edit.addMessage(
                        id,
                        MessageDraft.user("session-" + round, "user-" + round, "tea")
                                .withId(id),
                        Instant.ofEpochSecond(round),
                        new IndexEntry("rules", "tea", "ana", 1, 0, 0, Optional.empty())));
            }
            return added;
        });
    }

    @Test
    void snapshotForgetsItemsThatWereRemoved() {
        var arena = Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);
        var cache = new SnapshotCache(1 << 20, 0, _ -> Optional.empty(), arena, Optional.empty());
        try (var stores = SqliteStores.open(data, Limits.DEFAULT, false);
                AgentStore store = stores.open(new AgentName("kira"))) {
            List<Message> kept = List.of();
            int largest = 0;
            for (int round = 0; round < ROUNDS; round++) {
                kept = replace(store, round, kept);
                IndexSnapshot snapshot =
                        store.read(view -> cache.at(store, view, NO_MODEL)).orElseThrow();
                assertThat(snapshot.count()).isEqualTo(KEPT);
                largest = Math.max(largest, snapshot.size());
            }
            // It is loaded again beyond twice the live items and a constant, so at most one round later.
            assertThat(largest).isBetween(2_000, 3 * KEPT + 2_000);
            cache.drop(store);
        }
    }
}
