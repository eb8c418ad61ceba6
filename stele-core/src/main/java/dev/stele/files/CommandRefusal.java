package dev.stele.files;

import java.io.Serial;

/** Carries the text of a failed command to {@link MemoryFiles#run(MemoryCommand)}, which returns it as a reply. */
final class CommandRefusal extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String text;

    /**
     * Creates a refusal.
     *
     * @param text text for the model
     */
    CommandRefusal(String text) {
        super(text, null, false, false);
        this.text = text;
    }

    String text() {
        return text;
    }
}
