package dev.stele.store;

import dev.stele.model.AgentStats;
import dev.stele.model.Change;
import dev.stele.model.Cursor;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Consistent read snapshot of one agent's memory as of a single point in time. Valid only during the call that it was
 * passed to, and only on the thread of that call.
 *
 * <p>Items (messages, notes, observations, passages) have a <em>number</em>, which is unique within the agent and never
 * reused, besides their id.
 */
public interface StoreView {

    /** Returns the number of the latest change; 1 for a new agent. */
    long lastChange();

    /**
     * Returns changes in the order in which they were committed.
     *
     * @param after number of a change; only later changes are returned
     * @param limit maximum number of changes
     */
    List<Change> changes(long after, int limit);

    /** Returns whether a change after change {@code number} erased an item. */
    boolean forgotAfter(long number);

    /**
     * Returns counts of the agent's items.
     *
     * @param embeddingModel model whose vectors are counted
     */
    AgentStats stats(String embeddingModel);

    /** Returns a live or archived message. */
    Optional<Message> message(String id);

    /**
     * Returns live and archived messages by id. Unknown ids are left out.
     *
     * <p>Each archive segment is read once per call, independent of how many of its messages are requested. Request
     * many messages in one call.
     */
    Map<String, Message> messages(Collection<String> ids);

    /** Returns live messages by number, in unspecified order. Unknown numbers are left out. */
    Map<Long, Message> messagesByNumber(Collection<Long> numbers);

    /**
     * Returns the earlier texts of a message, oldest first.
     *
     * @param message number of the message
     */
    List<MessageRevision> revisions(long message);

    /**
     * Returns the latest live messages of a session before the cursor, oldest first. The cursor of the page leads to
     * earlier messages.
     *
     * @param limit maximum number of messages
     * @param archived whether archived messages are read too
     */
    Page<Message> messages(String session, int limit, Optional<Cursor> before, boolean archived);

    /** Returns the latest live message of a session that is not after a time. */
    Optional<Message> latestMessage(String session, Instant notAfter);

    /** Returns the live message that precedes a message in its session, which is the message it replies to. */
    Optional<Message> previous(Message message);

    /** Returns the live messages after a message in its session, in order of time. */
    List<Message> after(Message message, int limit);

    /** Returns the notes that are superseded by one of the notes with the given ids, which need not exist. */
    List<Note> notesSupersededBy(Collection<String> ids);

    /** Returns the live and archived messages after a message in its session, like {@link #messagesOfUser}, in order. */
    List<Message> everyAfter(Message message, int limit);

    /** Returns the live messages before a message in its session, the latest first. */
    List<Message> before(Message message, int limit);

    /**
     * Returns the live and archived messages of a user, in unspecified order. The content of a message whose archive
     * segment cannot be read is empty.
     */
    List<Message> messagesOfUser(String user);

    /** Returns the live and archived messages of a session, like {@link #messagesOfUser}. */
    List<Message> messagesOfSession(String session);

    /** Returns live and archived messages by number, like {@link #messagesOfUser}. Unknown numbers are left out. */
    Map<Long, Message> everyMessage(Collection<Long> numbers);

    /** Passes all live messages to a consumer, ordered by number. */
    void forEachMessage(Consumer<Message> to);

    /**
     * Passes all archived messages to a consumer, oldest first. A damaged segment of the archive is left out.
     *
     * @param damaged receives a description of each segment that was left out
     */
    void forEachArchived(Consumer<ArchivedMessage> to, Consumer<String> damaged);

    /** Returns whether the archive contains a message. */
    boolean hasArchived();

    /** Returns the number of live messages. */
    long liveMessages();

    /**
     * Returns live messages in the order in which retention removes them, oldest first.
     *
     * @param skip number of messages that are left out at the start
     * @param limit maximum number of messages
     */
    List<Message> oldestMessages(long skip, int limit);

    /** Returns a session by id. */
    Optional<Session> session(String id);

    /**
     * Returns sessions, ordered by their latest message, newest first.
     *
     * @param user only sessions that this user owns or takes part in; empty for all sessions
     */
    Page<Session> sessions(Optional<String> user, int limit, Optional<Cursor> after);

    /** Returns the sessions that a user owns or takes part in. */
    List<Session> sessionsOfUser(String user);

    /** Returns the ids of the rooms in which a user takes part. */
    List<String> roomsOf(String user);

    /** Returns all notes about a user. */
    List<Note> notesOfUser(String user);

    /** Returns all notes of a session. */
    List<Note> notesOfSession(String session);

    /** Returns a note by id. */
    Optional<Note> note(String id);

