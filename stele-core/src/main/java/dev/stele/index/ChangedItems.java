package dev.stele.index;

import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.store.StoreView;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Summary of the change log between two changes: which existing items changed, and how. {@link IndexSnapshot#catchUp}
 * uses it to update a snapshot. Not thread-safe.
 */
final class ChangedItems {

    /** Maximum number of changes that are read from the store in one call. */
    private static final int PAGE_SIZE = 1_000;

    /** Kinds of changes that take an item out of the live items without erasing it. */
    private static final Set<ChangeKind> PUT_ASIDE =
            EnumSet.of(ChangeKind.MESSAGE_ARCHIVED, ChangeKind.OBSERVATION_RETIRED);

    /** Kinds of changes after which an item keeps its terms. */
    private static final Set<ChangeKind> KEEPS_WORDS = EnumSet.of(ChangeKind.EMBEDDED, ChangeKind.NOTE_SUPERSEDED);

    private final Set<Long> items = new LinkedHashSet<>();
    /** Those of {@link #items} that changed in more than their vector. */
    private final Set<Long> changedBeyondVector = new HashSet<>();

    private long reworded;

    /**
     * Reads the change log.
     *
     * @param view store view
     * @param since number of the change after which changes are read
     * @param last number of the last change to read
     */
    ChangedItems(StoreView view, long since, long last) {
        for (long after = since; after < last; after += PAGE_SIZE) {
            for (Change entry : view.changes(after, PAGE_SIZE)) {
                add(entry, since);
            }
        }
    }

    private void add(Change entry, long since) {
        if (entry.kind() == ChangeKind.NOTE_REINFORCED) {
            return; // a snapshot contains nothing that this kind of change affects
        }
        if (entry.item() > 0 && entry.item() <= since) {
            items.add(entry.item());
            if (entry.kind() != ChangeKind.EMBEDDED) {
                changedBeyondVector.add(entry.item());
            }
        }
        // The number of an item is the number of the change that created it.
        if (entry.item() > 0 && entry.item() != entry.number() && !KEEPS_WORDS.contains(entry.kind()) && !goes(entry)) {
            reworded = entry.number();
        }
    }

    /** Returns whether a change takes an item out of the live items, and its terms with it. */
    private static boolean goes(Change entry) {
        return entry.kind().forgetsItem() || PUT_ASIDE.contains(entry.kind());
    }

    /**
     * Returns the numbers of the items that existed at the first change and changed after it, in the order of their
     * first change. The caller may change the set.
     */
    Set<Long> items() {
        return items;
    }

    /**
     * Returns whether an item changed in more than its vector.
     *
     * @param item one of {@link #items}
     */
    boolean isAnother(long item) {
        return changedBeyondVector.contains(item);
    }

    /**
     * Returns the number of the last change that may have changed the terms of any item, new ones included; 0 if there
     * is none.
     */
    long reworded() {
        return reworded;
    }
}
