package dev.stele.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.support.Threads;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorStoreTest {

    private static final int DIMENSION = 37; // no multiple of anything

    private final Arenas arenas = Arenas.apart(ArenaOptions.DEFAULT);
    private final ArenaAccount account = arenas.account("test");
    private final TypedArena cache = account.arena(ArenaKind.CACHE);

    private static float[] random(Random random, int dimension) {
        var vector = new float[dimension];
        double length = 0;
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian();
            length += vector[i] * vector[i];
        }
        for (int i = 0; i < dimension; i++) {
            vector[i] /= (float) Math.sqrt(length);
        }
        return vector;
    }

    /** The product with the vector at one place. */
    private static float dot(VectorStore vectors, int place, float[] query) {
        return vectors.dots(new int[] {place}, query)[0];
    }

    private static float dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return (float) sum;
    }

    @Test
    void emptyOrdinalIsFilledOnce() {
        var random = new Random(3);
        try (var vectors = new VectorStore(cache, DIMENSION, Optional.empty())) {
            float[] first = random(random, DIMENSION);
            float[] late = random(random, DIMENSION);
            vectors.add(first);
            vectors.skip();
            int place = vectors.add(random(random, DIMENSION));

            assertThat(vectors.fill(1, new float[DIMENSION + 1])).isFalse();
            assertThat(vectors.fill(1, late)).isTrue();
            assertThat(vectors.fill(1, first)).isFalse();
            assertThat(vectors.fill(0, late)).isFalse();

            assertThat(place).isEqualTo(2);
            assertThat(vectors.get(0)).isEqualTo(first);
            assertThat(vectors.get(1)).isEqualTo(late);
        }
    }

    @Test
    void everyOrdinalKeepsItsVectorAcrossChunks() {
        var random = new Random(1);
        try (var vectors = new VectorStore(cache, DIMENSION, Optional.empty())) {
            float[][] given = IntStream.range(0, 3_000)
                    .mapToObj(_ -> random(random, DIMENSION))
                    .toArray(float[][]::new);
            for (int i = 0; i < given.length; i++) {
                assertThat(vectors.add(given[i])).isEqualTo(i);
            }
            float[] query = random(random, DIMENSION);
            for (int place = given.length - 1; place >= 0; place--) {
                assertThat(dot(vectors, place, query)).isEqualTo(dot(given[place], query), Offset.offset(1e-5f));
            }
            assertThat(vectors.get(2_999)).isEqualTo(given[2_999]);
            assertThat(vectors.size()).isEqualTo(3_000);
            assertThat(cache.stats().active()).isGreaterThanOrEqualTo(vectors.bytes());
        }
        assertThat(cache.stats().active()).isZero();
    }

    @Test
    void vectorOfAnotherDimensionGetsNoOrdinalAndSkipsAdvanceOrdinals() {
        var random = new Random(2);
        try (var vectors = new VectorStore(cache, DIMENSION, Optional.empty())) {
            assertThat(vectors.add(random(random, 5))).isEqualTo(VectorStore.NONE);
            float[] one = random(random, DIMENSION);
            assertThat(vectors.add(one)).isZero();
            vectors.skip();
            assertThat(vectors.add(one)).isEqualTo(2);
            assertThat(dot(vectors, 2, one)).isEqualTo(1, Offset.offset(1e-5f));
            assertThat(dot(vectors, 1, one)).isZero();
        }
        try (var none = new VectorStore(cache, 0, Optional.empty())) {
            none.skip();
            assertThat(none.add(new float[3])).isEqualTo(VectorStore.NONE);
            assertThat(none.bytes()).isZero();
        }
    }

    @Test
    void vectorsAddedToAForkAreSeparate() {
        var random = new Random(4);
        try (var vectors = new VectorStore(cache, DIMENSION, Optional.empty())) {
            float[] first = random(random, DIMENSION);
            vectors.add(first);
            try (VectorStore fork = vectors.fork()) {
                float[] second = random(random, DIMENSION);
                int place = fork.add(second);
                float[] third = random(random, DIMENSION);
                int other = vectors.add(third);
                assertThat(fork.get(place)).isEqualTo(second);
                assertThat(fork.get(0)).isEqualTo(first);
                assertThat(vectors.get(other)).isEqualTo(third);
                assertThat(vectors.size()).isEqualTo(2);
            }
            assertThat(vectors.get(0)).isEqualTo(first);
        }
        assertThat(cache.stats().active()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 15, 16, 31, 64, 384, 1_000})
    void simdAndScalarDotProductsAreBitIdentical(int dimension) {
        var random = new Random(dimension);
        for (int round = 0; round < 50; round++) {
            float[] a = random(random, dimension);
            float[] b = random(random, dimension);
            var rows = new float[3 * dimension];
            System.arraycopy(b, 0, rows, dimension, dimension);
            float plain = new DotProduct.PlainDotProduct().of(a, rows, dimension);
            assertThat(plain).isEqualTo(dot(a, b), Offset.offset(1e-5f));
            assertThat(new SimdDotProduct().of(a, rows, dimension)).isEqualTo(plain);
            assertThat(new SimdDotProduct().of(a, rows, 0)).isZero();
        }
        assertThat(DotProduct.BEST).isInstanceOf(SimdDotProduct.class); // the tests run with the module
    }

    @Test
    void vectorsOverTheBudgetAreStoredOnTheHeap() {
        Arenas tight = Arenas.apart(ArenaOptions.DEFAULT.withBudget(ArenaKind.CACHE, 1 << 15));
        var random = new Random(3);
        try (ArenaAccount small = tight.account("small");
                var vectors = new VectorStore(small.arena(ArenaKind.CACHE), DIMENSION, Optional.empty())) {
            float[] first = random(random, DIMENSION);
            vectors.add(first);
            for (int i = 0; i < 2_000; i++) {
                vectors.add(random(random, DIMENSION));
            }
            assertThat(tight.stats(ArenaKind.CACHE).heapFallbacks()).isPositive();
            assertThat(dot(vectors, 0, first)).isEqualTo(1, Offset.offset(1e-5f));
        }
        assertThat(tight.stats(ArenaKind.CACHE).active()).isZero();
    }

    @Test
    void concurrentAddsAndReadsAreConsistent() throws Exception {
        try (var vectors = new VectorStore(cache, DIMENSION, Optional.empty())) {
            Threads.atOnce(8, thread -> () -> {
                var random = new Random(thread);
                for (int i = 0; i < 500; i++) {
                    float[] mine = random(random, DIMENSION);
                    int place = vectors.add(mine);
                    assertThat(dot(vectors, place, mine)).isEqualTo(1, Offset.offset(1e-5f));
                    assertThat(vectors.get(place)).isEqualTo(mine);
                }
                return thread;
            });
            assertThat(vectors.size()).isEqualTo(4_000);
        }
    }

    @Test
    void memoryOfAnUnreachableStoreIsReleased() {
        lose();
        Awaitility.await().until(() -> {
            System.gc();
            return cache.stats().active() == 0;
        });
        assertThat(cache.stats().leaks()).isZero();
    }

    private void lose() {
        var vectors = new VectorStore(cache, DIMENSION, Optional.empty());
        vectors.add(new float[DIMENSION]);
        assertThat(cache.stats().active()).isPositive();
        assertThat(Map.of(vectors, 1)).hasSize(1);
    }

    @Test
    void codesWithAKnownCentroidAreIndependentOfInsertionOrder() {
        var random = new Random(4);
        Optional<float[]> center = Optional.of(random(random, DIMENSION));
        int count = 2_500;
        float[][] all = IntStream.range(0, count)
                .mapToObj(_ -> random(random, DIMENSION))
                .toArray(float[][]::new);
        try (var one = new VectorStore(cache, DIMENSION, center);
                var other = new VectorStore(cache, DIMENSION, center);
                var unknown = new VectorStore(cache, DIMENSION, Optional.empty())) {
            for (int i = 0; i < count; i++) {
                one.add(all[i]);
                other.add(all[count - 1 - i]);
                other.encode(); // as soon as there are enough
                unknown.add(all[i]);
            }
            one.encode();
            unknown.encode();
            float[] query = random(random, DIMENSION);
            assertThat(unknown.search(query)).isNull(); // its middle would not be told well from so few
            VectorStore.Search byOne = one.search(query);
            VectorStore.Search byOther = other.search(query);
            for (int i = 0; i < count; i++) {
                assertThat(byOne.distance(i)).isEqualTo(byOther.distance(count - 1 - i));
            }
        }
    }
}
