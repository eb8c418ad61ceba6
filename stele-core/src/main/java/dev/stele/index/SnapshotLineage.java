package dev.stele.index;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which picture one is, without what it shows. Pictures of which each was made from the one before are of one line: in all of them a
 * slot stands for the same item, if that is there. Two that were made from the same one may give a slot to different items, so the
 * second of them begins a line of its own, which branches off: what is known of slots in pictures up to the one that both were made from holds in
 * it too. Thread-safe.
 */
public final class SnapshotLineage {

    private final long change;
    private final Line line;
    /** In the line. */
    private final int step;

    /** Pictures of which each was made from the one before. */
    private static final class Line {
        /** Where it branches off, if it does. */
        private final @Nullable SnapshotLineage from;
        /** The step of the latest one; whoever makes the next one moves it on. */
        private final AtomicInteger latest = new AtomicInteger();

        Line(@Nullable SnapshotLineage from) {
            this.from = from;
        }
    }

    private SnapshotLineage(long change, Line line, int step) {
        this.change = change;
        this.line = line;
        this.step = step;
    }

    /** Of a picture that is made of nothing. */
    static SnapshotLineage first(long change) {
        return new SnapshotLineage(change, new Line(null), 0);
    }

    /** Of a picture that is made from this one's. */
    SnapshotLineage next(long at) {
        return line.latest.compareAndSet(step, step + 1)
                ? new SnapshotLineage(at, line, step + 1)
                : new SnapshotLineage(at, new Line(this), 0);
    }

    /** The number of the latest change that the picture shows. */
    public long change() {
        return change;
    }

    /** Whether every slot of the other picture stands for the same item in this one, if that is there. */
    public boolean follows(SnapshotLineage other) {
        for (SnapshotLineage moment = this; moment != null; moment = moment.line.from) {
            if (moment.line == other.line) {
                return moment.step >= other.step;
            }
        }
        return false;
    }

    /** Whether this picture and the other are of one line. */
    public boolean isOfLine(SnapshotLineage other) {
        return line == other.line;
    }
}
