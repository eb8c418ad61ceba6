package dev.stele.reflect;

import dev.stele.config.ReflectionPolicy;
import dev.stele.engine.Engine;
import dev.stele.extract.ExtractionInput;
import dev.stele.extract.Proposal;
import dev.stele.extract.Proposals;
import dev.stele.extract.Slot;
import dev.stele.graph.GraphWriter;
import dev.stele.io.Secrets;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.Cursor;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.recall.Audience;
import dev.stele.reflect.Novelty.Known;
import dev.stele.reflect.Novelty.Verdict;
import dev.stele.store.Embedding;
import dev.stele.store.IndexEntry;
import dev.stele.store.LineageView;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reflection step: processes one interaction. The extractor runs outside any lock. Its results are written in one edit
 * that also marks the interaction as processed, so they take effect once however often the step is started.
 */
record ReflectionStep(Engine engine, AgentName agent, Interaction interaction) {

    /** Maximum number of notes of a user that proposals are compared with. */
    private static final int MAX_COMPARED = 5_000;

    /** Maximum number of evidence and of provenance entries of a note; the latest are kept. */
    private static final int MAX_EVIDENCE = 20;

    private static final int PAGE = 500;
    /** Tag of new notes that may contradict older ones. */
    static final String REVIEW = Proposal.REVIEW;

    /** Processes the interaction; does nothing if it was processed or erased meanwhile. */
    void run() {
        Attempt attempt = Attempt.STALE;
        while (attempt == Attempt.STALE) {
            engine.yieldToForeground();
            ExtractionInput input = engine.read(agent, this::input);
            engine.yieldToForeground();
            Proposals proposals = engine.extractor().propose(input);
            var words = new KnownWords(input, engine.indexer().subjectTerms(agent));
            long deadlineNanos =
                    System.nanoTime() + engine.limits().waitTimeout().toNanos();
            attempt = write(proposals, words);
            while (attempt == Attempt.OUTRUN) {
                Engine.checkPatience(deadlineNanos, "the notes of agent \"" + agent + "\"");
                attempt = write(proposals, words);
            }
        }
    }

    /** Result of an attempt to write the proposals. */
    private enum Attempt {
        /** The interaction is processed, by this step or by another one, or it was erased. */
        DONE,
        /** A note that the plan depends on changed; the proposals are compared again. */
        OUTRUN,
        /** A note whose words the proposals take over changed or was erased; the extractor is asked again. */
        STALE
    }

    private ExtractionInput input(StoreView view) {
        List<Message> messages = interaction.draft().messages().stream()
                .flatMap(id -> view.message(id).stream())
                .toList();
        return new ExtractionInput(interaction, messages, shown(view, messages));
    }

    /** Returns the latest notes that the extractor may use: those that all who take part in the interaction may see. */
    private List<Note> shown(StoreView view, List<Message> messages) {
        int limit = Math.max(1, engine.config().reflection().knownShown());
        Audience audience = audience(view, messages);
        var shown = new ArrayList<Note>();
        int read = 0;
        Optional<Cursor> from = Optional.empty();
        do {
            var page = view.notes(NoteFilter.ofUser(interaction.draft().user()), limit, from);
            read += page.items().size();
            Set<String> visible =
                    audience.visible(page.items().stream().map(Note::id).toList());
            page.items().stream()
                    .filter(note -> note.isStatement() && visible.contains(note.id()))
                    .limit(limit - shown.size())
                    .forEach(shown::add);
            from = Cursor.decode(page.next());
        } while (from.isPresent() && shown.size() < limit && read < MAX_COMPARED);
        return shown;
    }

    /** Returns the audience of what is noted: the participants of the rooms of the interaction, or else its user. */
    private Audience audience(StoreView view, List<Message> messages) {
        Set<String> participants = Stream.concat(
                        interaction.draft().session().stream(),
                        messages.stream().map(Message::session))
                .distinct()
                .flatMap(session -> view.session(session).stream())
                .flatMap(session -> session.participants().stream())
                .collect(Collectors.toSet());
        if (!participants.isEmpty()) {
            return new Audience(view, participants);
        }
        return interaction
                .draft()
                .user()
                .map(user -> new Audience(view, Set.of(user)))
                .orElseGet(() -> Audience.ofStranger(view));
    }

