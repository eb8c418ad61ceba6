package dev.stele.language;

import dev.stele.model.ModelException;
import java.util.function.Consumer;

/** Client of a language model. Implementations must be thread-safe. Calls block and are meant for virtual threads. */
public interface LanguageModel {

    /** Returns the name of the model in replies and metrics. */
    String name();

    /**
     * Returns whether the implementation is rule-based instead of a language model; it then answers from the sources
     * alone and never fails.
     */
    default boolean offline() {
        return false;
    }

    /**
     * Generates a reply to a prompt.
     *
     * @param prompt instructions, sources and turns
     * @param delta receiver of the pieces of the reply; called by one thread at a time, and never after this method
     *     returns
     * @return complete reply
     * @throws ModelException if there is no complete reply; the exception holds the part received so far
     */
    Reply ask(Prompt prompt, Consumer<String> delta);

    /**
     * Generates a reply to a prompt without streaming.
     *
     * @throws ModelException if there is no complete reply
     */
    default Reply ask(Prompt prompt) {
        return ask(prompt, _ -> {});
    }
}
