/**
 * Adapters of LangChain4j over the memory of one agent: {@link dev.stele.langchain4j.SteleChatMemoryStore} keeps the
 * messages of chat memories, {@link dev.stele.langchain4j.SteleEmbeddingStore} stores embedded text segments,
 * {@link dev.stele.langchain4j.SteleContentRetriever} finds what the agent remembers, and
 * {@link dev.stele.langchain4j.MemoryTools} lets a language model write and read the memory itself.
 */
@NullMarked
package dev.stele.langchain4j;

import org.jspecify.annotations.NullMarked;
