package dev.stele;

import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import dev.stele.model.Change;
import dev.stele.model.ConflictException;
import dev.stele.model.Ids;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.NotFoundException;
import dev.stele.model.Sha256;
import dev.stele.model.UserContext;
import dev.stele.model.VerifyReport;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import dev.stele.store.AgentStore;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import dev.stele.transfer.Exporter;
import dev.stele.transfer.ImportReport;
import dev.stele.transfer.Importer;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
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
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * The memory of one agent. A light handle: it holds no file open, needs no closing, and stays usable whatever other
 * threads and processes do, even after the agent was forgotten or restored. Thread-safe; all methods block and are meant
 * for virtual threads.
 *
 * <p>The agent comes into being with its first write. Reading one that is not there is a {@link NotFoundException}. When
 * a writing method returns, what it wrote survives a crash of the process and of the machine.
 */
public final class AgentMemory {

    private final AgentName name;
    private final Memory memory;

    AgentMemory(AgentName name, Memory memory) {
        this.name = name;
        this.memory = memory;
    }

    public AgentName name() {
        return name;
    }

    /** Its conversations: listing, reading back, ending, titles. */
    public Sessions sessions() {
        return new Sessions(name, memory);
    }

    /** Its distilled notes. */
    public Notes notes() {
        return new Notes(name, memory);
    }

    /** What it knows of its users. */
    public Users users() {
        return new Users(name, memory);
    }

    /** What it knows as entities and relations. */
    public Graph graph() {
        return new Graph(name, memory);
    }

    /** Tidying what it noted of its users. */
    public Consolidations consolidations() {
        return new Consolidations(name, memory);
    }

    /** What all that says of its users. */
    public Signals signals() {
        return new Signals(this, memory.limits().results());
    }

    /** Its documents, in collections. */
    public Documents documents() {
        return new Documents(name, memory);
    }

    /** What it is like, and who may talk with it. */
    public Profile profile() {
        return new Profile(name, memory);
    }

    /** What it is to learn from, and what it learnt. */
    public Interactions interactions() {
        return new Interactions(name, memory);
    }

    /**
     * Learns now from all interactions that wait and are due, together with whoever does so already.
     *
     * @return how many still wait: those that failed and are to be tried later
     */
    public long reflect() throws InterruptedException {
        return memory.learning().drain(name);
    }

    /** Remembers one message. */
    public Message remember(MessageDraft draft) {
        return remember(List.of(draft)).getFirst();
    }

    /** Remembers messages, all or none, in this order. */
    public List<Message> remember(List<MessageDraft> drafts) {
        return remember(drafts, Optional.empty());
    }

    /**
     * Remembers messages, all or none, once for an idempotency key.
     *
     * @param key a word for this write; repeated with the same messages it returns what the first call made
     * @throws ConflictException if an id or the key is taken for something else
     * @throws LimitExceededException if there are too many, or one is too long
     */
    public List<Message> remember(List<MessageDraft> drafts, Optional<String> key) {
        if (drafts.isEmpty()) {
            throw new InvalidInputException("There is no message to remember; give at least one.");
        }
        Prepared ready = prepare(drafts);
        return memory.write(
                name,
                edit -> Memory.once(
                        edit,
                        key,
                        drafts.stream().map(AgentMemory::request).toList(),
                        () -> addAll(edit, ready),
                        made -> made.stream().map(Message::id).toList(),
                        ids -> ids.stream()
                                .flatMap(id -> edit.message(id).stream())
                                .toList()));
    }

    /**
     * Remembers what a user said and what the agent answered, and counts the interaction in what the agent knows of the
     * user, all or nothing.
     *
     * @param said the messages of the interaction; none, to count it only
     * @param key once for this word
     * @return what the agent now knows of the user
     */
    public UserContext interact(String user, List<MessageDraft> said, Optional<String> key) {
        return interact(user, said, Optional.empty(), key).user();
    }

