package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * If enough items contain the rarer terms of a query, frequent terms contribute to scores but add no candidates.
 */
@Tag("long")
class RecallFrequentTermsTest {

    private static final int ITEMS = 1_000;

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
        memory = stele.agent("kira");
        // Each its own conversation: all say "weather", two thirds "cloudy" too, and one all three words.
        memory.remember(IntStream.range(0, ITEMS)
                .mapToObj(i -> MessageDraft.user("s" + i, "ana", text(i)).withId("m" + i))
                .toList());
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private static String text(int i) {
        if (i == 700) {
            return "weather weather cloudy umbrella";
        }
        return i % 3 == 0 ? "weather report" : "cloudy weather report";
    }

    private List<Hit> ask(String question, RecallFilter filter) {
        return ask(question, filter, 500);
    }

    private List<Hit> ask(String question, RecallFilter filter, int limit) {
        return memory.recall(RecallQuery.of(question)
                        .withMode(RecallMode.KEYWORD)
                        .withLimit(limit)
                        .withFilter(filter)
                        .withoutFolding())
                .hits();
    }

    @Test
    void frequentTermsCountInTheScoreOfHits() {
        List<Hit> hits = ask("umbrella cloudy weather", RecallFilter.ALL);
        assertThat(hits).hasSize(500);
        assertThat(hits.getFirst().id()).isEqualTo("m700");
        assertThat(hits.getFirst().words()).containsExactly("umbrella", "cloudi", "weather");
        assertThat(hits)
                .allMatch(hit -> hit.words().contains("cloudi") && hit.words().contains("weather"));
    }

    @Test
    void frequentTermAloneFindsItsItems() {
        assertThat(ask("weather", RecallFilter.ALL)).hasSize(500);
    }

    @Test
    void highLimitIncludesHitsOfFrequentTerms() {
        assertThat(ask("umbrella cloudy weather", RecallFilter.ALL, 1_000)).hasSize(ITEMS);
    }

    @Test
    void filterDoesNotLoseHitsOfFrequentTerms() {
        assertThat(ask("umbrella cloudy weather", RecallFilter.ALL.withSession("s3")))
                .extracting(Hit::id)
                .containsExactly("m3");
    }

    @Test
    void longQueryIsMatchedByItsRarestTerms() {
        memory.remember(IntStream.range(0, 300)
                .mapToObj(i -> MessageDraft.user("t" + i, "ana", "topic" + i % 100))
                .toList());
        String all = IntStream.range(0, 100).mapToObj(i -> "topic" + i).collect(Collectors.joining(" "));
        List<Hit> hits = ask(all + " weather umbrella", RecallFilter.ALL);
        assertThat(hits.getFirst().id()).isEqualTo("m700");
        assertThat(hits)
                .hasSizeGreaterThan(150)
                .filteredOn(hit -> hit.words().contains("weather"))
                .hasSizeLessThan(2);
    }
}
