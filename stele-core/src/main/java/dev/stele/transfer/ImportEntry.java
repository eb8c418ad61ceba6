package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Document;
import dev.stele.model.Entity;
import dev.stele.model.Interaction;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.model.Relation;
import dev.stele.model.Session;
import dev.stele.store.StoreView.UserVersion;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    record OfPlain(McpMemoryGraph.Line line) implements ImportEntry {}

    /** Something to learn from, or learnt from. */
    record OfInteraction(Interaction interaction) implements ImportEntry {}

    record OfConsolidation(ConsolidationRecord consolidation) implements ImportEntry {}

    /** What the agent is: its persona, schedule or access. */
    record OfProfile(String name, Map<String, @Nullable Object> value) implements ImportEntry {}

    /** A document with its passages in their order. */
    record OfDocument(Document document, List<Passage> passages) implements ImportEntry {}

    /** A user's versions, oldest first. */
    record OfUser(String user, List<UserVersion> versions) implements ImportEntry {}
}
