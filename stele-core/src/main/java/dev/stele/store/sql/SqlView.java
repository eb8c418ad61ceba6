package dev.stele.store.sql;

import dev.stele.model.AgentStats;
import dev.stele.model.Change;
import dev.stele.model.Cursor;
import dev.stele.model.Entity;
import dev.stele.model.Ids;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import dev.stele.store.DocumentView;
import dev.stele.store.GraphView;
import dev.stele.store.ItemRow;
import dev.stele.store.LineageView;
import dev.stele.store.ReflectionView;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Read access to the tables of one agent inside one transaction. */
public class SqlView implements StoreView {

    final SqlSession db;
    final MetadataTable meta;
    final MessageTable messages;
    final SessionTable sessions;
    final NoteTable notes;
    final UserTable users;
    final ChangeTable changes;
    final IndexTables index;
    final ArchiveTable archived;
    final GraphTables graph;
    final ReflectionTables reflection;
    final DocumentTables documents;
    final LineageTable lineage;

    public SqlView(SqlSession db, ArchiveSegments segments) {
        this.db = db;
        this.messages = new MessageTable(db);
        this.sessions = new SessionTable(db);
        this.notes = new NoteTable(db);
        this.users = new UserTable(db);
        this.changes = new ChangeTable(db);
        this.meta = new MetadataTable(db);
        this.index = new IndexTables(db);
        this.graph = new GraphTables(db);
        this.reflection = new ReflectionTables(db);
        this.documents = new DocumentTables(db);
        this.lineage = new LineageTable(db);
        this.archived = new ArchiveTable(db, new Archive(segments));
    }

    public final SqlSession db() {
        return db;
    }

    /** Returns the name of the agent as the database records it; empty if it does not. */
    public final Optional<String> agentName() {
        return meta.get(MetadataTable.AGENT);
    }

    /**
     * Returns whether unused parts of pages may contain deleted content, because the database was too large to rewrite.
     */
    public final boolean hasResidue() {
        return meta.get(MetadataTable.RESIDUE).isPresent();
    }

    /** Returns the names of the archive segments that the database references. */
    public final List<String> segments() {
        return archived.segments().stream().map(Archive.Segment::name).toList();
    }

    /**
     * Returns whether the agent was deleted or restored from a backup, so that this database is no longer the agent's.
     */
    public final boolean replaced() {
        return changes.replaced();
    }

    @Override
    public long lastChange() {
        return changes.last();
    }

    @Override
    public List<Change> changes(long after, int limit) {
        return changes.after(after, limit);
    }

    @Override
    public boolean forgotAfter(long number) {
        return changes.forgotAfter(number);
    }

    @Override
    public AgentStats stats(String embeddingModel) {
        return new AgentStats(
                meta.get(MetadataTable.AGENT).orElse(""),
                messages.count(),
                archived.count(),
                notes.count(),
                sessions.count(),
                users.count(),
                reflection.pendingCount(Integer.MAX_VALUE),
                graph.size(),
                index.embedded(embeddingModel),
                servingModel(),
                lastChange(),
                db.dialect().bytes(db),
                db.dialect().schema(db));
    }

    @Override
    public Optional<Message> message(String id) {
        String normal = Ids.normal(id);
        return messages.byId(normal).or(() -> archived.byId(normal));
    }

    @Override
    public Map<String, Message> messages(Collection<String> ids) {
        var found = new HashMap<String, Message>();
        messages.byIds(ids).forEach(message -> found.put(message.id(), message));
        archived.byIds(ids).forEach(message -> found.put(message.id(), message));
        return found;
    }

    @Override
    public Map<Long, Message> messagesByNumber(Collection<Long> numbers) {
        return messages.byNumber(numbers);
    }

    @Override
    public List<MessageRevision> revisions(long message) {
        List<MessageRevision> live = messages.revisions(message);
        return live.isEmpty()
                ? archived.whole(message).map(ArchivedMessage::revisions).orElse(List.of())
                : live;
    }

