/**
 * Prompt contexts: text from the memory about a topic, within a token limit. {@link dev.stele.context.ContextQuery}
 * states what is asked for, {@link dev.stele.context.PromptContext} is the result. The entry point is
 * {@link dev.stele.AgentMemory#context}.
 */
@NullMarked
package dev.stele.context;

import org.jspecify.annotations.NullMarked;
