package dev.stele.cli;

import java.util.Locale;

/** How far a long work is, on standard error, when a person looks on. For one thread. */
final class ProgressBar implements AutoCloseable {

    private static final int WIDTH = 30;
    private static final long PAUSE = 100_000_000;

    private final String label;
    private final long total;
    private final boolean shown;
    private long drawnAt;

    ProgressBar(String label, long total) {
        this.label = label;
        this.total = Math.max(1, total);
        this.shown = Output.interactive();
    }

    void at(long done) {
        if (shown && System.nanoTime() - drawnAt > PAUSE) {
            drawnAt = System.nanoTime();
            draw(Math.min(done, total));
        }
    }

    private void draw(long done) {
        int filled = (int) (WIDTH * done / total);
        System.err.print(String.format(
                Locale.ROOT,
                "\r%s [%s%s] %d %%",
                label,
                "#".repeat(filled),
                "-".repeat(WIDTH - filled),
                100 * done / total));
    }

    /** Takes the bar away. */
    @Override
    public void close() {
        if (shown) {
            System.err.print("\r" + " ".repeat(label.length() + WIDTH + 10) + "\r");
        }
    }
}
