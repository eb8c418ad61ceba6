package dev.stele.index;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Identity of an index snapshot within the tree of snapshots that were derived from each other. Thread-safe.
 *
 * <p>Caches keyed by ordinal (postings, activation, exact scores) outlive a single snapshot. They stay valid in every
 * later snapshot of the same <em>branch</em>, because a snapshot assigns new ordinals only at the end and never reuses
 * one. Two snapshots derived from the same parent may assign the same new ordinal to different items; the second one
 * therefore starts a new branch. A cache that was built at or before the fork remains valid on both branches.
 *
 * <pre>
 *   s0 ── s1 ── s2          branch A
 *          └─── s2'         branch B, forked at s1: a cache built at s1 is valid in s2', one built at s2 is not
 * </pre>
 */
public final class SnapshotLineage {

    private final long change;
    private final Line branch;
    /** Position of the snapshot in its branch; 0 for the first. */
    private final int step;

    /** Branch: a sequence of snapshots of which each was derived from the one before. */
    private static final class Line {
        /** Snapshot at which the branch forks off; null for a branch that starts with a new snapshot. */
        private final @Nullable SnapshotLineage forkedAt;
        /** Step of the latest snapshot of the branch; advanced by the thread that derives the next one. */
        private final AtomicInteger latest = new AtomicInteger();

        Line(@Nullable SnapshotLineage forkedAt) {
            this.forkedAt = forkedAt;
        }
    }

    private SnapshotLineage(long change, Line branch, int step) {
        this.change = change;
        this.branch = branch;
        this.step = step;
    }

    /**
     * Creates the lineage of a snapshot that is not derived from another.
     *
     * @param change number of the last change contained in the snapshot
     */
    static SnapshotLineage first(long change) {
        return new SnapshotLineage(change, new Line(null), 0);
    }

    /**
     * Creates the lineage of a snapshot that is derived from this one: on the same branch if it is the first one
     * derived, else on a new branch.
     *
     * @param nextChange number of the last change contained in the derived snapshot
     */
    SnapshotLineage next(long nextChange) {
        return branch.latest.compareAndSet(step, step + 1)
                ? new SnapshotLineage(nextChange, branch, step + 1)
                : new SnapshotLineage(nextChange, new Line(this), 0);
    }

    /** Returns the number of the last change contained in the snapshot; 0 for the initial empty snapshot. */
    public long change() {
        return change;
    }

    /**
     * Returns whether ordinals of {@code other} denote the same items in this snapshot, as far as they still exist.
     *
     * @param other lineage of the snapshot that a cached value was computed from
     * @return true if {@code other} is this snapshot or one of its ancestors
     */
    public boolean follows(SnapshotLineage other) {
        for (SnapshotLineage ancestor = this; ancestor != null; ancestor = ancestor.branch.forkedAt) {
            if (ancestor.branch == other.branch) {
                return ancestor.step >= other.step;
            }
        }
        return false;
    }

    /**
     * Returns whether this snapshot and {@code other} are on the same branch.
     *
     * @param other lineage of another snapshot
     */
    public boolean isOfLine(SnapshotLineage other) {
        return branch == other.branch;
    }
}
