package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Document;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.Interaction;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.model.Session;
import dev.stele.model.UserVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Entry of an imported file. */
sealed interface ImportEntry {

    /** Title and end of a session; its counts are derived from its messages. */
    record OfSession(Session session) implements ImportEntry {}

    /** Title of a session that may have one already; the present title stays. */
    record OfTitle(String session, String title) implements ImportEntry {}

    /**
     * Message with its earlier texts.
     *
     * @param isTurn whether it is a turn of a foreign conversation, whose id may be unique in its session only
     */
    record OfMessage(Message message, List<MessageRevision> history, boolean isTurn) implements ImportEntry {}

    record OfNote(Note note, List<Note> history) implements ImportEntry {}

    /** Entity with its earlier versions, all its observations and the ids of the items that mention it. */
    record OfEntity(Entity entity, List<Entity> history, List<Observation> observations, List<String> mentionedBy)
            implements ImportEntry {}

    /** Version of a relation; its ends have ids but no numbers. */
    record OfRelation(Relation relation) implements ImportEntry {}

    /** Entity or relation in the format of the reference memory server. */
    record OfPlain(McpMemoryGraph.Line line) implements ImportEntry {}

    /** Relation between entities by their names, with its fact and its validity. */
    record OfStated(RelationDraft relation) implements ImportEntry {}

    /**
     * Entity of a note tool with its aliases and attributes.
     *
     * @param isExact whether it is another entity than one with its name and another type
     */
    record OfDraft(EntityDraft entity, boolean isExact) implements ImportEntry {}

    /**
     * Relation of the plain format that is written after all entities, so that it makes no stub of a later one.
     *
     * @param fromType type of the entity at which it begins, if that tells it from others with its name
     * @param toType type of the entity at which it ends, if that tells it from others with its name
     */
    record OfLink(McpMemoryGraph.PlainRelation relation, Optional<String> fromType, Optional<String> toType)
            implements ImportEntry {}

    /** Pending, processed or failed interaction. */
    record OfInteraction(Interaction interaction) implements ImportEntry {}

    record OfConsolidation(ConsolidationRecord consolidation) implements ImportEntry {}

    /**
     * Sources of an item.
     *
     * @param id id of the item
     * @param sources ids of its sources
     * @param byCaller whether a caller wrote it by hand before
     */
    record OfLineage(String id, List<String> sources, boolean byCaller) implements ImportEntry {}

    /**
     * Source of items that retention has removed.
     *
     * @param user user of the source, if it had one
     * @param session session of the source
     * @param items ids of the items that were derived from it
     */
    record OfExpired(Optional<String> user, String session, List<String> items) implements ImportEntry {}

    /** Profile entry of the agent: persona, schedule or access. */
    record OfProfile(String name, Map<String, @Nullable Object> value) implements ImportEntry {}

    /** Document with its passages in their order. */
    record OfDocument(Document document, List<Passage> passages) implements ImportEntry {}

    /** Versions of a user context, oldest first. */
    record OfUser(String user, List<UserVersion> versions) implements ImportEntry {}
}
