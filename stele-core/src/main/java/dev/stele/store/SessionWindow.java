package dev.stele.store;

import dev.stele.model.Document;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageWindow;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Window of a session: the messages that a chat memory presents to a language model, in their order. The messages
 * themselves belong to the session, and stay there when they leave the window. The window is stored as a document of an
 * internal collection.
 */
public final class SessionWindow {

    private static final String IDS = "messages";
    private static final String VERSION = "version";
    private static final String USER = "user";
    private static final String PROPERTIES = "properties";

    private SessionWindow() {}

    /** Returns all windows, the oldest first. */
    public static List<MessageWindow> all(DocumentView view) {
        return view.addedAfter(Document.WINDOWS, 0, Integer.MAX_VALUE).stream()
                .map(SessionWindow::window)
                .toList();
    }

    /** Returns the window of a session; empty if it has none. */
    public static Optional<MessageWindow> find(DocumentView view, String session) {
        return view.document(Document.WINDOWS, session).map(SessionWindow::window);
    }

    private static MessageWindow window(Document document) {
        JsonObject data = JsonObject.of("window", document.metadata());
        return new MessageWindow(
                document.id(),
                data.strings(IDS),
                data.optionalLong(VERSION).orElse(0L),
                data.optionalString(USER),
                data.map(PROPERTIES));
    }

    private static Map<String, @Nullable Object> data(MessageWindow window) {
        return Json.fields()
                .put(IDS, window.messages())
                .put(VERSION, window.version())
                .put(USER, window.user())
                .put(PROPERTIES, window.properties().isEmpty() ? null : window.properties())
                .map();
    }

    /** Returns the ids of the messages in the window of a session; empty if it has none. */
    public static List<String> ids(DocumentView view, String session) {
        return find(view, session).map(MessageWindow::messages).orElse(List.of());
    }

    /** Returns the messages in the window of a session, without those that were removed from the memory. */
    public static List<Message> messages(StoreView view, String session) {
        List<String> ids = ids(view.documents(), session);
        if (ids.isEmpty()) {
            return List.of();
        }
        Map<String, Message> messages = view.messages(ids);
        return ids.stream().map(messages::get).filter(Objects::nonNull).toList();
    }

    /**
     * Stores a window. One without messages that was not opened by itself is removed.
     *
     * @param edit the write transaction
     * @param window the window
     * @param at time of the write
     */
    public static void put(DocumentEdit edit, MessageWindow window, Instant at) {
        Optional<Document> existing = edit.document(Document.WINDOWS, window.session());
        if (window.messages().isEmpty() && !window.isOpened()) {
            existing.ifPresent(edit::delete);
        } else if (existing.isEmpty()) {
            edit.add(Document.internal(Document.WINDOWS, window.session(), at, data(window)));
        } else if (!window(existing.get()).equals(window)) {
            edit.update(existing.get().withData(at, data(window)));
        }
    }

    /**
     * Replaces the messages of the window of a session, which may not have a window yet.
     *
     * @param edit the write transaction
     * @param session id of the session
     * @param ids ids of the messages
     * @param at time of the write
     */
    public static void put(DocumentEdit edit, String session, List<String> ids, Instant at) {
        put(edit, find(edit, session).orElse(MessageWindow.empty(session)).withMessages(ids), at);
    }

    /** Removes the window of a session; its messages stay in the session. */
    public static void delete(DocumentEdit edit, String session) {
        edit.document(Document.WINDOWS, session).ifPresent(edit::delete);
    }

    /**
     * Removes messages from the window of a session.
     *
     * @param edit the write transaction
     * @param session id of the session
     * @param erased ids of the removed messages
     * @param at time of the write
     */
    public static void remove(DocumentEdit edit, String session, Set<String> erased, Instant at) {
        List<String> ids = ids(edit, session);
        if (ids.stream().anyMatch(erased::contains)) {
            put(edit, session, ids.stream().filter(id -> !erased.contains(id)).toList(), at);
        }
    }
}
