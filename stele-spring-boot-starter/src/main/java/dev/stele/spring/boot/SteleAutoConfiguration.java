package dev.stele.spring.boot;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.spring.ai.SteleChatMemoryRepository;
import dev.stele.spring.ai.SteleMemoryAdvisor;
import dev.stele.spring.ai.SteleVectorStore;
import dev.stele.store.DatabaseConfig;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of a memory: opens it when the application starts, closes it when the application ends, and
 * provides the memory of one agent, a chat memory repository, a memory advisor and, if there is an embedding model, a vector store. Every
 * bean gives way to one of the application.
 */
@AutoConfiguration(
        beforeName = "org.springframework.ai.model.chat.memory.autoconfigure.ChatMemoryAutoConfiguration",
        afterName = {
            "org.springframework.ai.model.openai.autoconfigure.OpenAiEmbeddingAutoConfiguration",
            "org.springframework.ai.model.ollama.autoconfigure.OllamaEmbeddingAutoConfiguration",
            "org.springframework.ai.model.transformers.autoconfigure.TransformersEmbeddingModelAutoConfiguration"
        })
@EnableConfigurationProperties(SteleProperties.class)
public class SteleAutoConfiguration {

    /**
     * Opens the memory.
     *
     * @param properties settings of the application
     */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    public Stele stele(SteleProperties properties) {
        SteleConfig.Builder config = SteleConfig.builder(properties.data())
                .embedder(properties.embedder())
                .readOnly(properties.readOnly());
        if (properties.url() != null) {
            config.database(DatabaseConfig.at(properties.url()));
        }
        Stele stele = Stele.open(config.build());
        if (properties.reflection()) {
            stele.startLearning();
        }
        return stele;
    }

    /** Returns the memory of the agent that the settings name. */
    @Bean
    @ConditionalOnMissingBean
    public AgentMemory steleAgentMemory(Stele stele, SteleProperties properties) {
        return stele.agent(properties.agent());
    }

    /** Returns the chat memory repository. */
    @Bean
    @ConditionalOnMissingBean(ChatMemoryRepository.class)
    public SteleChatMemoryRepository steleChatMemoryRepository(AgentMemory memory, SteleProperties properties) {
        return new SteleChatMemoryRepository(memory)
                .withRemoval(properties.chatMemory().removal());
    }

    /** Returns an advisor that gives a chat client the memory, and stores what is said, if the client uses it. */
    @Bean
    @ConditionalOnMissingBean
    public SteleMemoryAdvisor steleMemoryAdvisor(AgentMemory memory) {
        return new SteleMemoryAdvisor(memory);
    }

    /** Returns the vector store. */
    @Bean
    @ConditionalOnBean(EmbeddingModel.class)
    @ConditionalOnMissingBean(VectorStore.class)
    public SteleVectorStore steleVectorStore(
            AgentMemory memory,
            EmbeddingModel embeddingModel,
            SteleProperties properties,
            ObjectProvider<ObservationRegistry> observations) {
        SteleVectorStore.Builder builder = SteleVectorStore.builder(memory, embeddingModel)
                .collection(properties.vectorStore().collection());
        observations.ifUnique(builder::observationRegistry);
        return builder.build();
    }
}
