package dev.stele.reflect;

import dev.stele.config.ReflectionPolicy;
import dev.stele.engine.Engine;
import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ConflictException;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.ConsolidationRecord.Step;
import dev.stele.model.Cursor;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.ModelException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.store.IndexEntry;
import dev.stele.store.LineageView;
import dev.stele.store.StoreEdit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Consolidation of an agent's notes about a user: merges, rewrites and retires single notes in one write, and stores a
 * record by which the write can be undone. Nothing is deleted. Obtained from
 * {@link dev.stele.AgentMemory#consolidations}. Thread-safe.
 */
public final class Consolidations {

    private static final System.Logger LOG = System.getLogger(Consolidations.class.getName());
    /** Maximum number of notes of a user that are considered at once. */
    private static final int MAX_NOTES = 1_000;
    /** Minimum cosine similarity of two notes that are merged by rules. */
    private static final double MIN_SIMILARITY = 0.8;
    /** Notes below this confidence are retired once they are older than {@link #MAX_AGE_OF_UNCERTAIN}. */
    private static final double MIN_CONFIDENCE = 0.4;

    private static final Duration MAX_AGE_OF_UNCERTAIN = Duration.ofDays(90);
    private static final Duration WEEKLY_INTERVAL = Duration.ofDays(7);
    /** Maximum number of objections that an error names. */
    private static final int MAX_OBJECTIONS = 5;
    /** Maximum number of evidence and of provenance entries of a merged note. */
    private static final int MAX_EVIDENCE = 20;

    private final AgentName agent;
    private final Engine engine;

    public Consolidations(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Returns the consolidation plan for a user's notes, without applying it.
     *
     * @param user the user; empty for the notes of no user
     */
    public ConsolidationPlanner.Plan plan(Optional<String> user) {
        return plan(notes(user));
    }

    /**
     * Consolidates a user's notes now.
     *
     * @param user the user; empty for the notes of no user
     * @return the record of the changes; empty if no change was needed
     * @throws ConflictException if notes changed meanwhile; nothing is changed then
     */
    public Optional<ConsolidationRecord> consolidate(Optional<String> user) {
        return consolidate(user, "manual");
    }

    /**
     * Applies a plan that {@link #plan} returned earlier. Makes no new plan.
     *
     * @param user the user; empty for the notes of no user
     * @param plan the plan; its operations are checked again
     * @return the record of the changes; empty if the plan has no operation
     * @throws ConflictException if a note of the plan changed since, or an operation is no longer allowed; nothing is
     *     changed then
     */
    public Optional<ConsolidationRecord> apply(Optional<String> user, ConsolidationPlanner.Plan plan) {
        List<Note> notes = notes(user);
        ConsolidationPlanner.Plan now = ConsolidationPlanner.checked(plan.engine(), plan.operations(), notes);
        if (!now.refused().isEmpty()) {
            throw new ConflictException("The plan no longer holds: "
                    + now.refused().stream().limit(MAX_OBJECTIONS).collect(Collectors.joining("; "))
                    + ". Nothing was consolidated; ask for a new plan.");
        }
        now.versions().forEach((note, version) -> {
            if (!version.equals(plan.versions().get(note))) {
                throw new ConflictException("Note " + Json.write(note)
                        + " changed since the plan was made; nothing was consolidated. Ask for a new plan.");
            }
        });
        if (now.operations().isEmpty()) {
            return Optional.empty();
        }
        for (Operation operation : now.operations()) {
            switch (operation) {
                case Operation.Merge merge -> engine.checkContent("note", merge.content(), Map.of());
                case Operation.Rewrite rewrite -> engine.checkContent("note", rewrite.content(), Map.of());
                case Operation.Retire _ -> {} // has no content
            }
        }
        // A merge supersedes more notes than it adds, but an undone one leaves what it added.
        boolean _ = engine.read(agent, view -> {
            engine.checkNoteCount(agent, view);
            return true;
        });
        return Optional.of(apply(user, "manual", notes, now));
    }

    /** @param trigger the reason, for the record */
    Optional<ConsolidationRecord> consolidate(Optional<String> user, String trigger) {
        List<Note> notes = notes(user);
        ConsolidationPlanner.Plan plan = plan(notes);
        return plan.operations().isEmpty() ? Optional.empty() : Optional.of(apply(user, trigger, notes, plan));
    }

    /** Returns the reason to consolidate a user's notes; empty if there is none. */
    Optional<String> trigger(Optional<String> user) {
        ReflectionPolicy policy = engine.config().reflection();
        List<Note> notes = notes(user);
        if (notes.size() > policy.notes()) {
            return Optional.of("too-many");
        }
        Map<String, Long> ofCategory =
                notes.stream().collect(Collectors.groupingBy(Note::category, Collectors.counting()));
        if (ofCategory.values().stream().anyMatch(count -> count > policy.notesOfCategory())) {
            return Optional.of("category");
        }
        if (notes.size() > policy.weeklyNotes()) {
            Optional<ConsolidationRecord> last =
                    engine.read(agent, view -> view.reflection().latestConsolidation(user));
            return last.map(one -> one.at().isBefore(Engine.now().minus(WEEKLY_INTERVAL)))
                            .orElse(true)
                    ? Optional.of("weekly")
                    : Optional.empty();
        }
        return Optional.empty();
    }

    private List<Note> notes(Optional<String> user) {
        return engine
                .read(agent, view -> view.notes(NoteFilter.ofUser(user), MAX_NOTES, Optional.empty()))
                .items()
                .stream()
                .filter(note -> note.body().validTo().isEmpty() && note.isStatement())
                .toList();
    }

    private ConsolidationPlanner.Plan plan(List<Note> notes) {
        if (notes.size() < 2) {
            return new ConsolidationPlanner.Plan("rules", List.of(), List.of(), Map.of());
        }
        if (!engine.language().offline()) {
            try {
                return ConsolidationPlanner.byModel(engine.language(), notes);
            } catch (InvalidInputException | ModelException e) {
                LOG.log(
                        System.Logger.Level.INFO,
                        () -> "rules consolidate what the model could not: " + e.getMessage());
            }
        }
        return ConsolidationPlanner.checked("rules", byRules(notes), notes);
    }

    /**
     * Plans by rules: merges a note into another one that contains all its terms, and retires old notes of low
     * confidence.
     */
    private List<Operation> byRules(List<Note> notes) {
        Map<Long, float[]> vectors = engine.read(
                agent,
                view -> view.vectors(
                        notes.stream().map(Note::number).toList(),
                        engine.indexer().model()));
        Map<String, Set<String>> words = notes.stream()
                .collect(Collectors.toMap(
                        Note::id,
                        note -> new HashSet<>(engine.indexer().terms(agent).apply(note.content()))));
        var operations = new ArrayList<Operation>();
        var planned = new HashSet<String>();
        Instant cutoff = Engine.now().minus(MAX_AGE_OF_UNCERTAIN);
        for (Note note : notes) {
            Optional<Note> superset = notes.stream()
                    .filter(other -> !other.id().equals(note.id())
                            && !planned.contains(other.id())
                            && other.category().equals(note.category())
                            && words.getOrDefault(other.id(), Set.of())
                                    .containsAll(words.getOrDefault(note.id(), Set.of()))
                            && alike(vectors.get(note.number()), vectors.get(other.number())))
                    .findFirst();
            if (superset.isPresent() && !planned.contains(note.id())) {
                planned.add(note.id());
                planned.add(superset.get().id());
                operations.add(new Operation.Merge(
                        List.of(superset.get().id(), note.id()),
                        superset.get().content(),
                        "the one says all that the other does"));
            } else if (note.body().confidence() < MIN_CONFIDENCE
                    && note.createdAt().isBefore(cutoff)) {
                operations.add(new Operation.Retire(note.id(), "nobody was ever sure of it, and it is old"));
            }
        }
        return operations;
    }

    private static boolean alike(float @Nullable [] a, float @Nullable [] b) {
        if (a == null || b == null || a.length != b.length) {
            return true; // compared by terms only
        }
        return Novelty.cosine(a, b) >= MIN_SIMILARITY;
    }

    private ConsolidationRecord apply(
            Optional<String> user, String trigger, List<Note> notes, ConsolidationPlanner.Plan plan) {
        Map<String, Note> seen = notes.stream().collect(Collectors.toMap(Note::id, note -> note));
        Map<Operation, NoteDraft> bodies = new LinkedHashMap<>();
        for (Operation operation : plan.operations()) {
            switch (operation) {
                case Operation.Merge merge -> bodies.put(operation, merged(merge, seen));
                case Operation.Rewrite rewrite ->
                    bodies.put(operation, content(body(seen, rewrite.note()), rewrite.content()));
                case Operation.Retire _ -> {} // its text is unchanged
            }
        }
        Map<Operation, IndexEntry> indexings = index(bodies);
        String id = Ids.next();
        return engine.writeExisting(agent, edit -> {
            var steps = new ArrayList<Step>();
            Instant now = edit.time();
            for (Operation operation : plan.operations()) {
                for (String note : operation.notes()) {
                    requireSame(edit, seen, note);
                }
                steps.add(step(
                        edit,
                        operation,
                        bodies.get(operation),
                        indexings.get(operation),
                        id + "-" + steps.size(),
                        now));
            }
            long merged = plan.operations().stream()
                    .mapToLong(operation -> switch (operation) {
                        case Operation.Merge merge -> merge.notes().size() - 1;
                        case Operation.Rewrite _ -> 0;
                        case Operation.Retire _ -> 1;
                    })
                    .sum();
            return edit.reflection()
                    .add(new ConsolidationRecord(
                            0,
                            id,
                            user,
                            trigger,
                            plan.engine(),
                            notes.size(),
                            (int) (notes.size() - merged),
                            steps,
                            now,
                            Optional.empty()));
        });
    }

    private static NoteDraft body(Map<String, Note> seen, String id) {
        Note note = seen.get(id);
        if (note == null) {
            throw new IllegalStateException("a checked plan names an unknown note");
        }
        return note.body();
    }

    private static void requireSame(StoreEdit edit, Map<String, Note> seen, String id) {
        long version = edit.note(id).map(Note::version).orElse(0L);
        Note then = seen.get(id);
        if (then == null || then.version() != version) {
            throw new ConflictException(
                    "Note " + Json.write(id) + " changed meanwhile; nothing was consolidated. Try again.");
        }
    }

    private Map<Operation, IndexEntry> index(Map<Operation, NoteDraft> bodies) {
        Instant now = Engine.now();
        List<IndexEntry> entries = engine.indexer()
                .index(bodies.values().stream()
                        .map(body -> engine.indexer().draft(agent, body, now))
                        .toList());
        var indexings = new HashMap<Operation, IndexEntry>();
        int i = 0;
        for (Operation operation : bodies.keySet()) {
            indexings.put(operation, entries.get(i++));
        }
        return indexings;
    }

    private static NoteDraft merged(Operation.Merge merge, Map<String, Note> seen) {
        NoteDraft first = body(seen, merge.notes().getFirst());
        var evidence = new LinkedHashSet<String>();
        var provenance = new LinkedHashSet<String>();
        double confidence = 0;
        for (String id : merge.notes()) {
            NoteDraft body = body(seen, id);
            evidence.addAll(body.evidence());
            provenance.addAll(body.provenance());
            confidence = Math.max(confidence, body.confidence());
        }
        return content(first, merge.content())
                .withEvidence(
                        evidence.stream().limit(MAX_EVIDENCE).toList(),
                        provenance.stream().limit(MAX_EVIDENCE).toList(),
                        confidence);
    }

    private static NoteDraft content(NoteDraft body, String content) {
        return new NoteDraft(
                Optional.empty(),
                content,
                body.category(),
                body.confidence(),
                body.importance(),
                body.tags(),
                body.evidence(),
                body.provenance(),
                body.user(),
                body.session(),
                body.validFrom(),
                body.validTo(),
                body.pinned(),
                body.metadata());
    }

    private Step step(
            StoreEdit edit,
            Operation operation,
            @Nullable NoteDraft body,
            @Nullable IndexEntry indexing,
            String newId,
            Instant now) {
        switch (operation) {
            case Operation.Merge merge -> {
                if (body == null || indexing == null) {
                    throw new IllegalStateException("a merge has a body");
                }
                Note made = edit.addNote(newId, body, now, indexing);
                merge.notes().forEach(id -> {
                    Note before = edit.note(id).orElseThrow();
                    // The caller who wrote one of the notes did not write the merged text.
                    edit.lineage()
                            .derive(
                                    made.number(),
                                    edit.lineage().sources(before.number()).stream()
                                            .filter(source -> source != LineageView.CALLER)
                                            .toList());
                    edit.lineage().derive(made.number(), List.of(before.number()));
                    edit.updateNote(before, before.withSupersededBy(newId, now), ChangeKind.NOTE_SUPERSEDED);
                });
            }
            case Operation.Rewrite rewrite -> {
                if (body == null || indexing == null) {
                    throw new IllegalStateException("a rewriting has a body");
                }
                Note before = edit.note(rewrite.note()).orElseThrow();
                edit.updateNote(
                        before, before.withBody(body.withId(before.id()), now), indexing, ChangeKind.NOTE_UPDATED);
            }
            case Operation.Retire retire -> {
                Note before = edit.note(retire.note()).orElseThrow();
                edit.updateNote(before, retired(before, retire.reason(), now), ChangeKind.NOTE_UPDATED);
            }
        }
        return new Step(
                operation.action(),
                operation.notes(),
                operation instanceof Operation.Merge ? Optional.of(newId) : Optional.empty(),
                operation.reason(),
                operation.notes().stream()
                        .map(id -> edit.note(id).map(Note::version).orElse(0L))
                        .toList());
    }

    /** Returns a note whose validity ends now, with the reason in its metadata. */
    static Note retired(Note note, String why, Instant now) {
        var metadata = new LinkedHashMap<>(note.body().metadata());
        metadata.put("retired", why);
        Optional<Instant> from = note.body().validFrom().filter(now::isAfter);
        return note.withBody(note.body().withValidity(from, Optional.of(now)).withMetadata(metadata), now);
    }

    /**
     * Lists consolidations, newest first.
     *
     * @param user only consolidations of this user's notes; empty for all
     * @param limit maximum number of consolidations, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     */
    public Page<ConsolidationRecord> list(Optional<String> user, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return engine.read(agent, view -> view.reflection().consolidations(user, engine.checkLimit(limit), from));
    }

    /**
     * Undoes a consolidation: restores the notes as they were before it. Notes that were changed since are left
     * unchanged.
     *
     * @param id the id of the consolidation
     * @return ids of the notes that were left unchanged
     * @throws ConflictException if the consolidation is undone already
     * @throws NotFoundException if there is no such consolidation
     */
    public List<String> undo(String id) {
        return engine.writeExisting(agent, edit -> {
            ConsolidationRecord done =
                    edit.reflection().consolidation(id).orElseThrow(() -> NotFoundException.of("consolidation", id));
            if (done.undoneAt().isPresent()) {
                throw new ConflictException("The consolidation " + Json.write(id) + " is undone already.");
            }
            Instant now = edit.time();
            var left = new ArrayList<String>();
            for (Step step : done.steps()) {
                for (int i = 0; i < step.notes().size(); i++) {
                    if (!restore(edit, step.notes().get(i), step.versions().get(i), now)) {
                        left.add(step.notes().get(i));
                    }
                }
                step.made()
                        .flatMap(edit::note)
                        .filter(made -> made.supersededBy().isEmpty())
                        .ifPresent(made -> {
                            if (made.version() == 1) {
                                edit.updateNote(
                                        made,
                                        made.withSupersededBy(step.notes().getFirst(), now),
                                        ChangeKind.NOTE_SUPERSEDED);
                            } else {
                                left.add(made.id());
                            }
                        });
            }
            edit.reflection().update(done.undone(now));
            return left;
        });
    }

    private boolean restore(StoreEdit edit, String id, long version, Instant now) {
        Optional<Note> current = edit.note(id).filter(note -> note.version() == version);
        Optional<Note> previous = current.flatMap(note -> edit.noteHistory(note.number()).stream()
                .filter(one -> one.version() == version - 1)
                .findFirst());
        previous.ifPresent(before -> {
            Note restored = current.orElseThrow().restored(before.body(), now);
            if (restored.isFoundAs(current.get())) {
                edit.updateNote(current.get(), restored, ChangeKind.NOTE_UPDATED);
            } else {
                IndexEntry words = Indexer.words(
                        engine.indexer().draft(agent, before.body(), before.createdAt()), Optional.empty());
                edit.updateNote(current.get(), restored, words, ChangeKind.NOTE_UPDATED);
            }
        });
        return previous.isPresent();
    }
}
