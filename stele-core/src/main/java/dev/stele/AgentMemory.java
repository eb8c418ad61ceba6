package dev.stele;

import dev.stele.change.ChangeFollower;
import dev.stele.context.ContextBuilder;
import dev.stele.context.ContextQuery;
import dev.stele.context.PromptContext;
import dev.stele.engine.Engine;
import dev.stele.engine.MessageWriter;
import dev.stele.files.MemoryFiles;
import dev.stele.maintenance.AgentMaintenance;
import dev.stele.model.AgentName;
import dev.stele.model.AgentStats;
import dev.stele.model.Change;
import dev.stele.model.ConflictException;
import dev.stele.model.DuplicateGroup;
import dev.stele.model.Erased;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionResult;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.NotFoundException;
import dev.stele.model.RetentionPreview;
import dev.stele.model.UserContext;
import dev.stele.model.VerifyReport;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import dev.stele.reflect.Consolidations;
import dev.stele.reflect.DuplicateFinder;
import dev.stele.reflect.ReflectionWorker;
import dev.stele.reflect.SessionSummarizer;
import dev.stele.segment.Segments;
import dev.stele.store.AgentStore;
import dev.stele.store.MessageBound;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import dev.stele.transfer.ExportFormat;
import dev.stele.transfer.ExportReport;
import dev.stele.transfer.Exporter;
import dev.stele.transfer.ImportOptions;
import dev.stele.transfer.ImportReport;
import dev.stele.transfer.ImportSource;
import dev.stele.transfer.Importer;
import dev.stele.transfer.VectorTime;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Memory of one agent: entry point for its messages, recall, notes, users, knowledge graph and documents.
 *
 * <p>An instance is a lightweight handle. It holds no file open, needs no closing, and remains usable whatever other
 * threads and processes do, even after the agent was erased or restored. Thread-safe. All methods block and are meant
 * to be called on virtual threads.
 *
 * <p>The first write creates the agent. Reading an agent that does not exist throws a {@link NotFoundException}. When a
 * writing method returns, the written data survives a crash of the process and of the machine.
 */
public final class AgentMemory {

    private final AgentName name;
    private final Engine engine;
    private final ReflectionWorker reflection;

    AgentMemory(AgentName name, Engine engine, ReflectionWorker reflection) {
        this.name = name;
        this.engine = engine;
        this.reflection = reflection;
    }

    /** Returns the name of the agent. */
    public AgentName name() {
        return name;
    }

    /** Returns whether the agent exists: whether something was written to it and it was not erased since. */
    public boolean exists() {
        return engine.stores().exists(name);
    }

    /** Returns the limits of the memory, for callers that read as much as is given at once. */
    public Limits limits() {
        return engine.limits();
    }

    /** Returns the sessions (conversations) of the agent: listing, reading, ending, titles. */
    public Sessions sessions() {
        return new Sessions(name, engine);
    }

    /** Returns the distilled notes of the agent. */
    public Notes notes() {
        return new Notes(name, engine);
    }

    /** Returns the contexts that the agent keeps of its users. */
    public Users users() {
        return new Users(name, engine);
    }

    /** Returns the knowledge graph of the agent. */
    public Graph graph() {
        return new Graph(name, engine);
    }

    /** Returns the consolidation of the agent's notes about its users. */
    public Consolidations consolidations() {
        return new Consolidations(name, engine);
    }

    /** Returns the insights that are derived from the agent's data about its users. */
    public Insights insights() {
        return new Insights(name, engine);
    }

    /** Returns the documents of the agent, in collections. */
    public Documents documents() {
        return new Documents(name, engine);
    }

    /**
     * Returns the text files of the agent that the memory tool of a language model reads and writes. All users share
     * them.
     */
    public MemoryFiles files() {
        return new MemoryFiles(name, engine, Optional.empty());
    }

    /**
     * Returns the text files of one user; see {@link #files()}. They are apart from the shared files, and are erased
     * with the user.
     *
     * @param user id of the user
     */
    public MemoryFiles files(String user) {
        return new MemoryFiles(name, engine, Optional.of(user));
    }

    /** Returns the segments of the agent: texts with vectors of the caller, in collections. */
    public Segments segments() {
        return new Segments(name, engine);
    }

    /** Returns the profile of the agent: its persona and access rules. */
    public Profile profile() {
        return new Profile(name, engine);
    }

    /** Returns the interactions of the agent and the outcomes of their reflection. */
    public Interactions interactions() {
        return new Interactions(name, engine);
    }