    /** What an interaction left behind. */
    public record Interacted(List<Message> messages, UserContext user, Optional<Interaction> interaction) {}

    /**
     * {@link #interact(String, List, Optional)} that is also to be learnt from, all in one write.
     *
     * <p>Nobody waits for the vectors of the messages, which are made soon after; until then they are found by their words.
     *
     * @param learn what is to be learnt from; the messages remembered here are added to those it is about. If as many wait as may,
     *     all else is written and the answer has none
     */
    public Interacted interact(
            String user, List<MessageDraft> said, Optional<InteractionDraft> learn, Optional<String> key) {
        Ids.check("user", user);
        try (var _ = attend()) {
            Prepared ready = prepare(said, learn.isPresent());
            Optional<InteractionDraft> lesson = learn.map(draft -> interactions()
                    .prepare(draft.withMessages(Stream.concat(
                                    draft.messages().stream(),
                                    ready.drafts().stream().flatMap(one -> one.id().stream()))
                            .toList())));
            lesson.ifPresent(_ -> memory.stores().markDue(name));
            Interacted interacted = memory.write(
                    name,
                    edit -> Memory.once(
                            edit,
                            key,
                            List.of(
                                    "interaction",
                                    user,
                                    said.stream().map(AgentMemory::request).toList()),
                            () -> new Interacted(
                                    addAll(edit, ready),
                                    users().interact(edit, user, ready.now()),
                                    lesson.flatMap(draft -> interactions().addIfRoom(edit, draft, ready.now()))),
                            made -> Stream.concat(
                                            made.interaction().map(Interaction::id).stream(),
                                            made.messages().stream().map(Message::id))
                                    .toList(),
                            ids -> again(edit, user, ids)));
            if (interacted.interaction().isPresent()) {
                interactions().due(interacted.interaction());
            }
            if (learn.isPresent()) {
                embedSoon(interacted.messages());
            }
            return interacted;
        }
    }

    /**
     * Remembers one message without waiting for its vector, which is made soon after; until then it is found by its words.
     *
     * @throws ConflictException if its id is taken by another message
     */
    public Message hear(MessageDraft draft) {
        try (var _ = attend()) {
            Prepared ready = prepare(List.of(draft), true);
            List<Message> heard = memory.write(name, edit -> addAll(edit, ready));
            embedSoon(heard);
            return heard.getFirst();
        }
    }

    private void embedSoon(List<Message> messages) {
        memory.unembedded().add(name, messages.stream().map(Message::number).toList());
    }

    private static Interacted again(StoreEdit edit, String user, List<String> ids) {
        return new Interacted(
                ids.stream().flatMap(id -> edit.message(id).stream()).toList(),
                edit.user(user)
                        .orElseThrow(() -> new NotFoundException("User " + Json.write(user) + " was forgotten.")),
                ids.stream()
                        .flatMap(id -> edit.reflection().interaction(id).stream())
                        .findFirst());
    }

    /** Messages checked, named and indexed: all that can be done before the write. */
    private record Prepared(List<MessageDraft> drafts, Set<String> made, List<IndexEntry> indexings, Instant now) {}

    private Prepared prepare(List<MessageDraft> drafts) {
        return prepare(drafts, false);
    }

    /** @param soon whether vectors are made soon after, so that nobody waits for the model */
    private Prepared prepare(List<MessageDraft> drafts, boolean soon) {
        if (drafts.size() > memory.limits().batchMessages()) {
            throw new LimitExceededException(
                    "There are %d messages at once; at most %d are taken (limits.batch-messages)."
                            .formatted(drafts.size(), memory.limits().batchMessages()));
        }
        drafts.forEach(draft -> memory.checkContent("message", draft.content(), draft.metadata()));
        Instant now = Memory.now();
        // Made here and not in the edit, which may run twice.
        var named = new ArrayList<MessageDraft>(drafts.size());
        var made = new HashSet<String>();
        for (MessageDraft draft : drafts) {
            MessageDraft whole = draft.id().isPresent() ? draft : draft.withId(Ids.next());
            named.add(whole);
            if (draft.id().isEmpty()) {
                made.add(whole.id().orElseThrow());
            }
        }
        List<Indexer.Draft> texts = contextual(named, now);
        return new Prepared(
                named,
                made,
                soon
                        ? texts.stream()
                                .map(text -> Indexer.words(text, Optional.empty()))
                                .toList()
                        : memory.indexer().index(texts),
                now);
    }

