package dev.stele.store.sql;

import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ConflictException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import dev.stele.store.DocumentEdit;
import dev.stele.store.Embedding;
import dev.stele.store.GraphEdit;
import dev.stele.store.IndexEntry;
import dev.stele.store.LineageEdit;
import dev.stele.store.ReflectionEdit;
import dev.stele.store.StoreEdit;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Write access to the tables of one agent inside one transaction. Change numbers are assigned here, under the write
 * lock.
 */
public final class SqlEdit extends SqlView implements StoreEdit {

    private final GraphWrites graphWrites;
    private final ReflectionWrites reflectionWrites;
    private final DocumentWrites documentWrites;
    private final LineageWrites lineageWrites;
    private long lastChange;
    /**
     * Time of the latest change, in milliseconds. Times of changes never decrease, whatever the clocks of the nodes
     * say.
     */
    private long lastTime;

    /** Numbers of items, and ids of other things, whose ids leave the change log when the current edit ends. */
    private final Set<Long> erasedItems = new HashSet<>();

    private final Set<String> erasedNames = new HashSet<>();
    /** Whether the current edit deleted content that must be made unreadable in the files. */
    private boolean scrubDue;

    private boolean abandoned;

    /** Creates an edit. */
    public SqlEdit(SqlSession db, ArchiveSegments segments) {
        this(db, segments, new ChangeTable(db).last());
    }

    private SqlEdit(SqlSession db, ArchiveSegments segments, long lastChange) {
        this(db, segments, lastChange, new ChangeTable(db).timeOf(lastChange));
    }

    /**
     * Creates an edit.
     *
     * @param lastChange number of the latest change
     * @param lastTime time of the latest change, in milliseconds
     */
    public SqlEdit(SqlSession db, ArchiveSegments segments, long lastChange, long lastTime) {
        super(db, segments);
        this.lastChange = lastChange;
        this.lastTime = lastTime;
        var log = new ChangeLog() {
            @Override
            public long change(ChangeKind kind, long item, @Nullable String ref) {
                return SqlEdit.this.change(kind, item, ref);
            }

            @Override
            public long creation(ChangeKind kind, String id) {
                return SqlEdit.this.creation(kind, id);
            }

            @Override
            public void erase(long item) {
                erasedItems.add(item);
                scrubDue = true;
            }

            @Override
            public void scrub() {
                scrubDue = true;
            }

            @Override
            public void erase(String ref) {
                erasedNames.add(ref);
                scrubDue = true;
            }
        };
        this.lineageWrites = new LineageWrites(db, lastChange);
        this.graphWrites = new GraphWrites(db, index, lineageWrites, log);
        this.reflectionWrites = new ReflectionWrites(db, lineageWrites, log);
        this.documentWrites = new DocumentWrites(db, index, lineageWrites, log);
    }

    @Override
    public <T extends @Nullable Object> T callBounded(
            Duration maxTime, Supplier<LimitExceededException> tooLong, Supplier<T> code) {
        return db.callBounded(
                maxTime,
                () -> {
                    abandoned = true;
                    return tooLong.get();
                },
                code);
    }

    /**
     * Returns whether code of a caller exceeded its time and may still run. It can no longer use the database, but it
     * could change the state of this object, which must not be used any more.
     */
    boolean isAbandoned() {
        return abandoned;
    }

    /** Writes the first change and the name of a new agent. */
    public static void create(SqlSession db, AgentName agent) {
        new ChangeTable(db).append(1, Instant.now(), ChangeKind.AGENT_CREATED, 0, null);
        rename(db, agent);
    }

    /** Writes the name of the agent. */
    public static void rename(SqlSession db, AgentName agent) {
        new MetadataTable(db).put(MetadataTable.AGENT, agent.value());
    }

    @Override
    public DocumentEdit documents() {
        return documentWrites;
    }

    @Override
    public ReflectionEdit reflection() {
        return reflectionWrites;
    }

    @Override
    public GraphEdit graph() {
        return graphWrites;
    }

    @Override
    public Instant time() {
        return Instant.ofEpochMilli(Math.max(Instant.now().toEpochMilli(), lastTime));
    }

    @Override
    public long lastChange() {
        return lastChange;
    }

