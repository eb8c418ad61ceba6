package dev.stele.engine;

import dev.stele.concurrent.ForegroundGate;
import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Erased;
import dev.stele.model.Ids;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionResult;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageWindow;
import dev.stele.model.NotFoundException;
import dev.stele.model.WindowRemoval;
import dev.stele.store.IndexEntry;
import dev.stele.store.SessionWindow;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writer of the messages of one agent. Thread-safe.
 *
 * <p>A message goes down once: the public API calls the writer; the writer {@linkplain #prepare prepares} the message
 * without any lock (validation, ids, the message before it, terms, embedding) and submits one edit; the store's queue
 * commits the edit together with those of other writers.
 *
 * <p>The embedding is computed before the edit, so that the message is found by meaning when the call returns, or after
 * it in the background, so that the caller does not wait for the model.
 */
public final class MessageWriter {

    /** Time at which the embeddings of written messages are computed. */
    private enum EmbeddingTime {
        BEFORE_WRITE,
        AFTER_WRITE
    }

    private final Engine engine;
    private final AgentName agent;

    public MessageWriter(Engine engine, AgentName agent) {
        this.engine = engine;
        this.agent = agent;
    }

    /**
     * Writes messages with their embeddings, all or none, at most once for an idempotency key.
     *
     * @param drafts the messages, at least one; ids are generated where missing
     * @param key the idempotency key; empty to write always
     * @return the stored messages, in the same order
     * @throws ConflictException if a different message has one of the ids, or the key was used for another request
     * @throws LimitExceededException if there are too many messages, or one is too long
     */
    public List<Message> write(List<MessageDraft> drafts, Optional<String> key) {
        return engine.write(agent, addition(drafts, key));
    }

    /**
     * Writes messages like {@link #write}, without a thread that waits for the commit. The messages are prepared on the
     * calling thread.
     *
     * @param executor completes the result
     * @return the stored messages, in the same order; canceling it withdraws a write that did not start
     */
    public CompletableFuture<List<Message>> submit(List<MessageDraft> drafts, Optional<String> key, Executor executor) {
        return engine.submit(agent, addition(drafts, key), executor);
    }

    private Function<StoreEdit, List<Message>> addition(List<MessageDraft> drafts, Optional<String> key) {
        if (drafts.isEmpty()) {
            throw new InvalidInputException("There is no message to remember; give at least one.");
        }
        PreparedMessages prepared = prepare(drafts, EmbeddingTime.BEFORE_WRITE);
        return edit -> Engine.idempotent(
                edit,
                key,
                new RequestForm<>(List.of("messages", forms(drafts)), ids -> messages(edit, ids)),
                new RequestForm<>(formerForms(drafts), ids -> messages(edit, ids)),
                () -> prepared.addTo(edit),
                messages -> messages.stream().map(Message::id).toList());
    }

    /**
     * Writes a message, whose embedding is computed in the background soon after.
     *
     * @param draft the message; an id is generated if it has none
     * @return the stored message
     * @throws ConflictException if a different message has the id
     */
    public Message writeUnembedded(MessageDraft draft) {
        try (ForegroundGate.Visit _ = engine.enterForeground()) {
            PreparedMessages prepared = prepare(List.of(draft), EmbeddingTime.AFTER_WRITE);
            List<Message> stored = engine.write(agent, prepared::addTo);
            enqueueEmbeddings(stored);
            return stored.getFirst();
        }
    }

    /**
     * Writes the messages of an interaction, counts the interaction in the user's context and queues it for reflection,
     * in one edit. If the interaction is queued, the embeddings are computed after the edit, else before.
     *
     * @param user the id of the user
     * @param drafts the messages of the interaction; may be empty
     * @param interaction the interaction to queue; the messages are added to its messages. Empty to queue none
     * @param key the idempotency key; empty to write always
     * @return the stored messages, the user's context and the queued interaction
     */
    public InteractionResult writeInteraction(
            String user, List<MessageDraft> drafts, Optional<InteractionDraft> interaction, Optional<String> key) {
        String ofUser = Ids.check("user", user);
        var interactions = new InteractionWriter(engine, agent);
        try (ForegroundGate.Visit _ = engine.enterForeground()) {
            PreparedMessages prepared =
                    prepare(drafts, interaction.isPresent() ? EmbeddingTime.AFTER_WRITE : EmbeddingTime.BEFORE_WRITE);
            Optional<InteractionDraft> queued = interaction.map(draft -> interactions.prepare(
                    draft.withMessages(Stream.concat(draft.messages().stream(), prepared.ids().stream())
                            .toList())));
            InteractionResult result = engine.write(
                    agent,
                    edit -> Engine.idempotent(
                            edit,
                            key,
                            new RequestForm<>(
                                    List.of(
                                            "interaction",
                                            ofUser,
                                            forms(drafts),
                                            interaction.map(InteractionDraft::toJson)),
                                    ids -> stored(edit, ofUser, ids)),
                            new RequestForm<>(
                                    List.of("interaction", ofUser, formerForms(drafts)),
                                    ids -> stored(edit, ofUser, ids)),
                            () -> new InteractionResult(
                                    prepared.addTo(edit),
                                    engine.countInteraction(edit, ofUser, prepared.now()),
                                    queued.flatMap(draft -> interactions.addIfRoom(edit, draft, prepared.now()))),
                            MessageWriter::ids));
            if (result.interaction().isPresent()) {
                interactions.signal(result.interaction());
            }
            if (interaction.isPresent()) {
                enqueueEmbeddings(result.messages());
            }
            return result;
        }
    }

    private static List<String> ids(InteractionResult result) {
        return Stream.concat(
                        result.interaction().map(Interaction::id).stream(),
                        result.messages().stream().map(Message::id))
                .toList();
    }

    /** Returns the result of an earlier write from the ids that it stored with its idempotency key. */
    private static InteractionResult stored(StoreEdit edit, String user, List<String> ids) {
        return new InteractionResult(
                messages(edit, ids),
                edit.user(user)
                        .orElseThrow(() -> new NotFoundException("User " + Json.write(user) + " was forgotten.")),
                ids.stream()
                        .flatMap(id -> edit.reflection().interaction(id).stream())
                        .findFirst());
    }

    private static List<Message> messages(StoreEdit edit, List<String> ids) {
        return ids.stream().flatMap(id -> edit.message(id).stream()).toList();
    }

    /**
     * Replaces the text of a live message, whose old text is kept in its history.
     *
     * @param id the id of the message
     * @param content the new text, not blank
     * @return the message after the change
     * @throws ConflictException if the message is in the archive
     * @throws NotFoundException if there is no such message
     */
    public Message edit(String id, String content) {
        if (content.isBlank()) {
            throw new InvalidInputException("The content of a message is blank; give it text, or delete the message.");
        }
        Ids.checkText("content of a message", content);
        engine.checkContent("message", content, Map.of());
        record Seen(Message message, Optional<Message> before) {}
        Seen seen = engine.read(agent, view -> {
            Message message = NotFoundException.require("message", id, view.message(id));
            return new Seen(message, view.previous(message));
        });
        IndexEntry entry = engine.indexer()
                .index(engine.indexer().draft(agent, seen.message().withContent(content, Engine.now()), seen.before()));
        return engine.writeExisting(agent, edit -> {
            Message message = NotFoundException.require("message", id, edit.message(id));
            if (message.archived()) {
                throw new ConflictException("Message " + Json.write(id)
                        + " is in the archive, where nothing changes; it can only be deleted.");
            }
            if (message.content().equals(content)) {
                return message;
            }
            Message edited = message.withContent(content, Engine.now());
            edit.editMessage(message, edited, entry);
            return edited;
        });
    }

    /**
     * Replaces the window of a session, see {@link dev.stele.Sessions#replaceWindow}.
     *
     * @param session the id of the session, in its normal form
     * @param drafts the messages of the window, in order
     * @param removal what becomes of messages that leave the window
     * @return the messages in the window
     */
    public List<Message> replaceWindow(String session, List<MessageDraft> drafts, WindowRemoval removal) {
        checkSession(session, drafts);
        long deadline = System.nanoTime() + engine.limits().waitTimeout().toNanos();
        while (true) {
            WindowChange change = engine.readIfExists(
                            agent,
                            view -> WindowChange.of(
                                    SessionWindow.ids(view.documents(), session),
                                    SessionWindow.messages(view, session),
                                    drafts))
                    .orElseGet(() -> WindowChange.of(List.of(), List.of(), drafts));
            if (change.ids().isEmpty() && drafts.isEmpty()) {
                return List.of();
            }
            PreparedMessages prepared = prepare(change.added(), EmbeddingTime.BEFORE_WRITE);
            Optional<List<Message>> replaced = replaceWindow(session, change, prepared, removal);
            if (replaced.isPresent()) {
                return replaced.get();
            }
            Engine.checkPatience(deadline, "the window of session " + Json.write(session));
        }
    }

    /** Returns the new window; empty if the window was changed by another writer since it was seen. */
    private Optional<List<Message>> replaceWindow(
            String session, WindowChange change, PreparedMessages prepared, WindowRemoval removal) {
        Function<StoreEdit, Optional<List<Message>>> replace = edit -> {
            if (!SessionWindow.ids(edit.documents(), session).equals(change.ids())) {
                return Optional.empty();
            }
            List<Message> window = change.merge(prepared.addTo(edit));
            SessionWindow.put(
                    edit.documents(), session, window.stream().map(Message::id).toList(), prepared.now());
            return Optional.of(window);
        };
        if (removal == WindowRemoval.KEEP || change.keepsAll()) {
            return engine.write(agent, replace);
        }
        var result = new AtomicReference<Optional<List<Message>>>(Optional.empty());
        Erased erased = engine.erase(agent, false, (edit, erasure) -> {
            Optional<List<Message>> replaced = replace.apply(edit);
            replaced.ifPresent(window -> change.removed(window).forEach(erasure::message));
            result.set(replaced);
        });
        // A reply in the new window may have been derived from a message that left it.
        Set<String> erasedIds = erased.items().stream()
                .filter(item -> item.kind() == Erased.Kind.MESSAGE)
                .map(Erased.Item::id)
                .collect(Collectors.toSet());
        return result.get()
                .map(window -> window.stream()
                        .filter(message -> !erasedIds.contains(message.id()))
                        .toList());
    }

    /**
     * Adds messages to the session and to its window, see {@link dev.stele.Sessions#appendToWindow}.
     *
     * @param session the id of the session, in its normal form
     * @param drafts the messages, in order
     * @return the messages
     */
    public List<Message> appendToWindow(String session, List<MessageDraft> drafts) {
        checkSession(session, drafts);
        requireWindow(session);
        PreparedMessages prepared = prepare(drafts, EmbeddingTime.BEFORE_WRITE);
        return engine.write(agent, edit -> {
            MessageWindow window = window(edit, session);
            List<Message> added = prepared.addTo(edit);
            var ids = new LinkedHashSet<>(window.messages());
            added.forEach(message -> ids.add(message.id()));
            SessionWindow.put(edit.documents(), window.withMessages(List.copyOf(ids)), prepared.now());
            return added;
        });
    }

    /**
     * Replaces the window of a session if it still has a version, see {@link dev.stele.Sessions#replaceWindow(String,
     * long, List, Set)}.
     *
     * @return whether the window was replaced
     */
    public boolean replaceWindow(String session, long version, List<MessageDraft> drafts, Set<String> kept) {
        checkSession(session, drafts);
        requireWindow(session);
        Set<String> wanted = drafts.stream()
                .map(draft -> draft.id()
                        .orElseThrow(() -> new InvalidInputException(
                                "A message of a versioned window has no id; give each message an id.")))
                .collect(Collectors.toCollection(LinkedHashSet::new)); // in the order of the window
        Set<String> present = engine.read(
                agent,
                view -> view.messages(wanted).values().stream()
                        .filter(message -> message.session().equals(session))
                        .map(Message::id)
                        .collect(Collectors.toSet()));
        PreparedMessages prepared = prepare(
                drafts.stream()
                        .filter(draft -> !present.contains(draft.id().orElseThrow()))
                        .toList(),
                EmbeddingTime.BEFORE_WRITE);
        return engine.write(agent, edit -> {
            MessageWindow window = window(edit, session);
            if (window.version() != version || edit.messages(present).size() < present.size()) {
                return false;
            }
            prepared.addTo(edit);
            SessionWindow.put(edit.documents(), window.withMessages(List.copyOf(wanted)), prepared.now());
            edit.messages(window.messages().stream()
                            .filter(id -> !wanted.contains(id) && !kept.contains(id))
                            .toList())
                    .values()
                    .forEach(edit::expireMessage);
            return true;
        });
    }

    private static void checkSession(String session, List<MessageDraft> drafts) {
        for (MessageDraft draft : drafts) {
            if (!draft.session().equals(session)) {
                throw new InvalidInputException("A message of session %s cannot stand in the window of session %s."
                        .formatted(Json.write(draft.session()), Json.write(session)));
            }
        }
    }

    /** Checks that a window exists before messages are embedded and an agent is created for nothing. */
    private void requireWindow(String session) {
        MessageWindow _ =
                engine.readIfExists(agent, view -> window(view, session)).orElseThrow(() -> noWindow(session));
    }

    private static MessageWindow window(StoreView view, String session) {
        return SessionWindow.find(view.documents(), session).orElseThrow(() -> noWindow(session));
    }

    private static NotFoundException noWindow(String session) {
        return new NotFoundException("There is no window of session " + Json.write(session) + "; open it first.");
    }

    private void enqueueEmbeddings(List<Message> messages) {
        engine.embeddingQueue()
                .add(agent, messages.stream().map(Message::number).toList());
    }

    private PreparedMessages prepare(List<MessageDraft> drafts, EmbeddingTime embeddingTime) {
        if (drafts.size() > engine.limits().batchMessages()) {
            throw new LimitExceededException(
                    "There are %d messages at once; at most %d are taken (limits.batch-messages)."
                            .formatted(drafts.size(), engine.limits().batchMessages()));
        }
        drafts.forEach(draft -> engine.checkContent("message", draft.content(), draft.metadata()));
        Instant now = Engine.now();
        // Ids are generated here and not in the edit, because the edit may run twice.
        var draftsWithIds = new ArrayList<MessageDraft>(drafts.size());
        var generatedIds = new HashSet<String>();
        for (MessageDraft draft : drafts) {
            if (draft.id().isPresent()) {
                draftsWithIds.add(draft);
            } else {
                String id = Ids.next();
                generatedIds.add(id);
                draftsWithIds.add(draft.withId(id));
            }
        }
        List<Indexer.Draft> texts = withContext(draftsWithIds, now);
        List<IndexEntry> entries = switch (embeddingTime) {
            case BEFORE_WRITE -> engine.indexer().index(texts);
            case AFTER_WRITE ->
                texts.stream()
                        .map(text -> Indexer.words(text, Optional.empty()))
                        .toList();
        };
        return new PreparedMessages(draftsWithIds, generatedIds, entries, now);
    }

    /**
     * Returns the index texts of the messages. Each contains the previous message of its session, from this batch or
     * from the store.
     */
    private List<Indexer.Draft> withContext(List<MessageDraft> drafts, Instant now) {
        List<Message> messages =
                drafts.stream().map(draft -> toMessage(draft, now)).toList();
        Map<String, Message> latest = latestBefore(messages);
        var texts = new ArrayList<Indexer.Draft>(messages.size());
        for (Message message : messages) {
            texts.add(engine.indexer().draft(agent, message, Optional.ofNullable(latest.get(message.session()))));
            latest.put(message.session(), message);
        }
        return texts;
    }

    /** Returns the latest stored message before these messages, by session; sessions without one are absent. */
    private Map<String, Message> latestBefore(List<Message> messages) {
        Map<String, Message> latest = new HashMap<>();
        if (!engine.exists(agent)) {
            return latest;
        }
        List<Message> firstOfSessions = messages.stream()
                .collect(Collectors.toMap(
                        Message::session, Function.identity(), (a, b) -> a.at().isAfter(b.at()) ? b : a))
                .values()
                .stream()
                .sorted(Comparator.comparing(Message::session))
                .toList();
        return engine.readOrCreate(agent, view -> {
            firstOfSessions.forEach(first -> view.latestMessage(first.session(), first.at())
                    .ifPresent(before -> latest.put(first.session(), before)));
            return latest;
        });
    }

    /** Returns a draft as a message for the indexer; its number is not known yet. */
    private static Message toMessage(MessageDraft draft, Instant now) {
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

    private static List<Map<String, @Nullable Object>> forms(List<MessageDraft> drafts) {
        return drafts.stream().map(MessageDraft::toJson).toList();
    }

    /** Returns messages in the form to which earlier versions bound an idempotency key: without their sources. */
    private static List<Map<String, @Nullable Object>> formerForms(List<MessageDraft> drafts) {
        return drafts.stream()
                .map(draft -> Json.fields()
                        .put("id", draft.id())
                        .put("session", draft.session())
                        .put("user", draft.user())
                        .put("role", draft.role().label())
                        .put("content", draft.content())
                        .put("at", draft.at())
                        .put("metadata", draft.metadata())
                        .map())
                .toList();
    }
}
