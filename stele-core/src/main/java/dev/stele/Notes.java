package dev.stele;

import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.ConflictException;
import dev.stele.model.Cursor;
import dev.stele.model.Erased;
import dev.stele.model.Ids;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Page;
import dev.stele.model.RememberedNote;
import dev.stele.model.RememberedNote.Outcome;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import dev.stele.telemetry.OperationKind;
import dev.stele.telemetry.OperationOutcome;
import dev.stele.telemetry.OperationStart;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Notes of one agent: distilled facts, versioned and searchable. Every change keeps the version before it. Obtained
 * from {@link AgentMemory#notes}. Thread-safe.
 */
public final class Notes {

    /** Maximum length of a statement that is compared with existing notes, in UTF-16 chars. */
    private static final int MAX_COMPARED_CHARS = 2_000;

    /** Maximum number of existing notes with which a statement is compared. */
    private static final int MAX_COMPARED_NOTES = 10;

    /** Spaces and punctuation. Other signs count: "-5" is not 5, and "C++" is not C. */
    private static final Pattern PUNCTUATION =
            Pattern.compile("[\\s.,;:!\"'\u2019\u2018\u201C\u201D\u00AB\u00BB()\\[\\]\u2026]+");

    private final AgentName agent;
    private final Engine engine;

    Notes(AgentName agent, Engine engine) {
        this.agent = agent;
        this.engine = engine;
    }

    /**
     * Creates a note. Creating the same draft again under the same id returns the existing note.
     *
     * @param draft the note; an id is generated if it has none
     * @return the note that was created, or the existing one
     * @throws ConflictException if a different note has the id
     * @throws LimitExceededException if the agent has the maximum number of notes, or the note is too long
     */
    public Note create(NoteDraft draft) {
        return create(draft, Optional.empty());
    }

    /**
     * Creates a note as {@link #create(NoteDraft)} does, at most once for an idempotency key.
     *
     * @param draft the note; an id is generated if it has none
     * @param key the idempotency key; a repeated call with the same key and draft returns the note of the first call
     * @return the note
     * @throws ConflictException if a different note has the id, or the key was used for another request
     * @throws LimitExceededException if the agent has the maximum number of notes, or the note is too long
     */
    public Note create(NoteDraft draft, Optional<String> key) {
        return add(draft, key).note();
    }

    /**
     * Remembers a statement: creates a note as {@link #create(NoteDraft, Optional)} does, unless a current note about
     * the same user says the same. Two statements are the same if they differ in nothing but case, spaces and
     * punctuation; signs such as the minus of a number count. Of a draft that has the statement of an existing note,
     * what is new is added to that note: tags, sources and evidence, and a higher confidence or importance. A draft
     * with an id, and a statement that another process remembers at the same moment, are not compared.
     *
     * @param draft the note; an id is generated if it has none
     * @param key the idempotency key of a new note; empty for none
     * @return the note that has the statement, and whether it is new
     * @throws ConflictException if a different note has the id, or the key was used for another request
     * @throws LimitExceededException if the agent has the maximum number of notes, or the note is too long
     */
    public RememberedNote remember(NoteDraft draft, Optional<String> key) {
        return observed(
                () -> OperationStart.of(OperationKind.UPSERT, agent),
                () -> (draft.id().isPresent() ? Optional.<Note>empty() : sameStatement(draft))
                        .map(note -> reinforced(note, draft))
                        .orElseGet(() -> store(draft, key)),
                RememberedNote::note);
    }

    /**
     * Creates a note as {@link #create(NoteDraft, Optional)} does, and says whether it is new.
     *
     * @return the note, as added, or as a duplicate if the id or the idempotency key belongs to the same draft
     * @throws ConflictException if a different note has the id, or the key was used for another request
     * @throws LimitExceededException if the agent has the maximum number of notes, or the note is too long
     */
    public RememberedNote add(NoteDraft draft, Optional<String> key) {
        return observed(
                () -> OperationStart.of(OperationKind.CREATE, agent), () -> store(draft, key), RememberedNote::note);
    }

    /** Runs a write of one note and tells the observer of it. */
    private <T> T observed(Supplier<OperationStart> start, Supplier<T> write, Function<T, Note> written) {
        return engine.telemetry()
                .call(
                        start,
                        write,
                        result -> new OperationOutcome.Succeeded(1, () -> {
                            Note note = written.apply(result);
                            return List.of(new OperationOutcome.Item(
                                    note.id(), note.body().content(), OptionalDouble.empty()));
                        }));
    }

    private RememberedNote store(NoteDraft draft, Optional<String> key) {
        Instant now = Engine.now();
        IndexEntry indexing = index(draft, now);
        String id = draft.id().orElseGet(Ids::next);
        return engine.write(
                agent,
                edit -> Engine.idempotent(
                        edit,
                        key,
                        List.of("note", draft.toJson()),
                        () -> add(edit, id, draft, now, indexing),
                        created -> List.of(created.note().id()),
                        ids -> new RememberedNote(
                                Outcome.DUPLICATE,
                                NotFoundException.require("note", ids.getFirst(), edit.note(ids.getFirst())))));
    }

    private RememberedNote add(StoreEdit edit, String id, NoteDraft draft, Instant now, IndexEntry indexing) {
        Optional<Note> existing = edit.note(id);
        if (existing.isPresent()) {
            if (!existing.get().body().equals(draft.withId(id))) {
                throw new ConflictException("There is another note with the id " + Json.write(id)
                        + "; choose another id, or update that one.");
            }
            return new RememberedNote(Outcome.DUPLICATE, existing.get());
        }
        engine.checkNoteCount(agent, edit);
        return new RememberedNote(Outcome.ADDED, edit.addNote(id, draft, now, indexing));
    }

    /** Returns the current note about the same user that has the statement of a draft; empty if there is none. */
    private Optional<Note> sameStatement(NoteDraft draft) {
        String words = words(draft.content());
        if (words.isEmpty() || draft.content().length() > MAX_COMPARED_CHARS) {
            return Optional.empty();
        }
        var filter = RecallFilter.builder().kinds(Set.of(ItemKind.NOTE));
        draft.user().ifPresent(filter::user);
        RecallQuery query = RecallQuery.of(draft.content().replace('"', ' '))
                .withMode(RecallMode.KEYWORD)
                .withFilter(filter.build())
                .withLimit(MAX_COMPARED_NOTES)
                .withoutFolding();
        try {
            return engine.lookUp(agent, query).hits().stream()
                    .filter(hit -> words(hit.content()).equals(words))
                    .flatMap(hit -> get(hit.id()).stream())
                    .filter(note -> saysTheSame(note, draft, words))
                    .findFirst();
        } catch (NotFoundException e) {
            return Optional.empty(); // the agent does not exist yet
        }
    }

    private static boolean saysTheSame(Note note, NoteDraft draft, String words) {
        NoteDraft body = note.body();
        return note.supersededBy().isEmpty()
                && note.isStatement()
                && body.user().equals(draft.user())
                && body.validFrom().equals(draft.validFrom().or(body::validFrom))
                && body.validTo().equals(draft.validTo())
                && words(body.content()).equals(words);
    }

    private static String words(String content) {
        return String.join(
                        " ", PUNCTUATION.split(content.toLowerCase(Locale.ROOT).strip(), 0))
                .strip();
    }

    private RememberedNote reinforced(Note note, NoteDraft draft) {
        Note after = change(
                note.id(),
                now -> !saysTheSame(now, draft, words(draft.content()))
                        ? now.body() // it was changed meanwhile
                        : now.body().toBuilder()
                                .tags(both(now.body().tags(), draft.tags()))
                                .evidence(both(now.body().evidence(), draft.evidence()))
                                .provenance(both(now.body().provenance(), draft.provenance()))
                                .confidence(Math.max(now.body().confidence(), draft.confidence()))
                                .importance(Math.max(now.body().importance(), draft.importance()))
                                .build(),
                OptionalLong.empty());
        return new RememberedNote(after.version() == note.version() ? Outcome.DUPLICATE : Outcome.REINFORCED, after);
    }

    private static List<String> both(List<String> first, List<String> second) {
        var all = new LinkedHashSet<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    /** Returns the note of an id; empty if there is none. */
    public Optional<Note> get(String id) {
        return engine.read(agent, view -> view.note(id));
    }

    /**
     * Lists the notes that match a filter, newest first.
     *
     * @param filter the condition on notes
     * @param limit maximum number of notes, from 1 to {@code limits.results}
     * @param after the cursor of the previous page; empty for the first page
     * @return a page of notes
     */
    public Page<Note> list(NoteFilter filter, int limit, Optional<String> after) {
        Optional<Cursor> from = Cursor.decode(after);
        return engine.read(agent, view -> view.notes(filter, engine.checkLimit(limit), from));
    }

    /**
     * Returns the earlier versions of a note, oldest first.
     *
     * @param id the id of the note
     * @throws NotFoundException if there is no such note
     */
    public List<Note> history(String id) {
        return engine.read(
                agent,
                view -> view.noteHistory(
                        NotFoundException.require("note", id, view.note(id)).number()));
    }

    /**
     * Updates a note by a JSON merge patch (RFC 7396). The previous version is kept.
     *
     * @param id the id of the note
     * @param patch the patch of the note's fields
     * @param expected the version that the caller has read; empty to update any version
     * @return the note after the update
     * @throws ConflictException if the note has a version other than {@code expected}
     * @throws NotFoundException if there is no such note
     */
    public Note update(String id, JsonObject patch, OptionalLong expected) {
        return update(id, note -> note.patched(patch), expected);
    }

    /**
     * Updates a note by a function of the current note.
     *
     * @param id the id of the note
     * @param change computes the new body; called again if another writer changed the note first, so it must have no
     *     side effects
     * @return the note after the update
     * @throws NotFoundException if there is no such note
     */
    public Note update(String id, Function<Note, NoteDraft> change) {
        return update(id, change, OptionalLong.empty());
    }

    private Note update(String id, Function<Note, NoteDraft> change, OptionalLong expected) {
        return observed(
                () -> OperationStart.of(OperationKind.UPDATE, agent, id),
                () -> change(id, change, expected),
                Function.identity());
    }

    private Note change(String id, Function<Note, NoteDraft> change, OptionalLong expected) {
        long deadlineNanos = System.nanoTime() + engine.limits().waitTimeout().toNanos();
        while (true) {
            Note seen = engine.read(agent, view -> NotFoundException.require("note", id, view.note(id)));
            if (expected.isPresent() && expected.getAsLong() != seen.version()) {
                throw otherVersion(seen, expected.getAsLong());
            }
            NoteDraft body = change.apply(seen).withId(id);
            if (body.equals(seen.body())) {
                return seen;
            }
            IndexEntry indexing = index(body, seen.createdAt());
            Note next = seen.withBody(body, Engine.now());
            Optional<Note> updated = engine.writeExisting(agent, edit -> {
                if (NotFoundException.require("note", id, edit.note(id)).version() != seen.version()) {
                    return Optional.<Note>empty();
                }
                edit.updateNote(seen, next, indexing, ChangeKind.NOTE_UPDATED);
                return Optional.of(next);
            });
            if (updated.isPresent()) {
                return updated.get();
            }
            Engine.checkPatience(deadlineNanos, "note " + Json.write(id));
        }
    }

    /**
     * Replaces a note by a new note. The old note is kept, marked as superseded, and recalled only on request.
     *
     * @param id the id of the old note
     * @param replacement the new note; an id is generated if it has none
     * @return the new note
     * @throws ConflictException if the old note is superseded already, or a note with the new id exists
     * @throws NotFoundException if there is no such note
     */
    public Note supersede(String id, NoteDraft replacement) {
        return observed(
                () -> OperationStart.of(OperationKind.UPDATE, agent, id),
                () -> replace(id, replacement),
                Function.identity());
    }

    private Note replace(String id, NoteDraft replacement) {
        Instant now = Engine.now();
        IndexEntry indexing = index(replacement, now);
        String newId = replacement.id().orElseGet(Ids::next);
        return engine.writeExisting(agent, edit -> {
            Note before = NotFoundException.require("note", id, edit.note(id));
            if (before.supersededBy().isPresent()) {
                throw new ConflictException("Note %s is superseded already, by %s; supersede that one."
                        .formatted(
                                Json.write(id), Json.write(before.supersededBy().get())));
            }
            if (edit.note(newId).isPresent()) {
                throw new ConflictException(
                        "There is a note with the id " + Json.write(newId) + " already; choose another id.");
            }
            Note created = add(edit, newId, replacement, now, indexing).note();
            edit.updateNote(before, before.withSupersededBy(newId, now), ChangeKind.NOTE_SUPERSEDED);
            return created;
        });
    }

    /**
     * Erases a note with all its versions and everything that was derived from it.
     *
     * @param id the id of the note
     * @return what was erased
     * @throws NotFoundException if there is no such note
     */
    public Erased delete(String id) {
        return delete(id, false);
    }

    /**
     * Returns what {@link #delete} would erase, and changes nothing.
     *
     * @throws NotFoundException if there is no such note
     */
    public Erased previewDelete(String id) {
        return delete(id, true);
    }

    private Erased delete(String id, boolean preview) {
        return engine.erase(
                agent,
                preview,
                id,
                (edit, erasure) -> erasure.note(NotFoundException.require("note", id, edit.note(id))));
    }

    private IndexEntry index(NoteDraft draft, Instant at) {
        engine.checkContent("note", draft.content(), draft.metadata());
        return engine.indexer().index(engine.indexer().draft(agent, draft, at));
    }

    private static ConflictException otherVersion(Note note, long expected) {
        return ConflictException.version("Note %s has version %d and not %d; read it again and repeat the change."
                .formatted(Json.write(note.id()), note.version(), expected));
    }
}