    /** Begins another edit of the same transaction. */
    void begin() {
        lineageWrites.begin(lastChange);
        erasedItems.clear();
        erasedNames.clear();
        scrubDue = false;
    }

    /**
     * Ends an edit: removes the ids of what it erased from the change log, which takes one scan of the log however many
     * there are, and records that deleted content must still be made unreadable in the files. Each record is a new
     * value.
     */
    void end() {
        changes.anonymize(erasedItems, erasedNames);
        if (scrubDue) {
            meta.put(MetadataTable.SCRUB, "due since " + lastChange);
        }
    }

    /** Resets the change number after a rollback to a savepoint. */
    void rewindTo(long number) {
        lastChange = number;
        index.rolledBack();
        sessions.forgetWritten();
    }

    private long change(ChangeKind kind, long item, @Nullable String ref) {
        long number = ++lastChange;
        Instant at = time();
        lastTime = at.toEpochMilli();
        changes.append(number, at, kind, item, ref);
        return number;
    }

    /** Appends a change whose number becomes the number of the created item. */
    private long creation(ChangeKind kind, String id) {
        return change(kind, lastChange + 1, id);
    }

    /** Records whether unused parts of pages may contain deleted content. */
    public void noteResidue(boolean present) {
        if (present) {
            meta.put(MetadataTable.RESIDUE, "since change " + lastChange);
        } else {
            meta.remove(MetadataTable.RESIDUE);
        }
    }

    /** Appends the change by which open stores of the agent detect that the agent was deleted or replaced. */
    public void markReplaced() {
        change(ChangeKind.AGENT_REPLACED, 0, null);
    }

    @Override
    public Message addMessage(String id, MessageDraft draft, Instant at, IndexEntry indexing) {
        draft.user().ifPresent(user -> requireAdmitted(draft.session(), user));
        long number = creation(ChangeKind.MESSAGE_CREATED, id);
        var message = new Message(
                number,
                id,
                draft.session(),
                draft.user(),
                draft.role(),
                draft.content(),
                at,
                Optional.empty(),
                false,
                draft.metadata());
        messages.insert(message, indexing);
        index.add(number, indexing);
        sessions.touch(message.session(), message.user(), at, number);
        lineageWrites.derive(number, draft.sources());
        return message;
    }

    @Override
    public boolean admits(String session, String user) {
        return sessions.forWrite(session).map(found -> found.admits(user)).orElse(true);
    }

    /** Requires that a user may write to a session: two users share one only if its participants were declared. */
    private void requireAdmitted(String session, String user) {
        if (!admits(session, user)) {
            throw new ConflictException(
                    "Session %s belongs to other users. Give user %s another session, or declare the participants of this one first."
                            .formatted(Json.write(session), Json.write(user)));
        }
    }

    @Override
    public void editMessage(Message before, Message after, IndexEntry indexing) {
        change(ChangeKind.MESSAGE_EDITED, before.number(), before.id());
        messages.addRevision(
                before.number(),
                new MessageRevision(before.content(), after.editedAt().orElseThrow()));
        messages.update(after, indexing);
        index.remove(after.number());
        index.add(after.number(), indexing);
    }

    @Override
    public void deleteMessage(Message message) {
        if (message.archived()) {
            archived.remove(message.number());
        } else {
            messages.delete(message.number());
            index.remove(message.number());
        }
        lineageWrites.remove(message.number());
        sessions.discount(message.session());
        change(ChangeKind.MESSAGE_DELETED, message.number(), message.id());
        scrubDue = true;
    }

    @Override
    public void expireMessage(Message message) {
        lineageWrites.expire(message);
        deleteMessage(message);
    }

    @Override
    public void updateSession(Session session) {
        sessions.update(session);
        change(ChangeKind.SESSION_UPDATED, 0, session.id());
    }

    @Override
    public void deleteSession(String id) {
        sessions.delete(id);
        change(ChangeKind.SESSION_DELETED, 0, id);
        scrubDue = true;
    }

