package dev.stele.spring.boot;

import dev.stele.model.WindowRemoval;
import dev.stele.spring.ai.SteleVectorStore;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the memory of an application. Immutable.
 *
 * @param data Directory with the data. It is created if it does not exist.
 * @param url JDBC URL of a PostgreSQL database that holds the memory instead of the directory; needs stele-postgres.
 * @param agent Name of the agent whose memory the application uses.
 * @param embedder Name of the embedding model of recall; auto for any on the class path, none for keywords only.
 * @param readOnly Whether nothing is written.
 * @param reflection Whether notes are extracted from interactions in the background.
 * @param chatMemory Settings of the chat memory repository.
 * @param vectorStore Settings of the vector store.
 */
@ConfigurationProperties("stele")
public record SteleProperties(
        @DefaultValue("stele-data") Path data,
        @Nullable String url,
        @DefaultValue("default") String agent,
        @DefaultValue("auto") String embedder,
        @DefaultValue("false") boolean readOnly,
        @DefaultValue("false") boolean reflection,
        @DefaultValue ChatMemory chatMemory,
        @DefaultValue VectorStore vectorStore) {

    /**
     * Settings of the chat memory repository.
     *
     * @param removal What becomes of messages that leave a chat memory: keep or erase.
     */
    public record ChatMemory(@DefaultValue("keep") WindowRemoval removal) {}

    /**
     * Settings of the vector store.
     *
     * @param collection Name of the collection of the documents.
     */
    public record VectorStore(
            @DefaultValue(SteleVectorStore.DEFAULT_COLLECTION)
            String collection) {}
}