    /** Returns the valid notes of the user by id, with the data for comparison. */
    private Map<String, Compared> known() {
        String model = engine.indexer().model();
        return engine.read(agent, view -> {
            var notes = new ArrayList<Note>();
            Optional<Cursor> from = Optional.empty();
            do {
                var page = view.notes(NoteFilter.ofUser(interaction.draft().user()), PAGE, from);
                page.items().stream()
                        .filter(note -> note.body().validTo().isEmpty() && note.isStatement())
                        .forEach(notes::add);
                from = Cursor.decode(page.next());
            } while (from.isPresent() && notes.size() < MAX_COMPARED);
            Map<Long, float[]> vectors =
                    view.vectors(notes.stream().map(Note::number).toList(), model);
            var comparable = new LinkedHashMap<String, Compared>();
            for (Note note : notes) {
                Optional<float[]> vector = Optional.ofNullable(vectors.get(note.number()));
                comparable.put(note.id(), new Compared(known(note, vector), Optional.of(note)));
            }
            return comparable;
        });
    }

    /** A note for comparison and its stored row; a note that this step creates has no row. */
    private record Compared(Known known, Optional<Note> note) {}

    private static Known known(Note note, Optional<float[]> vector) {
        return new Known(
                note.id(),
                note.category(),
                note.content(),
                slot(note.body()),
                note.body().validFrom().orElse(note.createdAt()),
                note.body().confidence(),
                vector);
    }

    static Optional<Slot> slot(NoteDraft body) {
        return body.metadata().get("slot") instanceof String name
                        && body.metadata().get("value") instanceof String value
                ? Optional.of(new Slot(name, value))
                : Optional.empty();
    }

    /** Collected changes of a reflection step. Not thread-safe. */
    private static final class Plan {
        final Map<String, NoteDraft> added = new LinkedHashMap<>();
        final Map<String, IndexEntry> indexings = new LinkedHashMap<>();
        final Map<String, NoteDraft> reinforced = new LinkedHashMap<>();
        /** Ids of new notes, by the ids of the old notes that they replace. */
        final Map<String, String> ended = new LinkedHashMap<>();

        /** Known notes whose words a new note takes over, by the id of the new note. */
        final Map<String, List<Note>> takenOver = new LinkedHashMap<>();
        /** Known notes whose words the outcome of the interaction takes over. */
        final Set<Note> told = new LinkedHashSet<>();

        final List<String> review = new ArrayList<>();
        final List<Interaction.Duplicate> duplicates = new ArrayList<>();
    }

    /** Writes the new notes and facts, unless a note that they depend on changed meanwhile. */
    private Attempt write(Proposals proposals, KnownWords words) {
        engine.yieldToForeground();
        Map<String, Compared> comparable = known();
        engine.yieldToForeground();
        Plan plan = plan(proposals, comparable);
        plan.added.forEach((id, draft) ->
                plan.takenOver.put(id, words.takenOver(draft.content() + "\n" + String.join("\n", draft.tags()))));
        plan.told.addAll(words.takenOver(proposals.reasoning()));
        plan.duplicates.forEach(duplicate -> plan.told.addAll(words.takenOver(duplicate.content())));
        engine.yieldToForeground();
        return engine.writeExisting(agent, edit -> {
            Optional<Interaction> pending = edit.reflection()
                    .interaction(interaction.id())
                    .filter(stored -> stored.state() == InteractionState.PENDING
                            && stored.draft().equals(interaction.draft()));
            if (pending.isEmpty()) {
                return Attempt.DONE; // another worker processed the interaction, or it was erased; then nothing may be
                // derived from it
            }
            boolean current = Stream.concat(plan.takenOver.values().stream().flatMap(List::stream), plan.told.stream())
                    .allMatch(note -> isCurrent(edit, note));
            if (!current) {
                return Attempt.STALE;
            }
            boolean unchanged = Stream.concat(plan.reinforced.keySet().stream(), plan.ended.keySet().stream())
                    .flatMap(id -> note(comparable, id).stream())
                    .allMatch(note -> isCurrent(edit, note));
            if (!unchanged) {
                return Attempt.OUTRUN;
            }
            writeNotes(edit, plan);
            List<String> entities = writeFacts(edit, proposals, plan);
            edit.reflection()
                    .update(pending.get()
                            .processed(
                                    new Interaction.Outcome(
                                            proposals.engine(),
                                            proposals.reasoning(),
                                            List.copyOf(plan.added.keySet()),
                                            List.copyOf(plan.reinforced.keySet()),
                                            List.copyOf(plan.ended.keySet()),
                                            plan.review,
                                            plan.duplicates,
                                            entities),
                                    edit.time()));
            edit.lineage()
                    .derive(
                            interaction.number(),
                            plan.told.stream().map(Note::number).toList());
            return Attempt.DONE;
        });
    }