    @Override
    public Note addNote(String id, NoteDraft body, Instant now, IndexEntry indexing) {
        long number = creation(ChangeKind.NOTE_CREATED, id);
        var note = new Note(number, id, 1, now, now, Optional.empty(), body.withId(id));
        notes.put(note, indexing);
        index.add(number, indexing);
        lineageWrites.derive(number, body.provenance());
        return note;
    }

    @Override
    public void updateNote(Note before, Note after, IndexEntry indexing, ChangeKind kind) {
        notes.addHistory(before.number(), before);
        notes.put(after, indexing);
        index.remove(after.number());
        index.add(after.number(), indexing);
        deriveNew(before, after);
        change(kind, after.number(), after.id());
    }

    /** Adds the sources that a note has gained. It keeps those that the limited list of its body has lost. */
    private void deriveNew(Note before, Note after) {
        lineageWrites.derive(
                after.number(),
                after.body().provenance().stream()
                        .filter(id -> !before.body().provenance().contains(id))
                        .toList());
    }

    @Override
    public void updateNote(Note before, Note after, ChangeKind kind) {
        notes.addHistory(before.number(), before);
        notes.revise(before, after);
        deriveNew(before, after);
        change(kind, after.number(), after.id());
    }

    @Override
    public void deleteNote(Note note) {
        notes.delete(note.number());
        index.remove(note.number());
        lineageWrites.remove(note.number());
        change(ChangeKind.NOTE_DELETED, note.number(), note.id());
        scrubDue = true;
    }

    @Override
    public void putUser(UserContext context, Instant now, int keepVersions) {
        // A version is the one as of its time and later, so that its time must not be before that of the one before.
        Instant earliest = Instant.ofEpochMilli(lastTime);
        putVersion(context, now.isBefore(earliest) ? earliest : now, keepVersions);
    }

    private void putVersion(UserContext context, Instant at, int keepVersions) {
        users.put(context, at, keepVersions);
        change(ChangeKind.USER_UPDATED, 0, context.userId());
    }

    @Override
    public boolean deleteUser(String user) {
        long erased = Math.max(latestErasedVersion(), users.latestVersion(user));
        boolean existed = users.delete(user) > 0;
        if (existed) {
            meta.put(MetadataTable.ERASED_VERSION, Long.toString(erased));
        }
        erasedNames.add(user);
        scrubDue = true;
        return existed;
    }

    @Override
    public void userForgotten() {
        change(ChangeKind.USER_FORGOTTEN, 0, null);
    }

    @Override
    public void rewriteNote(Note note, List<Note> history, IndexEntry indexing) {
        notes.putHistory(note.number(), history);
        notes.put(note, indexing);
        index.remove(note.number());
        index.add(note.number(), indexing);
        change(ChangeKind.NOTE_UPDATED, note.number(), note.id());
        scrubDue = true;
    }

    @Override
    public void removeEmbedding(long item) {
        index.removeEmbedding(item);
        change(ChangeKind.INDEXED, item, null);
    }

    @Override
    public void anonymize(Collection<Long> items, Collection<String> names) {
        erasedItems.addAll(items);
        erasedNames.addAll(names);
        scrubDue = true;
    }

    @Override
    public void deleteReplays(Set<String> erasedIds) {
        record Kept(String key, List<String> refs) {}
        List<Kept> found =
                db.list("select key, refs from {idempotency}", row -> new Kept(row.text(1), refs(row.text(2))));
        for (Kept kept : found) {
            if (kept.refs().stream().anyMatch(erasedIds::contains)) {
                db.delete("idempotency", "key = ?", kept.key());
            }
        }
    }

    @Override
    public LineageEdit lineage() {
        return lineageWrites;
    }

    @Override
    public void addEmbedding(long item, long seenAt, Embedding embedding) {
        if (isAsSeen(item, seenAt)) {
            index.addEmbedding(item, embedding);
            change(ChangeKind.EMBEDDED, item, null);
        }
    }

