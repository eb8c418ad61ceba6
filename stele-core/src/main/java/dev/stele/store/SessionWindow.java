package dev.stele.store;

import dev.stele.model.Document;
import dev.stele.model.Message;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Window of a session: the messages that a chat memory presents to a language model, in their order. The messages
 * themselves belong to the session, and stay there when they leave the window. The window is stored as a document of an
 * internal collection.
 */
public final class SessionWindow {

    private static final String IDS = "messages";

    private SessionWindow() {}

    /** Returns the ids of the sessions that have a window, the one with the oldest window first. */
    public static List<String> sessions(DocumentView view) {
        return view.addedAfter(Document.WINDOWS, 0, Integer.MAX_VALUE).stream()
                .map(Document::id)
                .toList();
    }

    /** Returns the ids of the messages in the window of a session; empty if it has none. */
    public static List<String> ids(DocumentView view, String session) {
        return view.document(Document.WINDOWS, session).map(SessionWindow::ids).orElse(List.of());
    }

    private static List<String> ids(Document window) {
        return window.metadata().get(IDS) instanceof List<?> ids
                ? ids.stream().map(String::valueOf).toList()
                : List.of();
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
     * Replaces the window of a session.
     *
     * @param edit the write transaction
     * @param session id of the session
     * @param ids ids of the messages; none to remove the window
     * @param at time of the write
     */
    public static void put(DocumentEdit edit, String session, List<String> ids, Instant at) {
        Optional<Document> existing = edit.document(Document.WINDOWS, session);
        if (ids.isEmpty()) {
            existing.ifPresent(edit::delete);
            return;
        }
        Document window = Document.internal(Document.WINDOWS, session, at, Map.of(IDS, ids));
        if (existing.isEmpty()) {
            edit.add(window);
        } else if (!ids(existing.get()).equals(ids)) {
            edit.update(existing.get().withData(at, window.metadata()));
        }
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