    /**
     * Processes all pending interactions that are due, on the calling thread. If another process is processing them,
     * this method waits for that process.
     *
     * @return number of interactions that remain pending: those that failed and are retried later
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws NotFoundException if the agent does not exist
     */
    public long reflect() throws InterruptedException {
        return reflection.drain(name);
    }

    /**
     * Stores one message.
     *
     * @param draft the message; an id is generated if it has none
     * @return the stored message
     * @throws ConflictException if a different message has the id
     */
    public Message remember(MessageDraft draft) {
        return remember(List.of(draft)).getFirst();
    }

    /**
     * Stores messages in this order, all or none.
     *
     * @param drafts the messages, at least one; ids are generated where missing
     * @return the stored messages, in the same order
     * @throws ConflictException if a different message has one of the ids
     * @throws LimitExceededException if there are too many messages, or one is too long
     */
    public List<Message> remember(List<MessageDraft> drafts) {
        return remember(drafts, Optional.empty());
    }

    /**
     * Stores messages in this order, all or none, at most once for an idempotency key.
     *
     * @param drafts the messages, at least one; ids are generated where missing
     * @param key the idempotency key; a repeated call with the same key and messages returns the messages of the first
     *     call
     * @return the stored messages, in the same order
     * @throws ConflictException if a different message has one of the ids, or the key was used for another request
     * @throws LimitExceededException if there are too many messages, or one is too long
     */
    public List<Message> remember(List<MessageDraft> drafts, Optional<String> key) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.CREATE, name),
                        () -> writer().write(drafts, key),
                        AgentMemory::created);
    }

    /**
     * Stores messages like {@link #remember(List, Optional)}, without a thread that waits until they are durable. The
     * call validates the messages and computes their embeddings; that takes about as long as {@code remember} without
     * its wait for the disk.
     *
     * @param drafts the messages, at least one; ids are generated where missing
     * @param key the idempotency key; empty for none
     * @param executor completes the result and so runs what depends on it; must run every task that it accepts
     * @return the stored messages, in the same order, once they are durable. Canceling it withdraws a write that did
     *     not begin; a future that cannot be canceled any more ends with the result of the write
     * @throws LimitExceededException if there are too many messages, or one is too long
     */
    public CompletableFuture<List<Message>> submit(List<MessageDraft> drafts, Optional<String> key, Executor executor) {
        return engine.telemetry()
                .submit(
                        () -> OperationStart.of(OperationKind.CREATE, name),
                        () -> writer().submit(drafts, key, executor),
                        AgentMemory::created);
    }

    private static OperationOutcome.Succeeded created(List<Message> messages) {
        return new OperationOutcome.Succeeded(
                messages.size(),
                () -> messages.stream()
                        .map(message ->
                                new OperationOutcome.Item(message.id(), message.content(), OptionalDouble.empty()))
                        .toList());
    }

    private MessageWriter writer() {
        return new MessageWriter(engine, name);
    }

    /**
     * Stores the messages of an interaction and counts the interaction in the user's context, all or nothing.
     *
     * @param user the id of the user
     * @param said the messages of the interaction; empty to count the interaction only
     * @param key the idempotency key; empty for none
     * @return the user's context after the interaction
     */
    public UserContext recordInteraction(String user, List<MessageDraft> said, Optional<String> key) {
        return recordInteraction(user, said, Optional.empty(), key).user();
    }

    /**
     * Stores an interaction as {@link #recordInteraction(String, List, Optional)} does and queues it for reflection, in
     * one write.
     *
     * <p>If {@code learn} is present, the call does not wait for the embeddings of the messages; they are computed in
     * the background soon after. Until then the messages are found by keywords only.
     *
     * @param user the id of the user
     * @param said the messages of the interaction; empty to count the interaction only
     * @param learn the interaction to queue for reflection; the messages stored here are added to its messages. If the
     *     maximum number of interactions is pending, everything else is written and the result has no interaction
     * @param key the idempotency key; empty for none
     * @return the stored messages, the user's context and the queued interaction
     */
    public InteractionResult recordInteraction(
            String user, List<MessageDraft> said, Optional<InteractionDraft> learn, Optional<String> key) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.CREATE, name),
                        () -> writer().writeInteraction(user, said, learn, key),
                        result -> created(result.messages()));
    }

    /**
     * Stores one message without waiting for its embedding, which is computed in the background soon after. Until then
     * the message is found by keywords only.
     *
     * @param draft the message; an id is generated if it has none
     * @return the stored message
     * @throws ConflictException if a different message has the id
     */
    public Message rememberAsync(MessageDraft draft) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.CREATE, name),
                        () -> writer().writeUnembedded(draft),
                        message -> created(List.of(message)));
    }

    /**
     * Recalls the items that match a query.
     *
     * @param query the query with its filters, weights and limit
     * @return the best items, best first
     * @throws NotFoundException if the agent does not exist
     * @throws InvalidInputException if the query uses semantic similarity only and there is no embedding model
     */
    public RecallResult recall(RecallQuery query) {
        return engine.recall(name, query);
    }

    /**
     * Marks a foreground request: until the returned handle is closed, background work of all agents of this
     * {@link Stele} gives way for a short time. {@link #recall(RecallQuery)} and {@link #context} mark themselves; this
     * method is for a caller that makes several calls for one answer.
     *
     * @return the handle, which the caller closes
     */
    public ForegroundRequest beginForegroundRequest() {
        return engine.enterForeground()::close;
    }

    /**
     * Announces a query, so that the embedding model starts on it while the caller does other work. Does not wait for
     * the model.
     *
     * @param question the text of the query
     * @throws NotFoundException if the agent does not exist
     */
    public void prefetch(String question) {
        engine.useStore(name, store -> engine.retriever().prefetch(store, question));
    }

    /**
     * Recalls the ten best items for a question.
     *
     * @param question the text of the query
     * @return the items, best first
     * @throws NotFoundException if the agent does not exist
     */
    public RecallResult recall(String question) {
        return recall(RecallQuery.of(question));
    }

    /**
     * Assembles the context of a prompt about a topic, within the token limit of the query.
     *
     * @param query the topic, the token limit and the parts to include
     * @throws NotFoundException if the agent does not exist
     */
    public PromptContext context(ContextQuery query) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.search(name, query.topic()),
                        () -> {
                            try (var _ = beginForegroundRequest()) {
                                return new ContextBuilder(engine, name, query).build();
                            }
                        },
                        context -> OperationOutcome.Succeeded.of(context.sections().stream()
                                .mapToInt(section -> section.sources().size())
                                .sum()));
    }

    /**
     * Finds duplicate notes and duplicate entities, and merges them on request. The merged item is kept: a note as
     * superseded, an entity as part of the past.
     *
     * @param apply whether to merge the duplicates, or only to report them
     * @return the duplicates that were found; if {@code apply}, those that were merged
     */
    public List<DuplicateGroup> consolidate(boolean apply) {
        var consolidation = new DuplicateFinder(name, engine);
        List<DuplicateGroup> findings = consolidation.find();
        return apply ? consolidation.apply(findings) : findings;
    }

    /**
     * Returns the id of the note that summarizes the earlier messages of a session, those before its latest messages.
     *
     * @param session the id of the session
     */
    public static String summaryId(String session) {
        return SessionSummarizer.summaryId(session);
    }

    /**
     * Returns the ids of the items that all of some users may see; see {@link dev.stele.recall.Audience} for the rules.
     *
     * @param users ids of the users, at least one
     * @param ids ids of messages, notes, entities, observations and passages; unknown ids are left out of the result
     */
    public Set<String> visibleTo(Set<String> users, Collection<String> ids) {
        return engine.visibleTo(name, users, ids);
    }

    /**
     * Returns the ids of the items that exist.
     *
     * @param ids ids of messages, notes, entities, observations and passages
     */
    public Set<String> existing(Collection<String> ids) {
        return engine.read(
                name,
                view -> Set.copyOf(
                        view.lineage().ids(view.lineage().numbers(ids)).values()));
    }

    /** Returns the message of an id, live or archived; empty if there is none. */
    public Optional<Message> message(String id) {
        return engine.read(name, view -> view.message(id));
    }

    /**
     * Returns the earlier texts of an edited message, oldest first.
     *
     * @param id the id of the message
     * @throws NotFoundException if there is no such message
     */
    public List<MessageRevision> messageHistory(String id) {
        return engine.read(
                name,
                view -> view.revisions(NotFoundException.require("message", id, view.message(id))
                        .number()));
    }

    /** Returns the number of live messages; {@link #stats} has the number of archived ones. */
    public long messageCount() {
        return engine.read(name, StoreView::liveMessages);
    }

    /**
     * Replaces the text of a live message. The old text is kept in the message's history.
     *
     * @param id the id of the message
     * @param content the new text, not blank
     * @return the message after the change
     * @throws ConflictException if the message is in the archive
     * @throws NotFoundException if there is no such message
     */
    public Message editMessage(String id, String content) {
        return engine.telemetry()
                .call(
                        () -> OperationStart.of(OperationKind.UPDATE, name, id),
                        () -> writer().edit(id, content),
                        message -> created(List.of(message)));
    }

    /**
     * Erases a message with its history and everything that was derived from it; see
     * {@link dev.stele.erasure.Erasure}.
     *
     * @param id the id of the message
     * @return what was erased
     * @throws NotFoundException if there is no such message
     */
    public Erased deleteMessage(String id) {
        return deleteMessage(id, false);
    }

    /**
     * Returns what {@link #deleteMessage} would erase, and changes nothing.
     *
     * @throws NotFoundException if there is no such message
     */
    public Erased previewDeleteMessage(String id) {
        return deleteMessage(id, true);
    }

    private Erased deleteMessage(String id, boolean preview) {
        return engine.erase(
                name,
                preview,
                id,
                (edit, erasure) -> erasure.message(NotFoundException.require("message", id, edit.message(id))));
    }

    /** Returns the number of the latest change. */
    public long lastChange() {
        return engine.read(name, StoreView::lastChange);
    }

    /**
     * Lists changes in order.
     *
     * @param after the change number after which the list starts, 0 or more
     * @param limit maximum number of changes, from 1 to {@code limits.results}
     */
    public List<Change> changes(long after, int limit) {
        long checked = checkChange(after);
        return engine.read(name, view -> view.changes(checked, engine.checkLimit(limit)));
    }

    /**
     * Waits until another change, by this process or another, may have been committed, or until the timeout. A return
     * does not guarantee that there is a change.
     *
     * @param after the change number after which a change is awaited
     * @param timeout maximum time to wait
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws NotFoundException if the agent does not exist
     */
    public void awaitChange(long after, Duration timeout) throws InterruptedException {
        engine.awaitChange(name, after, timeout);
    }

    /**
     * Returns a reader that follows the change log, also across a restoration of the agent.
     *
     * @param after the change number after which it starts, 0 or more
     */
    public ChangeFollower follow(long after) {
        return new ChangeFollower(engine, name, checkChange(after));
    }

    /** Returns a reader of the changes from now on, or of all if the agent does not exist yet. */
    public ChangeFollower follow() {
        return ChangeFollower.latest(engine, name);
    }

    private static long checkChange(long number) {
        if (number < 0) {
            throw new InvalidInputException("The number of a change is %d; it cannot be negative.".formatted(number));
        }
        return number;
    }

    /** Returns statistics of the agent's stored data. */
    public AgentStats stats() {
        return engine.read(name, this::stats);
    }

    private Optional<AgentStats> findStats() {
        return engine.readIfExists(name, this::stats);
    }

    private AgentStats stats(StoreView view) {
        return view.stats(engine.indexer().model());
    }

    /**
     * Computes now the embeddings that are missing or were made by another model, instead of in the background. An
     * interrupted run continues where it stopped.
     *
     * @param again whether existing embeddings of the current model are computed again
     * @param progress receives the number of embedded items
     * @throws InvalidInputException if there is no embedding model
     * @throws IllegalStateException if the model failed; the embeddings made before the failure are kept
     */
    public void embed(boolean again, LongConsumer progress) {
        if (engine.embedder().isEmpty()) {
            throw new InvalidInputException("There is no embedding model to make vectors with; set memory.embedder.");
        }
        engine.useStore(name, store -> new AgentMaintenance(engine).embed(store, again, progress));
    }

    /**
     * Runs now the maintenance that otherwise runs in the background: retention, analysis of items by changed language
     * rules, embeddings that are missing or of another model, residue of erased data, the vector file. Other callers
     * read and write meanwhile. An interrupted run continues where it stopped.
     */
    public void runMaintenance() {
        engine.useStore(name, store -> new AgentMaintenance(engine).run(store));
    }

    /**
     * Returns what retention would remove and retire if maintenance ran now. Changes nothing.
     *
     * @param limit maximum number of messages, and of notes, that the preview names, from 1 to {@code limits.results}
     */
    public RetentionPreview previewRetention(int limit) {
        int checked = engine.checkLimit(limit);
        return engine.withStore(name, store -> new AgentMaintenance(engine).preview(store, checked));
    }

    /** Verifies every row, index entry and archive file. Writers are not blocked. */
    public VerifyReport verify() {
        return engine.withStore(name, AgentStore::verify);
    }

    /**
     * Writes a backup of the agent into one file, which {@link Stele#restore} reads. Other callers read and write
     * meanwhile.
     *
     * @param target the file to write
     */
    public void backup(Path target) {
        engine.<Path>withStore(name, store -> {
            store.backup(target);
            return target;
        });
    }

    /**
     * Exports the agent as JSON lines, as of one point in time; see {@link Exporter}. What is damaged is left out and
     * named.
     *
     * @param out receives the lines; it is not closed
     * @return the number of lines, and what was left out
     */
    public ExportReport export(Writer out) {
        return engine.stream(name, view -> Exporter.write(name.value(), view, out));
    }

    /**
     * Exports the current graph as JSON lines in the format of the reference memory server of the Model Context
     * Protocol.
     *
     * @param out receives the lines; it is not closed
     * @return the number of lines
     */
    public long exportMcpMemory(Writer out) {
        return engine.stream(name, view -> Exporter.writeMcpMemory(name.value(), view.graph(), out));
    }

    /**
     * Exports the agent in a format, as of one point in time. Only {@link ExportFormat#STELE} contains everything.
     *
     * @param format format of the export
     * @param out receives UTF-8 text or a zip file; it is not closed
     * @return number of lines or files, and what was left out because it is damaged
     */
    public ExportReport export(ExportFormat format, OutputStream out) {
        return engine.stream(name, view -> Exporter.write(name.value(), format, view, out));
    }

    /**
     * Imports a text in any {@link dev.stele.transfer.ImportFormat} that is not a folder of files. Valid items are
     * imported even if others are invalid. Importing a text again adds no duplicates.
     *
     * @param file the text to import; it is not closed
     * @param progress receives from time to time the number of characters that are processed
     * @return counts of imported and rejected items
     * @throws InvalidInputException if the text is empty or of an unknown format; nothing is imported then
     */
    public ImportReport importFrom(Reader file, LongConsumer progress) {
        return importWith(progress, importer -> importer.run(file));
    }

    /**
     * Imports a file, a zip file or a folder in any {@link dev.stele.transfer.ImportFormat}. Valid items are imported
     * even if others are invalid. Importing a source again adds no duplicates.
     *
     * @param source the files to import
     * @param options options of the import
     * @param progress receives from time to time the number of characters that are processed
     * @return counts of imported and rejected items
     * @throws InvalidInputException if no file has a known format; nothing is imported then
     * @throws LimitExceededException if the source exceeds a limit; a repeated import skips what was written before
     */
    public ImportReport importFrom(ImportSource source, ImportOptions options, LongConsumer progress) {
        try {
            return importWith(progress, importer -> importer.run(source, options));
        } finally {
            if (options.vectors() == VectorTime.IN_BACKGROUND
                    && engine.exists(name)) { // also after an import that ended early
                engine.embeddingQueue().addAllOf(name);
            }
        }
    }

    private ImportReport importWith(LongConsumer progress, Function<Importer, ImportReport> run) {
        var target = new Importer.Target() {
            @Override
            public Map<String, Message> messages(Collection<String> ids) {
                return ids.isEmpty()
                        ? Map.of()
                        : engine.readIfExists(name, view -> view.messages(ids)).orElse(Map.of());
            }

            @Override
            public <T> T write(Function<? super StoreEdit, T> edit) {
                return engine.write(name, edit);
            }

            @Override
            public int maxMessages() {
                return engine.config().maxMessages();
            }

            @Override
            public int maxInteractions() {
                return engine.config().reflection().waiting();
            }
        };
        long archivedBefore = findStats().map(AgentStats::archived).orElse(0L);
        boolean writable = !engine.config().readOnly();
        if (writable) {
            engine.stores().markDue(name); // a crash after the write of an interaction leaves the mark
        }
        ImportReport report;
        try {
            report = run.apply(new Importer(name, target, engine.indexer(), engine.limits(), progress));
        } finally {
            if (writable) { // some items may be pending interactions, also after an import that ended early
                engine.notifyPending(name, Optional.empty());
            }
        }
        return report.messages() == 0 ? report : withArchived(report, archivedBefore);
    }

    /** Adds the number of messages that retention has archived during an import, or archives because of it. */
    private ImportReport withArchived(ImportReport report, long archivedBefore) {
        int bound =
                engine.read(name, view -> MessageBound.of(view, engine.config().maxMessages()));
        AgentStats after = stats();
        long excess = bound == 0 ? 0 : Math.max(0, after.messages() - bound);
        return report.withArchived(excess + Math.max(0, after.archived() - archivedBefore), bound);
    }
}