    /** Returns notes by number. Unknown numbers are left out. */
    Map<Long, Note> notesByNumber(Collection<Long> numbers);

    /** Returns notes that match a filter, newest first. */
    Page<Note> notes(NoteFilter filter, int limit, Optional<Cursor> after);

    /**
     * Returns the earlier versions of a note, oldest first.
     *
     * @param note number of the note
     */
    List<Note> noteHistory(long note);

    /** Passes all notes to a consumer. */
    void forEachNote(Consumer<Note> to);

    /**
     * Passes the notes whose ids begin with a prefix to a consumer, ordered by id.
     *
     * @param idPrefix start of the ids, whose last character is ASCII
     * @param to receives the notes; false ends the iteration
     */
    void forEachNote(String idPrefix, Predicate<Note> to);

    /** Returns the number of notes. */
    long noteCount();

    /** Returns the current context of a user. */
    Optional<UserContext> user(String id);

    /** Returns the context of a user as of a past time. */
    Optional<UserContext> userAsOf(String id, Instant time);

    /** Returns the versions of a user context, newest first. The first one is the current version. */
    Page<UserVersion> userHistory(String id, int limit, Optional<Cursor> after);

    /** Passes the current contexts of all users to a consumer. */
    void forEachUser(Consumer<UserContext> to);

    /** Returns the highest version number that an erased user context had; 0 if none was erased. */
    long latestErasedVersion();

    /**
     * Returns user ids in ascending order.
     *
     * @param after id before the first one that is returned; empty for the beginning
     * @param limit maximum number of ids
     */
    List<String> userIds(String after, int limit);

    /**
     * Returns which of some names are ids of users who have a context, whatever the case. Reads the id of every user
     * once.
     *
     * @param keys names as {@link dev.stele.model.Entity#key} returns them
     * @return those of the keys that belong to users
     */
    Set<String> usersNamed(Set<String> keys);

    /**
     * Passes live items with {@code after < number <= upTo} to a consumer, ordered by number.
     *
     * @param model model whose vectors the rows contain
     */
    void forEachItem(long after, long upTo, String model, Consumer<ItemRow> to);

    /**
     * Returns the live items among {@code numbers}, ordered by number.
     *
     * @param model model whose vectors the rows contain
     */
    List<ItemRow> items(Collection<Long> numbers, String model);

    /** Returns the number of live items. */
    long itemCount();

    /**
     * Returns numbers of live items greater than {@code after}, in ascending order.
     *
     * @param limit maximum number of items
     */
    List<Long> itemNumbers(long after, int limit);

    /** Returns the name of the serving model, whose vectors recall uses; empty text if no vector was stored yet. */
    String servingModel();

    /** Returns whether vectors of models other than the serving model are stored. */
    boolean unsettled();

    /** Returns the analyzer version with which the terms of all items were produced; empty text if it is unknown. */
    String rules();

    /**
     * Returns numbers of live items greater than {@code after} that have no vector of a model, in ascending order.
     *
     * @param limit maximum number of items
     */
    List<Long> unembedded(String model, long after, int limit);

    /**
     * Returns the postings of a term: the numbers of live items greater than {@code after} that contain the term, in
     * ascending order. A number is repeated once per occurrence of the term in the item.
     */
    long[] postings(String term, long after);

    /** Returns the numbers of live items that contain the terms as a phrase, in ascending order. */
    long[] phrase(List<String> terms);

    /** Returns vectors of a model by item number. Items without a vector of the model are left out. */
    Map<Long, float[]> vectors(Collection<Long> items, String model);

    /**
     * Returns the reflection part of the snapshot: interactions, consolidations, uses of notes and the agent's own
     * entries.
     */
    ReflectionView reflection();

    /** Returns the documents part of the snapshot. */
    DocumentView documents();

    /** Returns the lineage part of the snapshot: what each item was derived from. */
    LineageView lineage();

    /** Returns the graph part of the snapshot: entities, observations and relations. */
    GraphView graph();

    /** Returns whether outcomes of idempotent writes that are older than a time are stored. */
    boolean hasReplaysBefore(Instant time);

    /** Returns the stored outcome of an idempotent write. */
    Optional<Replay> replay(String key);

    /**
     * Stored outcome of an idempotent write.
     *
     * @param fingerprint digest of the request
     * @param refs ids of what the write created
     */
    record Replay(String fingerprint, List<String> refs) {}

    /**
     * Archived message together with the data that the indexes need.
     *
     * @param revisions earlier texts
     * @param embedding vector of the content, if it was computed
     */
    record ArchivedMessage(Message message, List<MessageRevision> revisions, Optional<Embedding> embedding) {}
}
