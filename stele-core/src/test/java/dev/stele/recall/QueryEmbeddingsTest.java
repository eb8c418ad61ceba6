package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.embedding.Embedder;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class QueryEmbeddingsTest {

    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();

    private final Embedder model = new WordEmbedder() {
        @Override
        public List<float[]> embed(List<String> texts) {
            made.incrementAndGet();
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the model is down");
            }
            return super.embed(texts);
        }
    };

    @Test
    void concurrentEqualQueriesAreEmbeddedOnce() throws Exception {
        var vectors = new QueryEmbeddings();
        List<float[]> all = Threads.atOnce(16, _ -> () -> vectors.of(model, "who is there?"));
        assertThat(all).allMatch(vector -> vector == all.getFirst());
        assertThat(made).hasValue(1);
        vectors.of(model, "who else?");
        assertThat(made).hasValue(2);
    }

    @Test
    void failedEmbeddingIsThrownAndNotCached() {
        var vectors = new QueryEmbeddings();
        failures.set(1);
        assertThatThrownBy(() -> vectors.of(model, "who is there?")).hasMessageContaining("down");
        assertThat(vectors.of(model, "who is there?")).hasSize(64);
    }

    @Test
    void prefetchedQueryIsNotEmbeddedAgain() {
        var vectors = new QueryEmbeddings();
        vectors.prefetch(model, "who is there?");
        Awaitility.await().untilAtomic(made, org.hamcrest.Matchers.is(1));
        assertThat(vectors.of(model, "who is there?")).hasSize(64);
        assertThat(made).hasValue(1);
        failures.set(1);
        vectors.prefetch(model, "who else?"); // fails without an error for the caller
        Awaitility.await().untilAtomic(made, org.hamcrest.Matchers.is(2));
        assertThat(vectors.of(model, "who else?")).hasSize(64);
    }
}