    @Override
    public Page<Message> messages(String session, int limit, Optional<Cursor> before, boolean withArchived) {
        String ofSession = Ids.normal(session);
        Cursor from = before.orElse(new Cursor(Long.MAX_VALUE, Long.MAX_VALUE));
        var found = new ArrayList<>(messages.before(ofSession, from, limit + 1));
        if (withArchived) {
            found.addAll(archived.before(ofSession, from, limit + 1));
            found.sort(Comparator.comparing(Message::at)
                    .thenComparingLong(Message::number)
                    .reversed());
        }
        boolean more = found.size() > limit;
        List<Message> shown = (more ? found.subList(0, limit) : found).reversed();
        return new Page<>(
                shown,
                more
                        ? Optional.of(new Cursor(
                                        shown.getFirst().at().toEpochMilli(),
                                        shown.getFirst().number())
                                .encode())
                        : Optional.empty());
    }

    @Override
    public Optional<Message> latestMessage(String session, Instant notAfter) {
        return messages.before(Ids.normal(session), new Cursor(notAfter.toEpochMilli(), Long.MAX_VALUE), 1).stream()
                .findFirst();
    }

    @Override
    public Optional<Message> previous(Message message) {
        return before(message, 1).stream().findFirst();
    }

    @Override
    public void forEachMessage(Consumer<Message> to) {
        messages.each(to);
    }

    @Override
    public void forEachArchived(Consumer<ArchivedMessage> to, Consumer<String> damaged) {
        archived.each(to, damaged);
    }

    @Override
    public boolean hasArchived() {
        return archived.isAny();
    }

    @Override
    public long liveMessages() {
        return messages.count();
    }

    @Override
    public List<Message> oldestMessages(long skip, int limit) {
        return messages.oldest(skip, limit);
    }

    @Override
    public Optional<Session> session(String id) {
        return sessions.byId(Ids.normal(id));
    }

    @Override
    public Page<Session> sessions(Optional<String> user, int limit, Optional<Cursor> after) {
        return sessions.page(user.map(Ids::normal), limit, after);
    }

    @Override
    public Optional<Note> note(String id) {
        return notes.byId(Ids.normal(id));
    }

    @Override
    public Map<Long, Note> notesByNumber(Collection<Long> numbers) {
        return notes.byNumber(numbers);
    }

    @Override
    public Page<Note> notes(NoteFilter filter, int limit, Optional<Cursor> after) {
        return notes.page(filter, limit, after);
    }

    @Override
    public List<Note> noteHistory(long note) {
        return notes.history(note);
    }

    @Override
    public void forEachNote(Consumer<Note> to) {
        notes.each(to);
    }

    @Override
    public void forEachNote(String idPrefix, Predicate<Note> to) {
        notes.each(idPrefix, to);
    }

    @Override
    public long noteCount() {
        return notes.count();
    }

    @Override
    public Optional<UserContext> user(String id) {
        return users.current(Ids.normal(id));
    }

    @Override
    public Optional<UserContext> userAsOf(String id, Instant time) {
        return users.asOf(Ids.normal(id), time);
    }

    @Override
    public Page<UserVersion> userHistory(String id, int limit, Optional<Cursor> after) {
        return users.history(Ids.normal(id), limit, after);
    }

    @Override
    public void forEachUser(Consumer<UserContext> to) {
        users.each(to);
    }

    @Override
    public List<String> userIds(String after, int limit) {
        return db.list(
                "select distinct \"user\" from {user_context} where \"user\" > ? order by \"user\" limit ?",
                row -> row.text(1),
                after,
                limit);
    }

    /** Ids of all users, by one search of the index for each user and not for each version of a context. */
    private static final String USER_IDS = """
            with recursive ids (id) as (
                select min("user") from {user_context}
                union all select (select min("user") from {user_context c} where "user" > id) from ids where id is not null)
            select id from ids where id is not null""";