    /**
     * Returns whether the text of an item is unchanged since a change. A later edit has already written the data
     * derived from the new text.
     */
    private boolean isAsSeen(long item, long seenAt) {
        boolean unchanged = db.number(
                        "select count(*) from {change} where item = ? and number > ? and kind not in (?, ?, ?)",
                        item,
                        seenAt,
                        ChangeKind.EMBEDDED.code(),
                        ChangeKind.INDEXED.code(),
                        ChangeKind.NOTE_SUPERSEDED.code())
                == 0;
        return unchanged
                && (messages.byNumber(item).isPresent()
                        || notes.byNumber(item).isPresent()
                        || !graph.observationsByNumber(List.of(item)).isEmpty()
                        || !documents.passagesByNumber(List.of(item)).isEmpty());
    }

    @Override
    public void serve(String model) {
        index.serve(model);
    }

    @Override
    public int settle(int limit) {
        return index.settle(limit);
    }

    @Override
    public void reindex(long item, long seenAt, IndexEntry indexing) {
        if (isAsSeen(item, seenAt)) {
            index.replaceWords(item, indexing);
            change(ChangeKind.INDEXED, item, null);
        }
    }

    @Override
    public void setRules(String rules) {
        index.setRules(rules);
    }

    @Override
    public void record(String key, String fingerprint, List<String> refs, Instant now) {
        db.insert("idempotency", "key, fingerprint, refs, at", key, fingerprint, Json.write(refs), now.toEpochMilli());
    }

    @Override
    public int dropReplays(Instant before) {
        return db.delete("idempotency", "at < ?", before.toEpochMilli());
    }

    @Override
    public Message importMessage(Message message, List<MessageRevision> revisions, IndexEntry indexing) {
        long number = creation(ChangeKind.MESSAGE_CREATED, message.id());
        var added = new Message(
                number,
                message.id(),
                message.session(),
                message.user(),
                message.role(),
                message.content(),
                message.at(),
                message.editedAt(),
                false,
                message.metadata());
        messages.insert(added, indexing);
        revisions.forEach(revision -> messages.addRevision(number, revision));
        index.add(number, indexing);
        sessions.touch(added.session(), added.user(), added.at(), number);
        return added;
    }

    @Override
    public void importNote(Note note, List<Note> history, IndexEntry indexing) {
        long number = creation(ChangeKind.NOTE_CREATED, note.id());
        var added = new Note(
                number,
                note.id(),
                note.version(),
                note.createdAt(),
                note.updatedAt(),
                note.supersededBy(),
                note.body());
        notes.put(added, indexing);
        history.forEach(earlier -> notes.addHistory(number, earlier));
        index.add(number, indexing);
        lineageWrites.derive(number, note.body().provenance());
    }

    @Override
    public void putSession(Session session) {
        Optional<Session> existing = sessions.byId(session.id());
        if (existing.filter(stored -> isSame(stored, session)).isPresent()) {
            return; // a repeated import changes nothing
        }
        long number = change(ChangeKind.SESSION_UPDATED, 0, session.id());
        if (existing.isPresent()) {
            sessions.update(session);
        } else {
            sessions.insert(session, number);
        }
    }

    /** Compares the fields that an update of a session sets, in the precision in which they are stored. */
    private static boolean isSame(Session stored, Session imported) {
        return stored.title().equals(imported.title())
                && stored.user().equals(imported.user())
                && stored.participants().equals(imported.participants())
                && stored.endedAt()
                        .map(Instant::toEpochMilli)
                        .equals(imported.endedAt().map(Instant::toEpochMilli));
    }

    @Override
    public boolean importUser(String user, List<UserVersion> versions) {
        if (users.current(user).isPresent()) {
            return false;
        }
        for (UserVersion version : versions) {
            putVersion(version.context(), version.at(), Integer.MAX_VALUE);
        }
        return true;
    }

    /**
     * Moves messages to a segment whose file is already on stable storage.
     *
     * @throws ConflictException if a message has changed since the file was written
     */
    void archive(List<ArchivedMessage> moved, Archive.Segment segment) {
        archived.addSegment(segment);
        for (ArchivedMessage old : moved) {
            Message now = messages.byNumber(old.message().number())
                    .filter(message -> message.equals(old.message()))
                    .orElseThrow(() ->
                            new ConflictException("message " + old.message().id() + " changed meanwhile"));
            messages.delete(now.number());
            index.remove(now.number());
            archived.add(now, segment.name());
            change(ChangeKind.MESSAGE_ARCHIVED, now.number(), now.id());
        }
    }
}
