package dev.stele.model;

/** What becomes of messages that leave the window of a session. */
public enum WindowRemoval {
    /** They stay in the session and can be recalled. */
    KEEP,
    /** They are erased with everything that was derived from them. */
    ERASE
}
