package dev.stele.index;

import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.store.StoreView;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** What happened between two changes to items that were there. For one thread. */
final class ChangedItems {

    private static final int PAGE = 1_000;

    /** By these an item is put aside. */
    private static final Set<ChangeKind> PUT_ASIDE =
            EnumSet.of(ChangeKind.MESSAGE_ARCHIVED, ChangeKind.OBSERVATION_RETIRED);

    /** By these it keeps its words. */
    private static final Set<ChangeKind> KEEPS_WORDS = EnumSet.of(ChangeKind.EMBEDDED, ChangeKind.NOTE_SUPERSEDED);

    private final Set<Long> items = new LinkedHashSet<>();
    /** Those of them that did not only get a vector. */
    private final Set<Long> others = new HashSet<>();

    private long reworded;

    ChangedItems(StoreView view, long since, long last) {
        for (long after = since; after < last; after += PAGE) {
            for (Change entry : view.changes(after, PAGE)) {
                add(entry, since);
            }
        }
    }

    private void add(Change entry, long since) {
        if (entry.kind() == ChangeKind.NOTE_REINFORCED) {
            return; // a picture shows nothing of what that changes
        }
        if (entry.item() > 0 && entry.item() <= since) {
            items.add(entry.item());
            if (entry.kind() != ChangeKind.EMBEDDED) {
                others.add(entry.item());
            }
        }
        // An item has the number of the change that made it.
        if (entry.item() > 0 && entry.item() != entry.number() && !KEEPS_WORDS.contains(entry.kind()) && !goes(entry)) {
            reworded = entry.number();
        }
    }

    /** Whether an item goes by a change, and its words with it. */
    private static boolean goes(Change entry) {
        return entry.kind().forgetsItem() || PUT_ASIDE.contains(entry.kind());
    }

    /** Items from before the first change that changed after it, in the order in which they did. The caller's own. */
    Set<Long> items() {
        return items;
    }

    /** Whether one of them is not what it was but for its vector. */
    boolean isAnother(long item) {
        return others.contains(item);
    }

    /** The last change by which any item, however new, may have got other words; 0 if none did. */
    long reworded() {
        return reworded;
    }
}