    private static boolean isCurrent(StoreEdit edit, Note note) {
        return edit.note(note.id())
                .filter(stored -> stored.version() == note.version())
                .isPresent();
    }

    private static Optional<Note> note(Map<String, Compared> comparable, String id) {
        return Optional.ofNullable(comparable.get(id)).flatMap(Compared::note);
    }

    private Plan plan(Proposals proposals, Map<String, Compared> comparable) {
        ReflectionPolicy policy = engine.config().reflection();
        var novelty = new Novelty(policy, engine.indexer().terms(agent));
        var plan = new Plan();
        var pool = new LinkedHashMap<String, Known>();
        comparable.forEach((id, compared) -> pool.put(id, compared.known()));
        List<Proposal> accepted = proposals.notes().stream()
                .filter(proposal -> proposal.confidence() >= policy.leastConfidence()
                        && !proposal.content().isBlank())
                .toList();
        List<NoteDraft> drafts = accepted.stream().map(this::draft).toList();
        List<IndexEntry> indexings = engine.indexer()
                .index(drafts.stream()
                        .map(draft -> engine.indexer().draft(agent, draft, interaction.createdAt()))
                        .toList());
        for (int i = 0; i < accepted.size(); i++) {
            Proposal proposal = accepted.get(i);
            IndexEntry indexing = indexings.get(i);
            Optional<float[]> vector = indexing.embedding().map(Embedding::vector);
            Verdict verdict =
                    novelty.of(proposal, vector, interaction.draft().user().orElse(""), List.copyOf(pool.values()));
            String id = noteId(i + 1);
            switch (verdict) {
                case Verdict.Same(Known duplicate, double similarity) -> {
                    plan.duplicates.add(new Interaction.Duplicate(proposal.content(), duplicate.id(), similarity));
                    reinforce(plan, comparable, duplicate, proposal);
                }
                case Verdict.Replaces(List<Known> old) -> {
                    NoteDraft draft = drafts.get(i).withValidity(Optional.of(proposal.at()), Optional.empty());
                    add(plan, pool, id, successor(draft, proposal, old), indexing);
                    for (Known replaced : old) {
                        pool.remove(replaced.id());
                        if (plan.added.containsKey(replaced.id())) {
                            NoteDraft added = plan.added.get(replaced.id());
                            plan.added.put(replaced.id(), ended(added, proposal.at()));
                        } else {
                            plan.reinforced.remove(replaced.id());
                            plan.ended.put(replaced.id(), id);
                        }
                    }
                }
                case Verdict.Past(Known later) -> {
                    plan.added.put(id, drafts.get(i).withValidity(Optional.of(proposal.at()), Optional.of(later.at())));
                    plan.indexings.put(id, indexing);
                }
                case Verdict.Unsure(Known other) -> {
                    var tags = new ArrayList<>(proposal.tags());
                    tags.remove(REVIEW);
                    tags.add(REVIEW);
                    var metadata = new LinkedHashMap<>(drafts.get(i).metadata());
                    metadata.put("contradicts", other.id());
                    add(plan, pool, id, drafts.get(i).withTags(tags).withMetadata(metadata), indexing);
                    plan.review.add(id);
                }
                case Verdict.New _ -> {
                    add(plan, pool, id, drafts.get(i), indexing);
                    if (proposal.tags().contains(REVIEW)) {
                        plan.review.add(id);
                    }
                }
            }
        }
        return plan;
    }

