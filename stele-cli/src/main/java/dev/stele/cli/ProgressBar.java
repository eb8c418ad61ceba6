package dev.stele.cli;

import java.util.Locale;

/** Progress bar on standard error; shown in an interactive terminal only. Not thread-safe. */
final class ProgressBar implements AutoCloseable {

    private static final int WIDTH_CHARS = 30;

    /** Minimum time between two updates, in nanoseconds. */
    private static final long MIN_INTERVAL_NANOS = 100_000_000;

    private final String label;
    private final long total;
    private final boolean shown;
    private long drawnAt;

    /**
     * Creates a bar, which appears with the first update.
     *
     * @param label text before the bar
     * @param total whole amount of work, in the unit of {@link #update}
     */
    ProgressBar(String label, long total) {
        this.label = label;
        this.total = Math.max(1, total);
        this.shown = Output.isInteractive();
    }

    /** Shows the amount of work that is done. Ignores calls in quick succession. */
    void update(long done) {
        if (shown && System.nanoTime() - drawnAt > MIN_INTERVAL_NANOS) {
            drawnAt = System.nanoTime();
            draw(Math.min(done, total));
        }
    }

    private void draw(long done) {
        int filled = (int) (WIDTH_CHARS * done / total);
        System.err.print(String.format(
                Locale.ROOT,
                "\r%s [%s%s] %d %%",
                label,
                "#".repeat(filled),
                "-".repeat(WIDTH_CHARS - filled),
                100 * done / total));
    }

    /** Removes the bar. */
    @Override
    public void close() {
        if (shown) {
            System.err.print("\r" + " ".repeat(label.length() + WIDTH_CHARS + 10) + "\r");
        }
    }
}
