package dev.stele.model;

import org.jspecify.annotations.Nullable;

/** Thrown if a language model gave no complete reply. */
public final class ModelException extends SteleException {

    private static final long serialVersionUID = 1L;

    private final String partial;

    /**
     * Creates an exception.
     *
     * @param message what happened, to which model, and what to do next
     * @param partial part of the reply received so far; empty text for none
     * @param cause underlying failure; null for none
     */
    public ModelException(String message, String partial, @Nullable Throwable cause) {
        super("model-failed", message, cause);
        this.partial = partial;
    }

    /** Returns the part of the reply received before the failure; empty text for none. */
    public String partial() {
        return partial;
    }
}
