package dev.stele.store.sql;

import dev.stele.model.ChangeKind;
import org.jspecify.annotations.Nullable;

/** Where writers of tables note changes, inside one transaction. */
interface ChangeLog {

    /** Draws a number for a change of an item that is there, or of none: 0. */
    long change(ChangeKind kind, long item, @Nullable String ref);

    /** Draws a number for an item that the change creates. */
    long creation(ChangeKind kind, String id);

    /** Takes what is deleted out of the log and the files. */
    void erase(long item);

    /** Takes the name of what is no item out of the log, and what is deleted out of the files. */
    void erase(String ref);
}
