package dev.stele.extract;

/**
 * Slot of a user model with its value: a question that has one answer at a time, such as where the user lives or
 * whether the user likes coffee. A note with a different value for the same slot replaces the earlier note. Immutable.
 *
 * @param name name of the slot, such as {@code lives_in} or {@code likes:coffee}
 * @param value value that fills the slot
 */
public record Slot(String name, String value) {}