    private static List<Message> addAll(StoreEdit edit, Prepared ready) {
        var messages = new ArrayList<Message>(ready.drafts().size());
        for (int i = 0; i < ready.drafts().size(); i++) {
            MessageDraft draft = ready.drafts().get(i);
            String id = draft.id().orElseThrow();
            // An id just made here is nobody else's.
            Optional<Message> there = ready.made().contains(id) ? Optional.empty() : edit.message(id);
            if (there.isPresent() && !there.get().matches(draft)) {
                throw new ConflictException("There is another message with the id " + Json.write(id)
                        + "; choose another id, or edit that one.");
            }
            IndexEntry indexing = ready.indexings().get(i);
            messages.add(
                    there.orElseGet(() -> edit.addMessage(id, draft, draft.at().orElse(ready.now()), indexing)));
        }
        return List.copyOf(messages);
    }

    private static Map<String, ?> request(MessageDraft draft) {
        return Json.fields()
                .put("id", draft.id())
                .put("session", draft.session())
                .put("user", draft.user())
                .put("role", draft.role().word())
                .put("content", draft.content())
                .put("at", draft.at())
                .put("metadata", draft.metadata())
                .map();
    }

    /** What the messages are found by: each with the turn before it, from this batch or from the store. */
    private List<Indexer.Draft> contextual(List<MessageDraft> drafts, Instant now) {
        List<Message> coming = drafts.stream().map(draft -> preview(draft, now)).toList();
        Map<String, Message> latest = new HashMap<>();
        if (memory.isThere(name)) {
            List<Message> firstOfEach = coming.stream()
                    .collect(java.util.stream.Collectors.toMap(
                            Message::session, message -> message, (a, b) -> a.at().isAfter(b.at()) ? b : a))
                    .values()
                    .stream()
                    .sorted(Comparator.comparing(Message::session))
                    .toList();
            memory.open()
                    .with(
                            name,
                            true, // a write to it comes next
                            store -> store.read(view -> {
                                firstOfEach.forEach(first -> view.latestMessage(first.session(), first.at())
                                        .ifPresent(before -> latest.put(first.session(), before)));
                                return latest;
                            }));
        }
        var texts = new ArrayList<Indexer.Draft>(coming.size());
        for (Message message : coming) {
            texts.add(memory.indexer().draft(name, message, Optional.ofNullable(latest.get(message.session()))));
            latest.put(message.session(), message);
        }
        return texts;
    }

    private static Message preview(MessageDraft draft, Instant now) {
        return new Message(
                0,
                draft.id().orElse(""),
                draft.session(),
                draft.user(),
                draft.role(),
                draft.content(),
                draft.at().orElse(now),
                Optional.empty(),
                false,
                draft.metadata());
    }

    /**
     * Answers a question from memory.
     *
     * @throws NotFoundException if there is no such agent
     * @throws InvalidInputException if it asks for meaning alone and there is no model
     */
    public RecallResult recall(RecallQuery query) {
        try (var _ = attend()) {
            RecallResult result =
                    memory.onExisting(name, store -> memory.recall().recall(store, query));
            if (!memory.config().readOnly()) {
                memory.uses().count(name, result.hits(), memory.written());
            }
            return result;
        }
    }

