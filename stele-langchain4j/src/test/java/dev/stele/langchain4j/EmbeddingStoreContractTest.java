package dev.stele.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreAddAllContract;
import dev.langchain4j.store.embedding.EmbeddingStoreRemoveAllContract;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import dev.stele.Stele;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The tests that LangChain4j publishes for every embedding store. */
class EmbeddingStoreContractTest {

    @TempDir
    static Path data;

    private static Stele stele;
    private static SteleEmbeddingStore store;
    private static int collections;

    @BeforeAll
    static void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
    }

    /** Gives each test a collection of its own, which takes less time than to erase what the last one wrote. */
    private static void useNewCollection() {
        store = new SteleEmbeddingStore(stele.agent("kira"), "collection " + collections++);
    }

    @AfterAll
    static void close() {
        stele.close();
    }

    @Nested
    class Filtering extends EmbeddingStoreWithFilteringIT {

        @Override
        protected EmbeddingStore<TextSegment> embeddingStore() {
            return store;
        }

        @Override
        protected EmbeddingModel embeddingModel() {
            return new LettersModel();
        }

        @Override
        protected void clearStore() {
            useNewCollection();
        }

        @Override
        protected boolean supportsContains() {
            return true;
        }
    }

    @Nested
    class Removal extends EmbeddingStoreWithRemovalIT {

        @BeforeEach
        void clear() {
            useNewCollection();
        }

        @Override
        protected EmbeddingStore<TextSegment> embeddingStore() {
            return store;
        }

        @Override
        protected EmbeddingModel embeddingModel() {
            return new LettersModel();
        }
    }

    @Nested
    class AddAll implements EmbeddingStoreAddAllContract {
        @Override
        public EmbeddingStore<TextSegment> embeddingStore() {
            return new SteleEmbeddingStore(stele.agent("other"));
        }
    }

    @Nested
    class RemoveAll implements EmbeddingStoreRemoveAllContract {
        @Override
        public EmbeddingStore<TextSegment> embeddingStore() {
            return new SteleEmbeddingStore(stele.agent("other"));
        }
    }
}
