package dev.stele.language;

/**
 * An answer. Immutable.
 *
 * @param text all of it
 * @param model what answered
 * @param inputTokens how long the prompt was, as the model or else our own count says
 * @param outputTokens how long the answer is, likewise
 */
public record Reply(String text, String model, long inputTokens, long outputTokens) {}