    /**
     * Says that somebody waits for an answer until what this returns is closed, so that work in the background, of all agents of this {@link Stele}, lets
     * it go first for a little. Questions and contexts say so themselves; this is for whoever does several things for one answer.
     */
    public Attention attend() {
        return memory.foreground().enter()::close;
    }

    /**
     * Says that a question will be asked soon, so that what the model has to do for it is begun while the caller does something else.
     * Does not wait for the model.
     *
     * @throws NotFoundException if there is no such agent
     */
    public void expect(String question) {
        memory.runOnExisting(name, store -> memory.recall().expect(store, question));
    }

    /** Answers a question with the ten best items. */
    public RecallResult recall(String question) {
        return recall(RecallQuery.of(question));
    }

    /** What there is to say to a prompt about a topic, within its tokens. */
    public PromptContext context(ContextQuery query) {
        try (var _ = attend()) {
            return new ContextBuilder(this, query).build();
        }
    }

    /**
     * Finds notes that say the same twice and entities that are one, and puts them right if wanted: what gives way is kept as
     * superseded, or as part of the past.
     *
     * @param apply whether to put right what is found, or only to say it
     * @return what was found; if applied, what was put right
     */
    public List<Consolidation.Finding> consolidate(boolean apply) {
        var consolidation = new Consolidation(name, memory);
        List<Consolidation.Finding> findings = consolidation.find();
        return apply ? consolidation.apply(findings) : findings;
    }

    /** The id of the note that sums up what was said in a conversation before its latest turns. */
    public static String summaryId(String session) {
        return "summary-" + Sha256.hex(session).substring(0, 32);
    }

    /** A message, live or archived. */
    public Optional<Message> message(String id) {
        return memory.read(name, view -> view.message(id));
    }

    /** The texts a message had before it was edited, oldest first. */
    public List<MessageRevision> messageHistory(String id) {
        return memory.read(
                name, view -> view.revisions(found(id, view.message(id)).number()));
    }

    /** How many messages are live; archived ones are in {@link #stats}. */
    public long messageCount() {
        return memory.read(name, StoreView::liveMessages);
    }

    /**
     * Replaces the text of a live message; the old one stays in its history.
     *
     * @throws ConflictException if the message is in the archive
     */
    public Message editMessage(String id, String content) {
        if (content.isBlank()) {
            throw new InvalidInputException("The content of a message is blank; give it text, or delete the message.");
        }
        Ids.checkText("content of a message", content);
        memory.checkContent("message", content, Map.of());
        record Seen(Message message, Optional<Message> before) {}
        Seen seen = memory.read(name, view -> {
            Message message = found(id, view.message(id));
            return new Seen(message, view.previous(message));
        });
        IndexEntry indexing = memory.indexer()
                .index(memory.indexer().draft(name, seen.message().withContent(content, Memory.now()), seen.before()));
        return memory.writeExisting(name, edit -> {
            Message message = found(id, edit.message(id));
            if (message.archived()) {
                throw new ConflictException("Message " + Json.write(id)
                        + " is in the archive, where nothing changes; it can only be deleted.");
            }
            if (message.content().equals(content)) {
                return message;
            }
            Message edited = message.withContent(content, Memory.now());
            edit.editMessage(message, edited, indexing);
            return edited;
        });
    }

    /** Forgets a message with its history, in rows, indexes, archive and free pages. */
    public void deleteMessage(String id) {
        memory.writeExisting(name, edit -> {
            edit.deleteMessage(found(id, edit.message(id)));
            return id;
        });
        memory.scrub(name);
    }

    private static Message found(String id, Optional<Message> message) {
        return message.orElseThrow(() -> new NotFoundException("There is no message " + Json.write(id) + "."));
    }

    /** The number of the latest change. */
    public long lastChange() {
        return memory.read(name, StoreView::lastChange);
    }

