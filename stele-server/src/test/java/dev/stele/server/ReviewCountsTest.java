package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The number of items to review is the one of the review itself, and is counted only when it may have changed. */
class ReviewCountsTest {

    @TempDir
    Path data;

    private static NoteDraft uncertain(String content) {
        return NoteDraft.of("fact", content).withEvidence(List.of("maybe"), List.of(), 0.3);
    }

    @Test
    void itemsAreCountedAgainOnlyAfterChangesThatMatter() {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            Note note = kira.notes().create(uncertain("Ana may have moved."));
            var counts = new ReviewCounts();
            var counted = new AtomicLong();
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(1);
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(1);
            kira.remember(MessageDraft.user("s", "ana", "hello"));
            kira.graph().put(EntityDraft.of("person", "Ana", "Ana sails."));
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(1);
            kira.notes().delete(note.id());
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(2);
            kira.interactions().record(InteractionDraft.of("feedback", "ana"));
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(3);
            kira.remember(IntStream.range(0, 300)
                    .mapToObj(number -> MessageDraft.user("s", "ana", "hello " + number))
                    .toList());
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(4);
            AgentMemory juno = stele.agent("juno");
            juno.remember(MessageDraft.user("s", "ana", "hello"));
            assertThat(counts.of(juno, () -> 77)).isEqualTo(77);
            assertThat(counts.of(kira, counted::incrementAndGet)).isEqualTo(4);
            Path backup = data.resolve("old.zip");
            juno.backup(backup);
            juno.remember(MessageDraft.user("s", "ana", "later"));
            assertThat(counts.of(juno, () -> 78)).isEqualTo(77);
            juno.remember(MessageDraft.user("s", "ana", "and later"));
            assertThat(counts.of(juno, () -> 78)).isEqualTo(77);
            stele.restore(backup, Optional.of(juno.name()), true);
            assertThat(counts.of(juno, () -> 79)).isEqualTo(79);
            juno.remember(MessageDraft.user("s", "ana", "later"));
            assertThat(counts.of(juno, () -> 80)).isEqualTo(79);
            stele.restore(backup, Optional.of(juno.name()), true);
            juno.remember(MessageDraft.user("s", "ana", "other"));
            juno.remember(MessageDraft.user("s", "ana", "than before"));
            assertThat(counts.of(juno, () -> 81))
                    .as("of another history of the same length")
                    .isEqualTo(81);
        }
    }

    @Test
    void countIsTheTotalOfTheReviewWithinItsBound() throws Exception {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty());
                var server = new SteleServer(
                        stele, TestOptions.small().reviewItems(4).build());
                var http = new Http(server.port())) {
            AgentMemory kira = stele.agent("kira");
            for (int number = 0; number < 6; number++) {
                kira.notes().create(uncertain("Ana may own " + number + " boats."));
                var review = http.get("/v1/agents/kira/review").json();
                var count = http.get("/v1/agents/kira/review?counts=true").json();
                assertThat(count.optionalLong("total"))
                        .isEqualTo(review.optionalLong("total"))
                        .hasValue((long) Math.min(4, number + 1));
                assertThat(review.optionalLong("examined")).hasValue(4L);
                assertThat(count.has("uncertain")).isFalse();
            }
            assertThat(http.get("/v1/agents/kira/review?counts=true&duplicates=true")
                            .status())
                    .isEqualTo(400);
        }
    }
}
