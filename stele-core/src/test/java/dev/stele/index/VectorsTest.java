package dev.stele.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.arena.ArenaAccount;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.support.Threads;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTest {

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

    private static float dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return (float) sum;
    }

    @Test
    void everyPlaceKeepsItsVectorAcrossChunks() {
        var random = new Random(1);
        try (var vectors = new Vectors(cache)) {
            float[][] given = IntStream.range(0, 3_000)
                    .mapToObj(_ -> random(random, DIMENSION))
                    .toArray(float[][]::new);
            for (int i = 0; i < given.length; i++) {
                assertThat(vectors.add(given[i])).isEqualTo(i);
            }
            float[] query = random(random, DIMENSION);
            int[] places = IntStream.range(0, given.length)
                    .map(i -> given.length - 1 - i)
                    .toArray();
            float[] near = vectors.similarities(places, query);
            for (int i = 0; i < places.length; i++) {
                assertThat(near[i]).isEqualTo(dot(given[places[i]], query), Offset.offset(1e-5f));
            }
            assertThat(vectors.get(2_999)).isEqualTo(given[2_999]);
            assertThat(vectors.size()).isEqualTo(3_000);
            assertThat(cache.stats().active()).isGreaterThanOrEqualTo(vectors.bytes());
        }
        assertThat(cache.stats().active()).isZero();
    }

    @Test
    void whatHasNoVectorOrOneOfAnotherModelIsNoNumber() {
        var random = new Random(2);
        try (var vectors = new Vectors(cache)) {
            float[] one = random(random, DIMENSION);
            int place = vectors.add(one);
            assertThat(vectors.add(random(random, 5))).isEqualTo(Vectors.NONE);
            assertThat(vectors.similarities(new int[] {Vectors.NONE, place}, one)[0])
                    .isNaN();
            assertThat(vectors.similarities(new int[] {place}, one)[0]).isEqualTo(1, Offset.offset(1e-5f));
            assertThat(vectors.similarities(new int[] {place}, random(random, 5))[0])
                    .isNaN();
        }
        try (var none = new Vectors(cache)) {
            assertThat(none.similarities(new int[] {Vectors.NONE}, new float[3])[0])
                    .isNaN();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 15, 16, 31, 64, 384, 1_000})
    void bothProductsAgree(int dimension) {
        var random = new Random(dimension);
        for (int round = 0; round < 50; round++) {
            float[] a = random(random, dimension);
            float[] b = random(random, dimension);
            MemorySegment segment = MemorySegment.ofArray(b);
            float plain = new DotProduct.PlainDotProduct().of(a, segment, 0);
            assertThat(plain).isEqualTo(dot(a, b), Offset.offset(1e-5f));
            assertThat(new WideDotProduct().of(a, segment, 0)).isEqualTo(plain, Offset.offset(1e-5f));
        }
        assertThat(DotProduct.BEST).isInstanceOf(WideDotProduct.class); // the tests run with the module
    }

    @Test
    void pastTheBudgetTheHeapServes() {
        Arenas tight = Arenas.apart(ArenaOptions.DEFAULT.withBudget(ArenaKind.CACHE, 1 << 15));
        var random = new Random(3);
        try (ArenaAccount small = tight.account("small");
                var vectors = new Vectors(small.arena(ArenaKind.CACHE))) {
            float[] first = random(random, DIMENSION);
            vectors.add(first);
            for (int i = 0; i < 2_000; i++) {
                vectors.add(random(random, DIMENSION));
            }
            assertThat(tight.stats(ArenaKind.CACHE).heapFallbacks()).isPositive();
            assertThat(vectors.similarities(new int[] {0}, first)[0]).isEqualTo(1, Offset.offset(1e-5f));
        }
        assertThat(tight.stats(ArenaKind.CACHE).active()).isZero();
    }

    @Test
    void manyAddWhileOthersRead() throws Exception {
        try (var vectors = new Vectors(cache)) {
            Threads.atOnce(8, thread -> () -> {
                var random = new Random(thread);
                for (int i = 0; i < 500; i++) {
                    float[] mine = random(random, DIMENSION);
                    int place = vectors.add(mine);
                    assertThat(vectors.similarities(new int[] {place}, mine)[0]).isEqualTo(1, Offset.offset(1e-5f));
                    assertThat(vectors.get(place)).isEqualTo(mine);
                }
                return thread;
            });
            assertThat(vectors.size()).isEqualTo(4_000);
        }
    }

    @Test
    void whatNobodyRefersToAnyMoreIsGivenBack() {
        lose();
        Awaitility.await().until(() -> {
            System.gc();
            return cache.stats().active() == 0;
        });
        assertThat(cache.stats().leaks()).isZero();
    }

    private void lose() {
        var vectors = new Vectors(cache);
        vectors.add(new float[DIMENSION]);
        assertThat(cache.stats().active()).isPositive();
        assertThat(Map.of(vectors, 1)).hasSize(1);
    }
}
