package dev.stele.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * State of the window of a session: which of its messages a chat memory presents to a language model, in which order.
 * Immutable.
 *
 * @param session id of the session
 * @param messages ids of the messages in the window, in its order
 * @param version number of changes of {@code messages} so far, by which a caller notices those of others
 * @param user user for whom the window was opened; empty for none
 * @param properties JSON values that the opener keeps with the window
 */
public record MessageWindow(
        String session,
        List<String> messages,
        long version,
        Optional<String> user,
        Map<String, @Nullable Object> properties) {

    public MessageWindow {
        messages = List.copyOf(messages);
        properties = Json.copyMap(properties);
    }

    /** Returns a window without messages, user and properties. */
    public static MessageWindow empty(String session) {
        return new MessageWindow(session, List.of(), 0, Optional.empty(), Map.of());
    }

    /** Returns whether the window was opened by itself, so that it stays when it has no messages. */
    public boolean isOpened() {
        return user.isPresent() || !properties.isEmpty();
    }

    /** Returns a copy with other messages and the next version; this window if they are the same. */
    public MessageWindow withMessages(List<String> ids) {
        return ids.equals(messages) ? this : new MessageWindow(session, ids, version + 1, user, properties);
    }

    /** Returns a copy with another user and other properties, and the same version. */
    public MessageWindow withOpener(Optional<String> newUser, Map<String, ? extends @Nullable Object> newProperties) {
        return new MessageWindow(session, messages, version, newUser, Json.copyMap(newProperties));
    }
}
