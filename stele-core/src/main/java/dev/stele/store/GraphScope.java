package dev.stele.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Which relations count. Immutable.
 *
 * @param known what was on record then; empty for what is on record now
 * @param valid what held then; empty for whatever held or will hold
 */
public record GraphScope(Optional<Instant> known, Optional<Instant> valid) {

    /** All that is on record now, whenever it held. */
    public static final GraphScope RECORDED = new GraphScope(Optional.empty(), Optional.empty());

    /** What is on record now and holds at a time. */
    public static GraphScope validAt(Instant time) {
        return new GraphScope(Optional.empty(), Optional.of(time));
    }

    /** What was on record at a time and held then. */
    public static GraphScope asOf(Instant time) {
        return new GraphScope(Optional.of(time), Optional.of(time));
    }
}
