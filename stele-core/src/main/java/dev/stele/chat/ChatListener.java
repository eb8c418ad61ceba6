package dev.stele.chat;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Message;
import java.util.List;

/**
 * Receiver of a chat reply while it is generated. The thread that asked calls it. An exception from a listener ends the
 * reply; the part generated so far is stored.
 */
public interface ChatListener {

    /** Listener that ignores all events. */
    ChatListener NONE = new ChatListener() {};

    /** Called when the message of the user is on stable storage. */
    default void remembered(Message question) {}

    /**
     * Called with the sources that the reply may draw on, before the reply begins. {@link ChatReply#sources} has those
     * that it cites.
     */
    default void searched(List<Source> sources) {}

    /** Called with each piece of the reply. */
    default void delta(String piece) {}
}
