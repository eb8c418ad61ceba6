package dev.stele.transfer;

import dev.stele.model.Ids;
import dev.stele.model.Message;
import dev.stele.model.Sha256;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Ids of turns whose file numbers the messages of each conversation anew. The session that has used an id first keeps
 * it; in every other session the session is put before it. What an earlier import has stored counts, so that a folder
 * with more files than before yields the same ids. Not thread-safe; each import has its own instance.
 */
final class TurnIds {

    /** Session that uses each id as it is. */
    private final Map<String, String> sessionsById = new HashMap<>();

    /**
     * Returns the other id that a message may have; empty if its own session has stored its id.
     *
     * @param stored stored messages by id
     */
    static Optional<String> other(ImportEntry.OfMessage of, Map<String, Message> stored) {
        Message message = of.message();
        Message owner = stored.get(message.id());
        boolean isOwn = owner != null && owner.session().equals(message.session());
        return of.isTurn() && !isOwn ? Optional.of(qualified(message)) : Optional.empty();
    }

    /**
     * Returns a message with the id under which it is stored.
     *
     * @param stored stored messages by id, with the {@linkplain #other other} ids among them
     */
    ImportEntry.OfMessage resolve(ImportEntry.OfMessage of, Map<String, Message> stored) {
        Message message = of.message();
        if (!of.isTurn()) {
            return of;
        }
        Message owner = stored.get(message.id());
        String first =
                sessionsById.computeIfAbsent(message.id(), _ -> owner == null ? message.session() : owner.session());
        boolean isOwn = first.equals(message.session());
        boolean wasQualified = owner == null && stored.containsKey(qualified(message));
        return isOwn && !wasQualified
                ? of
                : new ImportEntry.OfMessage(withId(message, qualified(message)), of.history(), true);
    }

    private static Message withId(Message message, String id) {
        return new Message(
                message.number(),
                id,
                message.session(),
                message.user(),
                message.role(),
                message.content(),
                message.at(),
                message.editedAt(),
                message.archived(),
                message.metadata());
    }

    private static String qualified(Message message) {
        String whole = message.session() + ":" + message.id();
        return whole.length() <= Ids.MAX_LENGTH
                ? whole
                : Sha256.hex(message.session()) + ":" + Sha256.hex(message.id());
    }
}
