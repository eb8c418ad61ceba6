package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An instance lives as long as any handle of it, and is closed when no handle can be reached any more. */
class SteleLifetimeTest {

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
    }

    private static void collectGarbage() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("stele-maintenance"))
                .count();
    }

    @Tag("long")
    @Test
    void everyHandleOfAnAgentKeepsItsInstanceOpen() throws Exception {
        try (Stele stele = open()) {
            stele.agent("kira").remember(MessageDraft.user("s", "ana", "hello").withId("m"));
        }
        List<Function<AgentMemory, Object>> handles = List.of(
                memory -> memory,
                AgentMemory::notes,
                AgentMemory::users,
                AgentMemory::graph,
                AgentMemory::sessions,
                AgentMemory::documents,
                AgentMemory::insights,
                AgentMemory::profile,
                AgentMemory::interactions,
                AgentMemory::consolidations);
        for (Function<AgentMemory, Object> handle : handles) {
            Object kept = handle.apply(open().agent("kira"));
            collectGarbage();
            switch (kept) {
                case AgentMemory memory -> assertThat(memory.message("m")).isPresent();
                case Notes notes -> assertThat(notes.get("none")).isEmpty();
                case Users users -> assertThat(users.list(10)).isEmpty();
                case Graph graph -> assertThat(graph.size().entities()).isZero();
                case Sessions sessions -> assertThat(sessions.get("s")).isPresent();
                case Documents documents -> assertThat(documents.collections()).isEmpty();
                case Insights insights ->
                    assertThat(insights.activity("ana", 7)).isNotNull();
                case Profile profile -> assertThat(profile.persona()).isNotNull();
                case Interactions interactions ->
                    assertThat(interactions.get("none")).isEmpty();
                default -> assertThat(kept).isNotNull();
            }
        }
    }

    @Test
    void unreachableInstanceIsClosed() throws Exception {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            System.gc();
            return threads() == 0; // those of other tests
        });
        open().agent("kira").remember(MessageDraft.user("s", "ana", "hello"));
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            System.gc();
            return threads() == 0;
        });
    }
}