    /**
     * Returns the draft with the slot of the note that it replaces, if the speaker named the successor of its value.
     */
    private static NoteDraft successor(NoteDraft draft, Proposal proposal, List<Known> old) {
        Optional<String> value = proposal.endings().stream()
                .flatMap(ending -> ending.successor().stream())
                .findFirst();
        Optional<Slot> former =
                old.stream().flatMap(known -> known.slot().stream()).findFirst();
        if (proposal.slot().isPresent() || value.isEmpty() || former.isEmpty()) {
            return draft;
        }
        boolean many = former.get().value().equals("yes");
        var metadata = new LinkedHashMap<>(draft.metadata());
        metadata.put(
                "slot",
                many
                        ? former.get().family() + ":" + value.get().toLowerCase(Locale.ROOT)
                        : former.get().name());
        metadata.put("value", many ? "yes" : value.get());
        return draft.withMetadata(metadata);
    }

    /** Returns the draft with an end. What began and ended within one message held before it, since an unknown time. */
    private static NoteDraft ended(NoteDraft draft, Instant end) {
        return draft.withValidity(draft.validFrom().filter(end::isAfter), Optional.of(end));
    }

    private void add(Plan plan, Map<String, Known> pool, String id, NoteDraft draft, IndexEntry indexing) {
        plan.added.put(id, draft);
        plan.indexings.put(id, indexing);
        pool.put(
                id,
                new Known(
                        id,
                        draft.category(),
                        draft.content(),
                        slot(draft),
                        draft.validFrom().orElse(interaction.createdAt()),
                        draft.confidence(),
                        indexing.embedding().map(Embedding::vector)));
    }

    private NoteDraft draft(Proposal proposal) {
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        metadata.put("interaction", interaction.id());
        metadata.put("source", proposal.source());
        proposal.slot().ifPresent(slot -> {
            metadata.put("slot", slot.name());
            metadata.put("value", slot.value());
        });
        NoteDraft.Builder draft = NoteDraft.builder(proposal.category(), proposal.content())
                .confidence(proposal.confidence())
                .importance(proposal.importance())
                .tags(proposal.tags())
                .evidence(proposal.evidence())
                .provenance(proposal.provenance())
                .metadata(metadata);
        interaction.draft().user().ifPresent(draft::user);
        interaction.draft().session().ifPresent(draft::session);
        boolean dated = proposal.slot().isPresent() || proposal.source().equals(Proposal.SOURCE_USER);
        return (dated ? draft.validFrom(proposal.at()) : draft).build();
    }

    /** Adds the proposal's evidence to an existing note and raises its confidence. */
    private static void reinforce(Plan plan, Map<String, Compared> comparable, Known existing, Proposal proposal) {
        NoteDraft body = plan.added.containsKey(existing.id())
                ? plan.added.get(existing.id())
                : plan.reinforced.getOrDefault(
                        existing.id(),
                        note(comparable, existing.id()).orElseThrow().body());
        var evidence = new LinkedHashSet<>(body.evidence());
        evidence.addAll(proposal.evidence());
        var provenance = new LinkedHashSet<>(body.provenance());
        provenance.addAll(proposal.provenance());
        double confidence = Math.max(body.confidence(), 1 - (1 - body.confidence()) * (1 - proposal.confidence() / 2));
        var metadata = new LinkedHashMap<>(body.metadata());
        metadata.put("seen", metadata.get("seen") instanceof Number seen ? seen.longValue() + 1 : 2L);
        NoteDraft reinforcedBody = body.withEvidence(
                        last(evidence), last(provenance), Math.round(confidence * 1000) / 1000.0)
                .withMetadata(metadata);
        if (plan.added.containsKey(existing.id())) {
            plan.added.put(existing.id(), reinforcedBody);
        } else {
            plan.reinforced.put(existing.id(), reinforcedBody);
        }
    }

    private static List<String> last(LinkedHashSet<String> all) {
        return all.stream().skip(Math.max(0, all.size() - MAX_EVIDENCE)).toList();
    }

