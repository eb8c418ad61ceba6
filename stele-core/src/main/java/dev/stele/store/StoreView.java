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
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One agent's memory at one moment. Valid inside the call it was given to, for one thread. */
public interface StoreView {

    /** Number of the latest change; 1 for an agent that is new. */
    long lastChange();

    /** Changes after a number, in order, at most {@code limit}. */
    List<Change> changes(long after, int limit);

    /** Whether any item was forgotten by a change after a number. */
    boolean forgotAfter(long number);

    AgentStats stats(String embeddingModel);

    /** A message by id, archived or live. */
    Optional<Message> message(String id);

    /**
     * Messages by id, archived or live; unknown ids are left out.
     *
     * <p>Reads each archive segment once however many of its messages are asked for, so ask for many at once.
     */
    Map<String, Message> messages(Collection<String> ids);

    /** Live messages by number, in no promised order; unknown numbers are left out. */
    Map<Long, Message> messagesByNumber(Collection<Long> numbers);

    /** Earlier texts of a message, oldest first. */
    List<MessageRevision> revisions(long message);

    /**
     * The latest live messages of a session before the cursor, oldest first; the page's cursor leads further back in
     * time. Archived ones are read only when {@code archived}.
     */
    Page<Message> messages(String session, int limit, Optional<Cursor> before, boolean archived);

    /** The latest live message of a session at or before a time. */
    Optional<Message> latestMessage(String session, Instant notAfter);

    /** The live message before one in its session: which it answers. */
    Optional<Message> previous(Message message);

    /** All live messages in the order of their numbers. */
    void eachMessage(Consumer<Message> to);

    /** All archived messages, oldest first. */
    void eachArchived(Consumer<ArchivedMessage> to);

    long liveMessages();

    Optional<Session> session(String id);

    /** Sessions, the one with the latest message first. */
    Page<Session> sessions(Optional<String> user, int limit, Optional<Cursor> after);

    Optional<Note> note(String id);

    Map<Long, Note> notesByNumber(Collection<Long> numbers);

    /** Notes that pass a filter, newest first. */
    Page<Note> notes(NoteFilter filter, int limit, Optional<Cursor> after);

    /** Earlier versions of a note, oldest first. */
    List<Note> noteHistory(long note);

    void eachNote(Consumer<Note> to);

    long noteCount();

    Optional<UserContext> user(String id);

    /** The context as it was at a time. */
    Optional<UserContext> userAsOf(String id, Instant time);

    /** Versions of a context, newest first; the current one is the first. */
    Page<UserVersion> userHistory(String id, int limit, Optional<Cursor> after);

    void eachUser(Consumer<UserContext> to);

    /** Ids of users in their order, at most {@code limit}. */
    List<String> userIds(int limit);

    /** All live items with numbers above one and up to another, with vectors of the model, ordered by number. */
    void eachItem(long after, long upTo, String model, Consumer<ItemRow> to);

    /** Those of some numbers that are those of live items, ordered by number. */
    List<ItemRow> items(Collection<Long> numbers, String model);

    /** How many live items there are. */
    long itemCount();

    /** Numbers of live items above one, rising, at most {@code limit}. */
    List<Long> itemNumbers(long after, int limit);

    /** The model by whose vectors is recalled; empty text before there is any vector. */
    String servingModel();

    /** Whether there are vectors beside those of the model that serves. */
    boolean unsettled();

    /** By which rules the words of all items were analysed; empty text if that is not known. */
    String rules();

    /** Numbers above one of live items without a vector of the model, rising, at most {@code limit}. */
    List<Long> unembedded(String model, long after, int limit);

    /** The numbers above one of live items that hold a term, rising, each as often as the item holds it. */
    long[] postings(String term, long after);

    /** The numbers of live items that hold these terms one after another, rising. */
    long[] phrase(List<String> terms);

    /** Vectors of a model by the numbers of their items; items without one are left out. */
    Map<Long, float[]> vectors(Collection<Long> items, String model);

    /** What the agent is to learn from, and what it did with its notes. */
    ReflectionView reflection();

    DocumentView documents();

    /** What the agent knows as entities and relations. */
    GraphView graph();

    /** Whether outcomes older than a time are stored. */
    boolean hasReplaysBefore(Instant time);

    /** The stored outcome of an idempotent write. */
    Optional<Replay> replay(String key);

    /** One version of a user context and when it was written. */
    record UserVersion(UserContext context, Instant at) {}

    /** What an idempotent write had been asked for (a fingerprint) and what it made (ids). */
    record Replay(String fingerprint, List<String> refs) {}

    /** A message of the archive with what the indexes need to know of it. */
    record ArchivedMessage(Message message, List<MessageRevision> revisions, Optional<Embedding> embedding) {}
}
