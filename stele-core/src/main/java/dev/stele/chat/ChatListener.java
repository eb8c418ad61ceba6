package dev.stele.chat;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Message;
import java.util.List;

/**
 * Hears of a chat's answer as it comes. Called by the thread that asked. What it throws ends the answer: what had come of it is kept.
 */
public interface ChatListener {

    /** Listens to nothing. */
    ChatListener NONE = new ChatListener() {};

    /** The user's message is on stable storage. */
    default void remembered(Message question) {}

    /** The answer may draw on these. */
    default void sources(List<Source> sources) {}

    /** A piece of the answer. */
    default void delta(String piece) {}
}
