package dev.stele.language;

import dev.stele.model.ModelException;
import java.util.function.Consumer;

/** Something that answers a prompt. Thread-safe; calls block and are meant for virtual threads. */
public interface LanguageModel {

    /** What it is called in answers and figures. */
    String name();

    /** Whether it is no language model but rules, which answer from what they are given and never fail. */
    default boolean offline() {
        return false;
    }

    /**
     * Answers a prompt.
     *
     * @param delta gets the answer piece by piece as it comes; called by one thread at a time, and never after this returns
     * @throws ModelException if there is no whole answer; it holds what came until then
     */
    Reply ask(Prompt prompt, Consumer<String> delta);

    /** Answers a prompt in one piece. */
    default Reply ask(Prompt prompt) {
        return ask(prompt, _ -> {});
    }
}
