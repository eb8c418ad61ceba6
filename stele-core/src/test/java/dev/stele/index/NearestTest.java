package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.store.ItemRow;
import dev.stele.support.Rows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NearestTest {

    private static final int DIMENSION = 96;
    private static final int MANY = 20_000;

    private static final TypedArena ARENA =
            Arenas.apart(ArenaOptions.DEFAULT).account("test").arena(ArenaKind.CACHE);

    private static final Clusters CLUSTERS = new Clusters(1, DIMENSION, 400);
    private static final LiveItems ITEMS = items(MANY);

    private static LiveItems items(int count) {
        var rows = new ArrayList<ItemRow>();
        for (int i = 0; i < count; i++) {
            rows.add(Rows.message(i + 2, "s" + i / 20, i % 50 == 7 ? Optional.empty() : Optional.of(CLUSTERS.next())));
        }
        return LiveItems.of(count + 2, rows, DIMENSION, ARENA);
    }

    /** By comparing with each. */
    private static List<Integer> exact(LiveItems items, float[] query, BitSet passing, int most) {
        record Compared(int slot, float cosine) {}
        return passing.stream()
                .filter(slot -> items.place(slot) != Vectors.NONE)
                .mapToObj(slot -> new Compared(slot, items.vectors().dot(items.place(slot), query)))
                .sorted(Comparator.comparingDouble(one -> -one.cosine()))
                .limit(most)
                .map(Compared::slot)
                .toList();
    }

    @Test
    void tenNearestAmongManyAreFoundByTheirCodes() {
        int found = 0;
        int rounds = 100;
        for (int i = 0; i < rounds; i++) {
            float[] query = CLUSTERS.next();
            Nearest near = ITEMS.nearest(query, ITEMS.live());
            assertThat(near.complete()).isFalse();
            BitSet slots = new BitSet();
            IntStream.of(near.slots()).forEach(slots::set);
            for (int slot : exact(ITEMS, query, ITEMS.live(), 10)) {
                found += slots.get(slot) ? 1 : 0;
                assertThat(near.of(slot)).isEqualTo(ITEMS.vectors().dot(ITEMS.place(slot), query));
            }
        }
        System.out.println("found of the ten nearest among " + MANY + ": " + found / (10.0 * rounds));
        assertThat(found).isGreaterThanOrEqualTo((int) (0.98 * 10 * rounds));
    }

    @Property(tries = 60)
    void aFilterNeverLosesHitsThatExist(@ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1) double share) {
        var random = new Random(seed);
        double chosen = share * share; // often few
        var passing = new BitSet();
        for (int slot = 0; slot < ITEMS.size(); slot++) {
            if (random.nextDouble() < chosen) {
                passing.set(slot);
            }
        }
        float[] query = CLUSTERS.next();
        Nearest near = ITEMS.nearest(query, passing);
        List<Integer> all = exact(ITEMS, query, passing, Integer.MAX_VALUE);
        List<Integer> slots = IntStream.of(near.slots()).boxed().toList();
        assertThat(slots).isSorted().isSubsetOf(all);
        if (all.size() <= ITEMS.vectors().few()) {
            assertThat(near.complete()).isTrue();
            assertThat(slots).hasSameSizeAs(all);
        } else {
            // By their codes, which may miss one; how often is for the other test to say.
            assertThat(slots).hasSize(Nearest.depth(all.size()));
        }
        if (!all.isEmpty()) {
            assertThat(near.least(_ -> true)).isLessThanOrEqualTo(near.of(all.getFirst()));
        }
    }

    @Test
    void theSlotsAreThoseOfTheBestCodes() {
        for (int round = 0; round < 20; round++) {
            float[] query = CLUSTERS.next();
            Vectors.Search search = ITEMS.vectors().search(query);
            BitSet live = ITEMS.live();
            List<Integer> best = live.stream()
                    .filter(slot -> ITEMS.vector(slot).isPresent())
                    .boxed()
                    .sorted(Comparator.comparingInt((Integer slot) -> search.distance(ITEMS.place(slot)))
                            .thenComparing(slot -> slot))
                    .limit(Nearest.depth(MANY))
                    .sorted()
                    .toList();
            assertThat(IntStream.of(ITEMS.nearest(query, live).slots()).boxed().toList())
                    .isEqualTo(best);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 37, 64, 96, 384, 1_000})
    void aRotationKeepsLengthsAndAnglesAndMixesAllNumbers(int dimension) {
        var rotation = new Rotation(dimension);
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
    void aQueryOfAnotherDimensionIsNearNothing() {
        Nearest near = ITEMS.nearest(new float[3], ITEMS.live());
        assertThat(near.slots()).isEmpty();
        assertThat(near.of(0)).isNaN();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 96, 384, 1_000})
    void bothScansAgreeAndCountTheBitsThatDiffer(int dimension) {
        var random = new Random(dimension);
        var center = new float[dimension];
        var codes = new Codes(center);
        int count = 100;
        MemorySegment memory = MemorySegment.ofArray(new long[(int) Codes.bytes(dimension, count) / Long.BYTES]);
        var vectors = new float[count][dimension];
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < dimension; k++) {
                vectors[i][k] = (float) random.nextGaussian();
            }
            codes.put(memory, i, codes.of(vectors[i]));
        }
        long[] query = codes.of(vectors[17]);
        int blocks = (count + Codes.BLOCK - 1) / Codes.BLOCK;
        var plain = new long[blocks * Codes.BLOCK];
        var wide = new long[blocks * Codes.BLOCK];
        var block = new long[Codes.BLOCK * query.length];
        for (int i = 0; i < blocks; i++) {
            codes.copy(memory, i, block);
            new CodeScan.PlainCodeScan().distances(block, query, plain, i * Codes.BLOCK);
            new WideCodeScan().distances(block, query, wide, i * Codes.BLOCK);
        }
        assertThat(wide).isEqualTo(plain);
        for (int i = 0; i < count; i++) {
            int differ = 0;
            long[] code = codes.of(vectors[i]);
            for (int word = 0; word < code.length; word++) {
                differ += Long.bitCount(code[word] ^ query[word]);
            }
            assertThat(plain[i]).isEqualTo(differ).isEqualTo(codes.distance(memory, i, query));
        }
        assertThat(CodeScan.BEST).isInstanceOf(WideCodeScan.class); // the tests run with the module
    }
}
