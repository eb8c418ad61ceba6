package dev.stele.extract;

/**
 * A question about somebody that has one answer at a time, and the answer: where they live, whether they like coffee. A note that
 * answers it otherwise takes the place of the one before. Immutable.
 *
 * @param name of the question, such as {@code lives_in} or {@code likes:coffee}
 * @param value the answer
 */
public record Slot(String name, String value) {}