    /** Changes after a number in order, at most {@code limit}. */
    public List<Change> changes(long after, int limit) {
        if (after < 0) {
            throw new InvalidInputException("The number of a change is %d; it cannot be negative.".formatted(after));
        }
        return memory.read(name, view -> view.changes(after, memory.checkLimit(limit)));
    }

    /** Waits until there may be a change after a number, written by this process or another, or the time is over. */
    public void awaitChange(long after, Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        // The store is lent for short whiles only, so that a listener does not keep it open for ever.
        while (System.nanoTime() < end) {
            long millis = Math.min(1_000, Math.max(1, (end - System.nanoTime()) / 1_000_000));
            boolean there = memory.onExisting(name, store -> {
                try {
                    store.awaitChange(after, millis);
                    return store.read(view -> view.lastChange() > after);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return true;
                }
            });
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (there) {
                return;
            }
        }
    }

    public AgentStats stats() {
        return memory.read(name, view -> view.stats(memory.indexer().model()));
    }

    /**
     * Makes vectors that are missing or of another model now, and not by and by. Stopped halfway, it goes on where it was.
     *
     * @param again those that are there too
     * @param progress is told how many are done
     * @throws InvalidInputException if there is no model
     * @throws IllegalStateException if the model failed; what was made stays
     */
    public void embed(boolean again, LongConsumer progress) {
        if (memory.embedder().isEmpty()) {
            throw new InvalidInputException("There is no embedding model to make vectors with; set memory.embedder.");
        }
        memory.runOnExisting(name, store -> new Upkeep(memory).embed(store, again, progress));
    }

    /**
     * Does now what else happens by and by: retention, words analysed by other rules, vectors that are missing or of another
     * model, leftovers of what was forgotten, the file of vectors. Others read and write meanwhile; stopped halfway, it goes on
     * where it was.
     */
    public void upkeep() {
        memory.runOnExisting(name, store -> new Upkeep(memory).run(store));
    }

    /** Checks every row, index entry and archive file. Writers go on meanwhile. */
    public VerifyReport verify() {
        return memory.onExisting(name, AgentStore::verify);
    }

    /** Writes everything into one file that {@link Stele#restore} reads, while others read and write. */
    public void backup(Path target) {
        memory.<Path>onExisting(name, store -> {
            store.backup(target);
            return target;
        });
    }

    /**
     * Writes everything as JSON lines, as of one moment; see {@link Exporter}. Leaves the writer open.
     *
     * @return how many lines were written
     */
    public long export(Writer out) {
        return memory.read(name, view -> Exporter.write(name.value(), view, out));
    }

    /**
     * Writes the graph of today as JSON lines in the form of the reference memory server of the Model Context Protocol. Leaves the
     * writer open.
     *
     * @return how many lines were written
     */
    public long exportMcpMemory(Writer out) {
        return memory.read(name, view -> Exporter.writeMcpMemory(name.value(), view.graph(), out));
    }

    /**
     * Brings in a file: an export of Stele, chat lines with role and content, the file of the reference memory server of the Model
     * Context Protocol, or LoCoMo conversations. Good lines are
     * kept whatever the others are. Running it again adds nothing twice.
     *
     * @param progress is told now and then how many characters are done
     * @throws InvalidInputException if the file is empty or of no known form; nothing is made then
     */
    public ImportReport importFrom(Reader file, LongConsumer progress) {
        var target = new Importer.Target() {
            @Override
            public Map<String, Message> messages(Collection<String> ids) {
                return ids.isEmpty() || !memory.isThere(name)
                        ? Map.of()
                        : memory.read(name, view -> view.messages(ids));
            }

            @Override
            public <T> T write(Function<? super StoreEdit, T> edit) {
                return memory.write(name, edit);
            }
        };
        ImportReport report = new Importer(name, target, memory.indexer(), memory.limits(), progress).run(file);
        if (report.others() > 0) {
            interactions().due(Optional.empty()); // some may wait to be learnt from
        }
        return report;
    }
}
