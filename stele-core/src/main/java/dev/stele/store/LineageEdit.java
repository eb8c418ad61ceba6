package dev.stele.store;

import java.util.Collection;

/** Write access to lineage within one write transaction, see {@link StoreEdit}. */
public interface LineageEdit extends LineageView {

    /**
     * Adds sources of an item. The first sources of an item that an earlier edit wrote without sources are added beside
     * {@link #CALLER}, since the item does not depend on them alone.
     *
     * @param item number of the item
     * @param sources numbers of the sources
     */
    void derive(long item, Collection<Long> sources);

    /**
     * For import: adds sources of an item as they were exported, {@link #CALLER} among them.
     *
     * @param item number of the item
     * @param sources numbers of the sources
     */
    void importSources(long item, Collection<Long> sources);

    /**
     * Adds the sources of one item to another item, which was made from it.
     *
     * @param item number of the item that was made
     * @param from number of the item whose sources are added
     */
    void inherit(long item, long from);

    /** Removes an erased source from the lineage of all items. */
    void release(long source);
}