    @Override
    public Set<String> usersNamed(Set<String> keys) {
        var named = new HashSet<String>();
        db.each(USER_IDS, row -> {
            String key = Entity.key(row.text(1));
            if (keys.contains(key)) {
                named.add(key);
            }
        });
        return named;
    }

    @Override
    public void forEachItem(long after, long upTo, String model, Consumer<ItemRow> to) {
        index.each(after, upTo, model, to);
    }

    @Override
    public List<ItemRow> items(Collection<Long> numbers, String model) {
        return index.listed(numbers, model);
    }

    @Override
    public long itemCount() {
        return index.count();
    }

    @Override
    public List<Long> itemNumbers(long after, int limit) {
        return index.numbers(after, limit);
    }

    @Override
    public String servingModel() {
        return index.serving();
    }

    @Override
    public boolean unsettled() {
        return index.unsettled();
    }

    @Override
    public String rules() {
        return index.rules();
    }

    @Override
    public List<Long> unembedded(String model, long after, int limit) {
        return index.unembedded(model, after, limit);
    }

    @Override
    public long[] postings(String term, long after) {
        return index.postings(term, after);
    }

    @Override
    public long[] phrase(List<String> terms) {
        return index.phrase(terms);
    }

    @Override
    public Map<Long, float[]> vectors(Collection<Long> items, String model) {
        return index.vectors(items, model);
    }

    @Override
    public DocumentView documents() {
        return documents;
    }

    @Override
    public ReflectionView reflection() {
        return reflection;
    }

    @Override
    public LineageView lineage() {
        return lineage;
    }

    @Override
    public List<Message> messagesOfUser(String user) {
        var found = new ArrayList<>(messages.ofUser(user));
        found.addAll(archived.readable(archived.ofUser(user)));
        return found;
    }

    @Override
    public List<Message> messagesOfSession(String session) {
        var found = new ArrayList<>(messages.ofSession(session));
        found.addAll(archived.readable(archived.ofSession(session)));
        return found;
    }

    @Override
    public Map<Long, Message> everyMessage(Collection<Long> numbers) {
        var found = new HashMap<>(messages.byNumber(numbers));
        archived.readable(archived.byNumbers(numbers)).forEach(message -> found.put(message.number(), message));
        return found;
    }

    @Override
    public List<Message> after(Message message, int limit) {
        return messages.after(message.session(), message.at().toEpochMilli(), message.number(), limit);
    }

    @Override
    public List<Note> notesSupersededBy(Collection<String> ids) {
        return notes.supersededBy(ids);
    }

    @Override
    public List<Message> everyAfter(Message message, int limit) {
        var found = new ArrayList<>(after(message, limit));
        found.addAll(archived.readable(
                archived.after(message.session(), message.at().toEpochMilli(), message.number(), limit)));
        return found.stream().sorted(Message.ORDER).limit(limit).toList();
    }

    @Override
    public List<Message> before(Message message, int limit) {
        return messages.before(message.session(), new Cursor(message.at().toEpochMilli(), message.number()), limit);
    }

    @Override
    public List<Session> sessionsOfUser(String user) {
        return sessions.ofUser(user);
    }

    @Override
    public List<String> roomsOf(String user) {
        return sessions.rooms(user);
    }

    @Override
    public List<Note> notesOfUser(String user) {
        return notes.ofUser(user);
    }

    @Override
    public List<Note> notesOfSession(String session) {
        return notes.ofSession(session);
    }

    @Override
    public long latestErasedVersion() {
        return meta.get(MetadataTable.ERASED_VERSION).map(Long::parseLong).orElse(0L);
    }

    @Override
    public GraphView graph() {
        return graph;
    }

    @Override
    public boolean hasReplaysBefore(Instant time) {
        return db.any("select 1 from {idempotency} where at < ? limit 1", time.toEpochMilli());
    }

    @Override
    public Optional<Replay> replay(String key) {
        return db.first(
                "select fingerprint, refs from {idempotency} where key = ?",
                row -> new Replay(row.text(1), refs(row.text(2))),
                key);
    }

    static List<String> refs(String json) {
        return Json.read(json) instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
