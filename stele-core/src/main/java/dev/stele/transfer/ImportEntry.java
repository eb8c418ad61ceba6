package dev.stele.transfer;

import dev.stele.graph.PlainGraph;
import dev.stele.model.Entity;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import dev.stele.model.Session;
import dev.stele.store.StoreView.UserVersion;
import java.util.List;

/** One thing that a file holds. */
sealed interface ImportEntry {

    /** A conversation's title and end; its counts come from its messages. */
    record OfSession(Session session) implements ImportEntry {}

    record OfMessage(Message message, List<MessageRevision> history) implements ImportEntry {}

    record OfNote(Note note, List<Note> history) implements ImportEntry {}

    /** An entity with its earlier versions, all its observations and what mentions it. */
    record OfEntity(Entity entity, List<Entity> history, List<Observation> observations, List<String> mentionedBy)
            implements ImportEntry {}

    /** A version of a relation; its ends have ids and no numbers. */
    record OfRelation(Relation relation) implements ImportEntry {}

    /** An entity or relation in the form of the reference memory server. */
    record OfPlain(PlainGraph.Line line) implements ImportEntry {}

    /** A user's versions, oldest first. */
    record OfUser(String user, List<UserVersion> versions) implements ImportEntry {}
}
