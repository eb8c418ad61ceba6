package dev.stele.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.support.Clusters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HnswGraphFileTest {

    private static final int DIMENSION = 96;
    private static final int COUNT = 8_000;
    private static final int MOST = 100;
    /** Each so manieth place has no vector. */
    private static final int EMPTY = 50;

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);
    private static final Clusters CLUSTERS = new Clusters(1, DIMENSION, 200);

    @TempDir
    static Path directory;

    private static VectorFile file;
    private static HnswGraphFile graph;
    private static BinaryQuantizer codes;

    @BeforeAll
    static void build() throws IOException {
        file = vectors("vectors", CLUSTERS);
        codes = new BinaryQuantizer(file.center());
        Path path = directory.resolve("graph");
        assertThat(HnswGraphWriter.write(path, file, ARENA, () -> true)).isTrue();
        graph = HnswGraphFile.map(path, file).orElseThrow();
    }

    private static VectorFile vectors(String name, Clusters made) throws IOException {
        float[][] vectors = IntStream.range(0, COUNT).mapToObj(_ -> made.next()).toArray(float[][]::new);
        var center = new float[DIMENSION];
        for (float[] vector : vectors) {
            for (int i = 0; i < DIMENSION; i++) {
                center[i] += vector[i] / COUNT;
            }
        }
        Path path = directory.resolve(name);
        VectorFile.write(
                path,
                new VectorFile.Head("model", COUNT, 9, 7, center),
                to -> {
                    for (int i = 0; i < COUNT; i++) {
                        to.item(i + 1L, i % EMPTY == 0 ? Optional.empty() : Optional.of(vectors[i]));
                    }
                },
                ARENA);
        return VectorFile.map(path);
    }

    /** Distances of what is found, by places; empty if it was not worth it. */
    private static Optional<Map<Integer, Integer>> search(long[] query, IntPredicate accepts, double share) {
        var found = new HashMap<Integer, Integer>();
        return graph.search(query, accepts, share, MOST, COUNT, found::put) ? Optional.of(found) : Optional.empty();
    }

    /** How many of the best codes are found, of all questions. */
    private static double found(IntPredicate accepts, double share) {
        int found = 0;
        int rounds = 50;
        for (int round = 0; round < rounds; round++) {
            long[] query = codes.of(CLUSTERS.next());
            int[] best = IntStream.range(0, COUNT)
                    .filter(place -> file.hasVector(place) && accepts.test(place))
                    .map(place -> codes.distance(file.codes(), place, query))
                    .sorted()
                    .limit(MOST)
                    .toArray();
            Map<Integer, Integer> places = search(query, accepts, share).orElseThrow();
            assertThat(places).hasSize(MOST);
            places.forEach((place, distance) -> {
                assertThat(file.hasVector(place)).isTrue();
                assertThat(accepts.test(place)).isTrue();
                assertThat(distance).isEqualTo(codes.distance(file.codes(), place, query));
            });
            found += (int) places.values().stream()
                    .filter(distance -> distance <= best[MOST - 1])
                    .count();
        }
        return (double) found / rounds / MOST;
    }

    @Test
    void graphSearchFindsNearlyAllBestCodes() {
        assertThat(found(_ -> true, 1)).isGreaterThan(0.97);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void filteredGraphSearchFindsOnlyAcceptedCodesWithHighRecall(int oneIn) {
        assertThat(found(place -> place % oneIn == 1, 1.0 / oneIn)).isGreaterThan(0.95);
    }

    @Test
    void selectiveFilterFallsBackToAFullScan() {
        assertThat(search(codes.of(CLUSTERS.next()), place -> place < MOST, (double) MOST / COUNT))
                .isEmpty();
    }

    @Test
    void graphConstructionIsDeterministic() throws IOException {
        Path again = directory.resolve("again");
        HnswGraphWriter.write(again, file, ARENA, () -> true);
        assertThat(again).hasSameBinaryContentAs(directory.resolve("graph"));
    }

    @Test
    void graphOfOtherVectorsIsRejected() throws IOException {
        VectorFile other = vectors("others", new Clusters(2, DIMENSION, 200));
        assertThat(HnswGraphFile.map(directory.resolve("graph"), other)).isEmpty();
    }

    @Test
    void cancelledGraphConstructionWritesNoFile() throws IOException {
        Path path = directory.resolve("late");
        var asked = new int[1];
        assertThat(HnswGraphWriter.write(path, file, ARENA, () -> asked[0]++ < COUNT / 2))
                .isFalse();
        assertThat(path).doesNotExist();
        // In the middle of the writing, too.
        asked[0] = 0;
        assertThat(HnswGraphWriter.write(path, file, ARENA, () -> asked[0]++ < COUNT * 49 / 50 + 1))
                .isFalse();
        assertThat(path).doesNotExist();
    }

    @Test
    void invalidGraphFileIsRefusedWithTheCause() throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve("graph"));
        Path path = directory.resolve("bad");
        bytes[bytes.length / 2] ^= 1;
        Files.write(path, bytes);
        assertThatThrownBy(() -> HnswGraphFile.map(path, file)).hasMessageContaining("checksum");
        Files.write(path, Arrays.copyOf(bytes, 3));
        assertThatThrownBy(() -> HnswGraphFile.map(path, file)).hasMessageContaining("checksum");
        assertThatThrownBy(() -> HnswGraphFile.map(directory.resolve("vectors"), file))
                .hasMessageContaining("no graph");
    }
}
