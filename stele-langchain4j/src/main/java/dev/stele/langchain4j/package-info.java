/**
 * Adapters of LangChain4j over the memory of one agent: {@link dev.stele.langchain4j.SteleChatMemoryStore} keeps the
 * messages of chat memories, {@link dev.stele.langchain4j.SteleEmbeddingStore} stores embedded text segments,
 * {@link dev.stele.langchain4j.SteleContentRetriever} finds what the agent remembers,
 * {@link dev.stele.langchain4j.MemoryTools} lets a language model write and read the memory itself, and
 * {@link dev.stele.langchain4j.SteleAiServiceListener} and {@link dev.stele.langchain4j.SteleChatModelListener} remember
 * what was said.
 */
@NullMarked
package dev.stele.langchain4j;

import org.jspecify.annotations.NullMarked;
