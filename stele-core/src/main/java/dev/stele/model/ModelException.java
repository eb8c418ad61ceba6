package dev.stele.model;

import org.jspecify.annotations.Nullable;

/** A language model gave no whole answer. */
public final class ModelException extends SteleException {

    private static final long serialVersionUID = 1L;

    private final String partial;

    /**
     * @param message what happened, to which model, and what to do
     * @param partial what had come of the answer; empty text for nothing
     */
    public ModelException(String message, String partial, @Nullable Throwable cause) {
        super("model-failed", message, cause);
        this.partial = partial;
    }

    /** What had come of the answer; empty text for nothing. */
    public String partial() {
        return partial;
    }
}
