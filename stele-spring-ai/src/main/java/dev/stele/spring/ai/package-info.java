/**
 * Adapters of Spring AI over the memory of one agent: {@link dev.stele.spring.ai.SteleChatMemoryRepository} keeps the
 * messages of conversations, {@link dev.stele.spring.ai.SteleVectorStore} stores embedded documents, and
 * {@link dev.stele.spring.ai.SteleMemoryAdvisor} gives a model what the memory knows.
 */
@NullMarked
package dev.stele.spring.ai;

import org.jspecify.annotations.NullMarked;
