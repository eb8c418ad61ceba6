package dev.stele.store.sql;

import dev.stele.model.ChangeKind;
import org.jspecify.annotations.Nullable;

/** Change log as the writers of tables use it, inside one transaction. */
interface ChangeLog {

    /**
     * Appends a change.
     *
     * @param item number of the existing item that changed; 0 for none
     * @return number of the change
     */
    long change(ChangeKind kind, long item, @Nullable String ref);

    /**
     * Appends the creation of an item.
     *
     * @return number of the change, which is also the number of the item
     */
    long creation(ChangeKind kind, String id);

    /** Removes the id of an erased item from the log and schedules a scrub of the files. */
    void erase(long item);

    /** Schedules a scrub of the files, since a text was replaced of which no version is kept. */
    void scrub();

    /** Removes the id of something that is not an item from the log and schedules a scrub of the files. */
    void erase(String ref);
}
