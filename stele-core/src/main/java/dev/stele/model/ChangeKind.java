package dev.stele.model;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Kind of a change. The store keeps the code of a kind, so the meaning of a code never changes. */
public enum ChangeKind {
    MESSAGE_CREATED(1, "message.created"),
    MESSAGE_EDITED(2, "message.edited"),
    MESSAGE_DELETED(3, "message.deleted"),
    MESSAGE_ARCHIVED(4, "message.archived"),
    NOTE_CREATED(10, "note.created"),
    NOTE_UPDATED(11, "note.updated"),
    NOTE_SUPERSEDED(12, "note.superseded"),
    NOTE_DELETED(13, "note.deleted"),
    /**
     * The note was stated again: it has more evidence and a higher confidence. Everything by which it is found and
     * ranked stays unchanged.
     */
    NOTE_REINFORCED(14, "note.reinforced"),
    SESSION_UPDATED(20, "session.updated"),
    SESSION_DELETED(21, "session.deleted"),
    USER_UPDATED(30, "user.updated"),
    USER_FORGOTTEN(31, "user.forgotten"),
    ENTITY_CREATED(60, "entity.created"),
    ENTITY_UPDATED(61, "entity.updated"),
    ENTITY_RETIRED(62, "entity.retired"),
    ENTITY_DELETED(63, "entity.deleted"),
    OBSERVATION_CREATED(64, "observation.created"),
    OBSERVATION_RETIRED(65, "observation.retired"),
    OBSERVATION_DELETED(66, "observation.deleted"),
    RELATION_CREATED(67, "relation.created"),
    RELATION_UPDATED(68, "relation.updated"),
    RELATION_RETIRED(69, "relation.retired"),
    RELATION_DELETED(70, "relation.deleted"),
    INTERACTION_RECORDED(80, "interaction.recorded"),
    INTERACTION_PROCESSED(81, "interaction.processed"),
    INTERACTION_FAILED(82, "interaction.failed"),
    INTERACTION_RETRIED(83, "interaction.retried"),
    INTERACTION_DELETED(84, "interaction.deleted"),
    NOTES_CONSOLIDATED(85, "notes.consolidated"),
    CONSOLIDATION_UNDONE(86, "consolidation.undone"),
    DOCUMENT_ADDED(90, "document.added"),
    DOCUMENT_UPDATED(91, "document.updated"),
    DOCUMENT_DELETED(92, "document.deleted"),
    PASSAGE_ADDED(93, "passage.added"),
    PASSAGE_DELETED(94, "passage.deleted"),
    EMBEDDED(40, "item.embedded"),
    INDEXED(41, "item.indexed"),
    AGENT_CREATED(50, "agent.created"),
    AGENT_REPLACED(51, "agent.replaced"),
    AGENT_UPDATED(52, "agent.updated");

    private static final Map<Integer, ChangeKind> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(ChangeKind::code, Function.identity()));

    private final int code;
    private final String word;

    ChangeKind(int code, String word) {
        this.code = code;
        this.word = word;
    }

    /** Returns the code under which the store keeps the kind. */
    public int code() {
        return code;
    }

    /** Returns the dotted name used in JSON. */
    public String label() {
        return word;
    }

    /**
     * Returns whether the change erases a recallable item. Unlike archiving or retiring, erasure must leave no trace of
     * the item.
     */
    public boolean forgetsItem() {
        return this == MESSAGE_DELETED
                || this == NOTE_DELETED
                || this == OBSERVATION_DELETED
                || this == PASSAGE_DELETED;
    }

    /**
     * Returns the kind with a code.
     *
     * @throws StelePersistenceException.Corrupt if there is no such kind
     */
    public static ChangeKind of(int code) {
        ChangeKind kind = BY_CODE.get(code);
        if (kind == null) {
            throw new StelePersistenceException.Corrupt("The change log holds an unknown kind " + code, null);
        }
        return kind;
    }
}
