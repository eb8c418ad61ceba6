package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlainBaselinesTest {

    @Test
    void fusionPrefersWhatBothFind() {
        var embedder = new SyntheticEmbedder();
        var baselines = new PlainBaselines(Optional.of(embedder));
        List<String> texts =
                List.of("the kayak is yellow and leaks", "my kayak", "the train was late", "a kayak and a train");
        for (int i = 0; i < texts.size(); i++) {
            baselines.add("t" + i, texts.get(i));
        }
        // The vector of a text is derived from all of it, so only the same text is near.
        Map<String, List<String>> found = baselines.search("my kayak", 3);
        assertThat(found).containsOnlyKeys("bm25", "dense", "rrf");
        assertThat(found.get("dense")).hasSize(3).first().isEqualTo("t1");
        assertThat(found.get("bm25")).first().isEqualTo("t1");
        assertThat(found.get("rrf")).first().isEqualTo("t1");
        assertThat(new PlainBaselines(Optional.empty()).search("kayak", 3)).containsOnlyKeys("bm25");
    }

    @Test
    void intervalContainsTheMeanAndNarrowsWithTheNumberOfQuestions() {
        PairedBootstrap.Interval few = PairedBootstrap.of(alternating(20));
        PairedBootstrap.Interval many = PairedBootstrap.of(alternating(2_000));
        assertThat(few.mean()).isEqualTo(0.5);
        assertThat(few.low()).isBetween(0.2, 0.4);
        assertThat(few.high()).isBetween(0.6, 0.8);
        // The standard error of a mean of 2,000 values of 0 or 1 is 0.0112.
        assertThat(many.low()).isCloseTo(0.5 - 1.96 * 0.0112, within(0.004));
        assertThat(many.high()).isCloseTo(0.5 + 1.96 * 0.0112, within(0.004));
        assertThat(PairedBootstrap.of(Collections.nCopies(50, 0.25)))
                .isEqualTo(new PairedBootstrap.Interval(0.25, 0.25, 0.25));
    }

    private static List<Double> alternating(int count) {
        return IntStream.range(0, count).mapToObj(i -> i % 2 == 0 ? 1.0 : 0.0).toList();
    }
}
