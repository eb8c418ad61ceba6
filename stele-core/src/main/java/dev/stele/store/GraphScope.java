package dev.stele.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Bitemporal scope that selects relations by transaction time and by valid time. Immutable.
 *
 * @param known transaction time: relations that were on record then; empty for relations on record now
 * @param valid valid time: relations that held then; empty for relations of any valid time
 */
public record GraphScope(Optional<Instant> known, Optional<Instant> valid) {

    /** All relations on record now, of any valid time. */
    public static final GraphScope RECORDED = new GraphScope(Optional.empty(), Optional.empty());

    /** Returns the scope of relations that are on record now and hold at a time. */
    public static GraphScope validAt(Instant time) {
        return new GraphScope(Optional.empty(), Optional.of(time));
    }

    /** Returns the scope of relations that were on record at a time and held at that time. */
    public static GraphScope asOf(Instant time) {
        return new GraphScope(Optional.of(time), Optional.of(time));
    }
}
