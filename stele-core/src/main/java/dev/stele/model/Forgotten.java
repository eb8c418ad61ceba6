package dev.stele.model;

/**
 * What the erasure of a user removed. Immutable.
 *
 * @param context whether the user had a context
 * @param messages number of removed messages
 * @param notes number of removed notes
 * @param sessions number of removed sessions
 * @param interactions number of removed interactions
 */
public record Forgotten(boolean context, long messages, long notes, long sessions, long interactions) {

    /** Returns whether there was nothing to erase. */
    public boolean isNothing() {
        return !context && messages == 0 && notes == 0 && sessions == 0 && interactions == 0;
    }
}
