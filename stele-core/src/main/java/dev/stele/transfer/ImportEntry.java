package dev.stele.transfer;

import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Session;
import dev.stele.store.StoreView.UserVersion;
import java.util.List;

/** One thing that a file holds. */
sealed interface ImportEntry {

    /** A conversation's title and end; its counts come from its messages. */
    record OfSession(Session session) implements ImportEntry {}

    record OfMessage(Message message, List<MessageRevision> history) implements ImportEntry {}

    record OfNote(Note note, List<Note> history) implements ImportEntry {}

    /** A user's versions, oldest first. */
    record OfUser(String user, List<UserVersion> versions) implements ImportEntry {}
}
