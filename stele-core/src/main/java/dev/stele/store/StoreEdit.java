package dev.stele.store;

import dev.stele.model.ChangeKind;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Write transaction on one agent's memory: either all of its changes are committed or none. It reads its own
 * uncommitted changes. Every method that changes an item, a session or a user appends an entry to the change log.
 *
 * <p>Valid only during the call that it was passed to, and only on the thread of that call.
 */
public interface StoreEdit extends StoreView {

    /**
     * Runs code of a caller within this transaction for a limited time. All other writers of the agent wait meanwhile,
     * and code of a caller may compute for long or block. The code runs on a thread of its own; when the time is over,
     * it cannot use this transaction any more, whose changes are rolled back when this method throws.
     *
     * @param maxTime maximum time
     * @param tooLong error if the time is over
     * @param code the code, which uses this transaction
     * @return the result of the code
     * @throws LimitExceededException if the time is over
     */
    <T extends @Nullable Object> T callBounded(
            Duration maxTime, Supplier<LimitExceededException> tooLong, Supplier<T> code);

    /**
     * Adds a message. Creates its session if this is the first message of the session.
     *
     * <p>Throws {@link dev.stele.model.ConflictException} if the session does not {@linkplain Session#admits admit} the
     * user of the message.
     *
     * @param id unused id; the caller has checked that no live or archived message has it
     * @param at time of the message
     * @param indexing terms, traits and vector of the content
     * @return the stored message with its assigned number
     */
    Message addMessage(String id, MessageDraft draft, Instant at, IndexEntry indexing);

    /**
     * Replaces the content of a message and keeps the previous text as a revision.
     *
     * @param before the message as it is stored
     * @param after the same message with its new content
     * @param indexing terms, traits and vector of the new content
     */
    void editMessage(Message before, Message after, IndexEntry indexing);

    /** Removes the rows of a live or archived message: its text, revisions, terms and vector. */
    void deleteMessage(Message message);

    /** Returns whether a user may write to a session; true for a session that does not exist. */
    boolean admits(String session, String user);

    /** Updates the title, the end, the owner and the participants of an existing session. */
    void updateSession(Session session);

    /** Removes a message that retention no longer keeps. What was derived from it stays, and keeps its audience. */
    void expireMessage(Message message);

    /** Removes a session whose messages were removed. */
    void deleteSession(String id);

    /**
     * Adds a note.
     *
     * @param id unused id
     * @param now time of creation
     * @param indexing terms, traits and vector of the body
     * @return the stored note with its assigned number
     */
    Note addNote(String id, NoteDraft body, Instant now, IndexEntry indexing);

    /**
     * Replaces a note by its next version and keeps the previous version in the note's history.
     *
     * @param kind kind of the entry in the change log
     */
    void updateNote(Note before, Note after, IndexEntry indexing, ChangeKind kind);

    /**
     * Replaces a note by a version that is indexed exactly like the previous one ({@link Note#isFoundAs}). The indexes
     * are not written, which makes this cheaper than {@link #updateNote(Note, Note, IndexEntry, ChangeKind)}.
     *
     * @throws IllegalArgumentException if the two versions are indexed differently
     */
    void updateNote(Note before, Note after, ChangeKind kind);

    /** Removes the rows of a note with its history. */
    void deleteNote(Note note);

    /**
     * Writes the next version of a user context.
     *
     * @param context new content; {@code context.version()} is the version number under which it is stored
     * @param keepVersions number of versions that are kept
     */
    void putUser(UserContext context, Instant now, int keepVersions);

    /**
     * Removes the context of a user with its history. Later contexts of the user get higher version numbers.
     *
     * @return whether there was a context
     */
    boolean deleteUser(String user);

    /** Appends to the change log that a user was erased, without the id of the user. */
    void userForgotten();

    /**
     * For erasure: replaces a note and its history in place.
     *
     * @param history earlier versions, oldest first
     * @param indexing terms, traits and vector of the body
     */
    void rewriteNote(Note note, List<Note> history, IndexEntry indexing);

    /** Removes the vectors of an item, which are computed again later. */
    void removeEmbedding(long item);

    /**
     * Removes ids from the change log; the entries remain.
     *
     * @param items numbers of items whose ids are removed
     * @param names ids of sessions, interactions and others that are no items
     */
    void anonymize(Collection<Long> items, Collection<String> names);

    /** Deletes the outcomes of idempotent writes that created one of the erased items. */
    void deleteReplays(Set<String> erasedIds);

    @Override
    LineageEdit lineage();

    /**
     * Adds or replaces the vector of an item. Does nothing if the item was deleted or changed after {@code seenAt}. A
     * vector of another model than the serving model is stored beside the item's present vector until {@link #settle}
     * moves it.
     *
     * @param item number of the item
     * @param seenAt number of the change at which the caller read the item
     */
    void addEmbedding(long item, long seenAt, Embedding embedding);

    /**
     * Makes a model the serving model: recall uses its vectors from now on. Vectors of other models are removed in the
     * background, see {@link #settle}.
     */
    void serve(String model);

    /**
     * Moves a batch of vectors that were stored beside the present ones into place after {@link #serve}, and deletes
     * vectors of other models.
     *
     * @param limit maximum number of vectors
     * @return number of vectors that were moved or deleted
     */
    int settle(int limit);

    /**
     * Replaces the index terms of an item with terms of another analyzer version. Does nothing if the item was deleted
     * or changed after {@code seenAt}.
     *
     * @param item number of the item
     * @param seenAt number of the change at which the caller read the item
     */
    void reindex(long item, long seenAt, IndexEntry indexing);

    /** Records the analyzer version with which the terms of all items were produced. */
    void setRules(String rules);

    @Override
    GraphEdit graph();

    @Override
    ReflectionEdit reflection();

    @Override
    DocumentEdit documents();

    /**
     * Returns the current time in milliseconds, but never a time before that of a committed change. Queries as of a
     * past time compare with times from this clock.
     */
    Instant time();

    /**
     * Stores the outcome of an idempotent write, so that a repeated request returns it.
     *
     * @param key idempotency key of the request
     * @param fingerprint digest of the request, by which a different request with the same key is detected
     * @param refs ids of what the write created
     */
    void record(String key, String fingerprint, List<String> refs, Instant now);

    /**
     * Deletes outcomes of idempotent writes that are older than a time.
     *
     * @return number of outcomes that were deleted
     */
    int dropReplays(Instant before);

    /**
     * For import: adds a message in its exported state, with its earlier texts.
     *
     * @param revisions earlier texts
     */
    Message importMessage(Message message, List<MessageRevision> revisions, IndexEntry indexing);

    /**
     * For import: adds a note in its exported state.
     *
     * @param history earlier versions
     */
    void importNote(Note note, List<Note> history, IndexEntry indexing);

    /**
     * Adds a session without messages, or sets title, end, owner and participants of an existing one. Does nothing if
     * the stored session is equal.
     */
    void putSession(Session session);

    /**
     * For import: adds the context versions of a user. Does nothing if the user already exists.
     *
     * @param versions versions, oldest first
     * @return whether the versions were added
     */
    boolean importUser(String user, List<UserVersion> versions);
}
