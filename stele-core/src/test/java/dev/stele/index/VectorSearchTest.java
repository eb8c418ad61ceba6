package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.store.ItemRow;
import dev.stele.support.Clusters;
import dev.stele.support.Rows;
import dev.stele.vector.BinaryQuantizer;
import dev.stele.vector.CodeBlock;
import dev.stele.vector.HammingScan;
import dev.stele.vector.RandomRotation;
import dev.stele.vector.SimdHammingScan;
import dev.stele.vector.TopCodes;
import dev.stele.vector.VectorFile;
import dev.stele.vector.VectorStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorSearchTest {

    private static final int DIMENSION = 96;
    private static final int MANY = 20_000;

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    private static final Clusters CLUSTERS = new Clusters(1, DIMENSION, 400);
    private static final IndexSnapshot ITEMS = items(MANY);

    private static IndexSnapshot items(int count) {
        var rows = new ArrayList<ItemRow>();
        for (int i = 0; i < count; i++) {
            rows.add(Rows.message(i + 2, "s" + i / 20, i % 50 == 7 ? Optional.empty() : Optional.of(CLUSTERS.next())));
        }
        return IndexSnapshot.of(count + 2, rows, DIMENSION, ARENA);
    }

    private static float cosine(IndexSnapshot items, int ordinal, float[] query) {
        return items.vectors().dots(new int[] {items.place(ordinal)}, query)[0];
    }

    /** By comparing with each. */
    private static List<Integer> exact(IndexSnapshot items, float[] query, BitSet passing, int most) {
        record Compared(int slot, float cosine) {}
        return passing.stream()
                .filter(slot -> items.place(slot) != VectorStore.NONE)
                .mapToObj(slot -> new Compared(slot, cosine(items, slot, query)))
                .sorted(Comparator.comparingDouble(one -> -one.cosine()))
                .limit(most)
                .map(Compared::slot)
                .toList();
    }

    @Test
    void tenNearestNeighborsAreFoundByQuantizedSearch() {
        int found = 0;
        int rounds = 100;
        for (int i = 0; i < rounds; i++) {
            float[] query = CLUSTERS.next();
            VectorSearch near = ITEMS.nearest(query, ITEMS.live(), 10);
            assertThat(near.complete()).isFalse();
            BitSet slots = new BitSet();
            IntStream.of(near.slots()).forEach(slots::set);
            for (int slot : exact(ITEMS, query, ITEMS.live(), 10)) {
                found += slots.get(slot) ? 1 : 0;
                assertThat(near.exactCosine(slot)).isEqualTo(cosine(ITEMS, slot, query));
            }
        }
        System.out.println("found of the ten nearest among " + MANY + ": " + found / (10.0 * rounds));
        assertThat(found).isGreaterThanOrEqualTo((int) (0.98 * 10 * rounds));
    }

    @Property(tries = 60)
    void filterNeverLosesExistingHits(@ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1) double share) {
        var random = new Random(seed);
        double chosen = share * share; // often few
        var passing = new BitSet();
        for (int slot = 0; slot < ITEMS.size(); slot++) {
            if (random.nextDouble() < chosen) {
                passing.set(slot);
            }
        }
        float[] query = CLUSTERS.next();
        VectorSearch near = ITEMS.nearest(query, passing, 10);
        List<Integer> all = exact(ITEMS, query, passing, Integer.MAX_VALUE);
        List<Integer> slots = IntStream.of(near.slots()).boxed().toList();
        assertThat(slots).isSorted().isSubsetOf(all);
        if (all.size() <= ITEMS.vectors().few()) {
            assertThat(near.complete()).isTrue();
            assertThat(slots).hasSameSizeAs(all);
        } else {
            // By their codes, which may miss one; how often is for the other test to say.
            assertThat(slots).hasSize(VectorSearch.depth(all.size()));
        }
        if (!all.isEmpty()) {
            assertThat(near.minCosine(_ -> true)).isLessThanOrEqualTo(near.exactCosine(all.getFirst()));
        }
    }

    /** By comparing each code, and what the bits of the best weigh. */
    private static List<Integer> byCodes(IndexSnapshot items, float[] query, BitSet passing) {
        VectorStore.Search search = items.vectors().search(query);
        List<Integer> coded = passing.stream()
                .filter(slot -> items.vector(slot).isPresent())
                .boxed()
                .toList();
        return coded.stream()
                .sorted(Comparator.comparingInt((Integer slot) -> search.distance(items.place(slot)))
                        .thenComparing(slot -> slot))
                .limit(CodeSearch.weighed(coded.size()))
                .sorted(Comparator.comparingInt((Integer slot) -> search.weight(items.place(slot)))
                        .thenComparing(slot -> slot))
                .limit(VectorSearch.depth(coded.size()))
                .sorted()
                .toList();
    }

    private static void assertFoundByCodes(IndexSnapshot items, float[] query, BitSet passing) {
        assertThat(IntStream.of(items.nearest(query, passing, 10).slots())
                        .boxed()
                        .toList())
                .isEqualTo(byCodes(items, query, passing));
    }

    @Test
    void searchReturnsTheOrdinalsOfTheBestCodes() {
        for (int round = 0; round < 20; round++) {
            assertFoundByCodes(ITEMS, CLUSTERS.next(), ITEMS.live());
        }
    }

    @Test
    void searchReturnsAsManyResultsAsRequested() {
        for (int wanted : new int[] {VectorSearch.depth(MANY) + 1, 1_000, 3_000}) {
            assertThat(ITEMS.nearest(CLUSTERS.next(), ITEMS.live(), wanted).slots())
                    .hasSize(wanted)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
        VectorSearch all = ITEMS.nearest(
                CLUSTERS.next(), ITEMS.live(), Integer.MAX_VALUE); // and no memory for more than there are
        assertThat(all.slots()).hasSize(ITEMS.embedded(ITEMS.live()).cardinality());
    }

    @Test
    void searchFindsTheBestCodesWithAFileThatEndsWithinABlock(@TempDir Path directory) throws IOException {
        List<ItemRow> later = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            later.add(Rows.message(MANY + 10 + i, "later", Optional.of(CLUSTERS.next())));
        }
        IndexSnapshot before = items(MANY - 7);
        Path file = directory.resolve("vectors");
        VectorFiles.write(file, "", before, 0, ARENA);
        var vectors = new VectorStore(ARENA, VectorFile.map(file), Optional.empty());
        IndexSnapshot all = new SnapshotBuilder(before, before.state.shared().with(vectors))
                .done(before.change())
                .with(later);
        assertThat((MANY - 7) % BinaryQuantizer.BLOCK).isPositive();
        for (int round = 0; round < 10; round++) {
            assertFoundByCodes(all, CLUSTERS.next(), all.live());
        }
    }

    @Test
    void searchFindsTheBestCodesWhenTheFirstBlocksAreNotRepresentative() {
        var near = new Clusters(7, DIMENSION, 1);
        var far = new Clusters(8, DIMENSION, 50);
        var rows = new ArrayList<ItemRow>();
        for (int i = 0; i < MANY; i++) {
            boolean first = i / BinaryQuantizer.BLOCK % 16 == 0;
            rows.add(Rows.message(i + 2, "s" + i, Optional.of((first ? near : far).next())));
        }
        IndexSnapshot items = IndexSnapshot.of(MANY + 2, rows, DIMENSION, ARENA);
        assertFoundByCodes(items, near.next(), items.live());
        assertFoundByCodes(items, far.next(), items.live());
    }

    @Property(tries = 200)
    void topCodesKeepTheSmallestDistances(
            @ForAll @Size(max = 300) List<@IntRange(max = 40) Integer> distances,
            @ForAll @IntRange(min = 1, max = 60) int wanted) {
        var best = new TopCodes(wanted, 40);
        for (int slot = 0; slot < distances.size(); slot++) {
            if (distances.get(slot) < best.bound()) {
                best.add(slot, distances.get(slot), 2 * slot);
            }
        }
        List<Integer> expected = IntStream.range(0, distances.size())
                .boxed()
                .sorted(Comparator.comparing(distances::get)) // of equal ones those that came first
                .limit(wanted)
                .sorted()
                .toList();
        best.each((slot, weight) -> assertThat(weight).isEqualTo(2 * slot));
        assertThat(best.count()).isEqualTo(expected.size());
        assertThat(IntStream.of(best.slots()).boxed().toList()).isEqualTo(expected);
        assertThat(expected).allMatch(slot -> distances.get(slot) <= best.worst());
    }

    @Property(tries = 100)
    void cosinesAreStoredByOrdinal(@ForAll @Size(max = 200) List<@IntRange(max = 1_000_000) Integer> slots) {
        var cosines = new OrdinalCosines(4);
        var expected = new HashMap<Integer, Float>();
        for (int slot : slots) {
            cosines.put(slot, 1f / (expected.size() + 1));
            expected.put(slot, 1f / (expected.size() + 1));
        }
        for (int slot : slots) {
            assertThat(cosines.get(slot)).isEqualTo(expected.get(slot));
            if (!expected.containsKey(slot + 1)) {
                assertThat(cosines.get(slot + 1)).isNaN();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 37, 64, 96, 384, 1_000})
    void rotationPreservesLengthsAndAnglesAndMixesAllDimensions(int dimension) {
        var rotation = new RandomRotation(dimension);
        var random = new Random(dimension);
        var a = new float[dimension];
        var b = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            a[i] = (float) random.nextGaussian();
            b[i] = (float) random.nextGaussian();
        }
        double before = dot(a, b);
        double length = dot(a, a);
        rotation.turn(a);
        rotation.turn(b);
        assertThat(dot(a, b)).isCloseTo(before, Offset.offset(1e-3 * length));
        assertThat(dot(a, a)).isCloseTo(length, Offset.offset(1e-3 * length));
        var one = new float[dimension];
        one[dimension - 1] = 1;
        rotation.turn(one);
        if (dimension > 64) {
            double most = 0;
            for (float value : one) {
                most = Math.max(most, Math.abs(value));
            }
            assertThat(most).isLessThan(0.5); // nothing stays where it was
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Test
    void queryOfAnotherDimensionHasNoNeighbors() {
        VectorSearch near = ITEMS.nearest(new float[3], ITEMS.live(), 10);
        assertThat(near.slots()).isEmpty();
        assertThat(near.exactCosine(0)).isNaN();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 96, 384, 1_000})
    void simdAndScalarScansReturnTheHammingDistance(int dimension) {
        var random = new Random(dimension);
        var center = new float[dimension];
        var codes = new BinaryQuantizer(center);
        int count = 100;
        MemorySegment memory =
                MemorySegment.ofArray(new long[(int) BinaryQuantizer.bytes(dimension, count) / Long.BYTES]);
        var vectors = new float[count][dimension];
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < dimension; k++) {
                vectors[i][k] = (float) random.nextGaussian();
            }
            codes.put(memory, i, codes.of(vectors[i]));
        }
        BinaryQuantizer.Query asked = codes.query(vectors[17]);
        long[] query = asked.code();
        assertThat(query).isEqualTo(codes.of(vectors[17]));
        var block = new long[BinaryQuantizer.BLOCK * query.length];
        var plain = new long[BinaryQuantizer.BLOCK];
        var wide = new long[BinaryQuantizer.BLOCK];
        var looked = new CodeBlock(asked);
        for (int i = 0; i < count; i++) {
            int index = i % BinaryQuantizer.BLOCK;
            if (index == 0) {
                BinaryQuantizer.copy(memory, i / BinaryQuantizer.BLOCK, block);
                new HammingScan.PlainCodeScan().distances(block, query, plain);
                new SimdHammingScan().distances(block, query, wide);
                assertThat(wide).isEqualTo(plain);
                looked.look(memory, i / BinaryQuantizer.BLOCK, i, Math.min(BinaryQuantizer.BLOCK, count - i));
                assertThat(looked.first()).isEqualTo(i);
                assertThat(looked.end()).isEqualTo(Math.min(count, i + BinaryQuantizer.BLOCK));
            }
            int differ = 0;
            long[] code = codes.of(vectors[i]);
            for (int word = 0; word < code.length; word++) {
                differ += Long.bitCount(code[word] ^ query[word]);
            }
            assertThat(plain[index])
                    .isEqualTo(differ)
                    .isEqualTo(codes.distance(memory, i, query))
                    .isEqualTo(looked.distance(index));
            assertThat(looked.below(differ) >>> index & 1).isZero();
            assertThat(looked.below(differ + 1) >>> index & 1).isOne();
            assertThat(looked.weight(index))
                    .isEqualTo(codes.weight(memory, i, asked))
                    .isBetween(0, differ * 7);
        }
        assertThat(looked.below(dimension + 1))
                .isEqualTo((1L << count % BinaryQuantizer.BLOCK) - 1); // not what is no code
        assertThat(HammingScan.BEST).isInstanceOf(SimdHammingScan.class); // the tests run with the module
    }
}
