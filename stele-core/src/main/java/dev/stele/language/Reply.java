package dev.stele.language;

/**
 * Reply of a language model. Immutable.
 *
 * @param text complete text
 * @param model name of the model that replied
 * @param inputTokens number of tokens of the prompt, as reported by the model or else counted locally
 * @param outputTokens number of tokens of the reply, as reported by the model or else counted locally
 */
public record Reply(String text, String model, long inputTokens, long outputTokens) {}
