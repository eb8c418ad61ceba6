package dev.stele.support;

import dev.stele.model.ItemKind;
import dev.stele.store.ItemRow;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Rows of pictures that are made without a store. */
public final class Rows {

    private Rows() {}

    /** A message of ana's that differs from others only in these; said in the order of the numbers. */
    public static ItemRow message(long number, String session, Optional<float[]> vector) {
        return new ItemRow(
                number,
                ItemKind.MESSAGE,
                "m" + number,
                session,
                "ana",
                "user",
                "ana",
                Instant.ofEpochMilli(number),
                10,
                0,
                0,
                0.5,
                Set.of(),
                false,
                Optional.empty(),
                Optional.empty(),
                vector);
    }
}
