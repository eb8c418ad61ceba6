package dev.stele.store;

import dev.stele.model.ChangeKind;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import java.time.Instant;
import java.util.List;

/**
 * One atomic write to an agent's memory; sees its own effects. Every method that changes something appends to the
 * change log. Valid inside the call it was given to, for one thread.
 */
public interface StoreEdit extends StoreView {

    /** Adds a message, and its session when it is the first; the caller has seen that the id is free, in the archive too. */
    Message addMessage(String id, MessageDraft draft, Instant at, IndexEntry indexing);

    /** Replaces content, keeping the old text as a revision. */
    void editMessage(Message before, Message after, IndexEntry indexing);

    /** Removes a message, live or archived, with its revisions and everything derived. */
    void deleteMessage(Message message);

    /** Writes title and end of a session. */
    void updateSession(Session session);

    /** Removes a session and all its messages. Returns how many messages went. */
    long deleteSession(String id);

    Note addNote(String id, NoteDraft body, Instant now, IndexEntry indexing);

    /** Replaces a note by a later version of it, keeping the earlier one in its history. */
    void updateNote(Note before, Note after, IndexEntry indexing, ChangeKind kind);

    /**
     * The same for a version that is found as the earlier one was ({@link Note#isFoundAs}), which costs the indexes nothing.
     *
     * @throws IllegalArgumentException if it is not
     */
    void updateNote(Note before, Note after, ChangeKind kind);

    void deleteNote(Note note);

    /** Writes the next version of a context; {@code context.version()} is the number it gets. */
    void putUser(UserContext context, Instant now, int keepVersions);

    /** Removes all of a user: context, history, messages, notes, sessions left empty, and their names in the change log. */
    Forgotten forgetUser(String id, Instant now);

    /**
     * Adds or replaces the vector of an item; does nothing if the item is gone or has changed since. One of another model than
     * the one that serves waits beside its vector.
     */
    void addEmbedding(long item, long seenAt, Embedding embedding);

    /** From now on this model's vectors serve, those of another go by and by, see {@link #settle}. */
    void serve(String model);

    /** Puts some of the vectors that waited in their place since {@link #serve}, and drops those of other models. Returns how many. */
    int settle(int limit);

    /** Replaces the words of an item, analysed by other rules; does nothing if it is gone or has changed since. */
    void reindex(long item, long seenAt, IndexEntry indexing);

    /** Says that the words of all items were analysed by these rules. */
    void setRules(String rules);

    @Override
    GraphEdit graph();

    @Override
    ReflectionEdit reflection();

    @Override
    DocumentEdit documents();

    /** Now, to the millisecond, and never before the time of a change that is there: what times of the past are compared with. */
    Instant time();

    /** Remembers the outcome of an idempotent write. */
    void record(String key, String fingerprint, List<String> refs, Instant now);

    /** Drops outcomes older than a time. */
    int dropReplays(Instant before);

    /** For import: adds a message as it once was, with the texts it had. */
    Message importMessage(Message message, List<MessageRevision> revisions, IndexEntry indexing);

    /** For import: adds a note as it once was, with its earlier versions. */
    void importNote(Note note, List<Note> history, IndexEntry indexing);

    /** For import: adds a session as it was, or sets title and end of one that is there. Does nothing if it is there as it is. */
    void importSession(Session session);

    /** For import: adds a user's versions, oldest first. Does nothing if the user is known. */
    boolean importUser(String user, List<UserVersion> versions);

    /**
     * What was erased with a user.
     *
     * @param context whether the user had a context
     * @param messages number of erased messages, archived ones included
     * @param notes number of erased notes
     * @param sessions number of sessions that were the user's alone
     * @param interactions number of erased interactions
     */
    record Forgotten(boolean context, long messages, long notes, long sessions, long interactions) {

        /** Returns whether there was nothing to erase. */
        public boolean isNothing() {
            return !context && messages == 0 && notes == 0 && sessions == 0 && interactions == 0;
        }
    }
}
