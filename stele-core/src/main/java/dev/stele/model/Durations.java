package dev.stele.model;

import java.time.Duration;

/** Formatting of durations for display. Stateless. */
public final class Durations {

    private Durations() {}

    /** Returns a duration in its largest unit that gives a whole number, such as {@code 20 s} or {@code 250 ms}. */
    public static String text(Duration time) {
        if (!time.isZero() && time.toNanosPart() % 1_000_000 != 0) {
            return time.toNanos() / 1e6 + " ms";
        }
        if (time.toMillisPart() != 0 || time.isZero()) {
            return time.toMillis() + " ms";
        }
        if (time.toSecondsPart() != 0) {
            return time.toSeconds() + " s";
        }
        if (time.toMinutesPart() != 0) {
            return time.toMinutes() + " min";
        }
        return time.toHours() + " h";
    }
}
