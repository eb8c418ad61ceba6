package dev.stele.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.spring.ai.SteleChatMemoryRepository;
import dev.stele.spring.ai.SteleMemoryAdvisor;
import dev.stele.spring.ai.SteleSessionRepository;
import dev.stele.spring.ai.SteleVectorStore;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.chat.memory.InMemoryChatMemoryRepository;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.session.InMemorySessionRepository;
import org.springframework.ai.session.Session;
import org.springframework.ai.session.SessionRepository;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class SteleAutoConfigurationTest {

    @TempDir
    Path data;

    private ApplicationContextRunner application;

    @BeforeEach
    void prepare() {
        application = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SteleAutoConfiguration.class,
                        SteleHealthAutoConfiguration.class,
                        SteleMetricsAutoConfiguration.class,
                        SteleSessionAutoConfiguration.class))
                .withPropertyValues("stele.data=" + data, "stele.agent=kira");
    }

    /** A model with the same vector for every text. */
    private static final class OneVector implements EmbeddingModel {
        @Override
        public EmbeddingResponse call(EmbeddingRequest request) {
            return new EmbeddingResponse(request.getInstructions().stream()
                    .map(text -> new Embedding(embed(text), 0))
                    .toList());
        }

        @Override
        public float[] embed(Document document) {
            return new float[] {1, 2};
        }

        @Override
        public float[] embed(String text) {
            return new float[] {1, 2};
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            return texts.stream().map(this::embed).toList();
        }
    }

    @Test
    void applicationHasAMemoryThatIsClosedWithIt() {
        application.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(VectorStore.class);
            context.getBean(AgentMemory.class).remember(MessageDraft.user("s", "ana", "My dog is called Rex."));
            var repository = context.getBean(ChatMemoryRepository.class);
            assertThat(repository).isInstanceOf(SteleChatMemoryRepository.class);
            repository.saveAll("c", List.of(new UserMessage("hello")));
        });
        application.run(context -> {
            assertThat(context.getBean(ChatMemoryRepository.class).findByConversationId("c"))
                    .containsExactly(new UserMessage("hello"));
            assertThat(context.getBean(AgentMemory.class)
                            .recall("dog")
                            .hits()
                            .getFirst()
                            .content())
                    .isEqualTo("My dog is called Rex.");
        });
    }

    @Test
    void vectorStoreNeedsAnEmbeddingModel() {
        application
                .withBean(EmbeddingModel.class, OneVector::new)
                .withPropertyValues("stele.vector-store.collection=mine")
                .run(context -> {
                    var store = context.getBean(SteleVectorStore.class);
                    store.add(List.of(new Document("one")));
                    assertThat(store.similaritySearch("one")).hasSize(1);
                    assertThat(context.getBean(AgentMemory.class).segments().count("mine"))
                            .isEqualTo(1);
                });
    }

    @Test
    void sessionsAreKeptIfTheApplicationHasTheirApi() {
        application.run(context -> {
            assertThat(context).hasSingleBean(SteleMemoryAdvisor.class);
            var sessions = context.getBean(SessionRepository.class);
            sessions.save(Session.builder().id("s").userId("ana").build());
        });
        application.run(
                context -> assertThat(context.getBean(SessionRepository.class).findById("s"))
                        .isNotNull());
        application
                .withClassLoader(new FilteredClassLoader("org.springframework.ai.session"))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Stele.class));
        application
                .withBean(
                        SessionRepository.class,
                        () -> InMemorySessionRepository.builder().build())
                .run(context -> assertThat(context).doesNotHaveBean(SteleSessionRepository.class));
    }

    @Test
    void healthAndMetricsAreThereIfTheApplicationHasThem() {
        application.run(context -> {
            context.getBean(AgentMemory.class).remember(MessageDraft.user("s", "ana", "hello"));
            assertThat(context.getBean(SteleHealthIndicator.class).health().getStatus())
                    .isEqualTo(Status.UP);
            var registry = new SimpleMeterRegistry();
            context.getBean("steleMetrics", MeterBinder.class).bindTo(registry);
            assertThat(registry.get("stele.agents.open").gauge().value()).isEqualTo(1);
            assertThat(registry.get("stele.agents.opens").functionCounter().count())
                    .isEqualTo(1);
        });
        application
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.health", "io.micrometer.core"))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Stele.class));
        application
                .withPropertyValues("management.health.stele.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(SteleHealthIndicator.class));
    }

    @Test
    void beansOfTheApplicationComeFirst() {
        application
                .withBean(ChatMemoryRepository.class, InMemoryChatMemoryRepository::new)
                .run(context -> assertThat(context.getBean(ChatMemoryRepository.class))
                        .isInstanceOf(InMemoryChatMemoryRepository.class));
    }

    @Test
    void aWrongSettingIsNamed() {
        application
                .withPropertyValues("stele.embedder=nonsense")
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("nonsense"));
        application
                .withPropertyValues("stele.chat-memory.removal=nonsense")
                .run(context -> assertThat(context.getStartupFailure())
                        .isNotNull()
                        .hasStackTraceContaining("stele.chat-memory.removal"));
    }

    @Test
    void everySettingIsDescribedForEditors() throws Exception {
        try (var metadata = getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            String json = new String(metadata.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(json)
                    .contains("\"stele.data\"", "\"stele.chat-memory.removal\"", "\"stele.vector-store.collection\"")
                    .contains("Directory with the data.");
        }
    }
}