    /**
     * Returns the id of a new note. It is the same for every attempt, so that a committed attempt whose response was
     * lost is recognized, and another one if the interaction is processed again after its notes were erased.
     */
    private String noteId(int position) {
        String run = interaction.notBefore().equals(interaction.createdAt())
                ? ""
                : "-" + Long.toString(interaction.notBefore().toEpochMilli(), Character.MAX_RADIX);
        return interaction.id() + run + "-" + position;
    }

    /**
     * Returns the numbers of the items from which everything in this step is derived: all messages of the interaction,
     * since the extractor read all of them, and the interaction itself if it has data. A new note is derived from the
     * known notes whose words it takes over, too.
     */
    private List<Long> sources(StoreEdit edit) {
        var sources = new ArrayList<>(edit.lineage().numbers(interaction.draft().messages()));
        if (sources.isEmpty() || !interaction.draft().data().isEmpty()) {
            sources.add(interaction.number());
        }
        return sources;
    }

    private void writeNotes(StoreEdit edit, Plan plan) {
        List<Long> sources = sources(edit);
        Instant now = edit.time();
        if (edit.noteCount() + plan.added.size() > engine.limits().notesPerAgent()) {
            throw new LimitExceededException(
                    "Agent \"%s\" has %d notes, and may have %d (limits.notes-per-agent); forget some."
                            .formatted(agent, edit.noteCount(), engine.limits().notesPerAgent()));
        }
        plan.added.forEach((id, draft) -> {
            if (edit.note(id).isEmpty()) {
                IndexEntry indexing = plan.indexings.get(id);
                if (indexing != null) {
                    long added = edit.addNote(id, draft, now, indexing).number();
                    edit.lineage().derive(added, sources);
                    plan.takenOver.getOrDefault(id, List.of()).forEach(known -> deriveFrom(edit, added, known));
                }
            }
        });
        plan.reinforced.forEach((id, body) -> {
            Note before = edit.note(id).orElseThrow();
            edit.updateNote(before, before.withBody(body.withId(id), now), ChangeKind.NOTE_REINFORCED);
            edit.lineage().derive(before.number(), sources);
        });
        plan.ended.forEach((id, by) -> {
            Note before = edit.note(id).orElseThrow();
            Instant end =
                    plan.added.containsKey(by) ? plan.added.get(by).validFrom().orElse(now) : now;
            edit.updateNote(before, before.endedBy(by, end, now), ChangeKind.NOTE_SUPERSEDED);
            slot(before.body()).ifPresent(slot -> endRelation(edit, slot, end));
        });
        plan.added.values().stream()
                .filter(ReflectionStep::endsAtOnce)
                .forEach(draft -> slot(draft)
                        .ifPresent(
                                slot -> endRelation(edit, slot, draft.validTo().orElse(now))));
    }

    /**
     * Derives a note from a known one and from the sources of that one, which carry the words if only the known note is
     * erased. The caller who wrote the known note did not write the other one.
     */
    private static void deriveFrom(StoreEdit edit, long added, Note known) {
        edit.lineage().derive(added, List.of(known.number()));
        edit.lineage()
                .derive(
                        added,
                        edit.lineage().sources(known.number()).stream()
                                .filter(source -> source != LineageView.CALLER)
                                .toList());
    }

    /** Returns whether a new note began and ended within one message. */
    private static boolean endsAtOnce(NoteDraft draft) {
        return draft.validTo().isPresent() && draft.validFrom().isEmpty();
    }

    /** Ends the relation of the user that states the same as a note that ended. */
    private void endRelation(StoreEdit edit, Slot slot, Instant end) {
        Optional<String> user = interaction.draft().user();
        if (user.isEmpty() || !slot.holder().isEmpty()) {
            return;
        }
        GraphWriter graph = engine.graphWriter(agent, edit);
        edit.graph().named(Entity.key(user.get())).stream()
                .filter(entity -> entity.type().equals("person"))
                .findFirst()
                .ifPresent(self -> graph.end(self, slot.family(), object(slot), end));
    }

    /** Returns what a slot is about: its value, or the object in its name. */
    private static String object(Slot slot) {
        return slot.value().equals("yes") ? slot.name().substring(slot.name().indexOf(':') + 1) : slot.value();
    }

