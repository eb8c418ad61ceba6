package dev.stele.erasure;

import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
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
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.model.Relation;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.store.LineageView;
import dev.stele.store.StoreEdit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Erasure of items together with everything that was derived from them, within one write transaction.
 *
 * <p>The caller erases one or more roots (a message, a session, a user, a note, an entity, a document) and then calls
 * {@link #complete}. An item that was derived from an erased item is erased too, unless its other sources carry it: they
 * exist, and they contain every word of it that the erased sources contained. An item that stays loses the erased
 * sources, the evidence from them and its earlier versions that have their words. A summary is always erased, since a
 * paraphrase shares no words with what it tells; it is made again from what is left. Interactions whose notes were
 * erased although other messages support them are processed again.
 *
 * <p>Not thread-safe; used on the thread of the edit.
 */
public final class Erasure {

    /** Category of the notes that summarize a session. */
    private static final String SUMMARY = "summary";

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

    private boolean anonymous;

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
        erase(message, message.archived() ? List.of() : edit.after(message, MAX_TURNS_AFTER));
    }

    /** @param following turns after the message that are not erased for sure */
    private void erase(Message message, List<Message> following) {
        if (!erasedNumbers.add(message.number())) {
            return;
        }
        texts.erase(message.number(), text(message));
        edit.deleteMessage(message);
        gone(message.number(), Kind.MESSAGE, message.id());
        // The vector of a turn is computed from the turn before it, too.
        following.stream().findFirst().ifPresent(next -> edit.removeEmbedding(next.number()));
        if (message.role() == Role.USER) {
            for (Message reply : following) {
                if (reply.role() == Role.USER) {
                    break;
                }
                lose(reply.number(), message.number());
            }
        }
    }

    private String text(Message message) {
        boolean revised = message.editedAt().isPresent();
        return SourceTexts.of(message, revised ? edit.revisions(message.number()) : List.of());
    }

    /** Erases a session with its messages, and the notes and interactions that have no other source than it. */
    public void session(Session session) {
        String id = session.id();
        edit.messagesOfSession(id).forEach(message -> erase(message, List.of()));
        edit.lineage().expiredOfSession(id).forEach(this::expired);
        edit.deleteSession(id);
        add(Kind.SESSION, id);
        edit.reflection().interactionsOfSession(id).stream()
                .filter(interaction -> interaction.draft().messages().isEmpty())
                .forEach(this::interaction);
        for (Note note : edit.notesOfSession(id)) {
            boolean ofSessionOnly = note.category().equals(SUMMARY)
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
                edit.updateSession(session.withoutUser());
            } else {
                session(session);
            }
        }
        for (Message message : edit.messagesOfUser(user)) {
            if (message.role() == Role.USER && !message.archived()) {
                repliesToNobody(message).forEach(this::message);
            }
            message(message);
        }
        edit.lineage().expiredOfUser(user).forEach(this::expired);
        edit.notesOfUser(user).forEach(this::note);
        edit.reflection().interactionsOfUser(user).forEach(this::interaction);
        edit.reflection().consolidationsOfUser(user).forEach(this::consolidation);
        edit.graph().everyNamed(Entity.key(user)).forEach(this::notedAbout);
        edit.userForgotten();
    }

    /** Erases what callers noted about the entity of a user, and the entity itself unless others spoke of it. */
    private void notedAbout(Entity entity) {
        boolean othersSpokeOfIt = !erasedNumbers.containsAll(derivedSources(entity.number()));
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

    /** Returns the turns after a user's message that answer it and name no user. */
    private List<Message> repliesToNobody(Message message) {
        var replies = new ArrayList<Message>();
        for (Message reply : edit.after(message, MAX_TURNS_AFTER)) {
            if (reply.role() == Role.USER) {
                break;
            }
            if (reply.user().isEmpty()) {
                replies.add(reply);
            }
        }
        return replies;
    }

    /** Erases a note with its history. */
    public void note(Note note) {
        if (erasedNumbers.add(note.number())) {
            texts.erase(note.number(), SourceTexts.of(note));
            edit.deleteNote(note);
            gone(note.number(), Kind.NOTE, note.id());
        }
    }

    /** Erases an entity with its observations and relations. */
    public void entity(Entity entity) {
        if (!erasedNumbers.add(entity.number())) {
            return;
        }
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
        edit.documents()
                .passages(document.number())
                .forEach(passage -> texts.erase(passage.number(), passage.heading() + "\n" + passage.content()));
        List<Passage> before = edit.documents().passages(document.number());
        List<Passage> handedOver = edit.documents().delete(document);
        index(handedOver);
        Set<Long> kept = new HashSet<>();
        handedOver.forEach(passage -> kept.add(passage.number()));
        for (Passage passage : before) {
            if (kept.contains(passage.number())) {
                reduced.add(new Item(Kind.PASSAGE, passage.id()));
            } else {
                erasedNumbers.add(passage.number());
                gone(passage.number(), Kind.PASSAGE, passage.id());
            }
        }
        add(Kind.DOCUMENT, document.id());
    }

    /** Indexes passages that another document has taken over, since they were found by the title of the erased one. */
    private void index(Collection<Passage> passages) {
        for (Passage passage : passages) {
            edit.reindex(
                    passage.number(),
                    edit.lastChange(),
                    Indexer.words(indexer.draft(agent, passage), Optional.empty()));
            edit.removeEmbedding(passage.number());
        }
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

    private void expired(long source) {
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
        edit.everyMessage(numbers).forEach((number, message) -> reconsider(message, affected.get(number)));
        edit.notesByNumber(numbers).forEach((number, note) -> reconsider(note, affected.get(number)));
        edit.reflection()
                .interactions(numbers)
                .forEach(interaction -> reconsider(interaction, affected.get(interaction.number())));
        edit.reflection().consolidations(numbers).forEach(this::consolidation);
        edit.graph()
                .anyObservations(numbers)
                .forEach(observation -> reconsider(observation, affected.get(observation.number())));
        edit.graph()
                .relationsByNumber(numbers)
                .forEach((number, relation) -> reconsider(relation, affected.get(number)));
        edit.graph().entities(numbers).forEach(entity -> reconsider(entity, affected.get(entity.number())));
    }

    /** Returns the sources of an item without the caller. */
    private List<Long> derivedSources(long item) {
        return edit.lineage().sources(item).stream()
                .filter(source -> source != LineageView.CALLER)
                .toList();
    }

    private boolean isByCaller(long item) {
        return edit.lineage().sources(item).contains(LineageView.CALLER);
    }

    /** A reply stays if the turns before it and its other sources contain what it says. */
    private void reconsider(Message reply, @Nullable Set<Long> gone) {
        if (gone == null || erasedNumbers.contains(reply.number())) {
            return;
        }
        var remaining = new LinkedHashSet<>(derivedSources(reply.number()));
        if (!reply.archived()) {
            edit.before(reply, MAX_TURNS_BEFORE).forEach(turn -> remaining.add(turn.number()));
        }
        String text = text(reply);
        if (!texts.exclusive(text, gone, remaining).isEmpty()) {
            message(reply);
        }
    }

    private void reconsider(Note note, @Nullable Set<Long> gone) {
        if (gone == null || erasedNumbers.contains(note.number())) {
            return;
        }
        List<Long> remaining = derivedSources(note.number());
        boolean byCaller = isByCaller(note.number());
        if (note.category().equals(SUMMARY) || (remaining.isEmpty() && !byCaller)) {
            note(note);
            return;
        }
        Set<String> exclusive = texts.exclusive(everything(note), gone, remaining);
        Optional<NoteDraft> body = without(note.body(), exclusive, remaining, byCaller);
        if (body.isEmpty()) {
            remade.addAll(remaining);
            note(note);
            return;
        }
        List<Note> history = edit.noteHistory(note.number()).stream()
                .flatMap(version ->
                        without(version.body(), exclusive, remaining, byCaller).map(version::withBodyInPlace).stream())
                .toList();
        Note kept = note.withBody(body.get(), edit.time());
        edit.rewriteNote(
                kept, history, Indexer.words(indexer.draft(agent, kept.body(), kept.createdAt()), Optional.empty()));
        reduced.add(new Item(Kind.NOTE, note.id()));
    }

    private String everything(Note note) {
        var text = new StringBuilder(SourceTexts.of(note));
        edit.noteHistory(note.number()).forEach(version -> text.append('\n').append(SourceTexts.of(version)));
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
     * @param byCaller whether a caller wrote the statement
     */
    private Optional<NoteDraft> without(NoteDraft body, Set<String> exclusive, List<Long> remaining, boolean byCaller) {
        if (!byCaller && texts.hasOneOf(body.content(), exclusive)) {
            return Optional.empty();
        }
        List<String> others = remaining.isEmpty() || body.evidence().isEmpty()
                ? List.of()
                : texts.texts(remaining.subList(0, Math.min(remaining.size(), MAX_COMPARED)))
                        .toList();
        Predicate<String> carried = piece -> others.stream().anyMatch(text -> text.contains(piece));
        List<String> evidence = body.evidence().stream()
                .filter(piece -> carried.test(piece) || (byCaller && !texts.hasOneOf(piece, exclusive)))
                .toList();
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        body.metadata().forEach((key, value) -> {
            if (!texts.hasOneOf(key + " " + Json.write(value), exclusive)) {
                metadata.put(key, value);
            }
        });
        return Optional.of(body.withEvidence(
                        evidence,
                        body.provenance().stream()
                                .filter(id -> !erasedIds.contains(id))
                                .toList(),
                        body.confidence())
                .withTags(body.tags().stream()
                        .filter(tag -> !texts.hasOneOf(tag, exclusive))
                        .toList())
                .withMetadata(metadata));
    }

    /**
     * A pending interaction goes on with its other messages; an ended one is erased, since its outcome tells of all. One
     * without messages stays if its other sources carry its data.
     */
    private void reconsider(Interaction interaction, @Nullable Set<Long> gone) {
        if (gone == null || erasedNumbers.contains(interaction.number())) {
            return;
        }
        InteractionDraft draft = interaction.draft();
        Set<String> exclusive = texts.exclusive(Json.write(draft.data()), gone, derivedSources(interaction.number()));
        if (draft.messages().isEmpty()) {
            if (!exclusive.isEmpty()) {
                interaction(interaction);
            }
            return;
        }
        List<String> left =
                draft.messages().stream().filter(id -> !erasedIds.contains(id)).toList();
        if (interaction.state() == InteractionState.PENDING && !left.isEmpty()) {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            draft.data().forEach((key, value) -> {
                if (!texts.hasOneOf(key + " " + Json.write(value), exclusive)) {
                    data.put(key, value);
                }
            });
            edit.reflection()
                    .rewrite(interaction.withDraft(draft.withMessages(left).withData(data)));
            reduced.add(new Item(Kind.INTERACTION, interaction.id()));
        } else {
            interaction(interaction);
        }
    }

    private void reconsider(Observation observation, @Nullable Set<Long> gone) {
        if (gone == null || erasedNumbers.contains(observation.number())) {
            return;
        }
        List<Long> remaining = derivedSources(observation.number());
        boolean byCaller = isByCaller(observation.number());
        boolean carried = byCaller
                || texts.exclusive(observation.content(), gone, remaining).isEmpty();
        if ((remaining.isEmpty() && !byCaller) || !carried) {
            remade.addAll(remaining);
            observation(observation);
        } else {
            edit.graph().rewrite(observation.withSources(left(observation.sources())));
            reduced.add(new Item(Kind.OBSERVATION, observation.id()));
        }
    }

    private List<String> left(List<String> sources) {
        return sources.stream().filter(id -> !erasedIds.contains(id)).toList();
    }

    private void reconsider(Relation version, @Nullable Set<Long> gone) {
        if (gone == null || erasedNumbers.contains(version.number())) {
            return;
        }
        List<Long> remaining = derivedSources(version.number());
        boolean byCaller = isByCaller(version.number());
        String text = version.fact().orElse("") + "\n" + version.type() + "\n" + Json.write(version.attributes());
        boolean carried = byCaller || texts.exclusive(text, gone, remaining).isEmpty();
        if ((remaining.isEmpty() && !byCaller) || !carried) {
            remade.addAll(remaining);
            relation(version);
        } else {
            edit.graph().rewrite(version.withSources(left(version.sources())));
            reduced.add(new Item(Kind.RELATION, version.id()));
        }
    }

    /** An entity stays if another source names it: under its name, or under an alias, which becomes its name. */
    private void reconsider(Entity entity, @Nullable Set<Long> gone) {
        if (gone == null || erasedNumbers.contains(entity.number())) {
            return;
        }
        List<Long> remaining = derivedSources(entity.number());
        boolean byCaller = isByCaller(entity.number());
        if (byCaller) {
            return; // a caller stated its names itself
        }
        if (remaining.isEmpty()) {
            entity(entity);
            return;
        }
        List<Entity> history = edit.graph().entityHistory(entity.number());
        var text = new StringBuilder(SourceTexts.of(entity));
        history.forEach(version -> text.append('\n').append(SourceTexts.of(version)));
        Set<String> exclusive = texts.exclusive(text.toString(), gone, remaining);
        if (exclusive.isEmpty()) {
            return;
        }
        List<String> aliases = entity.aliases().stream()
                .filter(alias -> !texts.hasOneOf(alias, exclusive))
                .toList();
        Optional<String> name =
                texts.hasOneOf(entity.name(), exclusive) ? aliases.stream().findFirst() : Optional.of(entity.name());
        if (name.isEmpty()) {
            remade.addAll(remaining);
            entity(entity);
            return;
        }
        Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
        entity.attributes().forEach((key, value) -> {
            if (!texts.hasOneOf(key + " " + Json.write(value), exclusive)) {
                attributes.put(key, value);
            }
        });
        edit.graph()
                .rewrite(
                        entity.with(
                                name.get(),
                                entity.type(),
                                aliases.stream()
                                        .filter(alias -> !alias.equals(name.get()))
                                        .toList(),
                                attributes,
                                edit.time()),
                        history.stream()
                                .filter(version -> !texts.hasOneOf(SourceTexts.of(version), exclusive))
                                .toList());
        reduced.add(new Item(Kind.ENTITY, entity.id()));
    }

    /** Lets the interactions of the sources that remain be processed again, since something made from them is erased. */
    private void makeAgain() {
        Set<Long> derived = new LinkedHashSet<>();
        remade.stream()
                .filter(source -> !erasedNumbers.contains(source))
                .forEach(source -> derived.addAll(edit.lineage().derived(source)));
        edit.reflection().interactions(derived).stream()
                .filter(interaction -> interaction.state() == InteractionState.PROCESSED)
                .forEach(interaction -> edit.reflection().update(interaction.pendingAgain(edit.time())));
    }
}
