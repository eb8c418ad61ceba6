package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stele.document.Section;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Segment;
import dev.stele.segment.Segments;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentsTest {

    private static final Predicate<Map<String, @Nullable Object>> ALL = _ -> true;

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private Segments segments;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
        memory = stele.agent("kira");
        segments = memory.segments();
    }

    @AfterEach
    void close() {
        assertThat(stele.agents())
                .allSatisfy(agent ->
                        assertThat(stele.agent(agent).verify().problems()).isEmpty());
        stele.close();
    }

    private static Segments.Draft draft(
            String id, String text, Map<String, @Nullable Object> metadata, float... vector) {
        return new Segments.Draft(Optional.of(id), vector, Optional.of(text), metadata);
    }

    private static Segments.Draft random(String id, Random random, int dimensions) {
        var vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return draft(id, "text of " + id, Map.of("n", (long) random.nextInt(10)), vector);
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double lengthA = 0;
        double lengthB = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            lengthA += (double) a[i] * a[i];
            lengthB += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(lengthA * lengthB);
    }

    @Test
    void whatIsUnknownIsEmpty() {
        assertThat(segments.search("nothing", new float[] {1}, 5, -1, ALL)).isEmpty();
        assertThat(segments.get("nothing", "x")).isEmpty();
        assertThat(segments.count("nothing")).isZero();
        assertThat(segments.remove("nothing", List.of("x"))).isZero();
        assertThat(segments.removeIf("nothing", ALL)).isZero();
        assertThat(segments.add("nothing", List.of())).isEmpty();
        assertThat(stele.agents()).isEmpty();
    }

    @Test
    void searchFindsWhatAComparisonWithAllFinds() {
        var random = new Random(5);
        List<Segments.Draft> drafts = IntStream.range(0, 300)
                .mapToObj(i -> random("s" + i, random, 17))
                .toList();
        segments.add("c", drafts);
        for (int round = 0; round < 20; round++) {
            float[] query = random("q", random, 17).vector();
            long wanted = random.nextInt(10);
            List<String> expected = drafts.stream()
                    .filter(draft -> draft.metadata().get("n").equals(wanted))
                    .sorted(Comparator.comparingDouble(draft -> -cosine(query, draft.vector())))
                    .limit(7)
                    .map(draft -> draft.id().orElseThrow())
                    .toList();
            List<Segments.Match> found = segments.search(
                    "c", query, 7, -1, metadata -> metadata.get("n").equals(wanted));
            assertThat(found).extracting(match -> match.segment().id()).isEqualTo(expected);
            assertThat(found)
                    .allSatisfy(match -> assertThat(match.cosine())
                            .isCloseTo(cosine(query, match.segment().vector()), within(1e-5)));
        }
    }

    @Test
    void segmentIsReturnedAsItWasGiven() {
        Map<String, @Nullable Object> metadata = Map.of("a", "x", "b", List.of(1L, 2.5), "c", true);
        segments.add(
                "c", List.of(draft("id", "Text, with \"quotes\" und Ümlauten\n🌍", metadata, 0.1f, -2e-30f, 3e30f)));
        Segment segment = segments.get("c", "id").orElseThrow();
        assertThat(segment.text()).contains("Text, with \"quotes\" und Ümlauten\n🌍");
        assertThat(segment.vector()).containsExactly(0.1f, -2e-30f, 3e30f);
        assertThat(segment.metadata()).isEqualTo(metadata);
        segments.add(
                "c", List.of(new Segments.Draft(Optional.empty(), new float[] {1, 0, 0}, Optional.empty(), Map.of())));
        assertThat(segments.search("c", new float[] {1, 0, 0}, 1, 0.5, ALL)
                        .getFirst()
                        .segment()
                        .text())
                .isEmpty();
    }

    @Test
    void searchSeesWritesReplacementsAndRemovalsOfEveryHandle() {
        try (Stele other = Stele.open(Stores.at(data), Optional.empty())) {
            Segments theirs = other.agent("kira").segments();
            var random = new Random(3);
            var expected = new ArrayList<String>();
            for (int round = 0; round < 40; round++) {
                Segments writer = random.nextBoolean() ? segments : theirs;
                String id = "s" + random.nextInt(12);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        writer.remove("c", List.of(id));
                        expected.remove(id);
                    }
                    case 1 -> memory.sessions().setParticipants("other data", List.of());
                    default -> {
                        writer.add("c", List.of(random(id, random, 4)));
                        if (!expected.contains(id)) {
                            expected.add(id);
                        }
                    }
                }
                for (Segments reader : List.of(segments, theirs)) {
                    assertThat(reader.search("c", new float[] {1, 1, 1, 1}, 100, -1, ALL))
                            .extracting(match -> match.segment().id())
                            .containsExactlyInAnyOrderElementsOf(expected);
                    assertThat(reader.count("c")).isEqualTo(expected.size());
                }
            }
        }
    }

    @Test
    void writersAtTheSameTimeLoseNothing() throws Exception {
        Threads.atOnce(6, writer -> () -> {
            for (int i = 0; i < 10; i++) {
                segments.add("c", List.of(random(writer + "-" + i, new Random(i), 8)));
                segments.search("c", random("q", new Random(i), 8).vector(), 3, -1, ALL);
            }
            return writer;
        });
        assertThat(segments.search("c", new float[8], 100, -1, ALL)).hasSize(60);
    }

    @Test
    void removalByFilterErasesTheMatchingOnesOnly() {
        segments.add(
                "c", List.of(draft("a", "secret", Map.of("k", "x"), 1, 0), draft("b", "kept", Map.of("k", "y"), 0, 1)));
        segments.add("d", List.of(draft("a", "other collection", Map.of("k", "x"), 1, 0, 0)));
        assertThat(segments.removeIf("c", metadata -> "x".equals(metadata.get("k"))))
                .isEqualTo(1);
        assertThat(segments.removeIf("c", _ -> false)).isZero();
        assertThat(segments.get("c", "a")).isEmpty();
        assertThat(segments.get("c", "b")).isPresent();
        assertThat(segments.get("d", "a")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, Segment.MAX_DIMENSIONS + 1})
    void aVectorOfAnotherDimensionIsRefused(int dimensions) {
        segments.add("c", List.of(draft("a", "text", Map.of(), 1, 2)));
        assertThatThrownBy(() -> segments.add("c", List.of(draft("b", "text", Map.of(), new float[dimensions]))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("dimensions");
        assertThatThrownBy(() -> segments.search("c", new float[dimensions], 3, -1, ALL))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has 2 dimensions".replace("has", "have"));
        assertThat(segments.count("c")).isEqualTo(1);
    }

    @Test
    void badInputIsRefusedWithNothingWritten() {
        assertThatThrownBy(() -> segments.add("c", List.of(draft("a", "text", Map.of(), Float.NaN))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> segments.add(
                        "c", List.of(draft("a", "text", Map.of(), 1), draft("b", "x".repeat(300_000), Map.of(), 1))))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.message-bytes");
        assertThatThrownBy(() -> segments.add("c", List.of(draft(" ", "text", Map.of(), 1))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> segments.search("c", new float[] {1}, 0, -1, ALL))
                .isInstanceOf(InvalidInputException.class);
        assertThat(segments.count("c")).isZero();
        segments.add("c", List.of(draft("a", "text", Map.of(), 1)));
        assertThat(segments.count("c")).isEqualTo(1);
    }

    @Test
    void segmentsAreNoDocumentsOfCallers() {
        segments.add("c", List.of(draft("a", "text", Map.of(), 1)));
        memory.documents().add(Documents.Draft.of("c", Optional.of("a"), "Title", List.of(new Section("", "A text."))));
        assertThat(memory.documents().collections()).containsExactly(Map.entry("c", 1L));
        assertThat(memory.documents()
                        .list(Optional.empty(), 10, Optional.empty())
                        .items())
                .hasSize(1);
        assertThat(memory.documents().get("segments:c", "a")).isEmpty();
        assertThat(memory.documents()
                        .list(Optional.of("segments:c"), 10, Optional.empty())
                        .items())
                .isEmpty();
        assertThatThrownBy(() -> memory.documents().delete("segments:c", "a")).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> memory.documents().deleteCollection("segments:c", false))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> Documents.Draft.of("segments:c", Optional.of("a"), "Title", List.of()))
                .isInstanceOf(InvalidInputException.class);
        assertThat(segments.count("c")).isEqualTo(1);
    }

    @Test
    void segmentsAreExportedImportedAndForgotten() {
        segments.add("c", List.of(draft("a", "text", Map.of("k", "v"), 1, 2)));
        var exported = new StringWriter();
        memory.export(exported);
        AgentMemory copy = stele.agent("copy");
        copy.importFrom(new StringReader(exported.toString()), _ -> {});
        Segment copied = copy.segments().get("c", "a").orElseThrow();
        assertThat(copied.vector()).containsExactly(1, 2);
        assertThat(copied.metadata()).isEqualTo(Map.of("k", "v"));
        assertThat(copied.text()).contains("text");
        stele.forget(memory.name());
        assertThat(segments.search("c", new float[] {1, 2}, 5, -1, ALL)).isEmpty();
    }
}
