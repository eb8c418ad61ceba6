package dev.stele.store;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Read access to lineage: from which items (messages, notes, entities and others, by number) each item was derived. See
 * {@link StoreView}.
 */
public interface LineageView {

    /** Source of an item that a caller wrote by hand before anything was derived into it. */
    long CALLER = 0;

    /** Returns the sources of several items, each in ascending order; an item without sources is absent. */
    Map<Long, List<Long>> sourcesOf(Collection<Long> items);

    /** Returns the numbers of the sources of an item, ascending; {@link #CALLER} stands for the caller. */
    List<Long> sources(long item);

    /** Returns the numbers of the items that were derived from a source, ascending. */
    List<Long> derived(long source);

    /** Passes every derived item with its sources to a consumer, in the order of the items. */
    void each(BiConsumer<Long, List<Long>> to);

    /** Returns the numbers of the items with the given ids, ascending. Unknown ids are left out. */
    List<Long> numbers(Collection<String> ids);

    /** Returns the ids of items by number. Unknown numbers are left out. */
    Map<Long, String> ids(Collection<Long> numbers);

    /** Returns the numbers of sources of a user that retention has removed. */
    List<Long> expiredOfUser(String user);

    /**
     * Source that retention has removed.
     *
     * @param user user of the message, if it had one
     * @param session session of the message
     */
    record ExpiredSource(Optional<String> user, String session) {}

    /** Returns whose a source was that retention has removed; empty if it is no such source. */
    Optional<ExpiredSource> expired(long source);

    /** Returns the numbers of sources of a session that retention has removed. */
    List<Long> expiredOfSession(String session);
}
