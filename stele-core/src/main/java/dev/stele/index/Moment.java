package dev.stele.index;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which picture one is, without what it shows. Pictures of which each was made from the one before are of one line: in all of them a
 * slot stands for the same item, if that is there. Two that were made from the same one may give a slot to different items, so the
 * second of them begins a line of its own. Thread-safe.
 */
public final class Moment {

    private final long change;
    private final Line line;
    /** In the line. */
    private final int step;

    /** Pictures of which each was made from the one before. */
    private static final class Line {
        /** The step of the latest one; whoever makes the next one moves it on. */
        private final AtomicInteger latest = new AtomicInteger();
    }

    private Moment(long change, Line line, int step) {
        this.change = change;
        this.line = line;
        this.step = step;
    }

    /** Of a picture that is made of nothing. */
    static Moment first(long change) {
        return new Moment(change, new Line(), 0);
    }

    /** Of a picture that is made from this one's. */
    Moment next(long at) {
        return line.latest.compareAndSet(step, step + 1) ? new Moment(at, line, step + 1) : first(at);
    }

    /** The number of the latest change that the picture shows. */
    public long change() {
        return change;
    }

    /** Whether every slot of the other picture stands for the same item in this one, if that is there. */
    public boolean follows(Moment other) {
        return line == other.line && step >= other.step;
    }
}
