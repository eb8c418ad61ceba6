package dev.stele.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaStats;
import dev.stele.arena.Arenas;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryBudgetTest {

    @TempDir
    Path data;

    /**
     * They had one budget once: then the words of an agent whose vectors went past it were read anew for every
     * question.
     */
    @Test
    void vectorsOverTheirBudgetDoNotUseTheBudgetOfCaches() {
        List<ArenaAccount> others = Arenas.shared().accounts();
        var budget = new MemoryBudget(8 << 10, 1 << 20, 64 << 20, 0);
        try (Stele stele = Stele.open(Stores.at(data).withMemory(budget), Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(IntStream.range(0, 500)
                    .mapToObj(i -> MessageDraft.user("s", "ana", "word" + i))
                    .toList());
            assertThat(memory.recall("word77").hits()).isNotEmpty();
            List<ArenaStats> own = Arenas.shared().accounts().stream()
                    .filter(account -> !others.contains(account))
                    .map(account -> account.arena(ArenaKind.CACHE).stats())
                    .toList();
            assertThat(own)
                    .anyMatch(stats -> stats.budget() == budget.snapshotBytes() && stats.heapFallbacks() > 0)
                    .anyMatch(stats -> stats.budget() == budget.postingBytes() + budget.cacheBytes()
                            && stats.allocated() > 0
                            && stats.refusals() == 0);
        }
        assertThat(Arenas.shared().accounts()).isEqualTo(others);
    }

    @Test
    void postingsAndSnapshotsShareTheIndexBudget() {
        for (long bytes : new long[] {0, 7, 8, 1_000, 512L << 20}) {
            var budget = new MemoryBudget(bytes, 0, 0, 0);
            assertThat(budget.postingBytes() + budget.snapshotBytes()).isEqualTo(bytes);
        }
    }
}