    /**
     * Writes entities and relations to the graph, but no relation that ended in the message that states it; returns the
     * names of the entities.
     */
    private List<String> writeFacts(StoreEdit edit, Proposals proposals, Plan plan) {
        if (proposals.facts().isEmpty()) {
            return List.of();
        }
        GraphWriter graph = engine.graphWriter(agent, edit);
        var names = new LinkedHashSet<String>();
        Optional<Entity> self = interaction
                .draft()
                .user()
                .map(user -> graph.put(EntityDraft.of("person", user)).entity());
        List<Long> all = sources(edit);
        self.ifPresent(entity -> edit.lineage().derive(entity.number(), all));
        List<Slot> over = plan.added.values().stream()
                .filter(ReflectionStep::endsAtOnce)
                .flatMap(draft -> slot(draft).stream())
                .toList();
        for (Proposals.Fact fact : proposals.facts()) {
            Entity entity = graph.put(EntityDraft.of(fact.type(), fact.name())).entity();
            names.add(entity.name());
            List<String> messages = fact.message()
                    .filter(message -> edit.message(message).isPresent())
                    .map(List::of)
                    .orElse(interaction.draft().messages());
            messages.forEach(message -> edit.graph().mention(message, entity.ref()));
            List<Long> sources = messages.isEmpty() ? all : edit.lineage().numbers(messages);
            edit.lineage().derive(entity.number(), sources);
            boolean related = fact.relation().isPresent()
                    && self.isPresent()
                    && self.get().number() != entity.number()
                    && over.stream()
                            .noneMatch(slot -> fact.relation().equals(Optional.of(slot.family()))
                                    && object(slot).equalsIgnoreCase(fact.name()));
            if (related) {
                relate(graph, self.get(), entity, fact, messages)
                        .ifPresent(relation -> edit.lineage().derive(relation.number(), sources));
            }
        }
        return List.copyOf(names);
    }

    /** Adds the relation of a fact; returns it, or the existing one that the fact confirms. */
    private static Optional<Relation> relate(
            GraphWriter graph, Entity self, Entity entity, Proposals.Fact fact, List<String> messages) {
        String type = fact.relation().orElseThrow();
        Optional<Relation> existing = graph.relations(self).stream()
                .filter(relation -> relation.type().equals(type)
                        && relation.to().number() == entity.number()
                        && relation.validTo().isEmpty())
                .findFirst();
        if (existing.isPresent()) {
            return existing;
        }
        boolean newerExists = graph.relations(self).stream()
                .anyMatch(relation -> fact.single()
                        && relation.type().equals(type)
                        && relation.validFrom().map(fact.at()::isBefore).orElse(false));
        if (newerExists) {
            return Optional.empty(); // the recorded relation is newer
        }
        if (fact.single()) {
            graph.end(self, type, entity, fact.at());
        }
        RelationDraft draft = RelationDraft.of(self.name(), type, entity.name())
                .withWeight(fact.confidence())
                .withValidity(fact.single() ? Optional.of(fact.at()) : Optional.empty(), Optional.empty())
                .withSources(messages);
        return Optional.of(graph.relate(self, entity, draft));
    }

    /**
     * Records a failure of the interaction, which is retried later or given up.
     *
     * @param failure the cause
     * @param last whether the interaction is given up
     * @param notBefore when the interaction may be retried
     */
    void failed(Throwable failure, boolean last, Instant notBefore) {
        String reason = Secrets.hide(String.valueOf(failure.getMessage() == null ? failure : failure.getMessage()));
        engine.<Boolean>writeExisting(
                agent,
                edit -> edit.reflection()
                        .interaction(interaction.id())
                        .filter(pending -> pending.state() == InteractionState.PENDING)
                        .map(pending -> {
                            edit.reflection()
                                    .update(
                                            last
                                                    ? pending.failed(reason, edit.time())
                                                    : pending.again(reason, notBefore));
                            return true;
                        })
                        .orElse(false));
    }

    @Override
    public String toString() {
        return "interaction " + Json.write(interaction.id()) + " of agent \"" + agent + "\"";
    }
}
