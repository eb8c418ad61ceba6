package dev.stele.erasure;

import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Document;
import dev.stele.model.Entity;
import dev.stele.model.Erased;
import dev.stele.model.Erased.Item;
import dev.stele.model.Erased.Kind;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.MessageWindow;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.model.Relation;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.store.LineageView;
import dev.stele.store.SessionWindow;
import dev.stele.store.StoreEdit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Erasure of items together with everything that was derived from them, within one write transaction.
 *
 * <p>The caller erases one or more roots (a message, a session, a user, a note, an entity, a document) and then calls
 * {@link #complete}. An item that was derived from an erased item is erased too, unless its other sources carry it:
 * they exist, and they contain every word of it that the erased sources contained. An item that stays loses the erased
 * sources, the evidence from them and its earlier versions that have their words. A summary is always erased, since a
 * paraphrase shares no words with what it tells; it is made again from what is left. Interactions whose notes were
 * erased although other messages support them are processed again, and notes that an erased note superseded are in
 * force again.
 *
 * <p>Not thread-safe; used on the thread of the edit.
 */
public final class Erasure {

    /** Maximum number of turns before a reply that are taken for what it may quote, beside its recorded sources. */
    private static final int MAX_TURNS_BEFORE = 20;

    /** Maximum number of turns after a message that are searched for replies to it. */
    private static final int MAX_TURNS_AFTER = 50;

    /** Maximum number of remaining sources in which a piece of evidence is looked for. */
    private static final int MAX_COMPARED = 200;

    private final StoreEdit edit;
    private final AgentName agent;
    private final Indexer indexer;
    private final SourceTexts texts;

    private final List<Item> erased = new ArrayList<>();
    private final Set<Item> reduced = new LinkedHashSet<>();
    private final Set<Long> erasedNumbers = new HashSet<>();
    /** Erased items whose derived items are not found yet. */
    private final Deque<Long> open = new ArrayDeque<>();
    /** Erased sources of each derived item that still exists. */
    private final Map<Long, Set<Long>> lost = new TreeMap<>();

    /** Ids of the erased items, which provenance and sources name. */
    private final Set<String> erasedIds = new HashSet<>();
    /** Ids of all that is erased. */
    private final Set<String> names = new HashSet<>();
    /** Remaining sources of erased items, from which they may be made again. */
    private final Set<Long> remade = new LinkedHashSet<>();

    /** Ids of erased messages by session, for the windows of the sessions. */
    private final Map<String, Set<String>> erasedOfSessions = new LinkedHashMap<>();

    private final Set<Long> erasedNotes = new HashSet<>();
    /** Notes that superseded the erased notes, by the ids of the erased notes. */
    private final Map<String, Optional<String>> successors = new LinkedHashMap<>();

    private boolean anonymous;
    private boolean pendingAgain;

    /**
     * Creates an erasure.
     *
     * @param edit the write transaction
     * @param agent the agent whose memory the transaction changes
     * @param indexer index of the items that are rewritten
     */
    public Erasure(StoreEdit edit, AgentName agent, Indexer indexer) {
        this.edit = edit;
        this.agent = agent;
        this.indexer = indexer;
        this.texts = new SourceTexts(edit, indexer.subjectTerms(agent));
    }

    /** Erases a live or archived message. */
    public void message(Message message) {
        erase(message, edit.everyAfter(message, MAX_TURNS_AFTER));
    }

    /** @param following turns after the message that are not erased for sure */
    private void erase(Message message, List<Message> following) {
        if (!erasedNumbers.add(message.number())) {
            return;
        }
        texts.erase(message.number(), text(message));
        edit.deleteMessage(message);
        gone(message.number(), Kind.MESSAGE, message.id());
        erasedOfSessions
                .computeIfAbsent(message.session(), _ -> new HashSet<>())
                .add(message.id());
        // The vector of a turn is computed from the turn before it, too.
        following.stream()
                .findFirst()
                .filter(next -> !next.archived())
                .ifPresent(next -> edit.removeEmbedding(next.number()));
        if (message.role() == Role.USER) {
            replies(following).forEach(reply -> lose(reply.number(), message.number()));
        }
    }

    /** Returns the turns before the next turn of a user. */
    private static Stream<Message> replies(List<Message> following) {
        return following.stream().takeWhile(turn -> turn.role() != Role.USER);
    }

    private String text(Message message) {
        boolean revised = message.editedAt().isPresent();
        return SourceTexts.of(message, revised ? edit.revisions(message.number()) : List.of());
    }

    /** Erases a session with its messages, and the notes and interactions that have no other source than it. */
    public void session(Session session) {
        String id = session.id();
        edit.messagesOfSession(id).forEach(message -> erase(message, List.of()));
        edit.lineage().expiredOfSession(id).forEach(this::unknown);
        SessionWindow.delete(edit.documents(), id);
        edit.deleteSession(id);
        add(Kind.SESSION, id);
        edit.reflection().interactionsOfSession(id).stream()
                .filter(interaction -> interaction.draft().messages().isEmpty())
                .forEach(this::interaction);
        for (Note note : edit.notesOfSession(id)) {
            boolean ofSessionOnly = note.category().equals(Note.SUMMARY)
                    || edit.lineage().sources(note.number()).isEmpty();
            if (ofSessionOnly) {
                note(note);
            }
        }
    }

    /**
     * Erases all that came from or is about a user: context, messages with the replies to them, sessions without other
     * users, notes, interactions and consolidations. What others said stays.
     *
     * @param user id of the user
     */
    public void user(String user) {
        anonymous = true;
        names.add(user);
        if (edit.deleteUser(user)) {
            add(Kind.CONTEXT, user);
        }
        for (Session session : edit.sessionsOfUser(user)) {
            boolean shared = edit.messagesOfSession(session.id()).stream()
                    .anyMatch(message ->
                            message.user().filter(other -> !other.equals(user)).isPresent());
            if (shared) {
                edit.updateSession(session.withoutUser(user));
            } else {
                session(session);
            }
        }
        for (MessageWindow window : SessionWindow.all(edit.documents())) {
            if (window.user().filter(user::equals).isPresent()) {
                SessionWindow.put(edit.documents(), window.withOpener(Optional.empty(), Map.of()), edit.time());
            }
        }
        edit.messagesOfUser(user).stream().map(Message::session).distinct().forEach(session -> turnsOf(user, session));
        edit.lineage().expiredOfUser(user).forEach(this::unknown);
        edit.notesOfUser(user).forEach(this::note);
        edit.reflection().interactionsOfUser(user).forEach(this::interaction);
        edit.reflection().consolidationsOfUser(user).forEach(this::consolidation);
        edit.graph().everyNamed(Entity.key(user)).forEach(this::notedAbout);
        edit.userForgotten();
    }

    /** Erases the messages of a user in a session, with the replies to them. */
    private void turnsOf(String user, String session) {
        // A session is read once: each archived message that is read alone costs the reading of its segment.
        List<Message> turns =
                edit.messagesOfSession(session).stream().sorted(Message.ORDER).toList();
        for (int i = 0; i < turns.size(); i++) {
            Message message = turns.get(i);
            if (message.user().filter(user::equals).isEmpty()) {
                continue;
            }
            List<Message> following = turns.subList(i + 1, Math.min(turns.size(), i + 1 + MAX_TURNS_AFTER));
            if (message.role() == Role.USER) {
                replies(following).filter(reply -> reply.user().isEmpty()).forEach(this::message);
            }
            erase(
                    message,
                    following.stream()
                            .filter(turn -> !erasedNumbers.contains(turn.number()))
                            .toList());
        }
    }

    /** Erases what callers noted about the entity of a user, and the entity itself unless others spoke of it. */
    private void notedAbout(Entity entity) {
        boolean othersSpokeOfIt =
                !erasedNumbers.containsAll(withoutCaller(edit.lineage().sources(entity.number())));
        if (!othersSpokeOfIt) {
            entity(entity);
            return;
        }
        edit.graph().everyObservation(entity.number()).stream()
                .filter(observation -> observation.sources().isEmpty())
                .forEach(this::observation);
        edit.graph().everyRelation(entity.number()).stream()
                .filter(relation -> relation.sources().isEmpty())
                .forEach(this::relation);
    }

    /** Erases a note with its history. */
    public void note(Note note) {
        if (erasedNumbers.add(note.number())) {
            texts.erase(note.number(), SourceTexts.of(note));
            erasedNotes.add(note.number());
            successors.put(note.id(), note.supersededBy());
            edit.deleteNote(note);
            gone(note.number(), Kind.NOTE, note.id());
        }
    }

    /** Erases an entity with its observations and relations, and the entities that were merged into it. */
    public void entity(Entity entity) {
        if (!erasedNumbers.add(entity.number())) {
            return;
        }
        edit.graph().mergedInto(entity.id()).forEach(this::entity);
        texts.erase(entity.number(), SourceTexts.of(entity));
        edit.graph().everyObservation(entity.number()).forEach(this::observation);
        edit.graph().everyRelation(entity.number()).forEach(this::relation);
        edit.graph().deleteEntity(entity);
        gone(entity.number(), Kind.ENTITY, entity.id());
    }

    /** Erases an observation. */
    public void observation(Observation observation) {
        if (erasedNumbers.add(observation.number())) {
            texts.erase(observation.number(), observation.content());
            edit.graph().deleteObservation(observation);
            gone(observation.number(), Kind.OBSERVATION, observation.id());
        }
    }

    /** Erases one version of a relation. */
    public void relation(Relation version) {
        if (erasedNumbers.add(version.number())) {
            texts.erase(version.number(), version.fact().orElse(version.type()));
            edit.graph().deleteVersion(version);
            gone(version.number(), Kind.RELATION, version.id());
        }
    }

    /** Erases a document with the passages that no other document has. */
    public void document(Document document) {
        List<Passage> before = edit.documents().passages(document.number());
        List<Passage> handedOver = edit.documents().delete(document);
        handedOver.forEach(passage -> indexer.reindex(edit, agent, passage));
        Set<Long> kept = new HashSet<>();
        handedOver.forEach(passage -> kept.add(passage.number()));
        for (Passage passage : before) {
            long number = passage.number();
            if (kept.contains(number)) {
                // What was derived from the passage may have the words of its title and heading.
                texts.erase(number, passage.about());
                edit.lineage().derived(number).forEach(item -> lose(item, number));
                reduced.add(new Item(Kind.PASSAGE, passage.id()));
            } else {
                texts.erase(number, passage.about() + "\n" + passage.content());
                erasedNumbers.add(number);
                gone(number, Kind.PASSAGE, passage.id());
            }
        }
        unknown(document.number()); // the document stands for its former passages, whose text is not kept
        add(Kind.DOCUMENT, document.id());
    }

    private void interaction(Interaction interaction) {
        if (erasedNumbers.add(interaction.number())) {
            texts.erase(interaction.number(), Json.write(interaction.draft().data()));
            edit.reflection().delete(interaction);
            gone(interaction.number(), Kind.INTERACTION, interaction.id());
        }
    }

    private void consolidation(ConsolidationRecord consolidation) {
        if (erasedNumbers.add(consolidation.number())) {
            edit.reflection().delete(consolidation);
            gone(consolidation.number(), Kind.CONSOLIDATION, consolidation.id());
        }
    }

    /** Erases a source whose text is not kept. */
    private void unknown(long source) {
        texts.erase(source, "");
        erasedNumbers.add(source);
        open.add(source);
    }

    private void gone(long number, Kind kind, String id) {
        open.add(number);
        lost.remove(number);
        erasedIds.add(id);
        add(kind, id);
    }

    private void add(Kind kind, String id) {
        erased.add(new Item(kind, id));
        names.add(id);
    }

    private void lose(long item, long source) {
        if (!erasedNumbers.contains(item)) {
            lost.computeIfAbsent(item, _ -> new LinkedHashSet<>()).add(source);
        }
    }

    /** Returns whether nothing was erased so far. */
    public boolean isNothing() {
        return erased.isEmpty();
    }

    /** Returns whether interactions are pending again after {@link #complete}. */
    public boolean isAnythingPendingAgain() {
        return pendingAgain;
    }

    /**
     * Erases or reduces everything that was derived from the erased items, and removes the ids of erased items from
     * stored outcomes and, where they are not to be told, from the change log.
     *
     * @return what was erased
     */
    public Erased complete() {
        while (!open.isEmpty() || !lost.isEmpty()) {
            while (!open.isEmpty()) {
                long source = open.poll();
                List<Long> derived = edit.lineage().derived(source);
                if (!derived.isEmpty()) {
                    derived.forEach(item -> lose(item, source));
                    edit.lineage().release(source);
                }
            }
            var affected = new TreeMap<>(lost);
            lost.clear();
            reconsider(affected);
        }
        erasedOfSessions.forEach((session, ids) -> SessionWindow.remove(edit.documents(), session, ids, edit.time()));
        restoreSuperseded();
        makeAgain();
        if (anonymous) {
            // Otherwise the outcomes stay, so that a repeated request does not write an erased item again.
            edit.deleteReplays(names);
            edit.anonymize(erasedNumbers, names);
        }
        return new Erased(erased, List.copyOf(reduced), false);
    }

    /** Decides about the items that have lost sources. */
    private void reconsider(Map<Long, Set<Long>> affected) {
        Set<Long> numbers = affected.keySet();
        edit.everyMessage(numbers).values().forEach(of(affected, Message::number, this::reconsider));
        edit.notesByNumber(numbers).values().forEach(of(affected, Note::number, this::reconsider));
        edit.reflection().interactions(numbers).forEach(of(affected, Interaction::number, this::reconsider));
        edit.reflection().consolidations(numbers).forEach(this::consolidation);
        edit.graph().anyObservations(numbers).forEach(of(affected, Observation::number, this::reconsider));
        edit.graph().relationsByNumber(numbers).values().forEach(of(affected, Relation::number, this::reconsider));
        edit.graph().entities(numbers).forEach(of(affected, Entity::number, this::reconsider));
    }

    /** Returns an action that decides about an item with what it lost, unless the item was erased meanwhile. */
    private <T> Consumer<T> of(Map<Long, Set<Long>> affected, ToLongFunction<T> number, BiConsumer<T, Loss> decide) {
        return item -> {
            long itemNumber = number.applyAsLong(item);
            Set<Long> gone = affected.get(itemNumber);
            if (gone != null && !erasedNumbers.contains(itemNumber)) {
                decide.accept(item, loss(itemNumber, gone));
            }
        };
    }

    /**
     * What an item has lost and what supports it still.
     *
     * @param gone numbers of its erased sources
     * @param remaining numbers of its other sources
     * @param byCaller whether a caller wrote it by hand
     */
    private record Loss(Set<Long> gone, List<Long> remaining, boolean byCaller) {
        boolean isTotal() {
            return remaining.isEmpty() && !byCaller;
        }
    }

    private Loss loss(long item, Set<Long> gone) {
        List<Long> sources = edit.lineage().sources(item);
        return new Loss(gone, withoutCaller(sources), sources.contains(LineageView.CALLER));
    }

    private static List<Long> withoutCaller(List<Long> sources) {
        return sources.stream().filter(source -> source != LineageView.CALLER).toList();
    }

    /** Returns whether an item stays: it has other support, and that carries all of its text. */
    private boolean isCarried(String text, Loss loss) {
        return !loss.isTotal()
                && (loss.byCaller()
                        || texts.exclusive(text, loss.gone(), loss.remaining()).isEmpty());
    }

    /** Returns the fields that have none of the terms. */
    private Map<String, @Nullable Object> without(Map<String, @Nullable Object> fields, Set<String> exclusive) {
        Map<String, @Nullable Object> left = new LinkedHashMap<>();
        fields.forEach((key, value) -> {
            if (!texts.hasOneOf(key + " " + Json.write(value), exclusive)) {
                left.put(key, value);
            }
        });
        return left;
    }

    /** Returns the texts that have none of the terms. */
    private List<String> without(List<String> pieces, Set<String> exclusive) {
        return pieces.stream()
                .filter(piece -> !texts.hasOneOf(piece, exclusive))
                .toList();
    }

    /** Returns the ids of items that are not erased. */
    private List<String> left(List<String> ids) {
        return ids.stream().filter(id -> !erasedIds.contains(id)).toList();
    }

    /** A reply stays if the turns before it and its other sources contain its words. */
    private void reconsider(Message reply, Loss loss) {
        var remaining = new LinkedHashSet<>(loss.remaining());
        if (!reply.archived()) {
            edit.before(reply, MAX_TURNS_BEFORE).forEach(turn -> remaining.add(turn.number()));
        }
        if (!texts.exclusive(text(reply), loss.gone(), remaining).isEmpty()) {
            message(reply);
        }
    }

    private void reconsider(Note note, Loss loss) {
        if (note.category().equals(Note.SUMMARY) || loss.isTotal()) {
            note(note);
            return;
        }
        List<Note> history = edit.noteHistory(note.number());
        Set<String> exclusive = texts.exclusive(everything(note, history), loss.gone(), loss.remaining());
        // A note names its subject, who said the messages and is not named in them.
        exclusive.removeAll(texts.terms(note.body().user().orElse("Somebody")));
        boolean hasEvidence = !note.body().evidence().isEmpty()
                || history.stream()
                        .anyMatch(version -> !version.body().evidence().isEmpty());
        List<Long> compared =
                hasEvidence ? loss.remaining().stream().limit(MAX_COMPARED).toList() : List.of();
        List<String> others =
                compared.isEmpty() ? List.of() : texts.texts(compared).toList();
        Optional<NoteDraft> body = without(note.body(), exclusive, others, loss.byCaller());
        if (body.isEmpty()) {
            remade.addAll(loss.remaining());
            note(note);
            return;
        }
        List<Note> keptHistory = history.stream()
                .flatMap(version ->
                        without(version.body(), exclusive, others, loss.byCaller())
                                .map(version::withBodyInPlace)
                                .stream())
                .toList();
        Note kept = note.withBody(body.get(), edit.time());
        edit.rewriteNote(
                kept,
                keptHistory,
                Indexer.words(indexer.draft(agent, kept.body(), kept.createdAt()), Optional.empty()));
        reduced.add(new Item(Kind.NOTE, note.id()));
    }

    private static String everything(Note note, List<Note> history) {
        var text = new StringBuilder(SourceTexts.of(note));
        history.forEach(version -> text.append('\n').append(SourceTexts.of(version)));
        return text.append('\n')
                .append(String.join("\n", note.body().tags()))
                .append('\n')
                .append(Json.write(note.body().metadata()))
                .toString();
    }

    /**
     * Returns a note's body without what came from the erased sources; empty if its statement itself did.
     *
     * @param exclusive terms that only the erased sources had
     * @param others texts of the remaining sources
     * @param byCaller whether a caller wrote the statement
     */
    private Optional<NoteDraft> without(NoteDraft body, Set<String> exclusive, List<String> others, boolean byCaller) {
        if (!byCaller && texts.hasOneOf(body.content(), exclusive)) {
            return Optional.empty();
        }
        Predicate<String> carried = piece -> others.stream().anyMatch(text -> text.contains(piece));
        List<String> evidence = body.evidence().stream()
                .filter(piece -> carried.test(piece) || (byCaller && !texts.hasOneOf(piece, exclusive)))
                .toList();
        return Optional.of(body.withEvidence(evidence, left(body.provenance()), body.confidence())
                .withTags(without(body.tags(), exclusive))
                .withMetadata(without(body.metadata(), exclusive)));
    }

    /**
     * A pending interaction goes on with its other messages; an ended one is erased, since its outcome tells of all.
     * One that lost notes alone, or has no messages, stays if its other sources carry its data; then its outcome loses
     * what came from the erased sources.
     */
    private void reconsider(Interaction interaction, Loss loss) {
        InteractionDraft draft = interaction.draft();
        Set<String> exclusive = texts.exclusive(Json.write(draft.data()), loss.gone(), loss.remaining());
        boolean hasItsMessages = draft.messages().isEmpty() || erasedNotes.containsAll(loss.gone());
        if (exclusive.isEmpty() && hasItsMessages) {
            interaction
                    .outcome()
                    .ifPresent(outcome -> edit.reflection().rewrite(interaction.withOutcome(without(outcome, loss))));
            return;
        }
        List<String> messages = left(draft.messages());
        if (interaction.state() == InteractionState.PENDING && !messages.isEmpty()) {
            edit.reflection()
                    .rewrite(interaction.withDraft(
                            draft.withMessages(messages).withData(without(draft.data(), exclusive))));
            pendingAgain = true; // the reflection under way reads other messages
            reduced.add(new Item(Kind.INTERACTION, interaction.id()));
        } else {
            interaction(interaction);
        }
    }

    private Interaction.Outcome without(Interaction.Outcome outcome, Loss loss) {
        String text = outcome.reasoning() + "\n"
                + String.join(
                        "\n",
                        outcome.duplicates().stream()
                                .map(Interaction.Duplicate::content)
                                .toList());
        Set<String> exclusive = texts.exclusive(text, loss.gone(), loss.remaining());
        return outcome.with(
                texts.hasOneOf(outcome.reasoning(), exclusive) ? "" : outcome.reasoning(),
                outcome.duplicates().stream()
                        .filter(duplicate -> !texts.hasOneOf(duplicate.content(), exclusive))
                        .toList());
    }

    private void reconsider(Observation observation, Loss loss) {
        if (isCarried(observation.content(), loss)) {
            edit.graph().rewrite(observation.withSources(left(observation.sources())));
            reduced.add(new Item(Kind.OBSERVATION, observation.id()));
        } else {
            remade.addAll(loss.remaining());
            observation(observation);
        }
    }

    private void reconsider(Relation version, Loss loss) {
        String text = version.fact().orElse("") + "\n" + version.type() + "\n" + Json.write(version.attributes());
        if (isCarried(text, loss)) {
            edit.graph().rewrite(version.withSources(left(version.sources())));
            reduced.add(new Item(Kind.RELATION, version.id()));
        } else {
            remade.addAll(loss.remaining());
            relation(version);
        }
    }

    /** An entity stays if another source names it: under its name, or under an alias, which becomes its name. */
    private void reconsider(Entity entity, Loss loss) {
        if (loss.byCaller()) {
            return; // a caller stated its names itself
        }
        if (loss.isTotal()) {
            entity(entity);
            return;
        }
        List<Entity> history = edit.graph().entityHistory(entity.number());
        var text = new StringBuilder(SourceTexts.of(entity));
        history.forEach(version -> text.append('\n').append(SourceTexts.of(version)));
        Set<String> exclusive = texts.exclusive(text.toString(), loss.gone(), loss.remaining());
        if (exclusive.isEmpty()) {
            return;
        }
        List<String> aliases = without(entity.aliases(), exclusive);
        Optional<String> name =
                texts.hasOneOf(entity.name(), exclusive) ? aliases.stream().findFirst() : Optional.of(entity.name());
        if (name.isEmpty()) {
            remade.addAll(loss.remaining());
            entity(entity);
            return;
        }
        edit.graph()
                .rewrite(
                        entity.with(
                                name.get(),
                                entity.type(),
                                aliases.stream()
                                        .filter(alias -> !alias.equals(name.get()))
                                        .toList(),
                                without(entity.attributes(), exclusive),
                                edit.time()),
                        history.stream()
                                .filter(version -> !texts.hasOneOf(SourceTexts.of(version), exclusive))
                                .toList());
        reduced.add(new Item(Kind.ENTITY, entity.id()));
    }

    /**
     * Puts the notes that an erased note superseded in force again, with the validity that they had before: what
     * replaced them is unknown now. A note whose successor was superseded itself is superseded by the next one.
     */
    private void restoreSuperseded() {
        if (successors.isEmpty()) {
            return;
        }
        for (Note note : edit.notesSupersededBy(successors.keySet())) {
            Optional<String> next = note.supersededBy();
            while (next.isPresent() && successors.containsKey(next.get())) {
                next = successors.get(next.get());
            }
            if (next.isPresent()) {
                edit.updateNote(note, note.withSupersededBy(next.get(), edit.time()), ChangeKind.NOTE_SUPERSEDED);
            } else {
                edit.updateNote(note, note.restored(inForce(note), edit.time()), ChangeKind.NOTE_UPDATED);
            }
        }
    }

    /** Returns the body of a superseded note with the validity of its latest version that was not superseded. */
    private NoteDraft inForce(Note note) {
        return edit.noteHistory(note.number()).stream()
                .filter(version -> version.supersededBy().isEmpty())
                .reduce((_, later) -> later)
                .map(version -> note.body()
                        .withValidity(version.body().validFrom(), version.body().validTo()))
                .orElse(note.body());
    }

    /**
     * Lets the interactions of the sources that remain be processed again, since something made from them is erased.
     */
    private void makeAgain() {
        Set<Long> derived = new LinkedHashSet<>();
        remade.stream()
                .filter(source -> !erasedNumbers.contains(source))
                .forEach(source -> derived.addAll(edit.lineage().derived(source)));
        edit.reflection().interactions(derived).stream()
                .filter(interaction -> interaction.state() == InteractionState.PROCESSED)
                .forEach(interaction -> {
                    edit.reflection().update(interaction.pendingAgain(edit.time()));
                    pendingAgain = true;
                });
    }
}
